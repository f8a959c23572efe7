"""What /metrics reads when it is asked: the build, and how fresh the stock is."""

from pathlib import Path

import pytest

from serving.http.metrics import Metrics
from serving.stores.ports import StoreUnavailableError
from serving.telemetry.readings import NAMES, readings
from tests.integration.support import Clock, Shop

DAY = 86_400


def value(text: str, name: str) -> float:
    (line,) = [one for one in text.splitlines() if one.startswith(name + "{")]
    return float(line.rpartition(" ")[2])


def asked(shop: Shop, clock: Clock) -> str:
    metrics = Metrics(lambda: readings(lambda: shop.parts.application.world, clock))
    lines = metrics.text(metrics.now()).decode().splitlines()
    return "\n".join(line for line in lines if line.startswith(NAMES))


def test_stock_grows_old_and_then_unknown(front: Shop) -> None:
    clock = Clock(front.clock.now)
    policy = front.bundle.policy
    fresh = asked(front, clock)
    age = value(fresh, NAMES[1])
    assert 0 < value(fresh, NAMES[3]) < 1
    clock.now += 60
    assert value(asked(front, clock), NAMES[1]) == age + 60
    clock.now += policy.stock_max_age_s
    old = asked(front, clock)
    assert value(old, NAMES[2]) == 1.0
    assert value(old, NAMES[3]) == 0.0


def test_a_figure_told_now_is_the_newest(front: Shop) -> None:
    item = front.bundle.items.ids[0]
    front.stock({"item_id": item, "location_id": "online", "quantity": 3, "status": "in_stock"})
    assert value(asked(front, front.clock), NAMES[1]) == 0


def test_without_a_store_what_was_known_is_told(
    front: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asked(front, front.clock)

    def gone() -> None:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(front.parts.application.world.stock, "refresh", gone)
    assert asked(front, front.clock) == before


def test_before_anything_is_served_only_the_build_is_told(tmp_path: Path) -> None:
    metrics = Metrics(lambda: readings(lambda: None, Clock()))
    text = metrics.text(metrics.now()).decode()
    assert "nextbest_build_info{" in text
    assert "nextbest_stock_unknown_share{" not in text
