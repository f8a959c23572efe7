"""Pages for people and for machines that look around: /docs, /openapi.json, /console, /metrics."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from time import perf_counter
from typing import Any

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from serving.http.console import console_page
from serving.http.docs_page import docs_page
from serving.http.endpoint import House, Operation, answered
from serving.http.metrics import CONTENT_TYPE
from serving.http.negotiation import preferred
from serving.http.openapi import openapi_document
from serving.http.replies import json_reply
from serving.http.security import page_headers
from serving.problems import Problem

_PROBES = ("/livez", "/readyz", "/healthz", "/schema.json")
Page = Callable[[Request], Response | Awaitable[Response]]


def routes(house: House, operations: tuple[Operation, ...]) -> list[Route]:
    """Return the routes that need no key."""
    document = openapi_document(operations)
    html = _drawn(operations)

    def docs(request: Request) -> Response:
        kind = preferred(request.headers.get("accept"), ["text/html", "application/json"])
        if kind == "application/json":
            return json_reply(document, headers={"vary": "accept"})
        return HTMLResponse(html, headers={**page_headers(), "vary": "accept"})

    def openapi(_: Request) -> Response:
        return json_reply(document)

    def console(request: Request) -> Response:
        language = _language(request)
        text = console_page(_facts(house), language)
        return HTMLResponse(text, headers={**page_headers(), "content-language": language})

    async def metrics(_: Request) -> Response:
        # What is read of the world is read here, where decisions are taken. To add up the counts
        # of every worker takes tens of milliseconds, which these must not wait for.
        now = house.metrics.now()
        return Response(await run_sync(house.metrics.text, now), media_type=CONTENT_TYPE)

    def index(_: Request) -> Response:
        return RedirectResponse("/console")

    pages: dict[str, Page] = {
        "/": index,
        "/docs": docs,
        "/openapi.json": openapi,
        "/console": console,
        "/metrics": metrics,
    }
    return [*(_page(path, page, house) for path, page in pages.items()), *_elsewhere()]


@cache
def _drawn(operations: tuple[Operation, ...]) -> str:
    return docs_page(openapi_document(operations))


def _page(path: str, page: Page, house: House) -> Route:
    async def reply(request: Request) -> Response:
        response = page(request)
        return response if isinstance(response, Response) else await response

    async def counted(request: Request) -> Response:
        start = perf_counter()
        response = await answered(reply, request)
        seconds = perf_counter() - start
        house.metrics.request(path, request.method, response.status_code, seconds)
        return response

    endpoint: Callable[[Request], Awaitable[Response]] = counted
    return Route(path, endpoint, methods=["GET"])


def _elsewhere() -> list[Route]:
    """Return routes that BentoML answers, so that their other methods get 405, not 404."""

    async def not_here(_: Request) -> Response:
        raise HTTPException(404)

    return [Route(path, not_here, methods=["GET"]) for path in _PROBES]


def _language(request: Request) -> str:
    asked = request.query_params.get("lang")
    if asked in ("en", "fr"):
        return asked
    return preferred(request.headers.get("accept-language"), ["en", "fr"])


def _facts(house: House) -> dict[str, Any]:
    """Return what the console shows; what is served at this moment outranks what was told."""
    application = house.find_application()
    known = {**house.console, "experience": _experience(house)}
    if application is None:
        return {**known, "ready": False}
    return {
        **known,
        "ready": True,
        "bundle_version": application.bundle_version,
        "policy_version": application.policy_version,
    }


def _experience(house: House) -> Mapping[str, Any] | None:
    try:
        return house.experience.read()
    except Problem:  # not measured yet: the panel says what to run
        return None
