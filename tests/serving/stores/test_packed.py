"""Bodies as they are kept: without their decision's id and moments, and as before these were."""

import json
import math
import zlib

import pytest

from serving.stores.packed import pack_body, unpack, unpack_body
from tests.serving.stores.contracts import whole


def test_a_body_is_the_same_bytes_whatever_its_decision_is_called() -> None:
    assert pack_body(whole("d1", 100).body) == pack_body(whole("d2", 200).body)
    other = {**whole("d1", 100).body, "arm": "control"}
    assert pack_body(whole("d1", 100).body) != pack_body(other)


def test_what_is_left_out_is_put_back_where_it_stood() -> None:
    body = unpack_body(pack_body(whole("d1", 100).body).data, "d2", 200)
    assert json.dumps(body) == json.dumps(whole("d2", 200).body)


def test_packing_changes_nothing_that_it_is_given() -> None:
    body = whole("d1", 100).body
    pack_body(body)
    assert body == whole("d1", 100).body


@pytest.mark.parametrize("level", [1, 6])
def test_a_body_of_before_anything_was_left_out_is_read(level: int) -> None:
    old = whole("d1", 100).body
    kept = zlib.compress(json.dumps(old).encode(), level)
    assert unpack(kept) == old
    assert unpack_body(kept, "d1", 100) == old


def test_numbers_come_back_bit_for_bit() -> None:
    told = unpack(pack_body({"a": [0.1 + 0.2, 5e-324, 1e308, -0.0, math.nan, math.inf]}).data)["a"]
    assert told[:3] == [0.1 + 0.2, 5e-324, 1e308]
    assert math.copysign(1, told[3]) == -1
    assert math.isnan(told[4])
    assert told[5] == math.inf
