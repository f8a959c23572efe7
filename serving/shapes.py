"""What fields of a request must be together, as JSON Schema says it.

Validators check it; this tells it to generated clients and to whoever tests the service by its
own document.
"""

from typing import Any

Shape = dict[str, Any]


def given(name: str) -> Shape:
    """Say that a field holds text."""
    return {"required": [name], "properties": {name: {"type": "string"}}}


def filled(name: str) -> Shape:
    """Say that a list holds something."""
    return {"required": [name], "properties": {name: {"minItems": 1}}}


def within(name: str, shape: Shape) -> Shape:
    """Say that a field is an object of a shape."""
    return {"required": [name], "properties": {name: shape}}


def is_one_of(name: str, values: list[Any]) -> Shape:
    """Say that a field has one of these values or, with a default among them, is left out."""
    return {"properties": {name: {"enum": values}}}


def one_of(*shapes: Shape) -> Shape:
    """Say that exactly one of these is so."""
    return {"oneOf": list(shapes)}


def any_of(*shapes: Shape) -> Shape:
    """Say that one of these is so, or several."""
    return {"anyOf": list(shapes)}


def all_of(*shapes: Shape) -> Shape:
    """Say that every one of these is so."""
    return {"allOf": list(shapes)}


def named_if_not(part: Shape) -> None:
    """Let a list hold anything: what is not of the shape is not taken, and named in the answer."""
    items = part["items"]
    part["items"] = any_of(items, {"description": "Anything else is named in `rejected`."})
