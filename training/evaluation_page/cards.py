"""The cards: what data a run saw, and what its models are for (Mitchell et al. 2019)."""

from collections.abc import Iterator, Mapping, Sequence

from bundle.manifest import Manifest
from training.as_of import date_text
from training.held_out import HeldOut
from training.markup import heading, paragraph, table


def data_card(
    manifest: Manifest, counts: Mapping[str, int], held: HeldOut, left_out: int
) -> Iterator[str]:
    """Tell the tables, their rows and hashes, what is simulated, and who is not in.

    Parameters
    ----------
    counts
        Rows by table.
    left_out
        Customers who do not allow analytics.
    """
    yield heading("Data card")
    yield paragraph(
        f"Nothing at or after {date_text(manifest.as_of)} was seen. Slates are held against the "
        f"purchases of {date_text(held.start)} to {date_text(held.until)}. {left_out:,} customers "
        "do not allow analytics: they train nothing and are in no figure."
    )
    rows = [
        (name, f"{counts.get(name, 0):,}", "yes" if name in manifest.simulated else "", digest[:12])
        for name, digest in sorted(manifest.data_hashes.items())
    ]
    yield table(("Table", "Rows", "Simulated rows", "SHA-256"), rows, first_number=1)
    by_purpose: dict[str, int] = {}
    for column in manifest.columns:
        by_purpose[column["purpose"]] = by_purpose.get(column["purpose"], 0) + 1
    yield table(
        ("Purpose", "Columns that need it"),
        [(purpose, f"{n:,}") for purpose, n in sorted(by_purpose.items())],
        first_number=1,
    )


_USES = {
    "propensity": "how likely an outcome is",
    "amount": "how much is to be expected",
    "uplift": "what a contact changes",
}


def model_card(manifest: Manifest, held: HeldOut, parameters: Mapping[str, str]) -> Iterator[str]:
    """Tell each model's purpose, inputs and limits, and the settings of the run."""
    yield heading("Model card")
    rows = [
        (name, _USES[model.kind], f"{len(manifest.models.get(name, model.columns)):,}")
        for name, model in held.models.items()
    ]
    rows += [(name, f"scores items ({kind})", "") for name, kind in manifest.recommenders.items()]
    yield table(("Model", "Says", "Columns"), rows, first_number=2)
    for text in _limits(held):
        yield paragraph(text)
    yield heading("Settings", 3)
    yield table(("Parameter", "Value"), sorted(parameters.items()), first_number=9)


def _limits(held: HeldOut) -> Sequence[str]:
    return (
        "Meant for: choosing products, offers and moments for customers who allow it, under the "
        "gates of stock, consent and contact policy. Not meant for: credit, employment, insurance, "
        "or any decision with legal effect; prices read no protected column.",
        "An interval holds for customers like those held out; a new shop, season or price policy "
        "is unlike them. Measure drift (`nextbest drift`) before trusting an old version.",
        f"{len(held.models)} customer models were tested; 'Not fitted' lists those that the "
        "rows could not carry.",
    )
