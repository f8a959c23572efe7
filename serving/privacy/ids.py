"""Names for erasures."""

import uuid


def new_erasure_id() -> str:
    """Return an id never given before."""
    return uuid.uuid4().hex
