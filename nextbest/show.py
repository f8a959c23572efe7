"""Answers as a person reads them in a terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nextbest.terminal import say

if TYPE_CHECKING:
    from serving.looking import Look


def show_history(seen: "Look") -> None:
    """Write what was bought before the bundle was made, and what was done since."""
    if not seen.readable:
        say("Personalisation is not granted: what was bought and done is not read.")
        return
    if not seen.history and not seen.recent:
        say("Nothing was bought or done yet.")
    if seen.recent:
        say("Since the bundle was made:")
    for one in seen.recent:
        what = f"{one['name'] or one['item_id']}  [{one['item_id']}]" if one["item_id"] else ""
        say(f"   {one['at']}  {one['event_type']}  {what}".rstrip())
    if seen.history:
        say("Bought before, the most often bought first:")
    for one in seen.history:
        times = "once" if one["orders"] == 1 else f"{one['orders']} times"
        say(
            f"   {one['name'] or one['item_id']}  [{one['item_id']}]  "
            f"{times}, last on {one['last']}  ({one['category']})"
        )


def show_scores(seen: "Look") -> None:
    """Write what each model says of the customer, with its interval and its reasons."""
    if seen.scores:
        say("What the models say:")
    for one in seen.scores:
        scale, digits = (100, ",.2f") if one["unit"] == "cents" else (1, ".3g")
        mean, low, high = (
            format(one[figure] / scale, digits) for figure in ("mean", "low", "high")
        )
        why = f"  {'; '.join(one['reasons'])}" if one["reasons"] else ""
        say(f"   {one['model']:28s} {mean:>9s} [{low}, {high}]{why}")


def show_items(answer: Mapping[str, Any]) -> None:
    """Write a slate of items and what kept others out of it."""
    how = "personal" if answer["personalised"] else f"not personal ({answer['fallback']})"
    say(f"Items, {how}:")
    for item in answer["items"]:
        stock = item["stock"]
        say(
            f"  {item['rank']:2d}. {item['name'] or item['item_id']}  [{item['item_id']}]  "
            f"{item['reason_text']}  {stock['quantity']:.0f} at {stock['location_id']}"
        )
    for one in answer["dropped"]:
        say(f"   -  {one['item_id']}: {one.get('detail') or one['reason']} ({one['stage']})")


def show_actions(answer: Mapping[str, Any]) -> None:
    """Write the chosen actions, their terms, and why the others were not chosen."""
    say(f"Actions, arm {answer['arm']}:")
    for action in answer["actions"]:
        say(f"  {action['rank']:2d}. {action['label']}  [{action['action_id']}]  {_terms(action)}")
    for one in answer["dropped"]:
        say(f"   -  {one['action_id']}: {one.get('detail') or one['reason']} ({one['stage']})")


def _terms(action: Mapping[str, Any]) -> str:
    if action["propensity"] is None:
        return "nothing is worth more"
    return (
        f"P {action['propensity']:.3f} [{action['propensity_low']:.3f}, "
        f"{action['propensity_high']:.3f}] x value {action['value']:.2f}{_discount(action)} - cost "
        f"{action['cost']:.2f} = {action['priority']:.2f}"
    )


def _discount(action: Mapping[str, Any]) -> str:
    if not action["discount"]:
        return ""
    return f" at {action['discount']:.0%} off ({action['price_class']})"
