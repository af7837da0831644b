"""A folder whose path has everything that breaks careless quoting, and a small mesh under a real supervisor."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasibom.local.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / 'it\'s a "path" # 다시봄; 100%' / ("long" * 20))
    home.prepare()
    return home
