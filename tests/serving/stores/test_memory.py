"""What is the store in memory's own: it is one process's, and ends with it."""

import pytest

from features.errors import SettingError
from serving.stores import open_stores
from tests.serving.stores.contracts import decision


def test_each_opening_is_a_store_of_its_own() -> None:
    one, other = open_stores("memory:"), open_stores("memory:")
    one.decisions.append([decision("d1")])
    assert other.decisions.get("d1") is None


def test_what_a_caller_changes_later_is_not_changed_in_the_store() -> None:
    store, record = open_stores("memory:"), decision("d1", items=["i1"])
    store.decisions.append([record])
    record.body["items"].append("i2")
    found = store.decisions.get("d1")
    assert found is not None
    found.body["items"].append("i3")
    assert store.decisions.get("d1") == decision("d1", items=["i1"])


def test_several_workers_are_refused() -> None:
    with pytest.raises(SettingError, match="NEXTBEST_WORKERS is 2"):
        open_stores("memory:", 2)
