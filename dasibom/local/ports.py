"""Choosing ports that nobody uses."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterable, Mapping


def is_free(host: str, port: int) -> bool:
    """Whether a program could listen there now.

    Raises:
        OSError: the address is none of this machine, or the port is reserved for others.
    """
    try:
        _listen(host, port).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise
    return True


def choose_ports(names: Iterable[str], remembered: Mapping[str, int]) -> dict[str, int]:
    """A free loopback port for each name: the remembered one where it still is free."""
    chosen = {}
    with contextlib.ExitStack() as held:  # all at once, so that none is chosen twice
        for name in names:
            try:
                listener = _listen("127.0.0.1", remembered.get(name, 0))
            except OSError:
                listener = _listen("127.0.0.1", 0)
            held.callback(listener.close)
            chosen[name] = int(listener.getsockname()[1])
    return chosen


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that have just ended do not count
        listener.bind((host, port))
        listener.listen(1)
    except BaseException:
        listener.close()
        raise
    return listener
