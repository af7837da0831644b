"""Fail when a generated document is stale; says which, and the command that refreshes it."""

from __future__ import annotations

import sys

from models_table import MODELS
from openapi import OPENAPI
from settings_table import SETTINGS

if __name__ == "__main__":
    stale = [document.path for document in (OPENAPI, SETTINGS, MODELS) if not document.is_fresh()]
    sys.exit(1 if stale else 0)
