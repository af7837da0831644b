"""What all tests share."""

from __future__ import annotations

import gc
import os
import signal
import socket
from contextlib import ExitStack

import pytest

from services.common import torchvision_import

# Spinning math threads cost many times their gain on a machine with two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Test machines have the CPU build of torch, which no build of torchvision was made for.
torchvision_import.mend()

# A shell starts what it runs in the background deaf to Ctrl-C, and children inherit that; tests that press it need it heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module", autouse=True)
def spare_the_garbage_collector() -> None:
    """Take what stays out of the collector's sight: libraries are a million objects, and every model that goes has garbage collected."""
    gc.collect()
    gc.freeze()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody uses now; all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture
def free_port() -> int:
    """A port that nobody uses now."""
    return free_ports(1)[0]
