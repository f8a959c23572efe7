"""The contents of a bundle, as objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundle.manifest import Manifest
from bundle.models import Classifier, TreeModel
from bundle.panel import Panel
from bundle.vocabulary import Vocabulary
from decisioning.calibration import CalibrationTable
from decisioning.compiled import Catalogue
from decisioning.estimates import CustomerModel, Interval
from decisioning.policy import Policy
from decisioning.priors import ResponsePriors
from decisioning.recommender.places.shelves import Shelves
from decisioning.recommender.sessions.model import SessionModel
from decisioning.recommender.sessions.slates import SessionRanker, blend
from decisioning.recommender.state import RecommenderState
from decisioning.uplift import PersonalUplift, UpliftTable
from features.ids import IdMap

Strings = NDArray[np.str_]
STANDARD_MODELS = ("churn",)


@dataclass(frozen=True)
class ItemTable:
    """The catalogue, in the order of the item indices.

    Parameters
    ----------
    ids, names, category_paths, brands
        Strings (n_items,); empty where unknown.
    list_price, unit_cost
        float64 (n_items,), cents; NaN unknown.
    discontinued
        bool (n_items,).
    """

    ids: Strings
    names: Strings
    category_paths: Strings
    brands: Strings
    list_price: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    discontinued: NDArray[np.bool_]

    @cached_property
    def margin(self) -> NDArray[np.float64]:
        """Margin of each item at its list price, a share of it; NaN where either is unknown."""
        known = self.list_price > 0
        share = np.full(self.list_price.shape, np.nan)
        share[known] = 1.0 - self.unit_cost[known] / self.list_price[known]
        return share

    @cached_property
    def has_margins(self) -> bool:
        """Whether any margin is known."""
        return not np.isnan(self.margin).all()


@dataclass(frozen=True)
class CustomerTable:
    """The customers, in the order of the customer indices.

    Parameters
    ----------
    ids
        Strings (n_customers,).
    home_locations, countries
        Strings (n_customers,): where each goes most, else the shop they declared; where each
        lives. Empty unknown.
    profiles
        float64 (n_customers, columns of the manifest): the snapshot; NaN is null.
    """

    ids: Strings
    home_locations: Strings
    countries: Strings
    profiles: NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Location of each row of the popularity table; row 0 is all of them, ``""``."""

    ids: Strings


@dataclass(frozen=True)
class LearnedResponses:
    """How often each action was answered, by the service's own log.

    Parameters
    ----------
    ids
        Strings (actions,): action ids.
    shown, responded
        float64 (actions,): contacts without discount, and responses to them.
    """

    ids: Strings
    shown: NDArray[np.float64]
    responded: NDArray[np.float64]

    @staticmethod
    def none() -> "LearnedResponses":
        """Return what an empty log teaches."""
        return LearnedResponses(np.array([], dtype=np.str_), np.empty(0), np.empty(0))


@dataclass(frozen=True, kw_only=True)
class BundleParts:
    """What training puts into a bundle.

    Parameters
    ----------
    rankers
        By goal.
    chances
        By goal: a ranker's score to the chance that the item is bought in the label window; a
        goal may have none.
    models
        What says a probability, by name; a model ``x`` gives conditions ``x_probability``.
    amounts
        What says an amount (value, points), by name; a model ``x`` gives conditions ``x``.
    priors
        Beliefs for actions that declare none; they are written into the bundle's catalogue and
        not kept beside it.
    uplifts
        What a contact adds, by action_id, where control data exist.
    learned
        Responses in the log, which turn priors into posteriors.
    shelves
        Tables of the places.
    sessions, session_trees
        What scores sessions, and their ranker; None where there were no events to train it on.
    """

    items: ItemTable
    customers: CustomerTable
    places: Places
    state: RecommenderState
    rankers: Mapping[str, TreeModel]
    chances: Mapping[str, CalibrationTable]
    models: Mapping[str, Classifier]
    uplifts: Mapping[str, UpliftTable | PersonalUplift]
    learned: LearnedResponses
    shelves: Shelves
    sessions: SessionModel
    session_trees: TreeModel | None
    amounts: Mapping[str, CustomerModel] = field(default_factory=dict)
    priors: ResponsePriors | None = None


@dataclass(frozen=True, kw_only=True)
class Bundle(BundleParts):
    """A bundle that was read and checked."""

    manifest: Manifest
    actions: Catalogue
    policy: Policy

    @property
    def session_ranker(self) -> SessionRanker:
        """Rank what the models of sessions put forward; without a trained ranker, by a blend."""
        return self.session_trees or blend

    @cached_property
    def item_map(self) -> IdMap:
        """Item ids to indices."""
        return IdMap(self.items.ids.tolist())

    @cached_property
    def customer_map(self) -> IdMap:
        """Customer ids to indices."""
        return IdMap(self.customers.ids.tolist())

    @cached_property
    def place_rows(self) -> dict[str, int]:
        """Location ids to rows of the popularity table."""
        return {str(place): row for row, place in enumerate(self.places.ids)}

    @cached_property
    def panel(self) -> Panel:
        """What scores customers by every model that says a probability."""
        return Panel.of(self.models, self.column_positions)

    def said_amounts(self, profiles: NDArray[np.float64]) -> dict[str, Interval]:
        """Return what every model of an amount says of m profiles (m, columns), by name."""
        return {
            name: model.predict(profiles[:, [self.column_positions[c] for c in model.columns]])
            for name, model in self.amounts.items()
        }

    @cached_property
    def column_positions(self) -> dict[str, int]:
        """Snapshot columns to their position in the profiles."""
        return {column["name"]: k for k, column in enumerate(self.manifest.columns)}


def probability_column(model: str) -> str:
    """Return the name by which conditions read a model's probability."""
    return f"{model}_probability"


def condition_columns(
    columns: list[dict[str, Any]],
    models: Mapping[str, Classifier | None],
    amounts: Mapping[str, CustomerModel] = MappingProxyType({}),
) -> Vocabulary:
    """List every name that a condition may use, and by which of them a protected column comes in.

    A standard model that could not be fitted (too little history) still gives its column: null,
    so a condition on it is unknown and offers nothing.

    Parameters
    ----------
    columns
        Of the manifest: ``name``, and ``protected`` where it is true.
    models
        By name; None for a model of which only the name is known.
    amounts
        By name.
    """
    names = dict.fromkeys([*STANDARD_MODELS, *models])
    tagged = {c["name"]: f"the protected column {c['name']}" for c in columns if c.get("protected")}
    made = {}
    for column, model, fitted in (
        *((probability_column(name), name, fitted) for name, fitted in models.items()),
        *((name, name, fitted) for name, fitted in amounts.items()),
    ):
        read = [name for name in (fitted.columns if fitted else ()) if name in tagged]
        if read:
            made[column] = (
                f"{column}, which the model {model} makes of the protected {', '.join(read)}"
            )
    known = (*(c["name"] for c in columns), *(probability_column(m) for m in names), *amounts)
    return Vocabulary(known, tagged | made)
