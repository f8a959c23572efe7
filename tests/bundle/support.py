"""A tiny bundle with real boosters, and what it takes to write one."""

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from scipy import sparse

from bundle.contents import BundleParts, CustomerTable, ItemTable, LearnedResponses, Places
from bundle.files import DEFAULTS, write_bundle
from bundle.manifest import Manifest
from bundle.models import ScoringModel, TreeModel
from decisioning.calibration import CalibrationTable
from decisioning.catalogue import GOALS
from decisioning.recommender.pairs import PAIR_FEATURES
from decisioning.recommender.places.shelves import Shelves
from decisioning.recommender.sessions.features import SESSION_FEATURES
from decisioning.uplift import UpliftTable
from features.definitions import FEATURES
from features.snapshot import feature_names
from tests.decisioning.support import make_state
from training.recommender.sessions.fit import SessionConfig, fit_sessions

N_CUSTOMERS, N_ITEMS = 6, 12
MODELS = ("campaign_type_a", "campaign_type_b", "campaign_type_c", "churn")
COLUMNS: list[dict[str, Any]] = [
    {"name": f.name, "purpose": "personalisation", "protected": f.protected} for f in FEATURES
]
PARAMETERS = {"num_leaves": 4, "min_data_in_leaf": 5, "num_threads": 1, "verbosity": -1}


def train_trees(names: list[str], objective: str, seed: int) -> TreeModel:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(120, len(names)))
    y = (x[:, 0] + rng.normal(size=120) > 0).astype(float)
    data = lgb.Dataset(x, y, feature_name=names)
    booster = lgb.train(PARAMETERS | {"objective": objective, "seed": seed}, data, 3)
    return TreeModel(booster.model_to_string())


def make_parts() -> BundleParts:
    rng = np.random.default_rng(0)
    inputs = feature_names()[3:8]
    state = make_state(1, N_CUSTOMERS, N_ITEMS, 0.3)
    table = CalibrationTable(np.array([0.0, 0.5]), np.array([1.0, 6.0]), np.array([20.0, 12.0]))
    return BundleParts(
        items=ItemTable(
            ids=np.array([f"i{k}" for k in range(N_ITEMS)]),
            names=np.array([f"Thé {k}" for k in range(N_ITEMS)]),
            category_paths=np.array(["Food > Tea"] * N_ITEMS),
            brands=np.array([""] * N_ITEMS),
            list_price=rng.uniform(100, 900, N_ITEMS),
            unit_cost=np.full(N_ITEMS, 60.0),
            discontinued=np.zeros(N_ITEMS, dtype=np.bool_),
        ),
        customers=CustomerTable(
            ids=np.array([f"c{k}" for k in range(N_CUSTOMERS)]),
            home_locations=np.array(["s1"] * N_CUSTOMERS),
            countries=np.array(["FR"] * N_CUSTOMERS),
            profiles=rng.normal(size=(N_CUSTOMERS, len(COLUMNS))),
        ),
        places=Places(ids=np.array(["", "s1", "s2"])),
        state=state,
        rankers={g: train_trees(list(PAIR_FEATURES), "regression", k) for k, g in enumerate(GOALS)},
        chances=dict.fromkeys(("any", "discover"), table),
        models={
            name: ScoringModel(tuple(inputs), train_trees(inputs, "binary", k), table)
            for k, name in enumerate(MODELS)
        },
        shelves=Shelves(
            complements=sparse.csr_matrix(
                rng.integers(0, 2, (N_ITEMS, N_ITEMS), dtype=np.int32), dtype=np.float32
            ),
            trending=rng.random((3, N_ITEMS), dtype=np.float32),
            age_days=np.full(N_ITEMS, np.nan, dtype=np.float32),
            alike=sparse.csr_matrix((N_ITEMS, N_ITEMS), dtype=np.float32),
            cell_names=np.array(["", "location=s1"]),
            cell_parent=np.array([-1, 0]),
            cell_customers=np.array([40.0, 20.0], dtype=np.float32),
            cell_buyers=sparse.csr_matrix(
                rng.integers(0, 9, (2, N_ITEMS), dtype=np.int32), dtype=np.float32
            ),
            cell_declared=np.zeros((N_CUSTOMERS, 2), dtype=np.int64),
        ),
        sessions=fit_sessions(state.histories, SessionConfig(dimensions=2)),
        session_trees=train_trees(list(SESSION_FEATURES), "regression", 9),
        learned=LearnedResponses(np.array(["ask_feedback"]), np.array([80.0]), np.array([2.0])),
        uplifts={
            "campaign_type_a": UpliftTable(
                np.array([0.0]), *(np.array([n]) for n in (400.0, 60.0, 100.0, 8.0))
            )
        },
    )


def make_facts(**changes: Any) -> dict[str, Any]:
    facts = {
        "as_of": 1_500_000_000,
        "data_hashes": {"transactions": "0" * 64},
        "columns": COLUMNS,
        "metrics": {"churn_auc": 0.8},
        "simulated": [],
    }
    return facts | changes


def write(
    directory: Path, parts: BundleParts, catalogue: Path = DEFAULTS, **facts: Any
) -> Manifest:
    return write_bundle(directory, parts, catalogue, make_facts(**facts))
