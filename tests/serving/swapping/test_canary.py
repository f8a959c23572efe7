"""A stable share of customers is served by the challenger; the shadow serves nobody."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from features.environment import AliasShare
from features.errors import SettingError
from serving import bootstrap
from serving.bootstrap import admit, follow
from serving.http import create_app
from serving.requests import NextBestActionsRequest, RecommendationsRequest, Subject
from serving.stores.ports import LinkRow, PersonRow
from serving.swapping import shadow as shadow_module
from serving.swapping.canary import in_canary
from serving.swapping.front import Front
from serving.swapping.shadow import Shadow, chosen_by
from serving.swapping.shadow_log import ShadowLog
from tests.integration.support import Shop, Trained, action_ids, item_ids
from tests.serving.swapping.support import following, reseeded, variant


@pytest.fixture
def challenger(front: Shop, village: Trained, tmp_path: Path) -> Any:
    """Another bundle beside the champion, in place."""
    other = variant(village.bundle, tmp_path / "challenger", reseeded(99))
    decider = admit(other, front.parts)
    front.parts.served.put("challenger", decider)
    return decider


class Lines(NamedTuple):
    """A log in memory."""

    lines: list[str]

    def write(self, line: str) -> None:
        self.lines.append(line)

    def close(self) -> None:
        pass


def serve(shop: Shop, front: Front) -> None:
    shop.app = create_app(front.application, shop.parts.stores, shop.clock)


def test_the_same_side_for_all_that_is_one_person(front: Shop) -> None:
    stores = front.parts.stores
    ids = [f"c{k:03d}" for k in range(240)]
    inside = {c for c in ids if in_canary(stores, Subject(customer_id=c), 0.3)}
    assert 50 < len(inside) < 95
    assert inside < {c for c in ids if in_canary(stores, Subject(customer_id=c), 0.6)}
    one, other = min(inside), min(set(ids) - inside)
    stores.links.put([LinkRow("cookie-1", one, 1), LinkRow("cookie-2", other, 1)])
    assert in_canary(stores, Subject(visitor_id="cookie-1"), 0.3)
    assert not in_canary(stores, Subject(visitor_id="cookie-2"), 0.3)
    stores.persons.replace([PersonRow(other, one, one)])
    assert in_canary(stores, Subject(customer_id=other), 0.3)
    assert in_canary(stores, Subject(visitor_id="cookie-2"), 0.3)


def test_a_customer_of_the_canary_is_served_and_recorded_by_the_challenger(
    front: Shop, challenger: Any
) -> None:
    stores, share = front.parts.stores, AliasShare("challenger", 0.3)
    serve(front, Front(front.parts.served, stores, front.clock, share))
    champion = front.parts.application.bundle_version
    for customer in (f"c{k:03d}" for k in range(12)):
        inside = in_canary(stores, Subject(customer_id=customer), 0.3)
        expected = challenger.bundle_version if inside else champion
        for told in (front.recommend(customer), front.act(customer)):
            assert told["bundle_version"] == expected
            record = front.record(told["decision_id"])
            assert record["bundle_version"] == expected
            assert record["policy_version"] == told["policy_version"]
    front.parts.served.put("challenger", None)
    told = {front.recommend(f"c{k:03d}")["bundle_version"] for k in range(12)}
    assert told == {champion}, "without a challenger, the champion serves all"


def test_the_shadow_compares_and_touches_nothing(
    front: Shop, challenger: Any, tmp_path: Path
) -> None:
    lines: list[str] = []
    shadow = Shadow(1.0, Lines(lines))
    serve(front, Front(front.parts.served, front.parts.stores, front.clock, None, shadow))
    customer = front.regulars("marketing", "email")[0]
    told = front.recommend(customer)
    acted = front.act(customer, channel="email", direction="outbound")
    ledger = front.parts.stores.ledger
    contacts = ledger.recent([customer], 0)
    assert contacts, "the champion's decision made a contact"
    shadow.start()
    shadow.stop()
    assert ledger.recent([customer], 0) == contacts
    first, second = (json.loads(line) for line in lines)
    assert first["decision_id"] == told["decision_id"]
    assert first["served"] == first["challenger"] == item_ids(told), "the models are the same"
    assert second["served"] == action_ids(acted)
    assert second["challenger_version"] == challenger.bundle_version != second["bundle_version"]
    assert customer not in "".join(lines)
    assert (shadow.tally.compared, shadow.tally.failed) == (2, 0)


def test_the_challenger_does_not_see_the_contact_it_is_compared_on(
    front: Shop, challenger: Any
) -> None:
    customer = front.regulars("marketing", "email")[0]
    body = {"subject": {"customer_id": customer}, "channel": "email", "direction": "outbound"}
    request = NextBestActionsRequest.model_validate(body)
    before = chosen_by(challenger.world, request, front.clock.now, "none")
    told = front.act(customer, channel="email", direction="outbound", n=1)
    after = chosen_by(challenger.world, request, front.clock.now, told["decision_id"])
    assert before == after != chosen_by(challenger.world, request, front.clock.now, "another")


def test_a_share_of_decisions_by_their_ids_and_what_is_too_many_is_left_out(
    front: Shop, challenger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow_module, "WAITING", 32)
    request = RecommendationsRequest(subject=Subject(customer_id="c001"), channel="web")
    answer = {"decided_at": front.clock.now, "bundle_version": "b", "items": []}
    shadow = Shadow(0.5, Lines([]))
    for k in range(40):
        shadow.offer(challenger, request, answer | {"decision_id": f"d{k}"})
    assert 10 < shadow._queue.qsize() < 30
    assert shadow.tally.left_out == 0
    for k in range(40, 100):
        shadow.offer(challenger, request, answer | {"decision_id": f"d{k}"})
    assert shadow._queue.qsize() == 32
    assert shadow.tally.left_out > 0

    def broken(*_: object) -> list[str]:
        raise ValueError("a broken challenger")

    monkeypatch.setattr(shadow_module, "chosen_by", broken)
    shadow.start()
    shadow.stop()
    assert shadow.tally.failed == 32


def test_the_log_is_a_file_of_lines(tmp_path: Path) -> None:
    log = ShadowLog(tmp_path / "shadow" / "12.jsonl")
    log.write('{"a": 1}')
    log.write('{"a": 2}')
    log.close()
    assert (tmp_path / "shadow" / "12.jsonl").read_text() == '{"a": 1}\n{"a": 2}\n'


def test_settings_become_roles(front: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    followed, _ = following(front, canary=AliasShare("blue", 0.1), shadow=AliasShare("blue", 1.0))
    assert [role.name for role in followed.follower.roles] == ["champion", "challenger"]
    asked: list[str] = []
    monkeypatch.setattr(bootstrap, "look_up", lambda _settings, alias: asked.append(alias))
    followed.follower.roles[1].look()
    assert asked == ["blue"]
    assert followed.shadow is not None
    followed.start()
    followed.stop()
    none = {"compared": 0, "same": 0, "left_out": 0, "failed": 0}
    assert followed.report() == front.parts.served.report() | {"shadow": none}
    two = {"canary": AliasShare("green", 0.1), "shadow": AliasShare("blue", 1.0)}
    with pytest.raises(SettingError, match=r"blue and green.*one alias"):
        follow(front.parts, replace(front.settings, **two))
