"""A made-up shop for the core: a recommender state, blocks and a ranker, all from one seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray
from scipy import sparse

from decisioning.action_block import ActionBlock, Situation
from decisioning.actions import ActionDecision, decide_actions
from decisioning.calibration import Propensity, Uplift
from decisioning.catalogue import Action, Prior
from decisioning.consent import ConsentLedger, ConsentRecord
from decisioning.draws import subject_keys
from decisioning.items import ItemBlock
from decisioning.ledger import Contact, ContactLedger
from decisioning.policy import DAY, Policy
from decisioning.recommender.histories import Histories
from decisioning.recommender.models.ease import Ease
from decisioning.recommender.models.ials import Ials
from decisioning.recommender.models.item_knn import ItemKnn
from decisioning.recommender.pairs import PAIR_FEATURES
from decisioning.recommender.state import (
    Affinity,
    CustomerStatistics,
    History,
    ItemStatistics,
    RecommenderState,
)
from decisioning.stock import DISCONTINUED, IN_STOCK, OUT_OF_STOCK, UNKNOWN, StockView, stock_gate

NOW = 20_000 * DAY + 12 * 3600
PLACES = 3
STALE_S = 3 * DAY

quick = settings(max_examples=40, deadline=None)


def make_state(
    seed: int, n_customers: int, n_items: int, density: float, n_factors: int = 8
) -> RecommenderState:
    rng = np.random.default_rng(seed)
    bought = rng.random((n_customers, n_items)) < density
    customer, item = np.nonzero(bought)
    size = customer.size
    orders = rng.integers(1, 5, size).astype(np.float32)
    history = History(
        pointer=np.r_[0, np.cumsum(bought.sum(axis=1))].astype(np.int64),
        item=item.astype(np.int64),
        orders=orders,
        last_days=rng.uniform(0, 60, size).astype(np.float32),
        first_days=rng.uniform(60, 300, size).astype(np.float32),
        decayed=rng.random((size, 4)).astype(np.float32),
        strength=rng.random(size).astype(np.float32),
    )
    popularity = rng.random((n_items, 3)).astype(np.float32)
    items = ItemStatistics(
        lines=rng.integers(1, 50, n_items).astype(np.float32),
        popularity=popularity,
        # Few distinct values, so that ties are met.
        popularity_at=(rng.integers(0, 6, (PLACES, n_items)) / 8).astype(np.float32),
        newcomers=rng.random((n_items, 3)).astype(np.float32),
        recent_at=rng.random((PLACES, n_items)).astype(np.float32),
        newcomers_at=rng.random((PLACES, n_items)).astype(np.float32),
        places=np.arange(PLACES),
        rebuy_rate=rng.random(n_items).astype(np.float32),
        repeat_rate=rng.random(n_items).astype(np.float32),
        gap_days=rng.uniform(1, 60, n_items).astype(np.float32),
        share_of_type=rng.random(n_items).astype(np.float32),
        type_code=rng.integers(0, 5, n_items),
        category_code=rng.integers(0, 3, n_items),
        by_popularity=np.argsort(-popularity[:, 1], kind="stable"),
    )
    factors = rng.normal(size=(n_items, n_factors)).astype(np.float32)
    return RecommenderState(
        histories=_histories(history, customer, n_items),
        history=history,
        affinity=_affinity(rng, customer, items, item),
        customers=CustomerStatistics(
            visits=rng.random(n_customers).astype(np.float32),
            mass=rng.uniform(0, 3, n_customers).astype(np.float32),
            repeat_share=rng.random(n_customers).astype(np.float32),
            location=rng.integers(0, PLACES, n_customers),
            home=np.zeros(n_customers, dtype=np.int64),
        ),
        items=items,
        models={
            "ials": Ials(factors, factors.T @ factors, 1.0, 2.0, np.inf),
            "item_knn": ItemKnn(_similarity(rng, n_items), np.inf),
            "ease": Ease(_similarity(rng, n_items), 90.0),
        },
    )


def _histories(history: History, customer: NDArray[np.int64], n_items: int) -> Histories:
    """The purchases that add up to a history: evenly spaced, each an order of its own."""
    times = history.orders.astype(np.int64)
    pair = np.repeat(np.arange(times.size), times)
    step = np.arange(pair.size) - np.repeat(np.cumsum(times) - times, times)
    share = (step / np.maximum(times[pair] - 1, 1)).astype(np.float32)
    age = history.first_days[pair] + share * (history.last_days[pair] - history.first_days[pair])
    order = np.lexsort((-age, customer[pair]))
    pointer = np.r_[0, np.cumsum(times)][history.pointer]
    return Histories(
        pointer=pointer,
        item=history.item[pair][order],
        age=age[order],
        basket=np.arange(pair.size) - np.repeat(pointer[:-1], np.diff(pointer)),
        weight=np.ones(pair.size, dtype=np.float32),
        n_items=n_items,
    )


def _affinity(
    rng: np.random.Generator,
    customer: NDArray[np.int64],
    items: ItemStatistics,
    item: NDArray[np.int64],
) -> Affinity:
    types = np.unique(customer * 5 + items.type_code[item])
    categories = np.unique(customer * 3 + items.category_code[item])
    return Affinity(
        type_key=types,
        type_decayed=rng.random(types.size).astype(np.float32),
        type_days=rng.uniform(0, 90, types.size).astype(np.float32),
        category_key=categories,
        category_share=rng.random(categories.size).astype(np.float32),
        n_types=5,
        n_categories=3,
    )


def _similarity(rng: np.random.Generator, n_items: int) -> sparse.csr_matrix:
    """Similarities of either sign, as EASE has them; nothing is similar to itself."""
    dense = rng.normal(size=(n_items, n_items)) * (rng.random((n_items, n_items)) < 0.3)
    np.fill_diagonal(dense, 0)
    return sparse.csr_matrix(dense.astype(np.float32))


def ranker(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Element by element, so a block cannot change a bit; rounded, so that ties are met."""
    named = dict(zip(PAIR_FEATURES, features.astype(np.float64).T, strict=True))
    return np.round(named["orders_decayed_30d"] + named["ials"] + named["item_knn"], 1)


