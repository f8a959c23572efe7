"""Services that do nothing: BentoML as it comes, and with the settings of ours."""

import gc
from typing import Any, Final

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ANSWER: dict[str, Any] = {"decision_id": "0", "items": [], "fallback": None, "dropped": []}


@bentoml.service(name="noop_default")
class Default:
    """A method of BentoML's that returns a constant; every setting is the default."""

    @bentoml.api  # type: ignore[untyped-decorator]
    async def decide(self, subject: dict[str, Any], channel: str, n: int) -> dict[str, Any]:
        """Return a constant."""
        del subject, channel, n
        return ANSWER


async def _decide(request: Request) -> Response:
    await request.body()
    return JSONResponse(ANSWER)


_KNOBS: Final[dict[str, Any]] = {
    "threads": 4,
    "traffic": {"timeout": 10},
    "logging": {"access": {"enabled": False}},
    "tracing": {"excluded_urls": ".*"},
    "metrics": {"enabled": False},
}
"""The settings of the service; the fourth knob is `_frozen`."""


def _frozen() -> None:
    """Freeze what lives as long as the process, as the service does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@bentoml.service(name="noop_tuned", **_KNOBS)
class Tuned:
    """The method of `Default`, with the four knobs of the service."""

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    def start(self) -> None:
        """Begin as the service does."""
        _frozen()

    @bentoml.api  # type: ignore[untyped-decorator]
    async def decide(self, subject: dict[str, Any], channel: str, n: int) -> dict[str, Any]:
        """Return a constant."""
        del subject, channel, n
        return ANSWER


@bentoml.service(name="noop_mounted", **_KNOBS)
@bentoml.asgi_app(Starlette(routes=[Route("/decide", _decide, methods=["POST"])]), path="/")
class Mounted:
    """A mounted Starlette route that returns a constant, with the same knobs."""

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    def start(self) -> None:
        """Begin as the service does."""
        _frozen()
