"""Which requests pass BentoML's own routes by."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from serving.http import Door, Shortcut


def came_to(scope: dict[str, Any]) -> str:
    """Who answers a request."""
    found: list[str] = []

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        found.append("door")

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        found.append("bentoml")

    async def nothing(*_: object) -> Any:
        raise AssertionError("nobody asked")

    door = Door()
    door.open(behind)
    asyncio.run(Shortcut(around, door)(scope, nothing, nothing))
    (one,) = found
    return one


@pytest.mark.parametrize("path", ["/v1/recommendations", "/v1/none", "/v1/customers/c1", "/v1/"])
def test_what_is_ours_comes_to_the_door_at_once(path: str) -> None:
    for method in ("POST", "GET", "OPTIONS"):
        assert came_to({"type": "http", "path": path, "method": method}) == "door"


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "http", "path": "/readyz"},
        {"type": "http", "path": "/recommend"},
        {"type": "http", "path": "/v10/recommendations"},
        {"type": "http", "path": "/shop/v1/recommendations"},
        {"type": "http", "path": "/"},
        {"type": "websocket", "path": "/v1/recommendations"},
        {"type": "lifespan"},
    ],
)
def test_all_else_is_bentomls(scope: dict[str, Any]) -> None:
    assert came_to(scope) == "bentoml"
