"""Which broker is spoken to: by the URL's scheme, with the subjects as they are documented."""

import sys

import pytest

from features.errors import SettingError
from serving.intake.brokers import open_line

pytest.importorskip("faststream.nats", reason="the extra nextbest[broker] is not installed")


def test_a_url_of_no_broker_is_refused() -> None:
    with pytest.raises(SettingError, match=r"NEXTBEST_BROKER_URL.*nats"):
        open_line("http://somewhere", "nextbest")


@pytest.mark.parametrize(("scheme", "part"), [("amqps", "rabbit"), ("kafka", "kafka")])
def test_a_broker_without_its_library_says_what_to_install(
    scheme: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"faststream.{part}", None)
    with pytest.raises(SettingError, match=rf'pip install "faststream\[{part}\]"'):
        open_line(f"{scheme}://nobody:1234", "nextbest")


async def _nothing(body: bytes) -> None:
    del body


def test_the_messages_of_nats_are_kept_by_a_stream_until_acknowledged() -> None:
    line = open_line("nats://nobody:4222", "shop.live")
    line.listen("shop.live.events", _nothing)
    (subscriber,) = line.broker.subscribers
    assert subscriber.stream.name == "shop_live"
    assert subscriber.stream.subjects[0] == "shop.live.>"
