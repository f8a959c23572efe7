"""The gates between a challenger and the alias: each says whether it opens, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.policy import DAY
from training.as_of import date_text
from training.held_out import HeldOut, HeldOutModel
from training.models.metrics import Estimate, expected_calibration_error
from training.promotion.bootstrap import clustered_mean
from training.promotion.pairing import Paired, Version, lost_models
from training.promotion.rules import PromotionRules

Floats = NDArray[np.float64]
Segments = Mapping[str, Mapping[str, str]]
"""By kind of segment, of each customer."""


@dataclass(frozen=True)
class Gate:
    """One gate's verdict."""

    name: str
    passed: bool
    said: str


def schema_gate(challenger: Version, columns: Sequence[str]) -> Gate:
    """Ask whether every column of the challenger is one that this code computes."""
    known = set(columns)
    told = [column["name"] for column in challenger.bundle.manifest.columns]
    unknown = [name for name in told if name not in known]
    lacking = [name for name in columns if name not in set(told)]
    if unknown or lacking:
        what = f"it has {unknown[0]}" if unknown else f"it lacks {lacking[0]}"
        others = len(unknown) + len(lacking) - 1
        more = f" and {others} more differ" if others else ""
        return Gate("schema", passed=False, said=f"not the columns of this code: {what}{more}")
    return Gate("schema", passed=True, said=f"{len(told)} columns, those of this code")


def fresh_gate(challenger: Version, data_end: int, rules: PromotionRules) -> Gate:
    """Ask whether the challenger has seen the data up to a few days from their end."""
    behind = max(0, (data_end - challenger.as_of) // DAY)
    most = rules.fresh.max_days_behind
    said = (
        f"as of {date_text(challenger.as_of)}, {behind} days before the end of the data"
        f" (at most {most})"
    )
    return Gate("fresh", behind <= most, said)


def calibrated_gates(held: HeldOut | None, rules: PromotionRules) -> Iterator[Gate]:
    """Ask of each model whether what it says on average is what came."""
    if held is None:
        yield Gate("calibrated", passed=False, said="the run left no held-out rows; train it again")
        return
    for name, model in held.models.items():
        if model.kind != "uplift":  # no row of one customer shows what a contact changed
            yield _calibrated(name, model, rules)


def _calibrated(name: str, model: HeldOutModel, rules: PromotionRules) -> Gate:
    title = f"calibrated: {name}"
    scored = ~np.isnan(model.mean)
    y, said = model.y[scored], model.mean[scored]
    if y.size < rules.calibrated.min_rows:
        few = f"{y.size} rows, too few to judge (from {rules.calibrated.min_rows} on)"
        return Gate(title, passed=True, said=few)
    if model.kind == "propensity":
        error, most = expected_calibration_error(y, said), rules.calibrated.ece_at_most
        return Gate(title, error <= most, f"ECE {error:.3f} (at most {most:g}), {y.size} rows")
    most = rules.calibrated.total_error_at_most
    if y.sum() == 0:
        return Gate(title, bool(said.sum() == 0), "nothing came in these rows")
    off = float(said.sum() / y.sum() - 1)
    return Gate(title, abs(off) <= most, f"total {off:+.1%} off (at most {most:.0%})")


def better_gates(
    pairs: Sequence[Paired], challenger: Version, champion: Version, rules: PromotionRules
) -> Iterator[Gate]:
    """Ask for one measure better beyond chance, and none worse by more than its margin.

    That one of several measures is better by luck grows with their number: the interval that must
    lie above 0 has its confidence raised for them all (Bonferroni); the one that must lie above
    the margin has not, since every measure must pass it.
    """
    judged = [(pair, rules.margin(pair.measure)) for pair in pairs]
    counted = [(pair, margin) for pair, margin in judged if margin is not None and pair.gain.size]
    wins = []
    for pair, margin in counted:
        gain = _gain(pair, rules, rules.better.confidence)
        said = f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], {gain.n} customers"
        within = gain.low >= -margin
        yield Gate(f"no worse: {pair.measure}", within, f"{said}, may lose {margin:g}")
        strict = 1 - (1 - rules.better.confidence) / len(counted)
        if _gain(pair, rules, strict).low > 0:
            wins.append(pair.measure)
    for name in lost_models(challenger, champion):
        yield Gate(f"no worse: {name}", passed=False, said="the challenger has no such model")
    said = f"better beyond chance: {', '.join(wins)}" if wins else "better beyond chance in nothing"
    yield Gate("better", bool(wins), said)


def segment_gates(
    pairs: Sequence[Paired], segments: Segments, rules: PromotionRules
) -> Iterator[Gate]:
    """Ask whether the challenger is worse than the champion in no large segment."""
    for kind in rules.segments.by:
        worst: tuple[float, str] | None = None
        for pair in pairs:
            worst = min(filter(None, (worst, _worst(pair, segments[kind], rules))), default=None)
        if worst is None:
            few = f"no segment of {rules.segments.min_customers} customers"
            yield Gate(f"segments: {kind}", passed=True, said=few)
            continue
        slack, said = worst
        yield Gate(f"segments: {kind}", slack >= 0, said)


def _worst(
    pair: Paired, segment_of: Mapping[str, str], rules: PromotionRules
) -> tuple[float, str] | None:
    """Return how far the worst segment stays from its bound, and what to say of it."""
    limits = {
        "ndcg_10": rules.segments.ndcg_10_at_most,
        "log_loss": rules.segments.log_loss_at_most,
    }
    most = limits.get(pair.measure.rpartition(".")[2])
    if most is None:
        return None
    segment = np.array([segment_of.get(c, "") for c in pair.customers.tolist()], dtype=str)
    found = []
    for name in np.unique(segment[segment != ""]).tolist():
        mine = segment == name
        n = np.unique(pair.customers[mine]).size
        if n >= rules.segments.min_customers:
            gain = float(pair.gain[mine].mean())
            said = f"{pair.measure} {gain:+.4f} in {name} ({n} customers), may lose {most:g}"
            found.append((gain + most, said))
    return min(found, default=None)


def _gain(pair: Paired, rules: PromotionRules, confidence: float) -> Estimate:
    return clustered_mean(
        pair.gain,
        pair.customers,
        confidence=confidence,
        resamples=rules.better.resamples,
        seed=0,
    )
