"""``nextbest intake`` reads the broker it is told of, says what came, and lets go of everything."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from serving.stores import open_stores
from tests.integration.support import settings_of

pytest.importorskip("faststream.nats", reason="the extra nextbest[broker] is not installed")
Run = Callable[..., Result]


def test_what_comes_is_in_the_store_when_it_ends(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faststream.nats import TestNatsBroker

    from serving.intake import brokers

    asked: list[str] = []
    opened = brokers.open_line

    def open_line(url: str, prefix: str) -> Any:
        asked.append(f"{url} {prefix}")
        return opened(url, prefix)

    async def one_message(line: Any) -> None:
        link = {"visitor_id": "k9", "customer_id": "c001"}
        async with TestNatsBroker(line.broker) as broker:
            body = json.dumps({"identifiers": [link]}).encode()
            await broker.publish(body, "live.identifiers", stream="live")
            await broker.publish(b"{", "live.events", stream="live")

    monkeypatch.setattr(brokers, "open_line", open_line)
    monkeypatch.setattr(brokers, "run", one_message)
    result = run(
        home,
        "intake",
        NEXTBEST_BROKER_URL="nats://somewhere:4222",
        NEXTBEST_BROKER_PREFIX="live",
        NEXTBEST_POLL_SECONDS="0",
    )
    assert result.exit_code == 0, result.output
    assert asked == ["nats://somewhere:4222 live"]
    assert "1 buried, 1 taken" in result.output
    stores = open_stores(settings_of(home).store_url)
    assert stores.links.customers_of(["k9"]) == {"k9": "c001"}
    stores.close()


def test_a_broker_of_no_known_kind_is_one_line(home: Path, run: Run) -> None:
    result = run(home, "intake", NEXTBEST_BROKER_URL="http://somewhere")
    assert result.exit_code == 1
    assert "NEXTBEST_BROKER_URL" in result.output
