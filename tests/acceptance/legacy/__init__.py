"""The former scripts as programs of their own, against the running mesh."""
