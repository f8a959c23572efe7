"""Hashes of names are HMAC-SHA-256, whatever the length of the secret."""

import hmac

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from features.errors import SettingError
from serving.stores.pseudonyms import Pseudonyms


@given(st.binary(min_size=16, max_size=200), st.text(max_size=40))
@example(b"k" * 64, "c1")
@example(b"k" * 65, "c1")
@example(b"k" * 16, "\ud800")
def test_a_hash_is_that_of_the_standard(secret: bytes, name: str) -> None:
    encoded = name.encode(errors="surrogatepass")
    pseudonyms = Pseudonyms(secret)
    for _ in range(2):  # the second finds the key as the first left it
        assert pseudonyms.of(name) == hmac.digest(secret, encoded, "sha256")[:16].hex()


def test_without_a_secret_nobody_is_named() -> None:
    assert not Pseudonyms().known
    with pytest.raises(SettingError, match="with_pseudonyms"):
        Pseudonyms().of("c1")
