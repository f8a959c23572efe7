"""Answers as a person reads them in a terminal."""

from collections.abc import Mapping
from typing import Any

from nextbest.terminal import say


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
