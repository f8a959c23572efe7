"""Fitting of the sentiment model, and the refusal to when the comments do not bear it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from training.experience.comments import Reading
from training.experience.sentiment import FIELDS, SentimentModel, bent, features
from training.experience.vocabulary import Floats, Vocabulary, learn_vocabulary

MIN_COMMENTS = 200
MIN_OF_A_KIND = 40
"""Of the rarer kind, good or bad. With 40 of 200 the standard error of a ROC-AUC of 0.85 is 0.04
(Hanley and McNeil 1982): enough to tell a model from chance, and 10 in each part to calibrate on.
"""
PENALTY = 3.0
"""Inverse strength of the L2 penalty. Between 1 and 10 it moves ROC-AUC in the third decimal."""
PARTS = 4

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Learned:
    """What came of learning.

    Parameters
    ----------
    model
        None when nothing was learned.
    reason
        Why not, for a person; empty when a model was learned.
    comments, bad
        Scored comments that were learned from, and the bad ones among them.
    auc, auc_error
        ROC-AUC on comments left out of the fit, and its standard error; NaN when not measured.
    """

    model: SentimentModel | None
    reason: str
    comments: int
    bad: int
    auc: float = float("nan")
    auc_error: float = float("nan")


def learn_sentiment(readings: Sequence[Reading], good: Bools, *, seed: int = 0) -> Learned:
    """Learn P(good) of a comment from scored ones.

    A logistic regression on TF-IDF of words and characters; its scores on comments left out of
    the fit (`PARTS` parts) calibrate it, and tell whether it beats chance.

    Parameters
    ----------
    readings
        Scored comments; those with nothing to read are left out.
    good
        bool (comments,): whether the score says good.
    seed
        Of the parts.
    """
    told = np.array([bool(reading.text) for reading in readings], dtype=np.bool_)
    kept = [reading for reading in readings if reading.text]
    good = np.asarray(good, dtype=np.bool_)[told]
    bad = int((~good).sum())
    reason = _too_few(len(kept), bad)
    if reason:
        return Learned(None, reason, len(kept), bad)
    vocabularies = [
        learn_vocabulary([getattr(r, f.part) for r in kept], f.kind, at_least=f.at_least)
        for f in FIELDS
    ]
    matrix = features(kept, vocabularies)
    held_out = _held_out_scores(matrix, good, seed)
    auc = float(roc_auc_score(good, held_out))
    error = auc_error(auc, good.size - bad, bad)
    if auc - 2 * error <= 0.5:
        reason = (
            f"what the {len(kept)} scored comments say tells nothing of their scores "
            f"(ROC-AUC {auc:.2f}, standard error {error:.2f}; 0.5 is chance)"
        )
        return Learned(None, reason, len(kept), bad, auc, error)
    model = _model(matrix, good, vocabularies, _calibration(held_out, good))
    return Learned(model, "", len(kept), bad, auc, error)


def _too_few(comments: int, bad: int) -> str:
    rarer = min(bad, comments - bad)
    if comments >= MIN_COMMENTS and rarer >= MIN_OF_A_KIND:
        return ""
    return (
        f"too few scored comments to learn from: {comments} with {rarer} of the rarer kind (good "
        f"or bad), {MIN_COMMENTS} with {MIN_OF_A_KIND} are needed"
    )


def linear_model() -> LogisticRegression:
    """Return the model that is fitted, in the primal: it draws nothing at random."""
    return LogisticRegression(C=PENALTY, solver="liblinear", tol=1e-2, max_iter=200, random_state=0)


def _held_out_scores(matrix: sparse.csr_matrix, good: Bools, seed: int) -> Floats:
    scores = np.zeros(good.size)
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=seed)
    for fitted, left in parts.split(good, good):
        fit = linear_model().fit(matrix[fitted], good[fitted])
        scores[left] = fit.decision_function(matrix[left])
    return scores


def _calibration(scores: Floats, good: Bools) -> Floats:
    """Return the ``a, b, c`` of :func:`calibrate` that the held-out scores bear out.

    Targets fall short of 0 and 1 as in Platt (1999), so that few comments claim no certainty.
    """
    n_good = int(good.sum())
    target = np.where(good, (n_good + 1) / (n_good + 2), 1 / (good.size - n_good + 2))
    rows = bent(scores)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        linear = rows @ parameters
        gradient = rows.T @ (expit(linear) - target)
        total = np.logaddexp(0, linear) - target * linear
        return float(total.mean()), np.asarray(gradient / good.size)

    bounds = [(0, None), (0, None), (None, None)]
    found = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def _model(
    matrix: sparse.csr_matrix,
    good: Bools,
    vocabularies: Sequence[Vocabulary],
    calibration: Floats,
) -> SentimentModel:
    fit = linear_model().fit(matrix, good)
    return SentimentModel(
        size=np.array([v.key.size for v in vocabularies], dtype=np.int64),
        key=np.concatenate([v.key for v in vocabularies]),
        idf=np.concatenate([v.idf for v in vocabularies]),
        weight=fit.coef_[0].astype(np.float64),
        intercept=float(fit.intercept_[0]),
        calibration=calibration,
    )


def auc_error(auc: float, n_good: int, n_bad: int) -> float:
    """Return the standard error of a ROC-AUC (Hanley and McNeil 1982, eq. 1)."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (n_good - 1) * (q1 - auc**2) + (n_bad - 1) * (q2 - auc**2)
    return float(np.sqrt((auc * (1 - auc) + spread) / (n_good * n_bad)))
