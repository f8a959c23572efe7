"""Who answers: weights that correct for non-response, and what they leave uncorrected.

The chance that a request is answered is learned from what was known of the customer when asked.
An answer is weighted by the overall rate over its own chance (inverse probability weighting,
stabilised: Robins, Hernan & Brumback 2000; trimmed: Cole & Hernan 2008). That corrects for what
the snapshot shows. A customer who stays silent *because* of the mood that the question asks for
is not corrected for, and no weight can: the table of differences is shown beside the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from training.experience.periods import month_starts
from training.experience.profiles import Profiles
from training.experience.survey import Survey

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BALANCED = (
    "days_since_last_purchase", "customer_age_days", "orders_30d", "orders_90d", "orders_365d",
    "spend_90d", "spend_365d", "basket_value_mean_365d", "overdue_ratio", "discount_share_90d",
    "sessions_30d", "abandoned_carts_30d", "stock_outs_met_90d", "contacts_90d",
    "unresolved_contacts", "last_satisfaction", "satisfaction_mean_365d", "low_answers_share_365d",
    "days_since_last_feedback", "answer_rate_365d", "feedback_requests_365d", "exposures_90d",
)  # fmt: skip
"""Columns of the snapshot that the chance is learned from."""
PLACES = ("metric", "touchpoint", "channel")
FOLDS = 5
MIN_EACH = 100
"""Fewer answered or unanswered requests than this give no weights."""
TRIM = (0.01, 0.99)
_PENALTY = 0.1


@dataclass(frozen=True)
class Balance:
    """How those who answered differ from those who did not, on one column.

    Parameters
    ----------
    column
        Of the snapshot.
    answered, silent
        Means over requests where the column is known.
    difference
        Standardised: (answered - silent) / pooled standard deviation (Austin 2009).
    corrected
        The same between the weighted answers and everybody asked: what the weights leave.
    """

    column: str
    answered: float
    silent: float
    difference: float
    corrected: float


@dataclass(frozen=True)
class NonResponse:
    """What was found about non-response.

    Parameters
    ----------
    weights
        By ``request_id`` of the answered requests; empty when there are none.
    reason
        Why there are none; empty when there are.
    auc
        Of the chance of an answer, out of fold: 0.5 says that who answers cannot be told.
    effective
        Kish's effective number of answers, (sum w)^2 / sum w^2.
    answered, asked
        Requests.
    balance
        One row a column.
    """

    weights: "pd.Series[float]"
    reason: str = ""
    auc: float = float("nan")
    effective: float = float("nan")
    answered: int = 0
    asked: int = 0
    balance: tuple[Balance, ...] = field(default=())


def no_weights(reason: str, asked: int = 0, answered: int = 0) -> NonResponse:
    """Return a result without weights."""
    empty: pd.Series[float] = pd.Series(dtype=np.float64, index=pd.Index([], dtype=object))
    return NonResponse(empty, reason, asked=asked, answered=answered)


def non_response(survey: Survey, profiles: Profiles) -> NonResponse:
    """Learn who answers, weigh the answers, and compare.

    Parameters
    ----------
    survey
        With the requests.
    profiles
        As of the starts of the months of the requests; older requests are left out.
    """
    starts = month_starts(survey.asked["at"].to_numpy(np.int64))
    kept = np.isin(starts, profiles.index.get_level_values(1).unique())
    asked = survey.asked[kept].reset_index(drop=True)
    answered = asked["answered"].to_numpy(np.bool_)
    if not len(survey.asked):
        return no_weights("no request for feedback is recorded, so who stayed silent is not known")
    if min(answered.sum(), (~answered).sum()) < MIN_EACH:
        return no_weights(
            f"{answered.sum()} requests answered and {(~answered).sum()} not: "
            f"{MIN_EACH} of each are needed",
            len(asked),
            int(answered.sum()),
        )
    profile = profiles.rows(asked["customer_id"].tolist(), starts[kept])
    known = profile[:, profiles.positions(BALANCED)]
    chance = _chance(_inputs(asked, known), answered, _folds(asked["customer_id"]))
    weights = _weights(asked, answered, chance)
    return NonResponse(
        pd.Series(weights[answered], index=asked.loc[answered, "request_id"].to_numpy()),
        auc=float(roc_auc_score(answered, chance)),
        effective=float(weights[answered].sum() ** 2 / np.sum(weights[answered] ** 2)),
        answered=int(answered.sum()),
        asked=len(asked),
        balance=tuple(balance(BALANCED, known, answered, weights)),
    )


def _inputs(asked: pd.DataFrame, known: Floats) -> Floats:
    """Lay out ranks of the columns (0 where null), whether each is null, and the places."""
    null = np.isnan(known)
    ranks = pd.DataFrame(known).rank(pct=True).to_numpy(np.float64)
    centred = np.where(null, 0.0, 2.0 * ranks - 1.0)
    places = pd.get_dummies(asked[list(PLACES)].astype(str), dtype=np.float64).to_numpy()
    some_null = null[:, null.any(axis=0)].astype(np.float64)
    return np.hstack([centred, some_null, places])


def _folds(customers: "pd.Series[str]") -> Ints:
    # By customer: one person's two requests never stand on both sides.
    return np.asarray(pd.util.hash_array(customers.to_numpy(object)) % FOLDS, dtype=np.int64)


def _chance(x: Floats, answered: Flags, fold: Ints) -> Floats:
    """Return the chance of an answer by a model that did not see the customer: (requests,)."""
    chance = np.full(answered.size, answered.mean())
    for held_out in range(FOLDS):
        train, test = fold != held_out, fold == held_out
        if test.any() and 0 < answered[train].sum() < train.sum():
            model = LogisticRegression(C=_PENALTY, solver="newton-cholesky")
            chance[test] = model.fit(x[train], answered[train]).predict_proba(x[test])[:, 1]
    return chance


def _weights(asked: pd.DataFrame, answered: Flags, chance: Floats) -> Floats:
    """Return the stabilised, trimmed weight of each request, as if answered: (requests,)."""
    rate = asked["answered"].groupby(asked["metric"]).transform("mean").to_numpy(np.float64)
    raw = rate / np.clip(chance, 1e-6, 1.0)
    low, high = np.quantile(raw[answered], TRIM)
    return np.clip(raw, low, high)


def balance(names: Sequence[str], known: Floats, answered: Flags, weights: Floats) -> list[Balance]:
    """Compare those who answered with those who did not, before and after weighting.

    Parameters
    ----------
    names
        Of the columns.
    known
        float64 (requests, columns); NaN is null.
    answered
        bool (requests,).
    weights
        float64 (requests,): of each request if it is answered.
    """
    return [
        _balance(name, column, answered, weights)
        for name, column in zip(names, known.T, strict=True)
    ]


def _balance(name: str, column: Floats, answered: Flags, weights: Floats) -> Balance:
    told = ~np.isnan(column)
    yes, no = column[told & answered], column[told & ~answered]
    if min(yes.size, no.size) < 2:
        nan = float("nan")
        return Balance(name, nan, nan, nan, nan)
    spread = float(np.sqrt((yes.var(ddof=1) + no.var(ddof=1)) / 2)) or float("nan")
    weighted = np.average(yes, weights=weights[told & answered])
    return Balance(
        name,
        float(yes.mean()),
        float(no.mean()),
        float(yes.mean() - no.mean()) / spread,
        float(weighted - column[told].mean()) / spread,
    )
