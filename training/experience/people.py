"""One row a customer: what they said of late, or what is inferred, and which of the two it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from features.columns import ANALYTICS, PERSONALISATION
from training.experience.allowed import allowed_customers
from training.experience.breakdown import ANSWERED, INFERRED, OVERALL, Row
from training.experience.effort import contact_facts
from training.experience.inferred import Inference
from training.experience.intervals import MIN_CUSTOMERS
from training.experience.periods import DAY, WINDOW_DAYS, window_label
from training.experience.population import mean_with_interval
from training.experience.profiles import Profiles
from training.experience.survey import Survey

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NPS_WORTH = np.array([-100.0, 0.0, 100.0])
HARD_WORTH = np.array([0.0, 1.0])
COLUMNS = (
    "customer_id", "as_of", "promoter", "passive", "detractor", "source", "hard_effort",
    "effort_source",
)  # fmt: skip


@dataclass(frozen=True)
class People:
    """Customers who allow both analytics and personalisation, as of one moment.

    Parameters
    ----------
    frame
        One row a customer, sorted by id: :data:`COLUMNS`. Probabilities are 0 or 1 where
        ``source`` is ``answered``, null where there is neither answer nor model.
        ``hard_effort`` is null for who asked nothing of the service in the last 90 days.
    profiles, contacts
        float64 (customers, features), (customers, facts): what NPS and effort are inferred from.
    """

    frame: pd.DataFrame
    profiles: Floats
    contacts: Floats


def describe_people(
    con: DuckDBPyConnection, survey: Survey, profiles: Profiles, nps: Inference, effort: Inference
) -> People:
    """Put answers of the last 90 days and inferences side by side.

    Nothing is inferred about a customer who refused ``analytics`` or ``personalisation``: they
    have no row.
    """
    as_of = survey.as_of
    allowed = allowed_customers(con, as_of, [ANALYTICS, PERSONALISATION])
    ids = _known(profiles, as_of, allowed)
    moments = np.full(len(ids), as_of, dtype=np.int64)
    x = profiles.rows(ids.tolist(), moments)
    frame = pd.DataFrame({"customer_id": ids, "as_of": as_of})
    classes, source = _filled(survey, ids, x, nps)
    for k, name in enumerate(nps.target.names):
        frame[name] = classes[:, k]
    frame["source"] = source
    contacts = contact_facts(con, ids, moments)
    hard, effort_source = _filled(survey, ids, contacts, effort)
    frame["hard_effort"], frame["effort_source"] = hard[:, 1], effort_source
    return People(frame[list(COLUMNS)], x, contacts)


def _known(profiles: Profiles, as_of: int, allowed: "pd.Series[str]") -> "pd.Series[str]":
    customers, moments = (profiles.index.get_level_values(k) for k in (0, 1))
    now = pd.Series(customers[moments == as_of], dtype=object)
    return now[now.isin(set(allowed))].sort_values(ignore_index=True)


def _filled(
    survey: Survey, ids: "pd.Series[str]", x: Floats, model: Inference
) -> tuple[Floats, NDArray[np.object_]]:
    """Return probabilities (people, classes) and where they come from."""
    target = model.target
    p = np.full((len(ids), len(target.names)), np.nan)
    source = np.full(len(ids), None, dtype=object)
    inferable = ~np.isnan(x).all(axis=1)
    if model.model is not None and inferable.any():
        p[inferable] = model.model.probabilities(x[inferable])
        source[inferable] = INFERRED
    said = np.asarray(ids.map(_latest(survey, target.metric)), dtype=np.float64)
    told = ~np.isnan(said)
    p[told] = np.eye(len(target.names))[target.classes(said[told])]
    source[told] = ANSWERED
    return p, source


def _latest(survey: Survey, metric: str) -> "pd.Series[float]":
    rows = survey.answers
    late = rows[(rows["metric"] == metric) & (rows["at"] >= survey.as_of - WINDOW_DAYS * DAY)]
    scores: pd.Series[float] = late.groupby("customer_id")["score"].last()
    return scores


def inferred_rows(
    people: People,
    nps: Inference,
    effort: Inference,
    segments: "pd.Series[str]",
    seed: int,
) -> Iterator[Row]:
    """Yield the figures that rest on inference, by segment and over all; none without a model.

    ``nps`` is of those inferred alone; ``nps_population`` pools them with those who answered, and
    is marked inferred all the same; ``effort_hard`` is of those inferred alone.
    """
    for by, value, mine in _groups(people, segments):
        inferred = mine & (people.frame["source"] == INFERRED).to_numpy()
        told = people.frame.loc[mine & (people.frame["source"] == ANSWERED).to_numpy()]
        said = np.asarray(100.0 * (told["promoter"] - told["detractor"]), dtype=np.float64)
        silent = mine & (people.frame["effort_source"] == INFERRED).to_numpy()
        nobody = np.empty(0)
        for metric, model, x, worth, pooled in (
            ("nps", nps, people.profiles[inferred], NPS_WORTH, nobody),
            ("nps_population", nps, people.profiles[inferred], NPS_WORTH, said),
            ("effort_hard", effort, people.contacts[silent], HARD_WORTH, nobody),
        ):
            n = len(x) + pooled.size
            if model.model is not None and n >= MIN_CUSTOMERS and len(x):
                figures = mean_with_interval(model, x, worth, pooled, seed)
                yield _row(metric, by, value, people, n, figures)


def _groups(people: People, segments: "pd.Series[str]") -> Iterator[tuple[str, str, Flags]]:
    yield OVERALL, "all", np.ones(len(people.frame), dtype=np.bool_)
    mine = people.frame["customer_id"].map(segments)
    for segment in sorted(mine.dropna().unique()):
        yield "segment", str(segment), (mine == segment).to_numpy(np.bool_)


def _row(
    metric: str, by: str, value: str, people: People, n: int, figures: tuple[float, float, float]
) -> Row:
    as_of = int(people.frame["as_of"].iloc[0])
    period = window_label(as_of - WINDOW_DAYS * DAY, as_of)
    estimate, low, high = figures
    return Row(metric, by, value, period, n, n, estimate, low, high, "calibration", source=INFERRED)
