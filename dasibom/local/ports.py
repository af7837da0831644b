"""Choosing ports that nobody uses."""

from __future__ import annotations

import contextlib
import errno
import random
import socket
from collections.abc import Iterable, Iterator, Mapping

_STRETCHES = range(20_000, 32_000, 50)
"""Where stretches of ports begin."""


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
    """A free loopback port for each name: the remembered one where it still is free.

    New ones lie side by side in a stretch chosen by chance: so two meshes that start at once hardly meet. And they lie below those that
    outgoing connections are given, on Linux, of which any may take a port between its choice and its use.
    """
    chosen = {}
    with contextlib.ExitStack() as held:  # all at once, so that none is chosen twice
        somewhere = _free_listeners()
        for name in names:
            try:
                listener = _listen("127.0.0.1", remembered[name])
            except (KeyError, OSError):
                listener = next(somewhere)
            held.callback(listener.close)
            chosen[name] = int(listener.getsockname()[1])
    return chosen


def _free_listeners() -> Iterator[socket.socket]:
    for first in random.sample(_STRETCHES, len(_STRETCHES)):
        for port in range(first, first + _STRETCHES.step):
            with contextlib.suppress(OSError):
                yield _listen("127.0.0.1", port)
    while True:
        yield _listen("127.0.0.1", 0)


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
