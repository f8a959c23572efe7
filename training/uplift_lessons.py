"""Uplift by customer from the service's own log, where it holds enough to learn it.

What a log teaches of an action in bands of the propensity (`training.lessons`) is what is said
where nothing better is known. Here, the same contacts and the same control group meet the
snapshot as it was before the decision, and a learner of `training.models.uplift` is used where it
tells whom the action changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decisioning.policy import DAY
from decisioning.uplift import PersonalUplift, UpliftTable
from features.definitions import UNPROTECTED
from training.held_out import HeldOutModel
from training.holding_out import held_uplift
from training.lessons import Exposure, first_of_each
from training.models.contract import Rows, TooFewRowsError
from training.models.labels.rows import customer_view
from training.models.uplift.fit import UpliftConfig, fit_uplift
from training.models.uplift.linear import LINEAR
from training.models.uplift.selection import Selection

SNAPSHOT_EVERY: Final = 28 * DAY
"""Decisions are told by the last of these moments before them: a snapshot each would cost hours.
The service reads a snapshot of about this age too."""
LEARNERS: Final = tuple(LINEAR)
"""Linear ones: trees never ranked better by more than an error where it was measured
(docs/customer-models.md), and cost most of the time."""


@dataclass(frozen=True)
class Finding:
    """What the log told of one action.

    Parameters
    ----------
    rows
        Contacts and control customers with a snapshot.
    selection
        None where they were too few to ask.
    reason
        A sentence.
    """

    action_id: str
    rows: int
    selection: Selection | None
    reason: str

    def as_row(self) -> dict[str, Any]:
        """Return one line of a table: verdict, learner, reason, figures."""
        row: dict[str, Any] = {"action_id": self.action_id, "rows": self.rows}
        if self.selection is None:
            return row | {"verdict": "too_few", "learner": "", "reason": self.reason}
        chosen = self.selection
        return row | {
            "verdict": chosen.verdict,
            "learner": chosen.learner,
            "reason": self.reason,
            "effect": chosen.average.value,
            "effect_low": chosen.average.low,
            "effect_high": chosen.average.high,
            **{f"qini_{m.name}": m.qini.value for m in chosen.measured},
        }


@dataclass(frozen=True)
class UpliftLessons:
    """Uplifts for the bundle, by action, and how each came to be.

    Parameters
    ----------
    held
        By action: the rows of its trial, as models of other folds scored them.
    """

    uplifts: Mapping[str, UpliftTable | PersonalUplift]
    findings: tuple[Finding, ...]
    held: Mapping[str, HeldOutModel]


def learn_uplifts(
    con: duckdb.DuckDBPyConnection,
    exposures: Iterable[Exposure],
    tables: Mapping[str, UpliftTable],
    *,
    honour_consents: bool,
    seed: int,
    columns: tuple[str, ...] = UNPROTECTED,
    config: UpliftConfig | None = None,
) -> UpliftLessons:
    """Put a learned uplift in place of each table where one pays.

    Parameters
    ----------
    con
        Opened tables.
    exposures, tables
        The log, and what `training.lessons.learn` made of it.
    columns
        Inputs; a price may hang on an uplift, so no protected ones.
    config
        Its levels are shared out over the actions: they hold for the whole run.
    """
    told = {name: log for name, log in _by_action(exposures).items() if name in tables}
    moments = sorted({_moment(e) for log in told.values() for e in log})
    if not moments:
        return UpliftLessons(dict(tables), (), {})
    view = customer_view(con, moments, honour_consents=honour_consents)
    config = config or UpliftConfig(learners=LEARNERS)
    # Bonferroni: a shop that tries ten actions would else find an effect of one that has none.
    config = replace(
        config, level=config.level / len(told), ahead_level=config.ahead_level / len(told)
    )
    uplifts: dict[str, UpliftTable | PersonalUplift] = dict(tables)
    findings, held = [], {}
    for name, log in sorted(told.items()):
        rows, customers = trial_rows(log, view, columns)
        try:
            fitted = fit_uplift(rows, seed, config)
        except TooFewRowsError as error:
            findings.append(Finding(name, len(rows), None, str(error)))
            continue
        findings.append(Finding(name, len(rows), fitted.selection, fitted.selection.reason))
        held[name] = held_uplift(fitted, rows, customers, seed)
        if fitted.model is not None:
            uplifts[name] = PersonalUplift(fitted.model, tables[name])
    return UpliftLessons(uplifts, tuple(findings), held)


def trial_rows(
    log: Sequence[Exposure], view: pd.DataFrame, columns: tuple[str, ...]
) -> tuple[Rows, NDArray[np.str_]]:
    """Lay the contacts and the control group of one action out, each with its snapshot.

    Each customer counts once in each group, with their first decision. Whoever was shown it is
    weighted by the probability on record, so that they stand for everybody the gates let pass;
    the control group does so as it is, whatever its share: a constant.

    Parameters
    ----------
    view
        Of `customer_view`, at the moments of the log.

    Returns
    -------
    The rows, and the customer's id of each, strings (rows,).
    """
    frame = pd.DataFrame(
        {
            "customer_id": [e.subject for e in log],
            "as_of": np.array([_moment(e) for e in log], dtype=np.int64),
            "label": np.array([e.responded for e in log], dtype=np.float64),
            "contacted": np.array([e.shown for e in log], dtype=np.bool_),
            "probability": np.array([e.probability if e.shown else 0.5 for e in log]),
        }
    )
    joined = frame.merge(view, on=["customer_id", "as_of"])
    rows = Rows(
        columns=columns,
        x=joined[list(columns)].to_numpy(np.float64),
        y=joined["label"].to_numpy(np.float64),
        customer=pd.factorize(joined["customer_id"], sort=True)[0].astype(np.int64),
        as_of=joined["as_of"].to_numpy(np.int64),
        contacted=joined["contacted"].to_numpy(np.bool_),
        probability=joined["probability"].to_numpy(np.float64),
    )
    return rows, joined["customer_id"].to_numpy(dtype=np.str_)


def _by_action(exposures: Iterable[Exposure]) -> dict[str, list[Exposure]]:
    """Return the first contact and the first control decision of each customer, by action."""
    shown: dict[str, list[Exposure]] = defaultdict(list)
    held: dict[str, list[Exposure]] = defaultdict(list)
    for one in exposures:
        if one.decided_at and one.shown and one.probability > 0:
            shown[one.action_id].append(one)
        elif one.decided_at and one.control:
            held[one.action_id].append(one)
    return {
        name: [*first_of_each(shown[name]), *first_of_each(held[name])]
        for name in shown.keys() & held.keys()
    }


def _moment(one: Exposure) -> int:
    return int(one.decided_at) // SNAPSHOT_EVERY * SNAPSHOT_EVERY
