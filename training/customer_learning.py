"""What a run learns of customers: models, values, uplifts, priors, and what they were tested on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from bundle.contents import LearnedResponses
from bundle.files import ACTIONS, catalogue_file
from bundle.learned_priors import kinds_of
from bundle.models import Classifier
from decisioning.estimates import CustomerModel
from decisioning.priors import ResponsePriors
from decisioning.uplift import PersonalUplift, UpliftTable
from training import tracking
from training.config import TrainingConfig
from training.customer_models import FittedModels, fit_customer_models
from training.held_out import HeldOutModel
from training.holding_out import held_amount, held_propensity
from training.lessons import Exposure, learn
from training.models.contract import TooFewRowsError
from training.models.metrics import flat_estimates
from training.models.priors import fit_priors, tallies
from training.models.value.choice import VALUE_DAYS, FittedValue, fit_value
from training.report import log_model_plots
from training.trial_found import flat_found
from training.uplift_lessons import Finding, learn_uplifts

VALUE: Final = f"value_{VALUE_DAYS}d"
"""What a customer is expected to spend, cents; conditions read it by this name."""
UPLIFT: Final = "uplift_"
"""Before an action's id: what a contact changes, beside its response model of the action's name."""


@dataclass(frozen=True)
class CustomerLearning:
    """Everything a run learned of customers.

    Parameters
    ----------
    models, amounts, uplifts, priors, learned
        As `bundle.contents.BundleParts` takes them.
    held
        Rows that no model was fitted on, by model.
    metrics
        Every figure and bound by name.
    unfitted
        Why a model is absent, by its name.
    """

    models: Mapping[str, Classifier]
    amounts: Mapping[str, CustomerModel]
    uplifts: Mapping[str, UpliftTable | PersonalUplift]
    priors: ResponsePriors
    learned: LearnedResponses
    held: Mapping[str, HeldOutModel]
    metrics: Mapping[str, float]
    unfitted: Mapping[str, str]


def learn_customers(
    con: duckdb.DuckDBPyConnection,
    as_of: int,
    config: TrainingConfig,
    exposures: Sequence[Exposure],
    catalogue: Path,
    *,
    progress: bool = False,
) -> CustomerLearning:
    """Fit every customer model and log what was found in the open run.

    Parameters
    ----------
    exposures
        What the service's own log tells.
    catalogue
        Folder of ``actions.yaml``; the default's actions where it has none.

    Raises
    ------
    LeakError
        If a column knows what it is to foretell.
    """
    fitted = fit_customer_models(
        con, as_of, config.customers, honour_consents=True, seed=config.seed, progress=progress
    )
    unfitted = dict(fitted.unfitted)
    values: dict[str, FittedValue] = {}
    try:
        values[VALUE] = fit_value(con, as_of, honour_consents=True, seed=config.seed)
    except TooFewRowsError as error:
        unfitted[VALUE] = str(error)
    lessons = learn(exposures)
    uplifts = learn_uplifts(con, exposures, lessons.uplifts, honour_consents=True, seed=config.seed)
    unfitted |= {UPLIFT + f.action_id: f.reason for f in uplifts.findings if f.selection is None}
    _log(fitted, values, uplifts.findings, unfitted)
    actions = catalogue_file(catalogue, ACTIONS).read_text(encoding="utf-8", errors="replace")
    return CustomerLearning(
        models=fitted.for_bundle,
        amounts={name: value.model for name, value in values.items()},
        uplifts=uplifts.uplifts,
        priors=fit_priors(tallies(fitted.answers, kinds_of(actions))),
        learned=lessons.responses,
        held={
            **{name: held_propensity(model) for name, model in fitted.models.items()},
            **{name: held_amount(value) for name, value in values.items()},
            **{UPLIFT + name: held for name, held in uplifts.held.items()},
        },
        metrics={**fitted.metrics, **_flat_values(values), **_flat_uplifts(uplifts.held)},
        unfitted=unfitted,
    )


def _flat_uplifts(held: Mapping[str, HeldOutModel]) -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, model in held.items():
        if model.found is not None:
            flat |= flat_found(UPLIFT + name, model.found)
    return flat


def _flat_values(values: Mapping[str, FittedValue]) -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, value in values.items():
        flat |= flat_estimates(name, value.metrics[value.name])
    return flat


def _log(
    fitted: FittedModels,
    values: Mapping[str, FittedValue],
    findings: Sequence[Finding],
    unfitted: Mapping[str, str],
) -> None:
    log_model_plots(fitted.models)
    if fitted.models:
        tracking.log_table(fitted.table(), "customer_models")
    if findings:
        tracking.log_table([finding.as_row() for finding in findings], "uplifts")
    tracking.set_tags(
        {
            "unfitted": "; ".join(f"{name}: {why}" for name, why in sorted(unfitted.items())),
            **{f"{name}.why": f"{value.name}: {value.reason}" for name, value in values.items()},
            **{f"uplift.{f.action_id}": f.reason for f in findings},
        }
    )
