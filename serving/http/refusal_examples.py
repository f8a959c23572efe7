"""One worked refusal per status, shown in the documentation."""

from typing import Any


def _refusal(code: str, message: str, remedy: str, field: str | None = None) -> dict[str, Any]:
    fault = {"code": code, "message": message, "field": field, "remedy": remedy}
    return {"error": {name: value for name, value in fault.items() if value}}


REFUSALS: dict[int, dict[str, Any]] = {
    400: _refusal(
        "malformed_json",
        "The body is not JSON: EOF while parsing a value at line 1 column 0.",
        "send one JSON object in UTF-8, nested less than 200 levels deep",
    ),
    401: _refusal(
        "missing_key",
        "The request has no API key.",
        "send the header Authorization: Bearer KEY",
    ),
    403: _refusal(
        "missing_scope",
        "The API key holds ingest; this route needs decide.",
        "use a key with decide",
    ),
    404: _refusal(
        "unknown_customer",
        "There is no customer '10141'.",
        "use a customer_id of GET /v1/customers",
        "customer_id",
    ),
    405: _refusal("wrong_method", "/v1/rank cannot be called with 'GET'.", "use POST"),
    409: _refusal(
        "experience_not_measured",
        "Experience has not been measured yet.",
        "run `nextbest experience`",
    ),
    413: _refusal(
        "body_too_large",
        "The body is larger than 5242880 bytes.",
        "split it into several requests",
    ),
    414: _refusal(
        "address_too_long",
        "The address is longer than 16384 bytes.",
        "shorten the path and the parameters",
    ),
    415: _refusal(
        "unsupported_encoding",
        "The body is packed as 'br', which this service does not read.",
        "send it packed with gzip, or not packed, without Content-Encoding",
    ),
    422: _refusal(
        "invalid_value",
        "n is 10000, which is not allowed.",
        "send a number no greater than 100",
        "n",
    ),
    429: _refusal(
        "too_many_requests",
        "This key may send 100/s to each worker.",
        "wait as many seconds as Retry-After says, or ask for a higher limit",
    ),
    431: _refusal(
        "headers_too_large",
        "The headers are larger than 32768 bytes.",
        "send fewer or shorter headers",
    ),
    500: _refusal(
        "internal_error",
        "The service failed on this request; see its log.",
        "tell the operator when it happened",
    ),
    503: _refusal(
        "store_unavailable",
        "The store cannot be written now; nothing was changed.",
        "try again in a few seconds",
    ),
}
