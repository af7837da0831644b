"""Compare the contracts with those of the last commit: what callers were promised must stay (buf breaking, FILE rules).

With uncommitted changes in protos/ they are compared with HEAD, without with the commit before.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from compile_protos import PROTOS, ROOT, write_descriptors


def git(*arguments: str) -> bytes:
    """Run git in the repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def main() -> None:
    """Exit non-zero, and say what broke, when a promise was broken."""
    revision = "HEAD" if git("status", "--porcelain", "--", "protos") else "HEAD~1"
    try:
        archive = git("archive", revision, "protos")
    except (subprocess.CalledProcessError, FileNotFoundError):
        print("no earlier commit has protos to compare with")
        return
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["tar", "-x", "-C", scratch], input=archive, check=True)
        old, new = Path(scratch) / "old.binpb", Path(scratch) / "new.binpb"
        write_descriptors(Path(scratch) / "protos", old)
        write_descriptors(PROTOS, new)
        buf = Path(sys.executable).parent / "buf"
        command = [str(buf), "breaking", str(new), "--against", str(old), "--path", "dasibom", "--exclude-imports"]
        sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
