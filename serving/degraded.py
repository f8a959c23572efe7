"""What is answered while the store cannot be: popular items whose stock is known, or nothing.

Nobody is looked up, so that nothing personal is in such an answer and no consent is needed for it.
The stock is what this process read last, within the age that the policy allows. No record can be
kept, so that there is no ``decision_id``: nothing can be reported on it, learned from it or
replayed. Actions are not answered at all: a contact without its record would be under no cap.
"""

import logging
from typing import Any, Literal

import numpy as np

from serving.decider import Decider
from serving.family import Family
from serving.item_decisions import decide_requests
from serving.requests import RecommendationsRequest
from serving.world import People

logger = logging.getLogger("nextbest.degraded")
Why = Literal["store_unavailable", "time_budget"]
NOBODY = People(
    subjects=("",),
    customer_ids=("",),
    indices=np.array([-1], dtype=np.int64),
    consents=((),),
    family=Family(),
)


def unrecorded_answer(
    decider: Decider, request: RecommendationsRequest, now: int, why: Why
) -> dict[str, Any]:
    """Answer a request for items without the store: by what is in memory, for nobody in particular.

    Parameters
    ----------
    now
        The moment, epoch seconds UTC: figures of the stock older than the policy allows are none.
    why
        What the answer gives as its ``fallback``.
    """
    (decided,) = decide_requests(decider.world, NOBODY, [request], now)
    answer = decider.items_answer(NOBODY, decided, now)
    degraded = {"decision_id": None, "personalised": False, "fallback": why}
    return answer | degraded | ({} if request.explain else {"dropped": []})
