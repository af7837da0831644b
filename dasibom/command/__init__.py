"""The `dasibom` command."""

from dasibom.command.app import main

__all__ = ["main"]
