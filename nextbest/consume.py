"""``nextbest intake``: the one process that reads a broker for the service."""

import asyncio
from collections import Counter

import click

from nextbest.terminal import one_line_errors, say, settings


@click.command()
@one_line_errors
def intake() -> None:
    """Read events, outcomes, identifiers, stock and consents from a broker, until stopped.

    The messages are the bodies of the routes of the same names, on the subjects nextbest.events,
    nextbest.outcomes and so on (NEXTBEST_BROKER_PREFIX) of the broker at NEXTBEST_BROKER_URL. What
    cannot be taken goes to nextbest.dead with the reason. Needs the extra: nextbest[broker].

    \b
    Example:
      export NEXTBEST_BROKER_URL=nats://127.0.0.1:4222
      nextbest intake
    """
    from serving.bootstrap import build, follow
    from serving.intake.brokers import open_line, run
    from serving.intake.consumer import connect, house_of

    s = settings()
    line = open_line(s.broker_url, s.broker_prefix)
    parts = build(s)
    following = follow(parts, s)
    house = house_of(following.front.application, parts.stores, parts.clock)
    counts: Counter[str] = Counter()
    connect(line, s.broker_prefix, house, lambda what: counts.update([what]))
    following.start()
    say(f"reading {s.broker_prefix}.* until stopped")
    try:
        asyncio.run(run(line))
    finally:
        house.commits.close()
        following.stop()
        parts.stores.close()
        say(", ".join(f"{n} {what}" for what, n in sorted(counts.items())) or "nothing came")
