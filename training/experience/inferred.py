"""What those who did not answer would have said: inferred, calibrated, and marked as inferred."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.experience.breakdown import stream
from training.experience.classes import (
    Answers,
    Calibrated,
    calibrate,
    fit_ranked,
    fit_scale,
)
from training.experience.effort import contact_facts
from training.experience.measures import DETRACTOR_TO, HARD_TO, PROMOTER_FROM
from training.experience.periods import month_starts
from training.experience.profiles import Profiles
from training.experience.quality import measured
from training.experience.survey import Survey
from training.models.metrics import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Classes = Callable[[Floats], Ints]

MIN_TRAIN, MIN_LATER, MIN_CLASS = 150, 50, 10
"""Fewest answers that train, that calibrate or test, and of each class in each of the three."""
SPLIT = (0.6, 0.8)
"""Shares of the answers, in order of time, that train, and that train or calibrate."""
RESAMPLES = 200
CHANCE = 0.5
"""Area under the ROC curve of a model that cannot tell one answer from another."""


def nps_classes(scores: Floats) -> Ints:
    """Return 0 for a detractor, 1 for a passive, 2 for a promoter."""
    return (scores > DETRACTOR_TO).astype(np.int64) + (scores >= PROMOTER_FROM)


def effort_classes(scores: Floats) -> Ints:
    """Return 1 where a CES answer says that it was hard (1 to 3), 0 elsewhere."""
    return (scores <= HARD_TO).astype(np.int64)


@dataclass(frozen=True)
class Target:
    """What is inferred.

    Parameters
    ----------
    metric
        Scale of the answers it is learned from.
    classes
        Scores to classes, from 0.
    names
        Of the classes.
    told
        The class whose probability is measured (rank, error, calibration).
    """

    metric: str
    classes: Classes
    names: tuple[str, ...]
    told: int


NPS_CLASS = Target("nps", nps_classes, ("detractor", "passive", "promoter"), 0)
EFFORT = Target("ces", effort_classes, ("not_hard", "hard"), 1)


@dataclass(frozen=True)
class Inference:
    """A model of one target, and how well it did on answers later than all it saw.

    Parameters
    ----------
    target
        What it infers.
    reason
        Why there is no model; empty when there is one.
    model
        None without enough answers, or when it is no better than chance.
    redrawn
        The calibration fitted again on answers drawn again, by customer: how uncertain it is.
    quality, baseline
        ``auc``, ``brier``, ``ece`` of the told class on the test answers, with 95 % intervals over
        customers, and ``ece_by_chance``, what a perfectly calibrated model would have shown; the
        same of the base rate.
    counts
        Answers that trained, calibrated and tested.
    y, p
        Test outcomes (0 or 1) and probabilities of the told class, for a picture.
    """

    target: Target
    reason: str = ""
    model: Calibrated | None = None
    redrawn: tuple[LogisticRegression, ...] = ()
    quality: Mapping[str, Estimate] = field(default_factory=dict)
    baseline: Mapping[str, Estimate] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    y: Floats = field(default_factory=lambda: np.empty(0))
    p: Floats = field(default_factory=lambda: np.empty(0))


def infer(target: Target, answers: Answers, at: Ints, seed: int) -> Inference:
    """Fit, calibrate and test, each on answers later than the last.

    A model that ranks later answers no better than chance is not used: then the reason says so.

    Parameters
    ----------
    answers
        Of those who allow ``analytics``: nobody else trains. Profiles are older than the answers.
    at
        int64 (answers,): when, epoch seconds UTC.
    """
    train, later, test = _in_time(answers, at)
    lacking = _lacking(target, train, later, test)
    if lacking:
        return Inference(target, lacking)
    model = calibrate(fit_ranked(train), later)
    y = (test.y == target.told).astype(np.float64)
    p = model.probabilities(test.x)[:, target.told]
    base = np.full(y.size, float((later.y == target.told).mean()))
    quality = measured(y, p, test.customers, seed)
    useful = quality["auc"].low > CHANCE
    return Inference(
        target,
        reason="" if useful else _no_better(target, quality["auc"]),
        model=model if useful else None,
        redrawn=redrawn_scales(model, later, seed) if useful else (),
        quality=quality,
        baseline=measured(y, base, test.customers, seed),
        counts={"trained": len(train), "calibrated": len(later), "tested": len(test)},
        y=y,
        p=p,
    )


def _no_better(target: Target, auc: Estimate) -> str:
    return (
        f"what is known of a customer ranks later {target.metric} answers no better than chance: "
        f"AUC {auc.value:.2f} [{auc.low:.2f}, {auc.high:.2f}] on {auc.n} answers"
    )


def answers_of(
    survey: Survey, weights: "pd.Series[float]", target: Target
) -> tuple[pd.DataFrame, Callable[[Floats], Answers]]:
    """Return the answers on a target's scale, and what lays them out once profiles are there."""
    mine = survey.answers[survey.answers["metric"] == target.metric].reset_index(drop=True)

    def laid_out(x: Floats) -> Answers:
        return Answers(
            x,
            target.classes(mine["score"].to_numpy(np.float64)),
            np.asarray(pd.factorize(mine["customer_id"], sort=True)[0], dtype=np.int64),
            np.asarray(mine["request_id"].map(weights).fillna(1.0), dtype=np.float64),
        )

    return mine, laid_out


