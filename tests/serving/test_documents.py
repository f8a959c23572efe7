"""The OpenAPI document says what the service does."""

import json
from pathlib import Path
from typing import Any

import pytest

from serving.http.answers import ErrorAnswer
from serving.http.app import OPERATIONS
from serving.http.examples import EXAMPLES
from serving.http.openapi import openapi_document
from serving.problems import parse_body
from tests.serving.support import NOW, Service

ROOT = Path(__file__).parents[2]
DOCUMENT = openapi_document(OPERATIONS)
OPERATION_BY_PATH = {(one.path, one.method.lower()): one for one in OPERATIONS}


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return found.union(*(references(part) for part in node.values()))
    if isinstance(node, list):
        return set().union(*(references(part) for part in node))
    return set()


def test_the_document_is_served_whole(service: Service) -> None:
    for path, headers in (("/openapi.json", {}), ("/docs", {"accept": "application/json"})):
        response = service.call("GET", path, scope=None, headers=headers)
        assert response.json() == json.loads(json.dumps(DOCUMENT))
    assert DOCUMENT["openapi"] == "3.1.0"


def test_every_reference_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert references(DOCUMENT) <= known


@pytest.mark.parametrize("key", sorted(OPERATION_BY_PATH))
def test_every_operation_is_described(key: tuple[str, str]) -> None:
    described = DOCUMENT["paths"][key[0]][key[1]]
    assert described["summary"]
    assert described["x-scopes"]
    assert {"200", "401", "403", "405", "503"} <= set(described["responses"])
    for status, response in described["responses"].items():
        schema = response["content"]["application/json"]["schema"]["$ref"]
        assert status == "200" or schema == "#/components/schemas/ErrorAnswer"
    if OPERATION_BY_PATH[key].request is not None:
        assert {"400", "413", "422"} <= set(described["responses"])
        assert described["requestBody"]["content"]["application/json"]["example"]


def test_every_field_says_what_it_means() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            assert part.get("description"), f"{name}.{field}"


def test_the_examples_of_requests_are_accepted() -> None:
    for operation in OPERATIONS:
        if operation.request is not None:
            body = json.dumps(EXAMPLES[operation.request.__name__]).encode()
            assert parse_body(operation.request, body, NOW)


def test_the_files_of_examples_are_the_examples_of_the_document() -> None:
    for operation in OPERATIONS:
        if operation.request is not None:
            name = operation.path.rpartition("/")[2]
            text = (ROOT / "docs" / "requests" / f"{name}.json").read_text("utf-8")
            assert json.loads(text) == EXAMPLES[operation.request.__name__]


def test_the_examples_of_answers_fit_their_models() -> None:
    models = {operation.answer for operation in OPERATIONS} | {ErrorAnswer}
    for model in models:
        model.model_validate(EXAMPLES[model.__name__], strict=False)
    assert {model.__name__ for model in models} == {n for n in EXAMPLES if n.endswith("Answer")}


def test_pages_load_nothing_and_run_nothing(service: Service) -> None:
    for path in ("/docs", "/console"):
        response = service.call("GET", path, scope=None)
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "<script" not in response.text
        assert "https://" not in response.text
        assert "src=" not in response.text


def test_the_page_shows_every_route(service: Service) -> None:
    page = service.call("GET", "/docs", scope=None).text
    for path, method in OPERATION_BY_PATH:
        assert f"{method.upper()} {path}" in page
