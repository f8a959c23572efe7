"""Which purchase a reason may name."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from scipy import sparse

from bundle.contents import Bundle
from decisioning.item_block import Ground, ItemDecision
from decisioning.item_cut import Lineup, RankedItem
from decisioning.items import decision_of
from serving.item_reasons import Grounds, named_anchors, reason_text
from tests.bundle.support import N_ITEMS, make_parts

NAMED = {2: 0, 3: 0, 4: 0, 5: 0}


def bundle_of(together: list[tuple[int, int]], types: list[int]) -> Bundle:
    parts = make_parts()
    row, column = np.array(together).T
    table = sparse.csr_matrix((np.ones(row.size), (row, column)), shape=(N_ITEMS, N_ITEMS))
    items = replace(parts.state.items, type_code=np.array(types))
    shelves = replace(parts.shelves, complements=table.astype(np.float32))
    held = {**vars(parts), "state": replace(parts.state, items=items), "shelves": shelves}
    return Bundle(**held, manifest=None, actions=None, policy=None)  # type: ignore[arg-type]


def decision(reason: str) -> ItemDecision:
    plain = decision_of(Lineup(), Ground(True, True, True), np.zeros(N_ITEMS, np.int16), 5)
    slate = tuple(RankedItem(item, 1.0, reason) for item in NAMED)
    return replace(plain, slate=slate, anchors=NAMED)


def test_a_purchase_is_named_for_what_goes_with_it_or_is_of_its_kind() -> None:
    # 2 is bought with 0, 3 before it only, 4 is of its type, 5 is neither.
    bundle = bundle_of([(0, 2), (3, 0)], [0, 1, 2, 3, 0, *range(5, N_ITEMS)])
    assert named_anchors(bundle, decision("similar_customers")) == {2: 0, 4: 0}
    assert named_anchors(bundle, decision("new_like_your_purchases")) == {2: 0, 4: 0}


def told(reason: str, named: int | None, *, sensitive: bool = False, same: bool = False) -> str:
    bundle = bundle_of([(1, 1)], list(range(N_ITEMS)))
    names = bundle.items.names.copy()
    names[0], names[2] = "Oats", "Oats" if same else "Rye"
    hidden = np.zeros(N_ITEMS, dtype=np.bool_)
    hidden[2] = sensitive
    anchors = {} if named is None else {2: named}
    grounds = Grounds({}, {}, anchors, {}, hidden)
    told_at = SimpleNamespace(as_of=0)
    held = replace(bundle, items=replace(bundle.items, names=names), manifest=told_at)
    return reason_text(RankedItem(2, 1.0, reason), held, grounds, "en")


def test_a_purchase_of_the_same_name_is_not_named() -> None:
    assert told("similar_customers", 0) == "Because you bought Oats."
    assert told("similar_customers", 0, same=True) == "You bought one of the same name."
    assert told("bought_together", 0, same=True) == "Often bought with Oats."


def test_a_new_item_is_called_new_and_of_a_sensitive_kind_nothing() -> None:
    new = "new_like_your_purchases"
    assert told(new, 0) == "New, and like Oats, which you bought."
    assert told(new, None) == "New, and like what you buy."
    assert told(new, 0, sensitive=True) == "Chosen for you."
    assert told("new_in_your_categories", None, sensitive=True) == "Chosen for you."
    assert told("popular", None, sensitive=True) == "Popular now."


def test_a_place_names_what_it_started_from() -> None:
    bundle = bundle_of([(1, 1)], list(range(N_ITEMS)))
    assert named_anchors(bundle, decision("bought_together")) == NAMED
