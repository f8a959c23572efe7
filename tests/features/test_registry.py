from dataclasses import replace
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from features.columns import PURPOSES
from features.definitions import FAMILIES, FEATURES, UNPROTECTED
from features.definitions.declared import DECLARED
from features.derived import COMMENT_SCORES, DERIVED
from features.describe import describe, render_markdown, render_tables
from features.registry import Feature, Relation, expand, relations_of
from features.render import ALLOWED_COLUMNS, cross_relations, render, render_cross
from features.schemas import TABLES

# Functions with the same name and meaning on DuckDB and Spark.
PORTABLE = {
    "And", "Case", "Cast", "Coalesce", "Count", "Floor", "If", "Lag", "Lead", "Ln", "Lower",
    "Max", "Min", "Nullif", "Or", "PercentileCont", "Rank", "Replace", "RowNumber", "SplitPart",
    "Sqrt", "Sum", "TryCast",
}  # fmt: skip
# What the text may rest on beside canonical tables and relations.
GIVEN = {*TABLES, *DERIVED, COMMENT_SCORES, "cutoffs", "links"}

FEATURE = DECLARED.features[0]
RELATIONS = relations_of(FAMILIES)
TEXTS = {
    "snapshot": render(FAMILIES),
    "snapshot, consents left aside": render(FAMILIES, honour_consents=False),
    **render_cross(FAMILIES),
}


@pytest.fixture(params=sorted(TEXTS), scope="module")
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[request.param]


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_only_portable_functions(text: str, dialect: str):
    tree = sqlglot.parse_one(text, dialect=dialect)
    used = {type(node).__name__ for node in tree.find_all(exp.Func)}
    unknown = {node.name.lower() for node in tree.find_all(exp.Anonymous)}
    assert used <= PORTABLE
    assert not unknown


def test_only_portable_clauses(text: str):
    tree = sqlglot.parse_one(text, dialect="duckdb")
    assert not list(tree.find_all(exp.Qualify, exp.Array, exp.Lambda, exp.IntDiv))
    assert not [star for star in tree.find_all(exp.Star) if star.args.get("except_")]
    assert "group by all" not in text


def test_no_decimal_literals(text: str):
    """A bare ``0.5`` is a DECIMAL on Spark and a rounding trap."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    numbers = [node.this for node in tree.find_all(exp.Literal) if not node.is_string]
    assert not [number for number in numbers if "." in number and "e" not in number.lower()]


def test_every_window_breaks_ties(text: str):
    """A row number needs an order; a sum over the whole partition does not."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    for window in tree.find_all(exp.Window):
        select = window.find_ancestor(exp.Select)
        windows = (select.args.get("windows") if select else None) or ()
        named = {each.this.name: each for each in windows}
        spec = named[window.alias] if window.alias else window
        if not isinstance(window.this, exp.Count):
            assert spec.args.get("order"), window.sql()


def test_every_denominator_is_guarded(text: str):
    tree = sqlglot.parse_one(text, dialect="duckdb")
    for division in tree.find_all(exp.Div):
        right = division.expression.unnest()
        assert isinstance(right, exp.Nullif | exp.Literal | exp.Case), division.sql()


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_what_a_relation_reads_is_known_before_it(relation: Relation):
    tree = sqlglot.parse_one(relation.sql, dialect="duckdb")
    assert relation.reads == {table.name for table in tree.find_all(exp.Table)}
    earlier = {each.name for each in RELATIONS[: RELATIONS.index(relation)]}
    assert relation.reads <= GIVEN | earlier


def test_a_cross_relation_stands_on_its_own():
    """It is laid once, before the customers are taken bucket by bucket."""
    cross = {each.name for each in RELATIONS if each.cross}
    assert cross
    for relation in RELATIONS:
        if relation.cross:
            assert relation.reads <= GIVEN | cross, relation.name


def test_relations_and_tables_have_different_names():
    assert not {relation.name for relation in RELATIONS} & GIVEN


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_column_needs_only_its_own_relations(feature: Feature):
    tree = sqlglot.parse_one(render(FAMILIES, [feature.name]), dialect="duckdb")
    laid = set(render_cross(FAMILIES, [feature.name]))
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = {table.name for table in tree.find_all(exp.Table)}
    assert read <= GIVEN | laid | ctes
    assert ctes <= read
    for relation in cross_relations(FAMILIES, [feature.name]):
        assert relation.reads <= GIVEN | laid


def test_columns_come_in_registry_order():
    names = [feature.name for feature in FEATURES]
    both = render(FAMILIES, [names[40], names[2]])
    assert both == render(FAMILIES, [names[2], names[40]])
    tree = sqlglot.parse_one(both, dialect="duckdb")
    assert tree.named_selects[-2:] == [names[2], names[40]]
    assert render(FAMILIES, names) == render(FAMILIES)


def test_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match=r"no feature \['wealth'\]"):
        render(FAMILIES, ["orders_7d", "wealth"])


def test_features_are_well_declared():
    assert len(FEATURES) >= 120
    for feature in FEATURES:
        assert feature.purpose in ALLOWED_COLUMNS
        assert feature.purpose in PURPOSES
        assert feature.source in {*TABLES, COMMENT_SCORES}
        assert feature.doc.endswith(".")
        assert "{" not in feature.name + feature.expression + feature.doc + feature.null_means
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
        ("name", "source", "unit", "purpose", "null_means", "expression", "protected")
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


def test_the_columns_that_actions_name_come_first():
    """Actions and models of old bundles name these; their order is the order of a snapshot."""
    names = """
        days_since_last_purchase customer_age_days purchase_span_days orders_7d orders_30d
        orders_90d orders_365d spend_30d spend_90d spend_365d spend_trend_ratio
        basket_value_mean_365d gap_days_mean gap_days_std overdue_ratio discount_share_90d
        locations_365d items_365d categories_365d top_category_share_365d exposures_90d
        exposures_365d redemptions_90d redemptions_365d sessions_30d views_30d searches_30d
        carts_30d abandoned_carts_30d days_since_last_event stock_outs_met_90d
        last_satisfaction days_since_last_feedback contacts_90d unresolved_contacts
        age_years household_size third_party_attributes
    """
    assert [feature.name for feature in FEATURES[:38]] == names.split()


def test_third_party_columns_need_their_own_purpose():
    bought = [feature for feature in FEATURES if feature.source == "third_party"]
    assert len(bought) >= 3
    assert {feature.purpose for feature in bought} == {"third_party_data"}
    assert not [f for f in FEATURES if f.purpose == "third_party_data" and f not in bought]


def test_what_may_never_enter_a_price():
    protected = {feature.name for feature in FEATURES if feature.protected}
    assert protected == {
        "age_years", "household_size", "kids_count", "married", "home_owner",
        "income_low_thousands", "third_party_attributes", "third_party_providers",
        "days_since_third_party",
    }  # fmt: skip
    assert protected >= {f.name for f in FEATURES if f.source == "third_party"}
    assert set(UNPROTECTED) == {feature.name for feature in FEATURES} - protected
    windowed = replace(FEATURE, name="f_{d}d", windows=(7, 30), protected=True)
    assert [column.protected for column in windowed.expand()] == [True, True]
