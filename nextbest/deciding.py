"""``nextbest decide``: one subject in the terminal, with every reason, beside what is known."""

from typing import TYPE_CHECKING, Any

import click

from nextbest.running import CHANNELS, GOALS
from nextbest.terminal import now, one_line_errors, say_json, settings

if TYPE_CHECKING:
    from serving.requests import NextBestActionsRequest, RecommendationsRequest


@click.command()
@click.argument("customer_id", required=False)
@click.option("--customer", help="The customer, another way to name them.")
@click.option("--visitor", help="A cookie or device, in place of a customer.")
@click.option("--channel", type=click.Choice(CHANNELS), default="web", show_default=True)
@click.option(
    "--direction", type=click.Choice(["inbound", "outbound"]), default="inbound", show_default=True
)
@click.option("--goal", type=click.Choice(GOALS), default="any", show_default=True)
@click.option("--location", help="Shop or warehouse that would serve; that of the channel if not.")
@click.option("--referrer", help="Where the session came from: an address, or a word.")
@click.option("-n", "n", type=click.IntRange(1, 100), default=10, show_default=True, help="Items.")
@click.option(
    "--language",
    type=click.Choice(["en", "fr"]),
    default="en",
    show_default=True,
    help="In which reasons of items are written.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the answers as JSON.")
@one_line_errors
def decide(
    customer_id: str | None,
    customer: str | None,
    visitor: str | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - the options
) -> None:
    """Decide for one customer or visitor, here in the terminal, with every reason. A dry run.

    What was bought and done is printed beside it, as far as the subject allows its use.

    \b
    Examples:
      nextbest decide --customer 1228 --channel email --direction outbound
      nextbest decide --visitor ck-81f3 --language fr
      nextbest decide --customer 2009 --location 367
    """
    from nextbest.show import show_actions, show_history, show_items, show_scores
    from serving.bootstrap import build
    from serving.looking import look

    named = [("customer_id", c) for c in (customer_id, customer) if c]
    named += [("visitor_id", visitor)] if visitor else []
    if len(named) != 1:
        raise click.UsageError("name one subject: --customer ID or --visitor ID")
    subject = dict(named)
    parts = build(settings())
    decider = parts.application
    if "customer_id" in subject and decider.unknown_customers([subject["customer_id"]]):
        name = subject["customer_id"]
        raise click.BadParameter(f"there is no customer {name!r}", param_hint="CUSTOMER_ID")
    items, actions = _requests(subject, asked)
    seen = look(decider, items, actions, now())
    parts.stores.close()
    if as_json:
        say_json(
            {
                "history": seen.history,
                "recent": seen.recent,
                "scores": seen.scores,
                "recommendations": seen.recommendations,
                "next_best_actions": seen.next_best_actions,
            }
        )
        return
    show_history(seen)
    show_scores(seen)
    show_items(seen.recommendations)
    if seen.next_best_actions is not None:
        show_actions(seen.next_best_actions)


def _requests(
    subject: dict[str, str], asked: dict[str, Any]
) -> "tuple[RecommendationsRequest, NextBestActionsRequest]":
    """Return the question about items and the one about actions."""
    from serving.requests import NextBestActionsRequest, RecommendationsRequest

    shared = {"subject": subject, "channel": asked["channel"], "explain": True}
    context = {"location_id": asked["location"], "referrer": asked["referrer"]}
    items = shared | {name: asked[name] for name in ("goal", "n", "language")}
    items |= {"context": {name: value for name, value in context.items() if value}}
    actions = shared | {"direction": asked["direction"], "dry_run": True}
    return (
        RecommendationsRequest.model_validate(items),
        NextBestActionsRequest.model_validate(actions),
    )
