"""What a slate is made of beyond its scores: other orders, and new items by lot."""

from typing import Final

import numpy as np

from decisioning.item_block import ItemBlock
from decisioning.item_cut import Balance, Candidate, Trial
from decisioning.reasons import PASSED
from decisioning.recommender.diversity import Diversity
from decisioning.recommender.places.moments import category_share
from decisioning.recommender.state import RecommenderState

BALANCED: Final = 4
"""How many times as many candidates as places are put in order where more counts than scores."""
MAX_TRIED: Final = 50
"""How many new items take part in the lot, the newest."""
TRIED: Final = "new_item_tried"


def depth(block: ItemBlock) -> int:
    """Return how many allowed candidates the cut sees: more than n where it may reorder them."""
    return block.n if block.policy.diversity == Diversity() else BALANCED * block.n


def balance_of(
    block: ItemBlock, row: int, state: RecommenderState, own: tuple[Candidate, ...]
) -> Balance | None:
    """Return what an order beyond the scores is made of, None where the scores alone count."""
    if block.policy.diversity == Diversity():
        return None
    items = np.array([c.item for c in own], dtype=np.int64)
    ignored = np.zeros(items.size) if block.ignored is None else block.ignored[row, items]
    target = category_share(state, int(block.customers[row])).astype(np.float64)
    return Balance(
        block.policy.diversity,
        tuple(state.items.category_code[items].tolist()),
        tuple(ignored.tolist()),
        tuple(target.tolist()),
    )


def trial_of(block: ItemBlock, row: int, state: RecommenderState) -> Trial | None:
    """Return the lot for a new item; what is due again leaves no room for one."""
    if block.draw is None or block.goal == "replenish" or block.policy.new_item_share <= 0:
        return None
    passed = block.verdicts[row, block.fresh] == PASSED
    customer = block.customers[row : row + 1]
    if customer[0] >= 0 and block.personal[row]:
        passed &= ~np.isin(block.fresh, state.history.item[state.history_rows(customer)[1]])
    pool = block.fresh[passed][:MAX_TRIED].tolist()
    tried = tuple(Candidate(item, 0.0, PASSED, place=TRIED) for item in pool)
    return Trial(block.policy.new_item_share, float(block.draw[row]), tried)
