"""What one decision reads of the stores and of the stock, written down as it reads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from decisioning.policy import Policy
from decisioning.stock import StockView
from serving.stock_mirror import StockMirror
from serving.stores.all_ports import Stores

_READS: Final = {
    "links": ("customers_of",),
    "persons": ("around",),
    "consents": ("for_customers",),
    "ledger": ("recent",),
    "events": ("of_customers", "of_visitors"),
    "erasures": ("known",),
}
"""By port, what a decision may ask; what is not named here it cannot ask while it is watched."""


Stamped = Mapping[str, object]
"""A stamp of each port that has one; equal stamps promise equal reads."""


class Read(NamedTuple):
    """One question put to a store, and its answer."""

    port: str
    name: str
    asked: tuple[Any, ...]
    answer: Any

    def again(self, stores: Stores) -> Any:  # noqa: ANN401 - whatever the port returns
        """Put the question again."""
        return getattr(getattr(stores, self.port), self.name)(*self.asked)


@dataclass
class Notes:
    """What was read.

    Parameters
    ----------
    stamps
        Those of the stores before anything was read.
    reads
        Each question once, by what it asks: a second time the first answer is given, so that one
        decision never sees two states of the same rows.
    gates
        What the stock gate said, int16 (n_items,), by location.
    """

    stamps: Stamped
    reads: dict[tuple[Any, ...], Read] = field(default_factory=dict)
    gates: dict[str, NDArray[np.int16]] = field(default_factory=dict)


class _Port:
    """One port, of which every question is noted."""

    def __init__(self, name: str, port: object, notes: Notes) -> None:
        self._name = name
        self._port = port
        self._notes = notes

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method of the port
        if name not in _READS[self._name]:
            raise AttributeError(f"a watched decision does not ask {self._name}.{name}")
        return partial(self._ask, name)

    def _ask(self, name: str, *asked: Any) -> Any:  # noqa: ANN401 - as the port
        about = (self._name, name, *map(_fixed, asked))
        known = self._notes.reads.get(about)
        if known is None:
            answer = getattr(self._port, name)(*asked)
            known = self._notes.reads[about] = Read(self._name, name, about[2:], answer)
        return known.answer


def _fixed(asked: object) -> object:
    """Return a question's argument so that nobody changes it, and equal ones are equal."""
    if isinstance(asked, str) or not isinstance(asked, Collection):
        return asked
    return tuple(sorted(asked))


class _Stock:
    """The stock mirror, of which every gate is noted."""

    def __init__(self, mirror: StockMirror, notes: Notes) -> None:
        self._mirror = mirror
        self._notes = notes
        self.view = mirror.view

    def verdicts(
        self, location_id: str, discontinued: NDArray[np.bool_], policy: Policy, as_of: int
    ) -> NDArray[np.int16]:
        """Return what the mirror says, the same for one decision."""
        said = self._mirror.verdicts(location_id, discontinued, policy, as_of)
        return self._notes.gates.setdefault(location_id, said)


def watched_stores(stores: Stores, notes: Notes) -> Stores:
    """Return the stores for one decision: what it asks of them is noted."""
    ports: dict[str, Any] = {name: _Port(name, getattr(stores, name), notes) for name in _READS}
    return replace(stores, **ports)


def watched_stock(mirror: StockMirror, notes: Notes) -> StockMirror:
    """Return the mirror for one decision: what its gates say is noted."""
    return cast(StockMirror, _Stock(mirror, notes))


class Shown(NamedTuple):
    """The stock figures that an answer shows of some items of one location.

    ``view`` is the location's as it was; its arrays are written to later, hence the copies.
    """

    view: StockView
    items: NDArray[np.int64]
    quantity: NDArray[np.float32]
    as_of: NDArray[np.int64]

    @classmethod
    def of(cls, view: StockView, items: Collection[int]) -> "Shown":
        """Note the figures of these items."""
        index = np.array(sorted(items), dtype=np.int64)
        return cls(view, index, view.quantity[index], view.as_of[index])

    def stands(self, view: StockView) -> bool:
        """Tell whether a newer view of the location shows the same."""
        if view is self.view:
            return True
        items = self.items
        same = (view.quantity[items] == self.quantity) & (view.as_of[items] == self.as_of)
        return bool(same.all())
