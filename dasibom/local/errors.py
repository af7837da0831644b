"""What can keep the local mesh from running."""


class MeshError(Exception):
    """The local mesh cannot do this; the message says why, and what to do."""
