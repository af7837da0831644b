"""What ends a script."""

from __future__ import annotations


class LegacyError(Exception):
    """The run cannot go on; the message says to people why, and what to do."""

    def __init__(self, message: str, *, former_status: int = 0) -> None:
        """End with a message.

        Args:
            message: for people.
            former_status: exit status that the former script ended with here: 0 where it only printed a message, 1 where it crashed.
        """
        super().__init__(message)
        self.message = message
        self.former_status = former_status
