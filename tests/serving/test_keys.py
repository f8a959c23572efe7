"""Who may call what."""

from pathlib import Path
from typing import Any

import pytest

from features.errors import SettingError
from serving.auth import SCOPES, Gatekeeper, hash_key, issue_key, name_of, new_key, rotate_key
from serving.problems import Problem
from serving.stores import open_stores
from tests.serving.support import (
    ACTIONS,
    ASK,
    CONSENT,
    CONSENTS,
    LEVEL,
    NOW,
    OUTCOMES,
    RECOMMEND,
    STOCK,
    Service,
    refused,
)

ROUTES: list[tuple[tuple[str, str], dict[str, Any] | None, set[str]]] = [
    (RECOMMEND, ASK, {"decide"}),
    (ACTIONS, ASK, {"decide"}),
    (STOCK, {"levels": [LEVEL]}, {"ingest"}),
    (CONSENTS, {"consents": [CONSENT]}, {"ingest", "crm"}),
    (OUTCOMES, {"outcomes": [{}]}, {"ingest", "decide"}),
    (("GET", "/v1/decisions/d1"), None, {"decide", "crm"}),
]


@pytest.mark.parametrize(("route", "body", "opened_by"), ROUTES)
@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_scope_opens_its_routes_only(
    service: Service,
    route: tuple[str, str],
    body: dict[str, Any] | None,
    opened_by: set[str],
    scope: str,
) -> None:
    response = service.call(*route, scope=scope, json=body)
    if scope in opened_by | {"admin"}:
        assert response.status_code == 200, response.text
    else:
        refused(response, 403, "missing_scope")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer  ", "Basic abc", "token", "Bearer\t"]
)
def test_a_request_without_a_key_is_401(service: Service, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = service.call(*RECOMMEND, scope=None, headers=headers, json=ASK)
    refused(response, 401, "missing_key")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["nope", "é".encode(), b"\xff" * 40, hash_key("nope")])
def test_an_unknown_key_is_401(service: Service, key: str | bytes) -> None:
    raw = key if isinstance(key, bytes) else key.encode()
    headers = {"Authorization": b"Bearer " + raw}
    response = service.call(*RECOMMEND, scope=None, headers=headers, json=ASK)
    refused(response, 401, "unknown_key")
    assert service.application.asked == []


def test_a_stored_hash_is_not_a_key(service: Service) -> None:
    stored = hash_key(service.keys["admin"])
    refused(service.call(*RECOMMEND, scope=stored, json=ASK), 401, "unknown_key")


def test_a_key_is_checked_before_the_body(service: Service) -> None:
    refused(service.call(*RECOMMEND, scope="nope", content=b"{"), 401, "unknown_key")
    refused(service.call(*RECOMMEND, scope="crm", content=b"{"), 403, "missing_scope")


def test_a_key_made_or_revoked_elsewhere_counts_at_once(service: Service, tmp_path: Path) -> None:
    elsewhere = open_stores(f"sqlite:///{tmp_path}/nextbest.db")
    key = issue_key(elsewhere.keys, ["decide"], "new", NOW)
    assert service.call(*RECOMMEND, scope=key, json=ASK).status_code == 200
    assert elsewhere.keys.revoke(hash_key(key))
    refused(service.call(*RECOMMEND, scope=key, json=ASK), 401, "unknown_key")
    elsewhere.close()


def test_a_key_of_the_setting_is_honoured(service: Service) -> None:
    assert service.call(*RECOMMEND, scope="a-key-from-the-setting", json=ASK).status_code == 200
    refused(service.call(*STOCK, scope="a-key-from-the-setting", json={}), 403, "missing_scope")


def test_one_key_of_the_setting_may_hold_two_scopes(service: Service) -> None:
    key = "k" * 20
    gate = Gatekeeper(service.stores.keys, f"decide:{key}, crm:{key},")
    gate.check(f"bearer {key}", ["crm"])
    gate.check(f"Bearer {key}", ["decide"])


@pytest.mark.parametrize("setting", ["decide", "decide:short", "root:" + "k" * 20, ":" + "k" * 20])
def test_a_bad_setting_is_named_without_its_value(service: Service, setting: str) -> None:
    with pytest.raises(SettingError, match="NEXTBEST_API_KEYS") as caught:
        Gatekeeper(service.stores.keys, setting)
    assert "kkkk" not in str(caught.value)


def test_keys_are_long_and_differ() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 43 for key in keys)


def test_a_key_needs_real_scopes(service: Service) -> None:
    for scopes in ([], ["root"]):
        with pytest.raises(ValueError, match="no such scopes"):
            issue_key(service.stores.keys, scopes, "bad", NOW)


DAY = 86_400


def caller(service: Service, key: str, at: int) -> str:
    return Gatekeeper(service.stores.keys, "", lambda: at).check(f"Bearer {key}", ["crm"]).name


def test_a_key_ends_with_its_period(service: Service) -> None:
    key = issue_key(service.stores.keys, ["crm"], "desk", NOW, NOW + DAY)
    assert caller(service, key, NOW + DAY - 1).startswith("desk (")
    with pytest.raises(Problem) as refusal:
        caller(service, key, NOW + DAY)
    assert (refusal.value.status, refusal.value.code) == (401, "expired_key")
    assert key not in str(refusal.value.body())


def test_a_rotated_key_opens_for_a_while_beside_its_successor(service: Service) -> None:
    keys = service.stores.keys
    old = issue_key(keys, ["crm"], "desk", NOW, NOW + 90 * DAY)
    row = keys.find(hash_key(old))
    assert row is not None
    new = rotate_key(keys, row, NOW + 10 * DAY, DAY)
    assert caller(service, old, NOW + 11 * DAY - 1) != caller(service, new, NOW + 11 * DAY)
    with pytest.raises(Problem, match="has ended"):
        caller(service, old, NOW + 11 * DAY)
    successor = keys.find(hash_key(new))
    assert successor is not None
    assert (successor.scopes, successor.expires_at) == (row.scopes, NOW + 100 * DAY)
    assert name_of(successor) != name_of(row)


def test_a_rotation_lengthens_no_life(service: Service) -> None:
    keys = service.stores.keys
    old = issue_key(keys, ["crm"], "desk", NOW, NOW + 60)
    row = keys.find(hash_key(old))
    assert row is not None
    rotate_key(keys, row, NOW, DAY)
    with pytest.raises(Problem, match="has ended"):
        caller(service, old, NOW + 60)


def test_a_key_of_the_setting_is_known_by_the_start_of_its_hash(service: Service) -> None:
    key = new_key()
    gate = Gatekeeper(service.stores.keys, f"crm:{key}")
    assert gate.check(f"Bearer {key}", ["crm"]).name == f"setting-{hash_key(key)[:8]}"
