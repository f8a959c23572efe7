"""Choose an uplift learner, or say that none pays: what an experiment can tell, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from training.models.contract import Floats
from training.models.uplift.ranking import Figure, OutOfFold, over_folds

RESPONSE: Final = "response"
Verdict = Literal["learned", "response", "none"]
_DRAWS: Final = 20_000


@dataclass(frozen=True)
class Measured:
    """How a learner ranks.

    Parameters
    ----------
    qini, auuc, uplift_at_30
        As scikit-uplift has them, means over folds, intervals of Nadeau & Bengio.
    gain
        The Qini coefficient by doubly robust scores, its interval over customers: what is tested.
    """

    name: str
    qini: Figure
    auuc: Figure
    uplift_at_30: Figure
    gain: Figure


@dataclass(frozen=True)
class Selection:
    """What was found.

    Parameters
    ----------
    verdict
        ``learned``: a learner tells whom a contact changes; ``response``: contacts change
        something, but no learner tells whom better than the response model does; ``none``: no
        uplift found.
    learner
        Name of the learner chosen; empty unless the verdict is ``learned``.
    reason
        A sentence with the figures that decided.
    average
        Average effect of a contact.
    measured
        In the order of the learners.
    """

    verdict: Verdict
    learner: str
    reason: str
    average: Figure
    measured: tuple[Measured, ...]


def measure_all(found: OutOfFold) -> tuple[Measured, ...]:
    """Measure every ranking."""
    return tuple(_measured(found, name) for name in found.scores)


def select(found: OutOfFold, seed: int, level: float, ahead_level: float) -> Selection:
    """Choose by tests that count everything that was tried.

    First, whether anything is there: the average effect, or the ranking of any model, is further
    from zero than the largest of so many chance figures would be. Then, which learners rank
    better than chance and than the response model, by bounds of the same kind: that the largest
    of many is looked at is what guards against the winner's curse. Among those, the simplest
    within one standard error of the best.

    Parameters
    ----------
    found
        Scores of the response model (`RESPONSE`) and of learners, simple ones first.
    level
        Probability of finding something where there is nothing, over all that was tried. The
        stricter of the two: what is found wrongly is acted upon, customer by customer.
    ahead_level
        Probability of calling a learner better than the response model where none is.
    """
    average, measured = found.figure(found.effects), measure_all(found)
    rivals = [name for name in found.scores if name != RESPONSE]
    gains = np.column_stack([found.gains[name] for name in found.scores])
    over = np.column_stack([found.gains[n] - found.gains[RESPONSE] for n in rivals])
    # The average effect may lie on either side of zero.
    tried = np.column_stack([gains, found.effects, -found.effects])
    sizes, bound = _test(found, tried, seed, level)
    ahead, needed = _test(found, over, seed, ahead_level)
    of_gain = dict(zip(found.scores, sizes.tolist(), strict=False))
    of_lead = dict(zip(rivals, ahead.tolist(), strict=True))
    good = [n for n in rivals if of_gain[n] > bound and of_lead[n] > needed]
    if sizes.max() <= bound:
        return Selection("none", "", _nothing(sizes, bound), average, measured)
    if not good:
        reason = _no_better(found, of_lead, needed)
        return Selection("response", "", reason, average, measured)
    best = max(good, key=lambda name: float(found.gains[name].mean()))
    chosen = next(name for name in good if _within_one(found, best, name))
    return Selection("learned", chosen, _better(found, chosen, best, needed), average, measured)


def _test(found: OutOfFold, parts: Floats, seed: int, level: float) -> tuple[Floats, float]:
    """Return the size of each mean in standard errors, and the bound the largest must pass.

    The bound is the quantile of the largest of normal figures with the correlations that the
    customers show (Hothorn, Bretz & Westfall 2008).
    """
    covariance = found.covariance(parts)
    error = np.sqrt(np.diag(covariance))
    known = error > 0
    sizes = np.where(known, parts.mean(axis=0) / np.where(known, error, 1.0), 0.0)
    scale = np.where(known, error, np.inf)
    correlation = covariance / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = np.random.default_rng(seed).standard_normal((_DRAWS, len(values))) @ root.T
    return sizes, float(np.quantile(drawn.max(axis=1), 1.0 - level))


def _measured(found: OutOfFold, name: str) -> Measured:
    folds = int(found.part.max()) + 1
    by_fold = {key: over_folds(values, folds) for key, values in found.folds(name).items()}
    return Measured(name=name, gain=found.figure(found.gains[name]), **by_fold)


def _within_one(found: OutOfFold, best: str, name: str) -> bool:
    behind = found.figure(found.gains[best] - found.gains[name])
    return behind.value <= behind.error


def _nothing(sizes: Floats, bound: float) -> str:
    return (
        f"No uplift found: of {sizes.size - 2} rankings and the average effect, the largest is"
        f" {sizes.max():.1f} standard errors from zero; chance alone reaches {bound:.1f}."
    )


def _no_better(found: OutOfFold, lead: Mapping[str, float], needed: float) -> str:
    best = max(lead, key=lambda name: lead[name])
    over = found.figure(found.gains[best] - found.gains[RESPONSE])
    return (
        f"Uplift modelling does not pay: the learner that comes closest, {best}, has a Qini"
        f" {over.value:+.3f} from the response model's ({lead[best]:.1f} standard errors, and"
        f" {needed:.1f} are needed). The response model ranks."
    )


def _better(found: OutOfFold, chosen: str, best: str, needed: float) -> str:
    over = found.figure(found.gains[chosen] - found.gains[RESPONSE])
    why = "" if chosen == best else f", as simple as any within one standard error of {best}"
    return (
        f"{chosen}{why}: Qini {over.value:+.3f} above the response model's"
        f" ({over.value / over.error:.1f} standard errors, {needed:.1f} are needed)."
    )
