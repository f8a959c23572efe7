"""The names of the models a state may hold."""

from typing import Final

FAMILY: Final = (
    "ials",
    "item_knn",
    "ease",
    "ease_recent",
    "rp3beta",
    "gfcf",
    "tifu",
    "upcf",
    "repurchase",
    "content",
    "popular",
)
"""In the order of their columns among the pair features, none of which has another's name."""
