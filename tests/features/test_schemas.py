import pytest

from features.columns import SECONDS
from features.rules import rules_for
from features.schemas import TABLES, Table

EXPECTED = {
    "customers", "identifiers", "products", "transactions", "events", "stock_levels", "consents",
    "feedback", "feedback_requests", "service_contacts", "social_mentions", "third_party",
    "exposures", "outcomes",
}  # fmt: skip


def test_the_tables_of_the_data_contract_are_all_there():
    assert set(TABLES) == EXPECTED
    assert {name for name, table in TABLES.items() if table.required} == {
        "products",
        "transactions",
    }


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
class TestEachTable:
    def test_keys_exist_and_begin_with_a_value(self, table: Table):
        """An identifier is linked to a customer or to another: the rest of its key is null."""
        columns = {column.name: column for column in table.columns}
        assert not columns[table.key[0]].nullable
        nullable = {name for name in table.key if columns[name].nullable}
        assert not nullable or table.name == "identifiers"

    def test_columns_are_distinct_and_end_with_the_source(self, table: Table):
        assert len(set(table.names)) == len(table.names)
        assert table.names[-1] == "source"

    def test_types_follow_units(self, table: Table):
        for column in table.columns:
            assert column.type in {"VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"}
            assert column.doc.endswith(".")
            if column.unit in {SECONDS, "cents", "count"}:
                assert column.type == "BIGINT"
            if column.name.endswith("_id"):
                assert column.type == "VARCHAR"

    def test_references_name_an_earlier_table(self, table: Table):
        order = list(TABLES)
        for column in table.columns:
            if column.references:
                target, key = column.references.split(".")
                assert key in TABLES[target].names
                assert order.index(target) < order.index(table.name)

    def test_every_rule_says_what_to_do(self, table: Table):
        for rule in rules_for(table):
            assert rule.column in table.names
            assert rule.reason
            assert rule.remedy.endswith(".")
