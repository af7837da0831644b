"""The service that the scripts work with."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from dasibom.client import Client
from dasibom.language import say
from dasibom.local.errors import MeshError
from dasibom_legacy.errors import LegacyError

_CALL_SECONDS = 60.0
_lock = threading.Lock()
_open: ExitStack | None = None
_client: Client | None = None


def connect() -> Client:
    """The client of the service, the same one for the whole process; the first call finds or starts the service.

    1. What `DASIBOM_URL` names (with `DASIBOM_API_KEY`, `DASIBOM_TOKEN`, `DASIBOM_CA` as for every other client),
    2. else the local mesh that runs here, as `dasibom up` starts it,
    3. else one that is started for this process, in a temporary folder, and stopped and erased at its end.

    Raises:
        LegacyError: there is none and none can be started.
    """
    global _open, _client
    with _lock:
        if _client is None:
            stack = ExitStack()
            try:
                url = None if os.environ.get("DASIBOM_URL") else _running_mesh() or _start_mesh(stack)
                client = stack.enter_context(Client(url, timeout=_CALL_SECONDS))
            except ValueError as error:
                stack.close()
                raise LegacyError(str(error)) from None
            except ImportError:
                stack.close()
                raise LegacyError(
                    say(
                        "이 컴퓨터에는 내장 메시가 설치되어 있지 않습니다. DASIBOM_URL에 서비스 주소를 지정하거나 "
                        "`pip install 'dasibom[embedded]'`를 실행하십시오.",
                        "The embedded mesh is not installed here. Name a service by DASIBOM_URL, or run `pip install 'dasibom[embedded]'`.",
                    )
                ) from None
            except BaseException:
                stack.close()
                raise
            _open, _client = stack, client
            atexit.register(disconnect)
        return _client


def disconnect() -> None:
    """Close the connection and stop the mesh that was started for it, if one was; without a connection nothing happens."""
    global _open, _client
    with _lock:
        stack, _open, _client = _open, None, None
    atexit.unregister(disconnect)
    if stack is not None:
        stack.close()


def _running_mesh() -> str | None:
    from dasibom.local import mesh
    from dasibom.local.home import Home

    try:
        running = mesh.running_mesh(Home.find())
    except MeshError:  # no services are installed here
        return None
    return running.url if running else None


def _start_mesh(stack: ExitStack) -> str:
    """Start a mesh for this process; `stack` stops it."""
    from dasibom.local import mesh
    from dasibom.local.home import Home
    from dasibom.local.ports import choose_ports
    from dasibom.local.settings import LocalSettings

    # A home of its own: two scripts at once must not stop each other's mesh, and nobody's pictures are left behind.
    folder = Path(tempfile.mkdtemp(prefix="dasibom-legacy-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    home = Home(folder)
    _tell(
        say(
            "실행 중인 다시봄 서비스가 없어 이번 실행 동안만 내장 메시를 시작합니다. 계속 켜 두려면: dasibom up",
            "No DasiBom service is running, so an embedded mesh is started for this run. To keep one running: dasibom up",
        )
    )
    try:
        settings = replace(LocalSettings.read(), bind="127.0.0.1", port=choose_ports(["gateway"], {})["gateway"], api_keys_file="")
        stack.callback(mesh.down, home)
        state, _ = mesh.up(home, settings, lambda _waiting_for: None)
    except MeshError as error:
        hint = say("다른 곳의 서비스를 쓰려면 DASIBOM_URL에 주소를 지정하십시오.", "To use a service elsewhere, name it by DASIBOM_URL.")
        raise LegacyError(f"{error}\n{hint}") from None
    return state.url


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
