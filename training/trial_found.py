"""What was found in a trial of an action, as a run leaves it: figures, a verdict and its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from training.models.metrics import Estimate, flat_estimates
from training.models.uplift.ranking import Figure, OutOfFold
from training.models.uplift.selection import RESPONSE, Measured, Selection, Verdict, measure_all

RANDOM: Final = "random"


@dataclass(frozen=True)
class RankingFound:
    """How one ranking did on folds that it was not fitted on.

    Parameters
    ----------
    name
        Of a learner, `RESPONSE` or `RANDOM`.
    qini, uplift_at_30
        Means over the folds, 95 % intervals of Nadeau & Bengio (`training.models.uplift.ranking`).
    """

    name: str
    qini: Estimate
    uplift_at_30: Estimate


@dataclass(frozen=True)
class TrialFound:
    """What a trial said of an action.

    Parameters
    ----------
    verdict, reason
        As of `training.models.uplift.selection.Selection`.
    drawn
        The learner whose scores are kept with the rows: the one chosen, and where none was, the
        one that came closest.
    effect
        The average effect of a contact.
    rankings
        Of the response model, of the learners, and at random.
    """

    verdict: Verdict
    drawn: str
    reason: str
    effect: Estimate
    rankings: tuple[RankingFound, ...]


def trial_found(selection: Selection, found: OutOfFold, seed: int) -> TrialFound:
    """Sum up a selection, beside a ranking at random on the same folds."""
    n = len(found.trial)
    draw = np.random.default_rng(seed).random(found.part.shape)
    by_lot = measure_all(OutOfFold(found.trial, found.part, {RANDOM: draw}, found.robust))
    learners = [one for one in selection.measured if one.name != RESPONSE]
    closest = max(learners, key=lambda one: one.gain.value).name
    return TrialFound(
        verdict=selection.verdict,
        drawn=selection.learner or closest,
        reason=selection.reason,
        effect=_estimate(selection.average, n),
        rankings=tuple(_ranking(one, n) for one in (*selection.measured, *by_lot)),
    )


def flat_found(name: str, found: TrialFound) -> dict[str, float]:
    """Name every figure and bound, for MLflow and the manifest."""
    flat = flat_estimates(name, {"effect": found.effect})
    for one in found.rankings:
        figures = {"qini": one.qini, "uplift_at_30": one.uplift_at_30}
        flat |= flat_estimates(f"{name}_{one.name}", figures)
    return flat


def to_facts(found: TrialFound) -> dict[str, Any]:
    """Return what JSON can hold."""
    return asdict(found)


def of_facts(told: Mapping[str, Any]) -> TrialFound:
    """Return what `to_facts` was given."""
    rankings: Sequence[Mapping[str, Any]] = told["rankings"]
    return TrialFound(
        verdict=told["verdict"],
        drawn=told["drawn"],
        reason=told["reason"],
        effect=Estimate(**told["effect"]),
        rankings=tuple(
            RankingFound(
                one["name"], Estimate(**one["qini"]), Estimate(**one["uplift_at_30"])
            )
            for one in rankings
        ),
    )  # fmt: skip


def _ranking(one: Measured, n: int) -> RankingFound:
    return RankingFound(one.name, _estimate(one.qini, n), _estimate(one.uplift_at_30, n))


def _estimate(figure: Figure, n: int) -> Estimate:
    return Estimate(figure.value, figure.low, figure.high, n)
