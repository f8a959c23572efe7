"""docs/sources.md says what the code takes."""

import re
from pathlib import Path

import pytest
import yaml

from features.sources.mapped.columns import ColumnMap
from features.sources.mapped.expressions import FUNCTIONS, TYPES
from features.sources.mapped.model import CsvOptions, Database, SourceFile, TableInput
from features.sources.mapped.reading import read_source_file

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sources.md").read_text(encoding="utf-8")
# The parser writes LIKE and its kin with these.
_SPELT = {"~~", "!~~", "~~*", "!~~*"}


def test_every_function_and_type_of_expressions_is_listed_and_no_other():
    part = PAGE.split("## Expressions")[1].split("## Online")[0]
    listed = set(re.findall(r"`([^`]+)`", part))
    assert listed >= TYPES
    numbers_to_times = set(
        re.findall(r"`([^`]+)`", part.split("- numbers:")[1].split("Cells of")[0])
    )
    assert numbers_to_times - {"extract", "at time zone"} == FUNCTIONS - _SPELT


@pytest.mark.parametrize("model", [SourceFile, TableInput, ColumnMap, CsvOptions, Database])
def test_every_field_is_explained(model):
    for name, field in model.model_fields.items():
        assert re.search(rf"\b{field.alias or name}\b", PAGE), name


def test_the_example_is_understood(corner):
    example = PAGE.split("```yaml\n")[1].split("```")[0]
    assert yaml.safe_load(example)
    told = read_source_file(corner.write("sources.yaml", example))
    assert set(told.tables) == {"products", "transactions", "events", "identifiers"}
