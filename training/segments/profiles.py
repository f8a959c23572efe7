"""Each segment in words a marketer reads, English and French, with the figures behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.segments.traits import TRAITS, Trait

Floats = NDArray[np.float64]

TELLING = 0.4  # standard deviations from all customers: less is not worth a word
WORDS = 3
MIN_SHOWN = 5  # below it, figures of a segment would be figures of persons
FIGURES = (
    "orders_365d", "spend_365d", "basket_value_mean_365d", "days_since_last_purchase",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One trait by which a segment stands out.

    Parameters
    ----------
    column
        Of the snapshot.
    deviations
        Mean of the segment minus mean of all, in standard deviations of the scaled trait.
    words, words_fr
        What that is called.
    """

    column: str
    deviations: float
    words: str
    words_fr: str


@dataclass(frozen=True)
class Profile:
    """A segment or cluster.

    Parameters
    ----------
    name, label, label_fr
        Lasting name, and what people call it.
    customers, share
        Size, and part of all customers with one.
    figures
        Column -> mean over the customers whose value is known; money in units of the currency.
        Empty below :data:`MIN_SHOWN` customers.
    traits
        Column -> mean of the segment minus mean of all, in standard deviations of the scaled
        trait. Empty below :data:`MIN_SHOWN` customers.
    differences
        Those that stand out, largest first; empty when nothing does, or too few customers.
    text, text_fr
        All of it in sentences.
    """

    name: str
    label: str
    label_fr: str
    customers: int
    share: float
    figures: dict[str, float]
    traits: dict[str, float]
    differences: tuple[Difference, ...]
    text: str
    text_fr: str


def deviations(z: Floats, members: NDArray[np.bool_]) -> Floats:
    """Mean of the members minus mean of all, in standard deviations of all, shape (n_traits,).

    Parameters
    ----------
    z
        Standardised traits in the order of ``TRAITS``, shape (n_customers, n_traits).
    members
        Shape (n_customers,), at least one.
    """
    spread = z.std(axis=0)
    gap: Floats = (z[members].mean(axis=0) - z.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return gap


def differences(z: Floats, members: NDArray[np.bool_]) -> tuple[Difference, ...]:
    """List what sets members apart from all customers, most telling first."""
    gap = deviations(z, members)
    order = np.argsort(-np.abs(gap), kind="stable")
    return tuple(_difference(TRAITS[k], float(gap[k])) for k in order if abs(gap[k]) >= TELLING)


def _difference(trait: Trait, gap: float) -> Difference:
    words, words_fr = (trait.high, trait.high_fr) if gap > 0 else (trait.low, trait.low_fr)
    return Difference(trait.column, gap, words, words_fr)


def label_of(found: Sequence[Difference]) -> tuple[str, str]:
    """Make a label of the one or two most telling differences, English and French."""
    if not found:
        return "Like most customers", "Comme la plupart"
    top = found[:2]
    return (
        _capital(", ".join(each.words for each in top)),
        _capital(", ".join(each.words_fr for each in top)),
    )


def profile(
    name: str,
    labels: tuple[str, str],
    frame: pd.DataFrame,
    z: Floats,
    members: NDArray[np.bool_],
) -> Profile:
    """Describe the members of a segment among all customers of ``frame``."""
    n = int(members.sum())
    shown = n >= MIN_SHOWN
    figures = _figures(frame[members]) if shown else {}
    gaps = deviations(z, members).round(3) if shown else ()
    stand = dict(zip((t.column for t in TRAITS), map(float, gaps), strict=shown))
    found = differences(z, members) if shown else ()
    share = n / max(len(frame), 1)
    return Profile(
        name, *labels, n, share, figures, stand, found,
        _text(n, share, found, figures, _figures(frame)),
        _text_fr(n, share, found, figures, _figures(frame)),
    )  # fmt: skip


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    means = {column: float(rows[column].mean()) for column in FIGURES}
    for column in ("spend_365d", "basket_value_mean_365d"):
        means[column] /= 100
    return {column: round(value, 2) for column, value in means.items() if np.isfinite(value)}


def _text(
    n: int, share: float, found: Sequence[Difference], own: dict[str, float], all_: dict[str, float]
) -> str:
    start = f"{n:,} customers ({share:.0%})."
    if not own:
        return start
    said = ", ".join(each.words for each in found[:WORDS]) or "like most customers"
    return (
        f"{start} {_capital(said)}. {own.get('orders_365d', 0):.1f} orders and"
        f" {own.get('spend_365d', 0):,.2f} spent in 365 days (all customers:"
        f" {all_.get('orders_365d', 0):.1f} and {all_.get('spend_365d', 0):,.2f}); on average"
        f" {own.get('days_since_last_purchase', 0):.1f} days since the last purchase."
    )


def _text_fr(
    n: int, share: float, found: Sequence[Difference], own: dict[str, float], all_: dict[str, float]
) -> str:
    start = f"{n} clients ({100 * share:.0f} %)."
    if not own:
        return start
    said = ", ".join(each.words_fr for each in found[:WORDS]) or "comme la plupart des clients"
    return (
        f"{start} {_capital(said)}. {_fr(own.get('orders_365d', 0), 1)} commandes et"
        f" {_fr(own.get('spend_365d', 0), 2)} dépensés en 365 jours (tous les clients :"
        f" {_fr(all_.get('orders_365d', 0), 1)} et {_fr(all_.get('spend_365d', 0), 2)}) ; en"
        f" moyenne {_fr(own.get('days_since_last_purchase', 0), 1)} jours depuis le dernier achat."
    )


def _fr(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
