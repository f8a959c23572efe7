"""The same refusals and answers through BentoML itself, and nothing of BentoML's own shows."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from features.errors import HomeError
from serving.stores.ports import StoreUnavailableError
from tests.serving.support import ASK, NOW, Service, refused, send

# Other people's code, imported here: BentoML 1.4 leans on names that pathspec has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def bento(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[Any, SimpleNamespace]:
    """The service class over a stand-in for the composition root."""
    monkeypatch.setenv("NEXTBEST_HOME", str(tmp_path))
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    monkeypatch.delitem(sys.modules, "serving.service", raising=False)
    parts = SimpleNamespace(
        application=SimpleNamespace(world=None),
        stores=service.stores,
        clock=lambda: NOW,
        console={},
    )
    following = SimpleNamespace(
        front=SimpleNamespace(application=lambda: service.application),
        follower=SimpleNamespace(),
        report=lambda: {"bundle_version": "7"},
        start=lambda: None,
        stop=lambda: None,
    )
    root = ModuleType("serving.bootstrap")
    vars(root).update(start=lambda _settings: (parts, following), clock=lambda: NOW)
    parts.following = following
    monkeypatch.setitem(sys.modules, "serving.bootstrap", root)
    import serving.service as module

    monkeypatch.setattr(module, "_settle_memory", lambda: None)
    return module, parts


def through(module: Any, calls: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
    """Start the whole BentoML app, make the calls, stop it."""

    async def run() -> list[httpx.Response]:
        app = module.NextBest.to_asgi()
        async with app.router.lifespan_context(app):
            return [await send(app, method, path, **more) for method, path, more in calls]

    return asyncio.run(run())


def test_routes_through_bentoml(bento: tuple[Any, Any], service: Service) -> None:
    key = {"headers": {"Authorization": f"Bearer {service.keys['decide']}"}}
    ask = {**key, "json": ASK}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/recommendations", ask),
        ("POST", "/recommend", ask),
        ("POST", "/next_best_actions", ask),
        ("GET", "/livez", {}),
        ("GET", "/readyz", {}),
        ("GET", "/docs", {}),
        ("GET", "/console", {}),
        ("GET", "/openapi.json", {}),
        ("GET", "/metrics", {}),
        ("GET", "/schema.json", {}),
        ("GET", "/", {}),
    ]
    answers = through(bento[0], calls)
    assert [answer.status_code for answer in answers] == [200] * 10 + [307]
    assert answers[0].json() == answers[1].json() == service.application.answer
    assert {route["route"] for route in answers[9].json()["routes"]} == {
        "/recommend",
        "/next_best_actions",
    }


def test_refusals_through_bentoml(bento: tuple[Any, Any], service: Service) -> None:
    key = {"headers": {"Authorization": f"Bearer {service.keys['crm']}"}}
    admin = {"headers": {"Authorization": f"Bearer {service.keys['admin']}"}}
    pickle = {"content-type": "application/vnd.bentoml+pickle", **admin["headers"]}
    boom = {**ASK, "subject": {"customer_id": "explode"}}
    expected: list[tuple[str, str, dict[str, Any], int, str]] = [
        ("POST", "/recommend", {"json": ASK}, 401, "missing_key"),
        ("POST", "/next_best_actions", {**key, "json": ASK}, 403, "missing_scope"),
        ("POST", "/recommend", {**admin, "json": {**ASK, "m": 1}}, 422, "unknown_field"),
        ("POST", "/recommend", {**admin, "content": b"{"}, 400, "malformed_json"),
        ("POST", "/recommend", {"headers": pickle, "content": b"x"}, 400, "malformed_json"),
        ("POST", "/recommend", {**admin, "content": bytes(6 * 2**20)}, 413, "body_too_large"),
        ("POST", "/recommend", {**admin, "json": boom}, 500, "internal_error"),
        ("GET", "/recommend", {}, 405, "wrong_method"),
        ("POST", "/livez", {}, 405, "wrong_method"),
        ("GET", "/docs.json", {}, 404, "unknown_route"),
        ("GET", "/static_content/swagger-ui.css", {}, 404, "unknown_route"),
        ("GET", "/v1/nope", {}, 404, "unknown_route"),
        ("GET", "/any/where", {}, 404, "unknown_route"),
    ]
    calls = [(method, path, more) for method, path, more, _, _ in expected]
    for answer, (_, path, _, status, code) in zip(through(bento[0], calls), expected, strict=True):
        field = "m" if code == "unknown_field" else None
        assert refused(answer, status, code, field), path


def test_the_probe_says_what_is_served_and_why_not(
    bento: tuple[Any, SimpleNamespace], service: Service
) -> None:
    module, _ = bento
    (ready,) = through(module, [("GET", "/readyz", {})])
    assert ready.json() == {"ready": True, "reasons": [], "bundle_version": "7"}
    service.stores.close()
    vars(service.stores.rules)["_get"] = _gone
    down, alive = through(module, [("GET", "/readyz", {}), ("GET", "/livez", {})])
    assert (down.status_code, alive.status_code) == (503, 200)
    assert [one["code"] for one in down.json()["reasons"]] == ["store_unavailable"]
    assert down.json()["bundle_version"] == "7"


def _gone(**_: object) -> None:
    raise StoreUnavailableError("gone")


def test_the_service_opens_by_itself_once_the_fault_is_mended(
    bento: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, parts = bento
    faults = [HomeError("The store cannot be written.", "mend it"), StoreUnavailableError("gone")]

    def start(_settings: object) -> Any:
        if faults:
            raise faults.pop()
        return parts, parts.following

    monkeypatch.setitem(vars(sys.modules["serving.bootstrap"]), "start", start)
    service = module.NextBest()
    monkeypatch.setattr(module, "settings", replace(module.settings, poll_seconds=0))
    service.start()
    assert not module.door.is_open
    service._stopped = SimpleNamespace(wait=lambda _seconds: False, set=lambda: None)
    service._try_again()
    assert module.door.is_open
    service.stop()


def test_a_mendable_fault_is_told_and_the_process_stays(
    bento: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_settings: object) -> None:
        raise HomeError("The store cannot be written.", "mend its permissions")

    monkeypatch.setitem(vars(sys.modules["serving.bootstrap"]), "start", start)
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/readyz", {}),
        ("POST", "/v1/recommendations", {"json": ASK}),
        ("GET", "/livez", {}),
    ]
    ready, asked, alive = through(bento[0], calls)
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.json()["reasons"] == [
        {"code": "not_ready", "message": "The store cannot be written."}
    ]
    error = refused(asked, 503, "not_ready")
    assert error["remedy"] == "mend its permissions"


def test_the_four_knobs_are_set(bento: tuple[Any, Any]) -> None:
    config = bento[0].NextBest.config
    assert config["logging"]["access"]["enabled"] is False
    assert config["tracing"]["excluded_urls"] == ".*"
    assert config["traffic"]["timeout"] == 30
    assert config["metrics"]["enabled"] is False
    assert (config["http"]["host"], config["http"]["port"]) == ("127.0.0.1", 3000)
