"""The village from raw tables to a served bundle, and ways to call its service."""

import asyncio
import itertools
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.exc import SADeprecationWarning

from decisioning.arms import POLICY, assign_arms
from decisioning.draws import subject_keys
from features.ingest import ingest
from features.settings import Settings, read_settings
from features.sources.base import Source
from features.sources.simulated.source import Simulated
from serving import bootstrap
from serving.auth import issue_key
from serving.bootstrap import Parts
from serving.http import create_app
from serving.publish import publish
from serving.stores import open_stores
from tests.integration.village import END, NOW, Village
from tests.serving.support import send
from training.config import TrainingConfig
from training.pipeline import TrainingResult, train
from training.promotion.moving import promote
from training.promotion.rules import read_rules
from training.recommender.family import FamilyConfig
from training.recommender.models.ease import EaseConfig
from training.recommender.models.ials import IalsConfig
from training.recommender.models.item_knn import ItemKnnConfig
from training.recommender.ranker import RankerConfig, TreesConfig

SCOPES = ("decide", "ingest", "crm", "admin")
SMALL = TrainingConfig(
    family=FamilyConfig(
        ials=IalsConfig(factors=8, iterations=3, threads=1),
        item_knn=ItemKnnConfig(neighbours=20, threads=1),
        ease=EaseConfig(items=100, kept=20),
        ease_recent=EaseConfig(items=100, kept=20, half_life=60.0),
    ),
    ranker=RankerConfig(
        trees=20, leaves=7, min_leaf=20, threads=1, discover=TreesConfig(20, 7, min_leaf=20)
    ),
)
CUT = END - 30 * 86_400


@dataclass(frozen=True)
class Trained:
    """A home that holds the village: tables, registry, champion, published store."""

    settings: Settings
    result: TrainingResult
    keys: dict[str, str]

    @property
    def bundle(self) -> Path:
        return self.settings.home / "champion"


def settings_of(home: Path, **more: str) -> Settings:
    return read_settings({"NEXTBEST_HOME": str(home), **more})


@contextmanager
def third_party_warnings() -> Iterator[None]:
    """Silence what MLflow says of its own dependencies; everything else stays an error."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=SADeprecationWarning)
        for module in ("mlflow", "alembic", "pydantic", "sqlalchemy"):
            for category in (DeprecationWarning, FutureWarning, UserWarning):
                warnings.filterwarnings("ignore", category=category, module=module)
        yield


def ingest_village(settings: Settings, village: Village, *others: Source) -> None:
    sources = (village, *(others or (Simulated(),)))
    ingest(sources, settings.tables, settings.quarantine, as_known_at=NOW)


def make_village(home: Path) -> Trained:
    settings = settings_of(home)
    ingest_village(settings, Village())
    with third_party_warnings():
        result = train(settings, SMALL, {"git_commit": "0" * 40}, progress=False)
        promote(settings, read_rules(), NOW)
    stores = open_stores(settings.store_url)
    publish(settings.tables, stores, NOW)
    keys = {scope: issue_key(stores.keys, [scope], scope, NOW) for scope in SCOPES}
    stores.close()
    return Trained(settings, result, keys)


@dataclass
class Clock:
    """A clock that tests move."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Shop:
    """One process of the service over a copy of the village."""

    parts: Parts
    keys: dict[str, str]
    settings: Settings
    clock: Clock

    def __post_init__(self) -> None:
        self.app = create_app(
            lambda: self.parts.application, self.parts.stores, self.clock, "", self.parts.console
        )

    @property
    def bundle(self) -> Any:
        return self.parts.application.world.bundle

    def call(
        self, method: str, path: str, body: object = None, scope: str = "admin"
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[scope]}"}
        more = {} if body is None else {"json": body}
        return asyncio.run(send(self.app, method, path, headers=headers, **more))

    def ok(self, method: str, path: str, body: object = None, scope: str = "admin") -> Any:
        response = self.call(method, path, body, scope)
        assert response.status_code == 200, response.text
        return response.json()

    def recommend(self, customer: str, **more: Any) -> Any:
        body = {"subject": {"customer_id": customer}, "channel": "web", "n": 10, **more}
        return self.ok("POST", "/v1/recommendations", body, "decide")

    def act(self, customer: str, **more: Any) -> Any:
        body = {"subject": {"customer_id": customer}, "channel": "web", "n": 3, **more}
        return self.ok("POST", "/v1/next_best_actions", body, "decide")

    def stock(self, *levels: dict[str, Any]) -> Any:
        return self.ok("PUT", "/v1/stock", {"levels": list(levels)}, "ingest")

    def consent(self, customer: str, purpose: str, status: str, channel: str = "any") -> Any:
        one = {"customer_id": customer, "purpose": purpose, "status": status, "channel": channel}
        return self.ok("PUT", "/v1/consents", {"consents": [one]}, "ingest")

    def record(self, decision_id: str) -> Any:
        return self.ok("GET", f"/v1/decisions/{decision_id}", scope="crm")

    def who_allows(self, purpose: str, channel: str) -> list[str]:
        """Customers with a history who granted a purpose, in the order of their ids."""
        bundle, world = self.bundle, self.parts.application.world
        ids = bundle.customers.ids.tolist()
        allowed = world.people([(c, None) for c in ids]).allow(purpose, channel, self.clock.now)
        pointer = bundle.state.history.pointer
        return [c for k, c in enumerate(ids) if allowed[k] and pointer[k + 1] > pointer[k]]

    def regulars(self, purpose: str, channel: str) -> list[str]:
        """Those of them who bought of late, and are in the arm of the policy today."""
        bundle, asked = self.bundle, self.who_allows(purpose, channel)
        recent = bundle.customers.profiles[:, bundle.column_positions["orders_90d"]]
        policy = bundle.policy
        arms = assign_arms(subject_keys(asked), policy, policy.seed, self.clock.now).tolist()
        index = bundle.customer_map.index_of(asked).tolist()
        return [
            customer
            for customer, k, arm in zip(asked, index, arms, strict=True)
            if recent[k] >= 2 and arm == POLICY
        ]


def open_shop(
    trained: Trained, home: Path, patch: Callable[[str, Any], None], clock: Clock | None = None
) -> Shop:
    """Build a process on a home, with a clock and ids of our own."""
    home.mkdir(exist_ok=True)
    if not (home / "nextbest.db").exists():
        shutil.copy(trained.settings.home / "nextbest.db", home)
    settings = replace(settings_of(home), bundle=str(trained.bundle))
    clock = clock or Clock()
    patch("clock", clock)
    return Shop(bootstrap.build(settings), dict(trained.keys), settings, clock)


def ids(prefix: str) -> Callable[[], str]:
    counter = itertools.count()
    return lambda: f"{prefix}{next(counter)}"


def item_ids(answer: Any) -> list[str]:
    return [item["item_id"] for item in answer["items"]]


def action_ids(answer: Any) -> list[str]:
    return [action["action_id"] for action in answer["actions"]]


def reasons(dropped: Sequence[dict[str, Any]], key: str) -> dict[str, tuple[str, str]]:
    return {one[key]: (one["stage"], one["reason"]) for one in dropped}
