"""The secret that hashes names: made once, private, the same for every process, or refused."""

import stat
from pathlib import Path

import pytest

from features.erasure.names import identifier_key
from features.errors import HomeError, SettingError
from features.settings import Settings
from serving.privacy.secret import FILE, VARIABLE, with_own_secret, with_pseudonyms
from serving.stores import open_stores
from serving.stores.memory import Memory, memory_stores
from serving.stores.pseudonyms import Pseudonyms
from serving.visitors import consent_key


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    settings, memory = Settings(tmp_path), Memory()
    first = with_pseudonyms(memory_stores(memory), settings, {}).pseudonyms.of("c1")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert with_pseudonyms(memory_stores(memory), settings, {}).pseudonyms.of("c1") == first
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_store_refuses_another_secret(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'n.db'}"
    stores = open_stores(url)
    with_pseudonyms(stores, Settings(tmp_path), {VARIABLE: "a" * 16})
    with_pseudonyms(stores, Settings(tmp_path), {VARIABLE: "a" * 16})
    with pytest.raises(SettingError, match=VARIABLE) as error:
        with_pseudonyms(stores, Settings(tmp_path), {VARIABLE: "b" * 16})
    assert "b" * 16 not in str(error.value)
    stores.close()


def test_a_short_secret_and_an_unreadable_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="16 or more"):
        with_pseudonyms(memory_stores(Memory()), Settings(tmp_path), {VARIABLE: "short"})
    (tmp_path / FILE).mkdir()
    with pytest.raises(HomeError, match=FILE):
        with_pseudonyms(memory_stores(Memory()), Settings(tmp_path), {})


def test_without_a_secret_nobody_is_named_and_nobody_erased() -> None:
    stores = memory_stores(Memory())
    assert stores.erased(["c1"]) == set()
    with pytest.raises(SettingError):
        stores.pseudonyms.of("c1")
    one, other = with_own_secret(stores), with_own_secret(stores)
    assert one.pseudonyms.of("c1") != other.pseudonyms.of("c1")
    assert with_own_secret(one) is one


def test_hashes_say_nothing_and_tell_names_apart() -> None:
    pseudonyms = Pseudonyms(b"k" * 16)
    assert pseudonyms.of_many(["a", "b"]) == {pseudonyms.of("a"): "a", pseudonyms.of("b"): "b"}
    assert len(pseudonyms.of("a")) == 32
    assert pseudonyms.of("a") != Pseudonyms(b"l" * 16).of("a")
    assert pseudonyms.fingerprint() != Pseudonyms(b"l" * 16).fingerprint()


def test_a_visitor_has_one_name_in_the_tables_and_in_the_store() -> None:
    assert identifier_key("cookie", "v") == identifier_key("device", "v") == consent_key("v")
    assert identifier_key("social", "v") != consent_key("v")
