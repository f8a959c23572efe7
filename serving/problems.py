"""Every refusal a caller can meet, in one shape.

Problem                       status, code, message, field?, remedy?
├── 400 malformed_json, malformed_gzip, incomplete_body
├── 401 missing_key, unknown_key, expired_key
├── 403 missing_scope
├── 404 unknown_route, unknown_decision, unknown_customer, unknown_cursor
├── 405 wrong_method
├── 409 experience_not_measured, not_replayable, request_id_reused
├── 413 body_too_large
├── 414 address_too_long
├── 415 unsupported_encoding
├── 422 invalid_value, missing_field, unknown_field, unknown_item
├── 429 too_many_requests
├── 431 headers_too_large
├── 500 internal_error
└── 503 not_ready, store_unavailable, tables_unavailable, customer_busy, overloaded

A decision that offers nothing is no problem: it is an answer with reason codes.
"""

from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

_Model = TypeVar("_Model", bound=BaseModel)
_SHOWN = 60


class Problem(Exception):  # noqa: N818  (a refusal in an answer, not a failure of the program)
    """A refusal that the caller can mend.

    Parameters
    ----------
    status
        HTTP status, 4xx or 5xx.
    code
        Stable name for programs.
    message
        What is wrong, naming the field and the value.
    field
        Dotted path in the body, ``levels.0.quantity``.
    remedy
        What to send instead.
    retry_after
        Seconds after which the same request may pass; None where the status alone says it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        remedy: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.remedy = remedy
        self.retry_after = retry_after

    def body(self) -> dict[str, dict[str, str]]:
        """Return the answer's body; empty parts are left out."""
        parts = {
            "code": self.code,
            "message": self.message,
            "field": self.field,
            "remedy": self.remedy,
        }
        return {"error": {name: value for name, value in parts.items() if value}}


def parse_body(model: type[_Model], body: bytes, now: int) -> _Model:
    """Read a request body.

    Parameters
    ----------
    model
        The request expected.
    body
        JSON in UTF-8.
    now
        The clock, in epoch seconds.

    Raises
    ------
    Problem
        400 when the body is not JSON, 422 when it is not this request.
    """
    try:
        return model.model_validate_json(body, context={"now": now})
    except ValidationError as error:
        raise problem_of(error, model) from error


def problem_of(error: ValidationError, model: type[BaseModel]) -> Problem:
    """Turn a validation error into one problem: its first fault, and how many more there are."""
    faults = error.errors(include_url=False)
    first, others = faults[0], [fault for fault in faults[1:] if fault["type"] != "too_short"]
    if first["type"] == "json_invalid":
        return _malformed(first)
    field = ".".join(_cut(str(part)) for part in first["loc"])
    more = f" ({len(others)} more fault{'s' * (len(others) > 1)} after this one.)" if others else ""
    message = f"{field or 'the body'} {_what(first)}{more}"
    return Problem(422, _code(first), message, field or None, _remedy(first, model))


def shortened(value: object) -> str:
    """Write a value as JSON would, cut to a readable length and free of control characters."""
    if isinstance(value, str):
        return f"'{_cut(value)}'"
    return _cut(to_json(value, fallback=repr).decode())


def _cut(text: str) -> str:
    shown = "".join(mark if mark.isprintable() else "?" for mark in text[:_SHOWN])
    return shown + "…" * (len(text) > _SHOWN)


def _malformed(fault: ErrorDetails) -> Problem:
    reason = str(fault.get("ctx", {}).get("error", "it cannot be read"))
    remedy = "send one JSON object in UTF-8, nested less than 200 levels deep"
    return Problem(400, "malformed_json", f"The body is not JSON: {reason}.", remedy=remedy)


def _code(fault: ErrorDetails) -> str:
    return {"missing": "missing_field", "extra_forbidden": "unknown_field"}.get(
        fault["type"], "invalid_value"
    )


def _what(fault: ErrorDetails) -> str:
    if fault["type"] == "missing":
        return "is required and missing."
    if fault["type"] == "extra_forbidden":
        return "is not a field of this request."
    if fault["type"] == "exactly_one":
        return f"{fault['msg']}."
    if "remedy" in fault.get("ctx", {}):
        return f"{fault['msg']}: {shortened(fault['input'])}."
    return f"is {shortened(fault['input'])}, which is not allowed."


_REMEDIES = {
    "literal_error": "send one of {expected}",
    "missing": "add it",
    "less_than_equal": "send a number no greater than {le}",
    "greater_than_equal": "send a number no less than {ge}",
    "finite_number": "send a finite number",
    "int_type": "send a whole number, without quotes",
    "float_type": "send a number, without quotes",
    "bool_type": "send true or false, without quotes",
    "string_type": "send text in quotes",
    "tuple_type": "send a list",
    "model_type": "send an object",
    "too_short": "send at least {min_length}",
    "too_long": "send at most {max_length}, and the others in another request",
    "string_too_short": "send 1 to 128 characters without control characters",
    "string_too_long": "send 1 to 128 characters without control characters",
    "string_pattern_mismatch": "send 1 to 128 characters without control characters",
}


def _remedy(fault: ErrorDetails, model: type[BaseModel]) -> str:
    details: dict[str, Any] = fault.get("ctx", {})
    if "remedy" in details:
        return str(details["remedy"])
    if fault["type"] == "extra_forbidden":
        return _known_fields(fault, model)
    return _REMEDIES.get(fault["type"], fault["msg"]).format(**details)


def _known_fields(fault: ErrorDetails, model: type[BaseModel]) -> str:
    names = sorted(_model_at(model, fault["loc"][:-1]).model_fields)
    near = get_close_matches(str(fault["loc"][-1]), names, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"{guess}remove it; the fields are {', '.join(names)}"


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """Follow field names down to the model that holds the fault."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = _inner_model(model.model_fields[part].annotation) or model
    return model


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_inner_model(part) for part in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)