def infer_nps(
    survey: Survey, profiles: Profiles, weights: "pd.Series[float]", seed: int
) -> Inference:
    """Infer the NPS class from the profile at the start of the month of the answer.

    Parameters
    ----------
    weights
        For non-response, by ``request_id``; they bend the calibration towards the silent.
    """
    mine, laid_out = answers_of(survey, weights, NPS_CLASS)
    at = mine["at"].to_numpy(np.int64)
    starts = month_starts(at)
    answers = laid_out(profiles.rows(mine["customer_id"].tolist(), starts))
    kept = np.flatnonzero(np.isin(starts, profiles.index.get_level_values(1).unique()))
    return infer(NPS_CLASS, answers.taken(kept), at[kept], seed)


def infer_effort(
    con: DuckDBPyConnection, survey: Survey, weights: "pd.Series[float]", seed: int
) -> Inference:
    """Infer the effort of a customer's latest contact from its course, as far as it was known."""
    mine, laid_out = answers_of(survey, weights, EFFORT)
    at = mine["at"].to_numpy(np.int64)
    answers = laid_out(contact_facts(con, mine["customer_id"], at))
    kept = np.flatnonzero(~np.isnan(answers.x).all(axis=1))
    return infer(EFFORT, answers.taken(kept), at[kept], seed)


def _in_time(answers: Answers, at: Ints) -> tuple[Answers, Answers, Answers]:
    if not len(answers):
        return answers, answers, answers
    first, second = np.quantile(at, SPLIT)
    parts = (at < first, (at >= first) & (at < second), at >= second)
    train, later, test = (answers.taken(np.flatnonzero(part)) for part in parts)
    return train, later, test


def _lacking(target: Target, *parts: Answers) -> str:
    for what, part, least in zip(
        ("train", "calibrate", "test"), parts, (MIN_TRAIN, MIN_LATER, MIN_LATER), strict=True
    ):
        counts = np.bincount(part.y, minlength=len(target.names))
        if len(part) < least or counts.min() < MIN_CLASS:
            told = ", ".join(f"{n} {name}" for n, name in zip(counts, target.names, strict=True))
            return (
                f"too few {target.metric} answers to {what}: {len(part)} ({told}); "
                f"{least} are needed, and {MIN_CLASS} of each class"
            )
    return ""


def redrawn_scales(model: Calibrated, later: Answers, seed: int) -> tuple[LogisticRegression, ...]:
    """Fit the calibration again on its answers drawn again, whole customers at a time."""
    rng = stream(seed, "calibration")
    log_odds = model.model.log_odds(later.x)
    _, code = np.unique(later.customers, return_inverse=True)
    size, classes = int(code.max()) + 1, np.unique(later.y).size
    fitted = []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(0, size, size), minlength=size)[code]
        rows = np.repeat(np.arange(code.size), times)
        if np.unique(later.y[rows]).size == classes:
            fitted.append(fit_scale(log_odds[rows], later.taken(rows)))
    return tuple(fitted)