RANKERS = dict.fromkeys(("any", "discover", "replenish"), ranker)


@dataclass(frozen=True)
class Shop:
    """A state, its stock at one place, and requests for it."""

    state: RecommenderState
    stock: StockView
    discontinued: NDArray[np.bool_]
    policy: Policy
    block: ItemBlock

    def sellable(self, item: int) -> bool:
        """The stock rule once more, in plain words."""
        return (
            self.stock.status[item] == IN_STOCK
            and self.stock.quantity[item] > self.policy.stock_reserve
            and NOW - self.stock.as_of[item] <= STALE_S
            and not self.discontinued[item]
        )

    def bought(self, customer: int) -> set[int]:
        if customer < 0:
            return set()
        pointer = self.state.history.pointer
        return set(self.state.history.item[pointer[customer] : pointer[customer + 1]].tolist())


def make_stock(rng: np.random.Generator, n_items: int) -> StockView:
    status = rng.choice(
        [IN_STOCK, OUT_OF_STOCK, DISCONTINUED, UNKNOWN], n_items, p=[0.7, 0.1, 0.1, 0.1]
    )
    quantity = rng.choice([0.0, 1.0, 2.0, 3.0, 50.0, np.nan], n_items).astype(np.float32)
    as_of = NOW - rng.choice([0, STALE_S, STALE_S + 1], n_items, p=[0.6, 0.3, 0.1])
    return StockView("here", quantity, status.astype(np.int8), as_of)


def make_shop(
    seed: int, n_items: int = 20, n_customers: int = 5, density: float = 0.2,
    goal: str = "any", n: int = 5,
) -> Shop:  # fmt: skip
    rng = np.random.default_rng([seed, 1])
    state = make_state(seed, n_customers, n_items, density)
    stock = make_stock(rng, n_items)
    discontinued = rng.random(n_items) < 0.1
    policy = Policy(stock_reserve=float(rng.integers(0, 3)), stock_max_age_s=STALE_S)
    verdict = stock_gate(stock, discontinued, policy, NOW)
    customers = np.r_[np.arange(n_customers), -1]
    block = ItemBlock(
        customers=customers,
        personal=rng.random(customers.size) < 0.7,
        verdicts=np.tile(verdict, (customers.size, 1)),
        locations=rng.integers(0, PLACES, customers.size),
        goal=goal,
        n=n,
    )
    return Shop(state, stock, discontinued, policy, block)


