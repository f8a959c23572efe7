"""The brokers, behind one line: NATS with JetStream, RabbitMQ, or Kafka, by the URL's scheme.

Each keeps a message until it is acknowledged, and hands out again what was not. The library
(FastStream) is an extra, and each of its brokers one of its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from features.errors import SettingError

Consume = Callable[[bytes], Awaitable[None]]
GROUP: Final = "nextbest"
"""Under this name the broker remembers how far we have read."""
_EXTRAS: Final = {
    "nats": "nats",
    "tls": "nats",
    "amqp": "rabbit",
    "amqps": "rabbit",
    "kafka": "kafka",
}


@dataclass(frozen=True)
class Line:
    """A broker, spoken to in the same way whichever it is.

    Parameters
    ----------
    broker
        FastStream's.
    listen
        Has a subject consumed: a message is acknowledged when ``consume`` returns, and comes again
        when it raises.
    send
        Puts a message on a subject; it is kept when this returns.
    """

    broker: Any
    listen: Callable[[str, Consume], None]
    send: Callable[[str, bytes], Awaitable[None]]


def open_line(url: str, prefix: str) -> Line:
    """Return the line to a broker; nothing is connected yet.

    Parameters
    ----------
    url
        As ``nats://host:4222``, ``amqp://host:5672/``, ``kafka://host:9092``.
    prefix
        What every subject starts with.

    Raises
    ------
    SettingError
        If no broker has such a URL, or its library is not installed.
    """
    kind = _EXTRAS.get(urlsplit(url).scheme)
    if kind is None:
        raise SettingError(
            f"NEXTBEST_BROKER_URL is of no known broker (schemes: {', '.join(_EXTRAS)}).",
            "write it as nats://host:4222, amqp://host:5672/ or kafka://host:9092.",
        )
    try:
        library = import_module(f"faststream.{kind}")
    except ImportError as error:
        raise SettingError(
            f"NEXTBEST_BROKER_URL needs FastStream's part for {kind}, which is not installed.",
            f'pip install "faststream[{kind}]".',
        ) from error
    return {"nats": _nats, "rabbit": _rabbit, "kafka": _kafka}[kind](library, url, prefix)


async def run(line: Line) -> None:
    """Consume until a signal ends it; what was begun is ended before."""
    from faststream import FastStream

    await FastStream(line.broker).run()


def _nats(library: Any, url: str, prefix: str) -> Line:  # noqa: ANN401 - FastStream's module
    broker = library.NatsBroker(url, apply_types=False)
    # The subjects of one stream; letters to the dead are kept in it too.
    stream = library.JStream(prefix.replace(".", "_"), subjects=[f"{prefix}.>"])

    def listen(subject: str, consume: Consume) -> None:
        durable = f"{GROUP}-{subject.replace('.', '-')}"
        broker.subscriber(subject, stream=stream, durable=durable, pull_sub=True, **_careful())(
            consume
        )

    async def send(subject: str, body: bytes) -> None:
        await broker.publish(body, subject, stream=stream.name)

    return Line(broker, listen, send)


def _rabbit(library: Any, url: str, prefix: str) -> Line:  # noqa: ANN401 - FastStream's module
    del prefix
    broker = library.RabbitBroker(url, apply_types=False)

    def listen(subject: str, consume: Consume) -> None:
        broker.subscriber(library.RabbitQueue(subject, durable=True), **_careful())(consume)

    async def send(subject: str, body: bytes) -> None:
        await broker.declare_queue(library.RabbitQueue(subject, durable=True))
        await broker.publish(body, subject, persist=True)

    return Line(broker, listen, send)


def _kafka(library: Any, url: str, prefix: str) -> Line:  # noqa: ANN401 - FastStream's module
    del prefix
    servers: Sequence[str] = urlsplit(url).netloc.split(",")
    broker = library.KafkaBroker(servers, apply_types=False)

    def listen(subject: str, consume: Consume) -> None:
        broker.subscriber(subject, group_id=GROUP, **_careful())(consume)

    async def send(subject: str, body: bytes) -> None:
        await broker.publish(body, subject)

    return Line(broker, listen, send)


def _careful() -> dict[str, Any]:
    from faststream import AckPolicy

    return {"ack_policy": AckPolicy.NACK_ON_ERROR, "decoder": _raw}


async def _raw(message: Any) -> bytes:  # noqa: ANN401 - any broker's message
    """Leave the bytes as they are: the handlers read JSON, and say what is wrong with it."""
    return bytes(message.body)
