"""The OpenAPI document as a page to read, drawn once at the start; it needs no script."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serving.http.markup import element, page, table

Schema = Mapping[str, Any]


def docs_page(document: Schema) -> str:
    """Return the page of an OpenAPI document."""
    parts = [
        element("h1", f"{document['info']['title']}: the HTTP interface"),
        element("p", document["info"]["description"]),
        element(
            "p",
            "Send an API key with every request: Authorization: Bearer KEY. Times are ISO 8601 "
            "with a zone, or epoch seconds. Every refusal has one shape; its remedy says what to "
            "do.",
        ),
        '<p><a href="/openapi.json">OpenAPI 3.1 document</a> · <a href="/console">console</a></p>',
        *_operations(document),
        element("h2", "Schemas"),
        *_schemas(document["components"]["schemas"]),
    ]
    return page("nextbest API", "en", parts)


def _operations(document: Schema) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield element("h2", f"{method.upper()} {path}")
            yield element("p", operation["summary"])
            yield element("p", operation["description"], "quiet")
            yield element("pre", _command(path, method, operation))
            yield from _parameters(operation.get("parameters", ()))
            yield from _example("Answer", operation["responses"]["200"])
            yield table(("Status", "Meaning"), _meanings(operation["responses"]))


def _parameters(parameters: Sequence[Schema]) -> Iterator[str]:
    rows = [
        (each["name"], _kind(each["schema"]), each["description"])
        for each in parameters
        if each["in"] == "query"
    ]
    if rows:
        yield table(("Parameter", "Type", "Meaning"), rows)


def _command(path: str, method: str, operation: Schema) -> str:
    """Return a command that can be pasted into a terminal."""
    lines = [
        f"curl -X {method.upper()} http://127.0.0.1:3000{path}",
        '-H "Authorization: Bearer $KEY"',
    ]
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        lines.append(f"-d '{json.dumps(content.get('example', {}), indent=1)}'")
    return " \\\n  ".join(lines)


def _example(title: str, response: Schema) -> Iterator[str]:
    content = response["content"]["application/json"]
    if "example" in content:
        yield element("p", title)
        yield element("pre", json.dumps(content["example"], indent=1, ensure_ascii=False))


def _meanings(responses: Schema) -> list[tuple[str, str]]:
    return [(status, response["description"]) for status, response in responses.items()]


def _schemas(schemas: Schema) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        required = schema.get("required", ())
        rows = [
            (field, _kind(part), "yes" if field in required else "", part.get("description", ""))
            for field, part in schema.get("properties", {}).items()
        ]
        yield element("h3", name)
        yield element("p", schema.get("description", ""), "quiet")
        yield table(("Field", "Type", "Required", "Meaning"), rows)


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return _bounded(schema)


def _bounded(schema: Schema) -> str:
    bounds = {"minimum": "from {}", "maximum": "to {}", "format": "({})"}
    told = [text.format(schema[name]) for name, text in bounds.items() if name in schema]
    return " ".join([str(schema.get("type", "any")), *told])
