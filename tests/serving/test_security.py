"""What stands around an answer: headers of pages and of data, and logs without persons."""

import asyncio
import hashlib
import io
import re
from base64 import b64encode
from collections.abc import Iterator

import pytest

from serving.stores import Stores
from serving.stores.ports import StoreUnavailableError
from serving.telemetry.logs import set_up_logs
from tests.serving.support import Service, send

MARK = "zq-very-personal"
PAGES = ("/console", "/docs")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_nothing_and_stays_out_of_frames_and_caches(
    service: Service, path: str
) -> None:
    response = service.call("GET", path, scope=None, headers={"Accept": "text/html"})
    policy = dict(
        part.strip().split(" ", 1)
        for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    (style,) = re.findall("<style>(.*?)</style>", response.text, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert not re.search(r"\sstyle=|<script|\son\w+=", response.text)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/decisions/d1", 200), ("GET", "/v1/decisions/none", 404), ("GET", "/v1/no", 404)],
)
def test_data_is_not_kept_by_caches(service: Service, method: str, path: str, status: int) -> None:
    response = service.call(method, path)
    assert response.status_code == status
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the process writes to its log."""
    import logging

    ours = logging.getLogger("nextbest")
    before = (ours.handlers[:], ours.level, ours.propagate)
    stream = io.StringIO()
    set_up_logs("text", stream)
    yield stream
    ours.handlers[:], ours.propagate = before[0], before[2]
    ours.setLevel(before[1])


def test_no_person_is_in_the_log_whatever_fails(
    service: Service, stores: Stores, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"no {MARK} here")

    def full(*_: object) -> None:
        raise StoreUnavailableError(f"key {MARK} clashes")

    person = {"customer_id": MARK}
    asked = {"subject": person, "channel": "web"}
    service.call("POST", "/v1/recommendations", json=asked | {MARK: 1})
    service.call("POST", "/v1/recommendations", content=f'{{"{MARK}'.encode())
    for path in ("", "/export", "/none", "/objection"):
        service.call("GET", f"/v1/customers/{MARK}{path}")
    service.call("DELETE", f"/v1/customers/{MARK}")
    service.call("GET", f"/v1/decisions/{MARK}?{MARK}={MARK}")
    headers = {"Authorization": f"Bearer {MARK}"}
    service.call("POST", "/v1/scores", scope=None, headers=headers, json={})
    monkeypatch.setattr(service.application, "recommend", fail)
    assert service.call("POST", "/v1/recommendations", json=asked).status_code == 500
    monkeypatch.setattr(type(stores.consents), "append", full)
    consent = person | {"purpose": "analytics", "channel": "any", "status": "granted"}
    answer = service.call("PUT", "/v1/consents", json={"consents": [consent]})
    assert answer.status_code == 503
    told = lines.getvalue()
    assert "A request failed." in told
    assert "The store is unavailable." in told
    assert MARK not in told
    assert asyncio.run(send(service.app, "GET", "/metrics")).text.count(MARK) == 0
