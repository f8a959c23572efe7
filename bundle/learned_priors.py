"""Actions whose file says no prior get that of their like, written into the bundle's own copy.

So a decision, its replay and a reader of the bundle all see the belief that decided, in the place
where a declared one would stand; the marketer's own file stays as it is.
"""

import re
from typing import Any

import numpy as np
import yaml

from decisioning.catalogue import Prior
from decisioning.priors import ResponsePriors

_NONE = "none"
_MARK = "  # learned from its like"


def with_priors(text: str, priors: ResponsePriors) -> str:
    """Add a prior to each action of an ``actions.yaml`` that has none.

    Parameters
    ----------
    text
        The file; one that is no catalogue at all comes back as it is, for the check of the
        catalogue to refuse.
    priors
        By kind, channel and price step; an action of several channels gets the mean of their
        means and the least of their strengths, and its discounts none: `odds` of its price steps
        are told of the response without one.
    """
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    actions = told.get("actions") if isinstance(told, dict) else None
    for action in actions if isinstance(actions, list) else ():
        if _lacks(action):
            text = _inserted(text, str(action["id"]), _of(action, priors))
    return text


def without_learned(text: str) -> str:
    """Return the file as a marketer wrote it, without what `with_priors` added."""
    return "".join(
        line for line in text.splitlines(keepends=True) if not line.rstrip().endswith(_MARK)
    )


def kinds_of(text: str) -> dict[str, str]:
    """Return the kind of each action of an ``actions.yaml`` by id, as far as the file tells."""
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    actions = told.get("actions") if isinstance(told, dict) else None
    return {
        str(action["id"]): str(action["kind"])
        for action in (actions if isinstance(actions, list) else ())
        if isinstance(action, dict) and {"id", "kind"} <= action.keys()
    }


def _lacks(action: Any) -> bool:  # noqa: ANN401 - whatever the file holds
    return (
        isinstance(action, dict)
        and {"id", "kind", "channels"} <= action.keys()
        and isinstance(action["channels"], list)
        and bool(action["channels"])
        and "prior" not in action
        and action["kind"] != _NONE
    )


def _of(action: dict[str, Any], priors: ResponsePriors) -> Prior:
    found = [priors.of(str(action["kind"]), str(channel)) for channel in action["channels"]]
    return Prior(float(np.mean([p.mean for p in found])), min(p.strength for p in found))


def _inserted(text: str, action_id: str, prior: Prior) -> str:
    """Put the prior below the action's id, at the same indent."""
    line = re.compile(
        rf"^([ ]*(?:-[ ]+)?)id:[ ]*[\"']?{re.escape(action_id)}[\"']?[ ]*(?:#.*)?$", re.MULTILINE
    )
    found = line.search(text)
    if found is None:  # written on one line, or otherwise: its default stands
        return text
    indent = " " * len(found.group(1))
    told = f"\n{indent}prior: {{mean: {prior.mean:.6f}, strength: {prior.strength:.3f}}}"
    return f"{text[: found.end()]}{told}{_MARK}{text[found.end() :]}"