def make_action(action_id: str, **changes: Any) -> Action:
    """An action that passes every gate for `make_block`'s customers, unless changed."""
    facts: dict[str, Any] = {
        "kind": "offer",
        "label_en": action_id,
        "label_fr": action_id,
        "channels": ("web", "email", "sms"),
        "purpose": "marketing",
        "prior": Prior(0.1, 20.0),
        "value": 1000.0,
        "cost": 10.0,
    }
    return Action(action_id, **(facts | changes))


NOTHING = make_action(
    "do_nothing", kind="none", purpose="", value=0.0, cost=0.0, prior=Prior(0.5, 1.0)
)


def granted(*purposes: str, channel: str = "any", at: int = NOW - 100 * DAY) -> list[ConsentRecord]:
    return [ConsentRecord(p, channel, "granted", at) for p in purposes]


EVERYTHING = granted("personalisation", "marketing", "analytics", "third_party_data")


@dataclass(frozen=True)
class Block:
    """A block before it is laid out: lists by customer, so that tests can take it apart."""

    subjects: tuple[str, ...]
    known: Sequence[bool]
    columns: Mapping[str, Sequence[float]]
    consents: Sequence[Sequence[ConsentRecord]]
    contacts: Sequence[Sequence[Contact]]
    sellable: Mapping[str, Sequence[bool]]
    margins: Mapping[str, Sequence[float]]
    propensities: Mapping[str, Sequence[float]]
    uplifts: Mapping[str, Sequence[float]]
    offsets: Sequence[int]

    def laid(self, actions: Sequence[Action]) -> ActionBlock:
        def floats(values: Sequence[float]) -> NDArray[np.float64]:
            return np.array(values, dtype=np.float64)

        responses = {
            name: Propensity(*(floats(p) * f for f in (1.0, 0.5, 1.5)), floats(p) * 0 + 50.0)
            for name, p in self.propensities.items()
        }
        return ActionBlock(
            subjects=self.subjects,
            keys=subject_keys(self.subjects),
            known=np.array(self.known, dtype=np.bool_),
            columns={name: floats(values) for name, values in self.columns.items()},
            consents=ConsentLedger.of(self.consents),
            contacts=ContactLedger.of(self.contacts, actions),
            sellable={g: np.array(told, dtype=np.bool_) for g, told in self.sellable.items()},
            margins={g: floats(told) for g, told in self.margins.items()},
            responses=responses,
            uplifts={
                name: Uplift(floats(u), floats(u) - 0.02, floats(u) + 0.02)
                for name, u in self.uplifts.items()
            },
            utc_offset_s=np.array(self.offsets, dtype=np.int64),
        )

    def part(self, rows: Sequence[int]) -> "Block":
        """These customers, in this order."""

        def pick(values: Any) -> Any:
            if isinstance(values, Mapping):
                return {name: pick(told) for name, told in values.items()}
            return tuple(values[r] for r in rows)

        return Block(**{f.name: pick(getattr(self, f.name)) for f in fields(Block)})


def make_block(subjects: Sequence[str], **facts: Any) -> Block:
    """Known customers who allowed everything and can be sold anything, unless told otherwise."""
    m = len(subjects)
    goals = ("any", "discover", "replenish")
    defaults: dict[str, Any] = {
        "known": [True] * m,
        "columns": {},
        "consents": [EVERYTHING] * m,
        "contacts": [[]] * m,
        "margins": {},
        "propensities": {},
        "uplifts": {},
        "offsets": [0] * m,
    }
    sellable = {g: [True] * m for g in goals} | facts.pop("sellable", {})
    return Block(tuple(subjects), sellable=sellable, **(defaults | facts))


def decide(
    block: Block, actions: Sequence[Action], policy: Policy, here: Situation
) -> list[ActionDecision]:
    """The decision of each customer."""
    decisions = decide_actions(block.laid(actions), actions, policy, here)
    return [decisions.row(i) for i in range(len(block.subjects))]


def situation(**changes: Any) -> Situation:
    facts: dict[str, Any] = {
        "channel": "email",
        "direction": "outbound",
        "as_of": NOW,
        "n": 3,
        "seed": 7,
    }
    return Situation(**(facts | changes))


def same(a: Any, b: Any) -> bool:
    """Equal to the bit, NaN equal to NaN, through dataclasses and tuples."""
    if is_dataclass(a):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)
        )
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if sparse.issparse(a):
        return a.shape == b.shape and all(
            same(getattr(a, part), getattr(b, part)) for part in ("data", "indices", "indptr")
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)
