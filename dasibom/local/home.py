"""Where the local mesh keeps things: `.dasibom/` in the checkout, or `DASIBOM_HOME`."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dasibom.language import say
from dasibom.local.errors import MeshError


def checkout() -> Path:
    """The folder that holds the services.

    Raises:
        MeshError: they are not installed.
    """
    spec = find_spec("services")
    if spec is None or not spec.submodule_search_locations:
        raise MeshError(
            say(
                "서비스가 설치되어 있지 않습니다. 저장소 폴더에서 `make install`을 실행하십시오.",
                "The services are not installed. Run `make install` in a checkout.",
            )
        )
    return Path(next(iter(spec.submodule_search_locations))).resolve().parent


@dataclass(frozen=True)
class Home:
    """The folder of one local mesh."""

    root: Path

    @classmethod
    def find(cls) -> Home:
        """The one that the environment names, else the checkout's."""
        named = os.environ.get("DASIBOM_HOME")
        return cls(Path(named).expanduser().absolute() if named else checkout() / ".dasibom")

    @property
    def logs(self) -> Path:
        """A log a part."""
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """What runs."""
        return self.root / "state.json"

    @property
    def ports(self) -> Path:
        """Ports that were used last."""
        return self.root / "ports.json"

    def prepare(self) -> None:
        """Make the folders; only their owner may look inside, for there are people's pictures in them."""
        for folder in (self.root, self.root / "files", self.root / "redis"):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)

    def fresh_logs(self) -> None:
        """Begin new logs, and keep those of the last run beside them."""
        before = self.root / "logs.previous"
        if self.logs.exists():
            for log in before.glob("*"):
                log.unlink()
            before.mkdir(exist_ok=True)
            for log in self.logs.iterdir():
                log.replace(before / log.name)
        self.logs.mkdir(exist_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Within: no other process changes this mesh. The lock goes with the process, however it ends.

        Raises:
            MeshError: another process is at it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise MeshError(
                    say(
                        f"다른 `dasibom up`이나 `down`이 진행 중입니다 ({self.root}). 끝난 뒤에 다시 실행하십시오.",
                        f"Another `dasibom up` or `down` is at work in {self.root}. Try again when it has finished.",
                    )
                ) from None
            yield
