"""All routes, put together."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.settings import Settings
from serving.application import Application
from serving.auth import Gatekeeper
from serving.experience import ExperienceReports
from serving.http import (
    audit,
    customers,
    decisions,
    identifiers,
    ingestion,
    measuring,
    pages,
    privacy,
    scores,
)
from serving.http.cors import cors
from serving.http.endpoint import Endpoint, House
from serving.http.limits import Lengths, LimitedGatekeeper, RateLimiter
from serving.http.metrics import Metrics
from serving.http.packing import Packing
from serving.http.replies import problem_reply
from serving.http.straight import Straight
from serving.privacy.secret import with_own_secret
from serving.problems import Problem, shortened
from serving.stores.opening import Stores

# In the order of the documentation.
MODULES = (decisions, scores, customers, privacy, ingestion, identifiers, measuring, audit)
OPERATIONS = tuple(operation for module in MODULES for operation in module.OPERATIONS)
_UNMATCHED = "unmatched"


def create_app(
    app: Callable[[], Application | None],
    stores: Stores,
    clock: Callable[[], int],
    api_keys: str = "",
    console: Mapping[str, Any] | None = None,
    experience: Path | None = None,
    settings: Settings | None = None,
    metrics: Metrics | None = None,
) -> Starlette:
    """Put the HTTP service together.

    Parameters
    ----------
    app
        Returns what decides, None while it is not ready.
    stores
        The stores.
    clock
        Epoch seconds UTC.
    api_keys
        ``NEXTBEST_API_KEYS``, added to the stored keys.
    console
        Facts for ``/console``: ``bundle_version``, ``policy_version`` and
        ``tables: {name: {"real": rows, "simulated": rows}}``.
    experience
        Of ``experience.json``, which ``nextbest experience`` writes.
    settings
        Where the files of the installation are, and what the service limits; None for a service
        without files, with the limits of the defaults.
    metrics
        Counts, and what is told of every request; counts alone when left out.

    Raises
    ------
    SettingError
        If ``api_keys`` cannot be read.
    """
    house = House(
        app,
        with_own_secret(stores),
        clock,
        _gatekeeper(stores, api_keys, clock, settings),
        metrics or Metrics(),
        console or {},
        ExperienceReports(experience),
        settings,
    )
    endpoints = [Endpoint(operation, house) for operation in OPERATIONS]
    http = Starlette(
        routes=[*map(_route, endpoints), *pages.routes(house, OPERATIONS)],
        exception_handlers={HTTPException: _refuse(house.metrics)},
        middleware=[
            Middleware(Straight, endpoints=endpoints),
            *_around(house.metrics, settings),
        ],
    )
    http.state.metrics = house.metrics  # for what is counted beside the routes
    http.state.commits = house.commits  # for whoever ends the service
    # /v1/stock/ is another route than /v1/stock, and there is none: a redirect would lose bodies.
    http.router.redirect_slashes = False
    return http


def _gatekeeper(
    stores: Stores, api_keys: str, clock: Callable[[], int], settings: Settings | None
) -> Gatekeeper:
    if settings is None or settings.rate_limit is None:
        return Gatekeeper(stores.keys, api_keys, clock)
    return LimitedGatekeeper(stores.keys, api_keys, clock, RateLimiter(settings.rate_limit))


def _around(metrics: Metrics, settings: Settings | None) -> list[Middleware]:
    """Return what a request passes on the long way to its route, outermost first."""

    def refused(status: int) -> None:
        metrics.request(_UNMATCHED, "other", status, 0.0)

    origins = settings.cors_origins if settings else ()
    around = [Middleware(Lengths, refused=refused), Middleware(Packing)]
    return [Middleware(CORSMiddleware, **cors(origins)), *around] if origins else around


def _route(endpoint: Endpoint) -> Route:
    return Route(endpoint.operation.path, endpoint, methods=[endpoint.operation.method])


def _refuse(metrics: Metrics) -> Callable[[Request, Exception], Response]:
    def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        route = getattr(request.scope.get("endpoint"), "operation", None)
        metrics.request(route.path if route else _UNMATCHED, _method(request), status, 0.0)
        headers = dict(getattr(error, "headers", None) or {})
        if "Allow" in headers:
            headers["Allow"] = _allowed(route.path if route else "", headers["Allow"])
        return problem_reply(_routing_problem(status, request, headers), headers)

    return refuse


def _allowed(path: str, told: str) -> str:
    """Return every method of a path: Starlette knows those of one route, in any order."""
    others = (operation.method for operation in OPERATIONS if operation.path == path)
    return ", ".join(sorted({*told.split(", "), *others}))


def _method(request: Request) -> str:
    # A caller may invent methods; each would be a new series.
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return request.method if request.method in known else "other"


def _routing_problem(status: int, request: Request, headers: Mapping[str, str]) -> Problem:
    path = shortened(request.url.path)
    if status == 405:
        allowed = headers.get("Allow", "")
        message = f"{path} cannot be called with {shortened(request.method)}."
        return Problem(405, "wrong_method", message, remedy=f"use {allowed}")
    return Problem(404, "unknown_route", f"There is no route {path}.", remedy="see /docs")
