"""From canonical tables to a registered bundle: one run, one version."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
from tqdm import tqdm

from bundle.contents import BundleParts
from bundle.files import write_bundle
from decisioning.policy import DAY
from decisioning.recommender.state import RecommenderState
from features.errors import SourceError
from features.settings import Settings, ensure_home
from features.snapshot import build_snapshot, write_snapshot
from features.storage import read_manifest
from features.tables import data_hashes, open_tables
from training import tracking
from training.as_of import chosen_as_of, date_text
from training.config import TrainingConfig
from training.consents import Statement, bind_current_consents
from training.customer_learning import CustomerLearning, learn_customers
from training.evaluated import log_evaluation
from training.holding_out import held_out_of
from training.lessons import Exposure
from training.parts import customer_table, item_table, manifest_columns, places
from training.recommender.interactions import Interactions, load_interactions
from training.recommender.new_items import lent
from training.recommender.places.arrivals import load_launches
from training.recommender.places.fit import ShelvesConfig, fit_shelves
from training.recommender.places.segments import SegmentsConfig, fit_segments
from training.recommender.selection import select_models
from training.recommender.sessions.train import train_sessions
from training.recommending import FittedRecommender, fit_recommender
from training.report import log_recommender_plots

PYFUNC = Path(__file__).resolve().parent / "pyfunc.py"
STEPS = 8


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
        log_recommender_plots(fitted.report)
        step("customers")
        learned = learn_customers(con, as_of, config, exposures, settings.home)
        metrics = {**fitted.metrics(), **learned.metrics}
        tracking.log_metrics(metrics)
        window = config.ranker.label_days * DAY
        held = held_out_of(
            interactions, fitted.report, learned.held, learned.unfitted, as_of - window, as_of
        )
        tracking.log_held_out(held)
        step("snapshot")
        snapshot = build_snapshot(con, [as_of])
        write_snapshot(snapshot, settings.snapshots)
        step("places and sessions")
        parts = _parts(con, as_of, config, interactions, fitted, learned, snapshot)
        step("register")
        version = _register(settings, parts, as_of, metrics, run_id)
        step("evaluation")
        log_evaluation(settings, con, version, snapshot)
        step("done")
    return TrainingResult(version, run_id, as_of, metrics)


def _parts(
    con: duckdb.DuckDBPyConnection,
    as_of: int,
    config: TrainingConfig,
    interactions: Interactions,
    fitted: FittedRecommender,
    learned: CustomerLearning,
    snapshot: pa.Table,
) -> BundleParts:
    """Lay out what was learned as a bundle takes it."""
    state = lent(fitted.state, interactions.texts)
    visits = train_sessions(con, interactions, as_of, config.sessions)
    return BundleParts(
        items=item_table(con, interactions.items),
        customers=customer_table(con, snapshot, interactions, state),
        places=places(interactions, state),
        state=state,
        rankers=fitted.rankers,
        chances=fitted.chances.tables,
        models=learned.models,
        amounts=learned.amounts,
        priors=learned.priors,
        uplifts=learned.uplifts,
        learned=learned.learned,
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
        scores = [
            name + bound
            for name in (*sorted(parts.models), *sorted(parts.amounts))
            for bound in ("", "_low", "_high")
        ]
        return tracking.register_bundle(directory, PYFUNC, run_id, scores).number


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
