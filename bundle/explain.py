"""What pydantic found wrong, said for whoever wrote the file."""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bundle.nearest import did_you_mean
from bundle.problems import Problem
from bundle.yaml_lines import Document, Loc

_NEEDS: Final = {
    "string_type": ("a text", "put it in quotes"),
    "float_type": ("a number", "write it as 2.5; a share of 5 % is 0.05"),
    "float_parsing": ("a number", "write it as 2.5; a share of 5 % is 0.05"),
    "finite_number": ("a finite number", "write a number"),
    "int_type": ("a whole number", "write a whole number"),
    "int_parsing": ("a whole number", "write a whole number"),
    "int_from_float": ("a whole number", "write a whole number"),
    "date_from_datetime_parsing": ("a date", "write it as 2026-01-31"),
    "date_from_datetime_inexact": ("a date", "write it as 2026-01-31"),
    "date_parsing": ("a date", "write it as 2026-01-31"),
    "tuple_type": ("a list", "write `[a, b]`, or one `- a` a line"),
    "dict_type": ("a mapping", "write `key: value`, one a line"),
    "model_type": ("a mapping", "write `key: value`, one a line"),
    "string_pattern_mismatch": ("a name of a-z, 0-9 and _", "write it in lower case"),
}
_BOUNDS: Final = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("of at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("of at most", "le"),
}


def explain(
    error: ErrorDetails, document: Document, model: type[BaseModel], prefix: Loc
) -> Iterator[Problem]:
    """Say what an error of a field means, where it stands and what would be right.

    Parameters
    ----------
    model
        What was validated.
    prefix
        Where it stands in the document.
    """
    loc = prefix + tuple(part for part in error["loc"] if part != "[key]")
    at_key = "[key]" in error["loc"] or error["type"] == "extra_forbidden"
    if error["type"] == "condition":
        for fault in error["ctx"]["faults"]:
            yield document.problem(loc, fault.message, fault.remedy, offset=fault.offset)
        return
    shown = repr(loc[-1]) if at_key else document.shown(loc)
    message, remedy = _said(error, model, shown)
    yield document.problem(loc, message, remedy, at_key=at_key)


def _said(error: ErrorDetails, model: type[BaseModel], shown: str) -> tuple[str, str]:
    """Return message and remedy."""
    context: Mapping[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "wrong":
            return context["message"], context["remedy"]
        case "missing":
            return "is missing", f"add `{error['loc'][-1]}:`"
        case "extra_forbidden":
            known = known_keys(model, error["loc"][:-1])
            listed = f"the keys here are {', '.join(known)}"
            return f"unknown key {shown}", did_you_mean(shown.strip("'"), known) or listed
        case "literal_error":
            known = tuple(name for name in known_values(model, error["loc"]) if name)
            near = did_you_mean(shown.strip("'\""), known)
            return f"{shown} is not one of {', '.join(known)}", near or "choose one of them"
        case kind:
            return _needs(kind, context, shown, error["msg"])


def _needs(kind: str, context: Mapping[str, Any], shown: str, said: str) -> tuple[str, str]:
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        bound = context[key]
        number = int(bound) if float(bound).is_integer() else bound
        return f"needs a number {words} {number}, not {shown}", "correct the number"
    if kind in _NEEDS:
        what, remedy = _NEEDS[kind]
        return f"needs {what}, not {shown}", remedy
    if kind in ("too_short", "string_too_short"):
        return "is empty", "name at least one, or leave the field out if it is optional"
    return f"{said} (got {shown})", "correct it"


def known_keys(model: type[BaseModel], loc: Loc) -> tuple[str, ...]:
    """List the keys that a mapping inside a model may have."""
    found = _annotation(model, loc)
    return tuple(found.model_fields) if _is_model(found) else ()


def known_values(model: type[BaseModel], loc: Loc) -> tuple[str, ...]:
    """List the values that a field inside a model may have."""
    return tuple(str(value) for value in get_args(_annotation(model, loc)))


def _annotation(model: type[BaseModel], loc: Loc) -> Any:  # noqa: ANN401 - any annotation
    """Follow a path through a model: into fields, elements of tuples, values and keys of dicts."""
    found: Any = model
    steps = list(loc)
    while steps:
        step = steps.pop(0)
        if _is_model(found):
            found = found.model_fields[str(step)].annotation
        elif get_origin(found) is dict:
            at_key = steps[:1] == ["[key]"]
            found = get_args(found)[0 if at_key else 1]
            steps = steps[1:] if at_key else steps
        else:
            found = get_args(found)[0]
        found = _bare(found)
    return found


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    """Strip ``Annotated`` and ``| None``."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation


def _is_model(annotation: Any) -> bool:  # noqa: ANN401 - any annotation
    return (
        get_origin(annotation) is not Literal
        and isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
    )
