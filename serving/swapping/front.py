"""The front: which bundle answers a request, and who computes it beside."""

from typing import Any, cast

from features.settings import AliasShare
from serving.application import Answer, Application
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.opening import Stores
from serving.swapping.canary import in_canary
from serving.swapping.served import Served, Standing
from serving.swapping.shadow import Shadow


class Front:
    """What HTTP asks for the application, once a request.

    Parameters
    ----------
    served
        The bundles in use.
    stores
        Tell who a visitor is.
    canary
        Whose share of customers the challenger serves; None for nobody's.
    shadow
        Compares decisions; None for no comparison.
    """

    def __init__(
        self,
        served: Served,
        stores: Stores,
        canary: AliasShare | None = None,
        shadow: Shadow | None = None,
    ) -> None:
        self._served = served
        self._stores = stores
        self._share = canary.share if canary else 0.0
        self._shadow = shadow

    def application(self) -> Application:
        """Return what decides, of one standing: a switch meanwhile is for the next request."""
        standing = self._served.standing
        if standing.challenger is None or not (self._share or self._shadow):
            return standing.champion
        return cast(Application, _Split(standing, self._stores, self._share, self._shadow))


class _Split:
    """An application that decides by one of two bundles; all else is the champion's."""

    def __init__(
        self, standing: Standing, stores: Stores, share: float, shadow: Shadow | None
    ) -> None:
        self._standing = standing
        self._stores = stores
        self._share = share
        self._shadow = shadow

    def recommend(self, request: RecommendationsRequest) -> Answer:
        """Decide on items by the bundle of the subject's side."""
        answer = self._decider(request).recommend(request)
        self._compare(request, answer)
        return answer

    def next_best_actions(self, request: NextBestActionsRequest) -> Answer:
        """Decide on actions by the bundle of the subject's side."""
        answer = self._decider(request).next_best_actions(request)
        self._compare(request, answer)
        return answer

    def _decider(self, request: RecommendationsRequest | NextBestActionsRequest) -> Application:
        challenger = self._standing.challenger
        if challenger and self._share and in_canary(self._stores, request.subject, self._share):
            return challenger
        return self._standing.champion

    def _compare(
        self, request: RecommendationsRequest | NextBestActionsRequest, answer: Answer
    ) -> None:
        challenger, shadow = self._standing.challenger, self._shadow
        # Whom the challenger served itself, there is nothing to compare with.
        if shadow and challenger and answer["bundle_version"] != challenger.bundle_version:
            shadow.offer(challenger, request, answer)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the rest of the port, as it is
        return getattr(self._standing.champion, name)
