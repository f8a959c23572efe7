"""The whole page of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bundle.manifest import Manifest
from training.as_of import date_text
from training.evaluation_page.cards import data_card, model_card
from training.evaluation_page.caveats import caveats
from training.evaluation_page.sections import (
    champion_section,
    fairness_section,
    model_section,
    slates_section,
    unfitted_section,
)
from training.evaluation_page.uplift_section import uplift_section
from training.held_out import HeldOut
from training.markup import page
from training.promotion.gates import Gate, Segments


@dataclass(frozen=True)
class Evaluated:
    """What the page is drawn from.

    Parameters
    ----------
    held
        The rows that the run held out.
    segments
        Of the customers, by kind.
    gates, champion
        What the gates of promotion say of the run today, and the version that they compared it
        with; None without one.
    parameters
        Of the run.
    counts
        Rows by canonical table.
    left_out
        Customers who do not allow analytics.
    """

    manifest: Manifest
    held: HeldOut
    segments: Segments
    gates: Sequence[Gate]
    champion: str | None
    parameters: Mapping[str, str]
    counts: Mapping[str, int]
    left_out: int
    seed: int = 7


def evaluation_page(told: Evaluated) -> str:
    """Return the page as HTML that loads nothing."""
    body = [
        *champion_section(told.gates, told.champion),
        *slates_section(told.held, told.segments, told.seed),
    ]
    for name, model in told.held.models.items():
        if model.kind == "uplift":
            body += uplift_section(name, model, told.segments)
        else:
            body += model_section(name, model, told.segments, told.seed)
            body += caveats(name, told.manifest.simulated)
    body += unfitted_section(told.held.unfitted)
    body += fairness_section(told.held, told.segments)
    body += data_card(told.manifest, told.counts, told.held, told.left_out)
    body += model_card(told.manifest, told.held, told.parameters)
    return page(f"Evaluation as of {date_text(told.manifest.as_of)}", body)
