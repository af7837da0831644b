"""The processes of a mesh, found by the id in their environment: so none is missed, whatever became of its parent."""

from __future__ import annotations

import psutil

_TERM_SECONDS = 5.0


def processes_of(mesh_id: str) -> list[psutil.Process]:
    """Every living process of a mesh."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MESH_ID") == mesh_id and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):  # ended meanwhile, or somebody else's
            continue
    return found


def wait_for_end(mesh_id: str, seconds: float) -> bool:
    """Wait until no process of a mesh is left; False when some still are after so long."""
    _, alive = psutil.wait_procs(processes_of(mesh_id), timeout=seconds)
    return not alive and not processes_of(mesh_id)


def end_processes(mesh_id: str) -> None:
    """End every process of a mesh: politely, then not."""
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        # Whoever restarts others goes first.
        for process in sorted(processes_of(mesh_id), key=lambda process: process.create_time()):
            try:
                ask(process)
            except psutil.Error:
                continue
        if wait_for_end(mesh_id, _TERM_SECONDS):
            return
