"""Which purchase a reason may name."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from bundle.contents import Bundle
from decisioning.item_block import Ground, ItemDecision
from decisioning.item_cut import Lineup, RankedItem
from decisioning.items import decision_of
from serving.item_reasons import named_anchors
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


def test_a_place_names_what_it_started_from() -> None:
    bundle = bundle_of([(1, 1)], list(range(N_ITEMS)))
    assert named_anchors(bundle, decision("bought_together")) == NAMED
