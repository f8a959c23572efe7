from dataclasses import replace
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from features.columns import PURPOSES
from features.definitions import FAMILIES, FEATURES
from features.definitions.declared import DECLARED
from features.describe import describe, render_markdown, render_tables
from features.registry import Feature, expand
from features.render import ALLOWED_COLUMNS, render
from features.schemas import TABLES

# Functions with the same name and meaning on DuckDB and Spark.
PORTABLE = {
    "And", "Case", "Cast", "Coalesce", "Count", "If", "Lag", "Lead", "Max", "Min", "Nullif", "Or",
    "Replace", "RowNumber", "SplitPart", "Sqrt", "Sum", "TryCast",
}  # fmt: skip

FEATURE = DECLARED.features[0]


@pytest.mark.parametrize("honour_consents", [True, False])
@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_only_portable_functions(dialect: str, honour_consents: bool):
    tree = sqlglot.parse_one(render(FAMILIES, honour_consents=honour_consents), dialect=dialect)
    used = {type(node).__name__ for node in tree.find_all(exp.Func)}
    unknown = {node.name.lower() for node in tree.find_all(exp.Anonymous)}
    assert used <= PORTABLE
    assert not unknown


def test_no_decimal_literals():
    """A bare ``0.5`` is a DECIMAL on Spark and a rounding trap."""
    tree = sqlglot.parse_one(render(FAMILIES), dialect="duckdb")
    numbers = [node.this for node in tree.find_all(exp.Literal) if not node.is_string]
    assert not [number for number in numbers if "." in number and "e" not in number.lower()]


def test_every_window_breaks_ties():
    tree = sqlglot.parse_one(render(FAMILIES), dialect="duckdb")
    for window in tree.find_all(exp.Window):
        assert window.args.get("order")
        assert window.args.get("partition_by")


def test_every_denominator_is_guarded():
    tree = sqlglot.parse_one(render(FAMILIES), dialect="duckdb")
    for division in tree.find_all(exp.Div):
        right = division.expression.unnest()
        assert isinstance(right, exp.Nullif | exp.Literal | exp.Case), division.sql()


def test_features_are_well_declared():
    assert 28 <= len(FEATURES) <= 40
    for feature in FEATURES:
        assert feature.purpose in ALLOWED_COLUMNS
        assert feature.purpose in PURPOSES
        assert feature.source in TABLES
        assert feature.doc.endswith(".")
        assert bool(feature.null_means) == (feature.empty is None), feature.name


def test_windows_expand():
    feature = replace(FEATURE, name="n_{d}d", expression="sum({w})", doc="{d}.", windows=(7, 30))
    names = [(each.name, each.expression, each.doc) for each in feature.expand()]
    assert names == [("n_7d", "sum(604800)", "7."), ("n_30d", "sum(2592000)", "30.")]
    assert list(FEATURE.expand()) == [FEATURE]


def _family(*features: Feature):
    return replace(DECLARED, features=features)


def test_a_name_used_twice_is_refused():
    with pytest.raises(ValueError, match="unique"):
        expand([_family(FEATURE, FEATURE)])


def test_an_unknown_relation_is_refused():
    with pytest.raises(ValueError, match="no relation 'ghosts'"):
        expand([_family(replace(FEATURE, relation="ghosts"))])


def test_describe_has_the_keys_of_the_contract():
    rows = describe()
    assert [row["name"] for row in rows] == [feature.name for feature in FEATURES]
    assert {tuple(row) for row in rows} == {
        ("name", "source", "unit", "purpose", "null_means", "expression")
    }
    assert all(all(row.values()) for row in rows)


def test_the_page_is_in_step():
    page = Path(__file__).parents[2] / "docs" / "features.md"
    assert page.read_text(encoding="utf-8") == render_markdown(), (
        "write it again: python -c 'from features.describe import render_markdown;"
        ' open("docs/features.md", "w").write(render_markdown())\''
    )


def test_the_tables_of_the_data_page_are_in_step():
    page = Path(__file__).parents[2] / "docs" / "data.md"
    assert page.read_text(encoding="utf-8").endswith(render_tables())
