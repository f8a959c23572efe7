"""What a reader must know beside a model's figures."""

from collections.abc import Collection, Iterator
from typing import Final

from bundle.scores import SATISFACTION_MODELS
from training.markup import paragraph

_SILENT: Final = (
    "Learned and measured among customers who answered. Of the silent it says how they would have "
    "answered had they been like those who did: whoever is silent because of their mood is not in "
    "these figures, and no figure here can show by how much that is wrong."
)
_FROM: Final = {
    **dict.fromkeys(SATISFACTION_MODELS, "feedback"),
    "service_contact": "service_contacts",
}
"""The table that a model's outcomes come from, where a demo may have simulated it."""


def caveats(name: str, simulated: Collection[str]) -> Iterator[str]:
    """Tell who is missing from a model's rows, and whether its outcomes are simulated.

    Parameters
    ----------
    name
        Of the model.
    simulated
        Tables with simulated rows, of the manifest.
    """
    if name in SATISFACTION_MODELS:
        yield paragraph(_SILENT)
    if _FROM.get(name) in simulated:
        yield paragraph(
            f"The outcomes are rows of {_FROM[name]}, which hold simulated ones: these figures say "
            "how well the model finds what the simulation put there.",
            note=True,
        )
