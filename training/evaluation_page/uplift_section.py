"""The section of an uplift: what its trial says, and whether a ranking by it pays."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from training.evaluation_page.figures import LEAST, segment_groups
from training.evaluation_page.numbers import interval, number
from training.evaluation_page.pictures import qini_plot
from training.held_out import HeldOutModel
from training.markup import heading, image, paragraph, table
from training.models.metrics import Estimate
from training.models.uplift.measures import qini_curve
from training.promotion.gates import Segments
from training.trial_found import TrialFound

Floats = NDArray[np.float64]
_KEPT = (
    "The bundle keeps the plain table: what the log says a contact adds, by band of the propensity."
)
_Z95 = 1.96


def uplift_section(name: str, model: HeldOutModel, segments: Segments) -> Iterator[str]:
    """Tell one action's trial: the verdict, each ranking's Qini, the curves, and by segment.

    Parameters
    ----------
    model
        Of kind ``uplift``; its rows were scored by models of other folds.
    """
    yield heading(name.replace("_", " ").capitalize())
    given = _contacted(model)
    yield paragraph(
        f"{int(given.sum()):,} contacts and {int((~given).sum()):,} customers held back by lot, of "
        "the service's own log, each scored by models fitted on other folds of customers."
    )
    if model.found is not None:
        yield from _verdict(model.found)
    title = f"{name}: Qini"
    yield f"<div class=row>{image(title, qini_plot(_curves(model), title))}</div>"
    for kind, segment_of in segments.items():
        rows = list(_effects(model, segment_groups(model, segment_of)))
        if rows:
            yield heading(f"By {kind.replace('_', ' ')}", 3)
            yield table(("Group", "Customers", "Effect, 95 % interval", "Said"), rows, 1)


def _verdict(found: TrialFound) -> Iterator[str]:
    learned = found.verdict == "learned"
    yield paragraph(found.reason if learned else f"{found.reason} {_KEPT}", note=not learned)
    yield paragraph(f"Average effect of a contact: {interval(found.effect)}.")
    rows = [
        (f"{one.name}{' (drawn)' if one.name == found.drawn else ''}",
         interval(one.qini), interval(one.uplift_at_30))
        for one in found.rankings
    ]  # fmt: skip
    yield table(("Ranking", "Qini, 95 % interval", "Uplift of the first 30 %"), rows, 1)


def _curves(model: HeldOutModel) -> dict[str, tuple[Floats, Floats]]:
    scored = ~(np.isnan(model.mean) | np.isnan(model.baseline))
    rest = _contacted(model)[scored], _weights(model)[scored]
    drawn = model.found.drawn if model.found is not None else "uplift"
    said = {drawn: model.mean[scored], "response model": model.baseline[scored]}
    if not scored.any():
        return {}
    return {name: qini_curve(model.y[scored], score, *rest) for name, score in said.items()}


def _effects(model: HeldOutModel, groups: NDArray[np.str_]) -> Iterator[tuple[str, ...]]:
    """Yield each group's effect as it came, and what was said, where both sides are enough."""
    given, weight = _contacted(model), _weights(model)
    for name in np.unique(groups[groups != ""]).tolist():
        mine = groups == name
        sides = [mine & given, mine & ~given]
        if min(np.unique(model.customers[side]).size for side in sides) >= LEAST:
            effect = _effect(*((model.y[side], weight[side]) for side in sides))
            told = mine & ~np.isnan(model.mean)
            said = (
                float(np.average(model.mean[told], weights=weight[told])) if told.any() else np.nan
            )
            n = int(np.unique(model.customers[mine]).size)
            yield name, f"{n:,}", interval(effect), number(said)


def _effect(contacted: tuple[Floats, Floats], held: tuple[Floats, Floats]) -> Estimate:
    """Return the difference of two weighted rates, with a normal interval (Hajek 1971)."""
    means, variances = [], []
    for y, weight in (contacted, held):
        mean = float(np.average(y, weights=weight))
        means.append(mean)
        variances.append(float(((weight * (y - mean)) ** 2).sum() / weight.sum() ** 2))
    value, half = means[0] - means[1], _Z95 * float(np.sqrt(sum(variances)))
    return Estimate(value, value - half, value + half, contacted[0].size + held[0].size)


def _contacted(model: HeldOutModel) -> NDArray[np.bool_]:
    assert model.contacted is not None
    return np.asarray(model.contacted > 0)


def _weights(model: HeldOutModel) -> Floats:
    """Weigh each row by 1 / the probability of what happened to it, mean 1 on either side."""
    assert model.probability is not None
    given = _contacted(model)
    weight = 1.0 / np.where(given, model.probability, 1.0 - model.probability)
    for side in (given, ~given):
        weight[side] /= weight[side].mean() if side.any() else 1.0
    return np.asarray(weight)
