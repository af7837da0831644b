"""What the numbers were measured on: they mean little on any other machine."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from dasibom.local.parts import find_programs

_PACKAGES = ("grpcio", "protobuf", "protovalidate", "uvloop", "redis", "sqlalchemy", "celery", "onnxruntime")


def machine() -> dict[str, str]:
    """Processor, load, and the version of everything that counts."""
    programs = find_programs()
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": sys.version.split()[0],
        "Envoy": _version(programs["ENVOY"], r"/(\d+\.\d+\.\d+)/"),
        "Redis": _version(programs["REDIS"], r"v=(\S+)"),
        "SQLite": sqlite3.sqlite_version,
        **{name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    try:
        names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _version(program: str, pattern: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(pattern, said)
    return found[1] if found else said.strip()
