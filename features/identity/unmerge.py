"""Undoing a link: one more statement, checked against what stands."""

from features.errors import IdentityError
from features.identity.explain import People, split_name
from features.identity.rules import CUSTOMER


def undo(people: People, name: str, other: str) -> dict[str, object]:
    """Return the row of ``identifiers`` that parts two names from its ``observed_at`` on.

    Parameters
    ----------
    people
        Who is who now.
    name
        An identifier, ``kind:value``.
    other
        A customer id, or another identifier.

    Raises
    ------
    IdentityError
        If the two are not linked directly; the message names the links between them, as undoing
        one of those is what parts them.
    """
    kind, value = split_name(name)
    other_kind, other_value = split_name(other)
    if kind == CUSTOMER:
        raise IdentityError(
            f"{name!r} is no identifier.", "name it by type and value, as cookie k-123."
        )
    if not people.linked((kind, value), (other_kind, other_value)):
        raise _no_link(people, f"{kind}:{value}", f"{other_kind}:{other_value}")
    if other_kind == CUSTOMER:
        ends: dict[str, object] = {"customer_id": other_value}
    else:
        ends = {"linked_type": other_kind, "linked_value": other_value}
    return {"identifier_type": kind, "value": value, "relation": "different", **ends}


def _no_link(people: People, name: str, other: str) -> IdentityError:
    path = people.path(split_name(name), split_name(other))
    if not path:
        return IdentityError(
            f"{name} and {other} are not joined.",
            "see what is with: nextbest identity show ID.",
        )
    return IdentityError(
        f"No statement links {name} and {other} directly; they are joined through"
        f" {' - '.join(path)}.",
        "undo one of these links: nextbest identity unmerge TYPE VALUE --customer ID"
        " (or --from TYPE:VALUE).",
    )
