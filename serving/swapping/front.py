"""The front: which bundle answers a request, who computes it beside, and what if neither can."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from features.environment import AliasShare
from serving.application import Answer, Application
from serving.decider import Decider
from serving.degraded import Why, unrecorded_answer
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.steps import Steps, taken_now
from serving.stores.opening import Stores
from serving.stores.ports import StoreUnavailableError
from serving.swapping.canary import in_canary
from serving.swapping.served import Served, Standing
from serving.swapping.shadow import Asked, Shadow
from serving.timely import OutOfTimeError, TimeBudget
from serving.told import Said


class Front:
    """What HTTP asks for the application, once a request.

    Parameters
    ----------
    served
        The bundles in use.
    stores
        Tell who a visitor is.
    clock
        Epoch seconds UTC.
    canary
        Whose share of customers the challenger serves; None for nobody's.
    shadow
        Compares decisions; None for no comparison.
    budget
        How long a recommendation may take; None for as long as it takes.
    """

    def __init__(
        self,
        served: Served,
        stores: Stores,
        clock: Callable[[], int],
        canary: AliasShare | None = None,
        shadow: Shadow | None = None,
        budget: TimeBudget | None = None,
    ) -> None:
        self.served = served
        self.stores = stores
        self.clock = clock
        self.share = canary.share if canary else 0.0
        self.shadow = shadow
        self.budget = budget

    def application(self) -> Application:
        """Return what decides, of one standing: a switch meanwhile is for the next request."""
        return cast(Application, _Desk(self, self.served.standing))


class _Desk:
    """The application for one request; what is no decision is the champion's as it is."""

    def __init__(self, front: Front, standing: Standing) -> None:
        self._front = front
        self._standing = standing

    def recommend(self, request: RecommendationsRequest) -> Answer:
        """Decide on items; without the store, or out of time, by what is in memory."""
        return dict(taken_now(self.recommending(request), self._front.stores.decisions))

    def next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        """Decide on actions by the bundle of the subject's side."""
        return dict(taken_now(self.acting(request), self._front.stores.decisions))

    def recommending(self, request: RecommendationsRequest, caller: str = "") -> Steps[Said]:
        """Decide on items, in steps; without the store, or out of time, by what is in memory."""
        budget, log = self._front.budget, self._front.stores.decisions
        try:
            if budget is None:
                return (yield from self._recommending(request, caller))
            return budget.run(lambda: taken_now(self._recommending(request, caller), log))
        except StoreUnavailableError:
            return self._unrecorded(request, "store_unavailable")
        except OutOfTimeError:
            return self._unrecorded(request, "time_budget")

    def acting(self, request: NextBestActionsRequest, caller: str = "") -> Steps[Said]:
        """Decide on actions, in steps, by the bundle of the subject's side."""
        answer = yield from self._decider(request).acting(request, caller)
        self._compare(request, answer)
        return answer

    def _recommending(self, request: RecommendationsRequest, caller: str) -> Steps[Said]:
        answer = yield from self._decider(request).recommending(request, caller)
        self._compare(request, answer)
        return answer

    def _unrecorded(self, request: RecommendationsRequest, why: Why) -> Answer:
        champion = self._standing.champion
        return unrecorded_answer(champion, request, self._front.clock(), why)

    def _decider(self, request: Asked) -> Decider:
        challenger, front = self._standing.challenger, self._front
        if challenger and front.share and in_canary(front.stores, request.subject, front.share):
            return challenger
        return self._standing.champion

    def _compare(self, request: Asked, answer: Mapping[str, Any]) -> None:
        challenger, shadow = self._standing.challenger, self._front.shadow
        # Whom the challenger served itself, there is nothing to compare with.
        if shadow and challenger and answer["bundle_version"] != challenger.bundle_version:
            shadow.offer(challenger, request, answer)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the rest of the port, as it is
        return getattr(self._standing.champion, name)
