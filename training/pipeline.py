"""From canonical tables to a registered bundle: one run, one version."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb
from tqdm import tqdm

from bundle.contents import BundleParts
from bundle.files import write_bundle
from bundle.models import TreeModel
from decisioning.policy import DAY
from decisioning.recommender.state import RecommenderState
from features.errors import SourceError
from features.settings import Settings, ensure_home
from features.snapshot import build_snapshot, write_snapshot
from features.storage import read_manifest
from features.tables import data_hashes, open_tables
from training import tracking
from training.as_of import chosen_as_of, date_text
from training.consents import Statement, bind_current_consents
from training.customer_models import (
    FittedModel,
    fit_churn,
    fit_responses,
    flat_estimates,
    flat_metrics,
)
from training.lessons import Exposure, learn
from training.parts import customer_table, item_table, manifest_columns, places
from training.recommender.budget import Budget
from training.recommender.family import FamilyConfig
from training.recommender.fit import fit_state
from training.recommender.interactions import Interactions, load_interactions
from training.recommender.new_items import lent
from training.recommender.places.arrivals import load_launches
from training.recommender.places.fit import ShelvesConfig, fit_shelves
from training.recommender.places.segments import SegmentsConfig, fit_segments
from training.recommender.probability import Chances, fit_chances
from training.recommender.ranker import RankerConfig, fit_ranker, labelled_rows
from training.recommender.selection import select_models
from training.recommender.sessions.train import SessionTraining, train_sessions
from training.report import RecommenderReport, log_model_plots, log_recommender_plots, report

PYFUNC = Path(__file__).resolve().parent / "pyfunc.py"
STEPS = 8


@dataclass(frozen=True)
class TrainingConfig:
    """What a run can be told.

    Parameters
    ----------
    as_of
        Nothing at or after it is seen; None for the end of the data.
    now
        The moment of the run, for consents that expire; ``as_of`` when None.
    seed
        Of the customer models and the bootstraps.
    budget
        Time to choose in which models the ranker hears, beginning with ``family.names``; None to
        take those.
    """

    as_of: int | None = None
    now: int | None = None
    family: FamilyConfig = field(default_factory=FamilyConfig)
    ranker: RankerConfig = field(default_factory=RankerConfig)
    sessions: SessionTraining = field(default_factory=SessionTraining)
    seed: int = 7
    budget: Budget | None = None


@dataclass(frozen=True)
class TrainingResult:
    """A registered version and what was measured."""

    version: str
    run_id: str
    as_of: int
    metrics: Mapping[str, float]


def train(
    settings: Settings,
    config: TrainingConfig,
    tags: Mapping[str, str],
    statements: Sequence[Statement] = (),
    exposures: Sequence[Exposure] = (),
    *,
    progress: bool = True,
) -> TrainingResult:
    """Fit everything, measure it on rows later than those fitted, register one bundle.

    Parameters
    ----------
    tags
        Put on the run, such as the git commit.
    exposures
        What the service's own log tells.
    statements
        Consents told to the service since the tables were ingested.

    Raises
    ------
    NextbestError
        If the data are missing, too short, or the catalogue does not fit the models.
    """
    ensure_home(settings)
    con = open_tables(settings.tables)
    as_of = chosen_as_of(settings, config.as_of)
    tracking.connect(settings)
    bind_current_consents(con, statements, config.now or as_of)
    with tracking.run(f"train {date_text(as_of)}", tags) as run_id:
        step = _stepper(progress)
        tracking.log_parameters(_parameters(config, as_of))
        tracking.log_table_hashes(data_hashes(settings.tables), settings.tables)
        step("interactions")
        interactions = load_interactions(con, as_of, honour_consents=True)
        _require_history(interactions, as_of, config)
        step("recommender")
        fitted = fit_recommender(interactions, as_of, *_chosen(interactions, as_of, config))
        state = lent(fitted.state, interactions.texts)
        log_recommender_plots(fitted.report)
        step("churn")
        models = _fit_models(con, as_of, config, step)
        log_model_plots(models)
        metrics = {**fitted.metrics(), **flat_metrics(models)}
        tracking.log_metrics(metrics)
        step("snapshot")
        snapshot = build_snapshot(con, [as_of])
        write_snapshot(snapshot, settings.snapshots)
        lessons = learn(exposures)
        step("places and sessions")
        visits = train_sessions(con, interactions, as_of, config.sessions)
        parts = BundleParts(
            items=item_table(con, interactions.items),
            customers=customer_table(con, snapshot, interactions, state),
            places=places(interactions, state),
            state=state,
            rankers=fitted.rankers,
            chances=fitted.chances.tables,
            models={name: fitted.model for name, fitted in models.items()},
            uplifts=lessons.uplifts,
            learned=lessons.responses,
            shelves=fit_shelves(
                interactions,
                state.items.places,
                load_launches(con, interactions.items),
                fit_segments(con, interactions, as_of, SegmentsConfig()),
                as_of,
                ShelvesConfig(),
            ),
            sessions=visits.model,
            session_trees=visits.ranker,
        )
        step("register")
        version = _register(settings, parts, as_of, metrics, run_id)
        step("done")
    return TrainingResult(version, run_id, as_of, metrics)


def _chosen(
    interactions: Interactions, as_of: int, config: TrainingConfig
) -> tuple[TrainingConfig, Mapping[int, RecommenderState]]:
    """Choose the models where there is time to, and log what was tried."""
    if config.budget is None:
        return config, {}
    found = select_models(interactions, as_of, config.family, config.ranker, config.budget)
    if found.trials:
        tracking.log_table(list(found.rows()), "selection")
    tracking.set_tags(
        {
            "models": ",".join(found.chosen),
            "models.why": found.why,
            "models.untried": "; ".join(found.untried),
        }
    )
    return replace(config, family=replace(config.family, names=found.chosen)), found.states


@dataclass(frozen=True)
class FittedRecommender:
    """State and rankers as of a moment, and what the same recipe did one window earlier."""

    state: RecommenderState
    rankers: Mapping[str, TreeModel]
    chances: Chances
    report: RecommenderReport

    def metrics(self) -> dict[str, float]:
        """Name every figure for MLflow."""
        flat = self.report.metrics()
        for goal, estimates in self.chances.metrics.items():
            flat |= flat_estimates(f"{goal}_chance", estimates)
        return flat


def fit_recommender(
    interactions: Interactions,
    as_of: int,
    config: TrainingConfig,
    fitted: Mapping[int, RecommenderState] | None = None,
) -> FittedRecommender:
    """Fit state and rankers as of a moment, and measure the same recipe one window earlier.

    The figures are those of a state and rankers fitted a label window before ``as_of``, on the
    purchases of that last window: later than anything they saw.

    Parameters
    ----------
    fitted
        States that stand already, by moment.
    """
    window = config.ranker.label_days * DAY
    cuts = [as_of - window * k for k in range(config.ranker.cuts + 1, -1, -1)]
    states = dict(fitted or {})
    for moment in cuts:
        if moment not in states:
            states[moment] = fit_state(interactions, moment, config.family)
    held_out = as_of - window
    earlier = fit_rankers(interactions, {m: states[m] for m in cuts[:-2]}, config)
    measured = report(interactions, states[held_out], earlier, held_out, as_of, config.seed)
    chances = fit_chances(interactions, states[held_out], earlier, (held_out, as_of), config.seed)
    rankers = fit_rankers(interactions, {m: states[m] for m in cuts[1:-1]}, config)
    return FittedRecommender(states[as_of], rankers, chances, measured)


def fit_rankers(
    interactions: Interactions, states: Mapping[int, RecommenderState], config: TrainingConfig
) -> dict[str, TreeModel]:
    """Fit the rankers on the label windows that follow the given cuts, by goal.

    ``replenish`` is served by the ranker of ``any`` on the items bought before: its own measured
    no better (docs/evaluation.md) and would cost a third of the time.
    """
    rows = labelled_rows(interactions, list(states.items()), config.ranker)
    rankers = {goal: fit_ranker(rows, goal, config.ranker) for goal in ("any", "discover")}
    return {**rankers, "replenish": rankers["any"]}


def _fit_models(
    con: duckdb.DuckDBPyConnection,
    as_of: int,
    config: TrainingConfig,
    step: Callable[[str], None],
) -> dict[str, FittedModel]:
    churn = fit_churn(con, as_of, honour_consents=True, seed=config.seed)
    step("responses")
    models = fit_responses(con, as_of, honour_consents=True, seed=config.seed)
    return models if churn is None else {"churn": churn, **models}


def _register(
    settings: Settings,
    parts: BundleParts,
    as_of: int,
    metrics: Mapping[str, float],
    run_id: str,
) -> str:
    with tempfile.TemporaryDirectory(dir=settings.home) as scratch:
        directory = Path(scratch) / "bundle"
        manifest = write_bundle(
            directory,
            parts,
            settings.home,
            {
                "as_of": as_of,
                "data_hashes": data_hashes(settings.tables),
                "columns": manifest_columns(),
                "metrics": dict(metrics),
                "simulated": _simulated(settings),
            },
        )
        tracking.set_tags({"bundle_version": manifest.bundle_version})
        return tracking.register_bundle(directory, PYFUNC, run_id).number


def _simulated(settings: Settings) -> list[str]:
    tables = read_manifest(settings.tables)["tables"]
    return sorted(n for n, t in tables.items() if "simulated" in t["rows_by_source"])


def _require_history(interactions: Interactions, as_of: int, config: TrainingConfig) -> None:
    first = as_of - config.ranker.label_days * DAY * (config.ranker.cuts + 1)
    if not interactions.before(first).any():
        raise SourceError(
            f"No purchase before {date_text(first)} may train: it takes a customer who granted "
            "both analytics and personalisation, and an item sold often enough.",
            "ingest the consents, and enough history.",
        )


def _parameters(config: TrainingConfig, as_of: int) -> dict[str, str | float]:
    return {
        "as_of": date_text(as_of),
        "seed": config.seed,
        "models": ",".join(config.family.names),
        **{
            f"{name}.{k}": v
            for name in config.family.names
            for k, v in asdict(getattr(config.family, name)).items()
        },
        **{f"ranker.{k}": v for k, v in asdict(config.ranker).items()},
    }


def _stepper(progress: bool) -> Callable[[str], None]:
    bar = tqdm(total=STEPS, desc="train", unit="step", disable=not progress)

    def step(name: str) -> None:
        bar.set_postfix_str(name)
        bar.update()
        if name == "done":
            bar.close()

    return step
