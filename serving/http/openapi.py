"""The OpenAPI 3.1 document, drawn from the same models and operations that serve."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.http.answers import ErrorAnswer
from serving.http.endpoint import Operation
from serving.http.examples import EXAMPLES, REFUSALS

_REF = "#/components/schemas/{model}"
_MEANINGS = {
    400: "The body is not JSON in UTF-8, or did not arrive.",
    401: "No API key, or an unknown one.",
    403: "The API key lacks the scope.",
    404: "What the request names does not exist; nothing was changed.",
    405: "The route exists, the method does not.",
    409: "What it needs is not there; the remedy says how to get it.",
    413: "The body is larger than 5 MiB, unpacked.",
    414: "The address is longer than 16 KiB.",
    415: "The body is packed in another way than gzip.",
    422: "A field is missing, unknown or has a value that is not allowed; nothing was changed.",
    429: "The key has sent more than its rate allows; Retry-After says when to go on.",
    431: "The headers are larger than 32 KiB.",
    500: "The service failed.",
    503: "The service is not ready, or its store cannot be written now.",
}
_ALWAYS = (401, 403, 405, 414, 429, 431, 500, 503)
_WITH_BODY = (400, 413, 415, 422)
_TAGS = {
    "decisions": "What to show or do, and the records of it.",
    "customers": "Who they are, what the models say of them, and their rights.",
    "ingestion": "Telling the service about the world.",
    "measurement": "What came of it.",
    "administration": "Looking after the service.",
}
_TAG_OF = {
    "customers": "customers",
    "scores": "customers",
    "stock": "ingestion",
    "consents": "ingestion",
    "outcomes": "ingestion",
    "events": "ingestion",
    "identifiers": "ingestion",
    "experience": "measurement",
    "audit": "administration",
    "keys": "administration",
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}
_ID = {"type": "string", "minLength": 1, "maxLength": 128}


@cache
def openapi_document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Return the document for these operations; it is drawn once and must not be changed."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nextbest",
            "version": "1",
            "description": "Recommendations and next best actions, gated by stock and consent.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": _paths(operations),
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key with one of the scopes named by the route; "
                    "a key with the scope admin opens every route.",
                }
            },
            "schemas": _schemas(operations),
        },
    }


def _paths(operations: Sequence[Operation]) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return paths


def _described(operation: Operation) -> dict[str, Any]:
    name = operation.handle.__name__
    text = (operation.handle.__doc__ or "").strip()
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [_TAG_OF.get(operation.path.split("/")[2], "decisions")],
        "summary": text.splitlines()[0] if text else name,
        "description": f"Scope: {' or '.join(operation.scopes)}.",
        "x-scopes": list(operation.scopes),
        "responses": _responses(operation),
    }
    parameters = [_path_parameter(name) for name in re.findall(r"{(\w+)}", operation.path)]
    parameters += _query_parameters(operation)
    if parameters:
        described["parameters"] = parameters
    if operation.request is not None:
        described["requestBody"] = {
            "required": True,
            "content": _content(operation.request.__name__),
        }
    return described


def _path_parameter(name: str) -> dict[str, Any]:
    what = name.removesuffix("_id").replace("_", " ")
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": f"The {what}.",
        "schema": _ID,
    }


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": part["description"],
            "schema": _parameter_schema(part),
        }
        for name, part in schema["properties"].items()
    ]


def _parameter_schema(part: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that is given: one left out is not null, it is absent."""
    given = next((each for each in part.get("anyOf", ()) if each.get("type") != "null"), part)
    return {name: value for name, value in given.items() if name not in ("description", "title")}


def _responses(operation: Operation) -> dict[str, Any]:
    statuses = {*_ALWAYS, *operation.refusals, *(_WITH_BODY if operation.request else ())}
    statuses |= {422} if operation.query else set()
    good = {"description": "Done.", "content": _content(operation.answer.__name__)}
    return {
        "200": good,
        **{str(status): _refusal(status) for status in sorted(statuses)},
    }


def _refusal(status: int) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REF.format(model=ErrorAnswer.__name__)}}
    content["example"] = REFUSALS[status]
    described = {"description": _MEANINGS[status], "content": {"application/json": content}}
    return described | ({"headers": _RETRY_AFTER} if status in (429, 503) else {})


def _content(model: str) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REF.format(model=model)}}
    if model in EXAMPLES:
        content["example"] = EXAMPLES[model]
    return {"application/json": content}


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    asked = [operation.request for operation in operations if operation.request is not None]
    told: list[type[BaseModel]] = [ErrorAnswer, *(operation.answer for operation in operations)]
    drawn: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    drawn += [(model, "validation") for model in asked]
    drawn += [(model, "serialization") for model in told]
    _, definitions = models_json_schema(drawn, ref_template=_REF)
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
