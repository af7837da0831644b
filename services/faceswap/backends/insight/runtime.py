"""Where ONNX Runtime computes: on a GPU by CUDA, else on the CPU."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import onnxruntime

from services.common.backend import OutOfMemory

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
# Choosing a convolution by trying all would be done again for every new number of faces; and memory grows by what is asked for.
CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}
# ONNX Runtime tells a full device from other failures by its words alone.
NO_MEMORY = re.compile(r"allocate memory|out of memory|bad.?alloc", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What sessions are made with."""

    device: str  # cpu or cuda:N
    wanted: str  # the setting; empty for the best there is
    threads: int  # of one run on the CPU

    @property
    def session(self) -> dict[str, object]:
        """The arguments of a session: providers, their options, and the session's own."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores to others
        options.log_severity_level = 4  # what goes wrong is raised
        if self.device == "cpu":
            return {"providers": [CPU], "provider_options": [{}], "sess_options": options}
        cuda = {"device_id": self.device.partition(":")[2], **CUDA_OPTIONS}
        return {"providers": [CUDA, CPU], "provider_options": [cuda, {}], "sess_options": options}


def runtime_of(device: str, threads: int) -> Runtime:
    """The runtime for a device.

    Args:
        device: `cpu`, `cuda` or `cuda:N`; empty for the best there is.
        threads: most threads of one run on the CPU; no more are used than there are cores.

    Raises:
        ValueError: this machine's ONNX Runtime cannot compute there.
    """
    has_cuda = CUDA in onnxruntime.get_available_providers()
    threads = max(1, min(threads, os.cpu_count() or 1))
    if device == "cpu" or not (device or has_cuda):
        return Runtime(device="cpu", wanted=device, threads=threads)
    if not has_cuda:
        raise ValueError(f"DASIBOM_DEVICE is {device!r}; the installed ONNX Runtime has: cpu; for CUDA it has to be onnxruntime-gpu")
    if not re.fullmatch(r"(cuda(:\d+)?)?", device):
        raise ValueError(f"DASIBOM_DEVICE is {device!r}; ONNX Runtime has: cpu, cuda, cuda:N")
    return Runtime(device=device if ":" in device else "cuda:0", wanted=device, threads=threads)


@contextlib.contextmanager
def memory_guard(advice: str) -> Iterator[None]:
    """Turn a full device into an error that its caller can act on.

    Args:
        advice: what would need less memory: "ask for a smaller picture".

    Raises:
        OutOfMemory: the device has no room.
    """
    try:
        yield
    except Exception as error:  # ONNX Runtime's errors share no base class
        if NO_MEMORY.search(str(error)):
            raise OutOfMemory(f"the device has no memory left for this; {advice}") from None
        raise
