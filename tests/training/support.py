"""Consents without chance, and comparison of states whose indices differ."""

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from scipy import sparse

from decisioning.recommender.state import RecommenderState
from features.sources.base import Portion
from tests.integration.village import START

PURPOSES = ("personalisation", "analytics", "third_party_data")


@dataclass(frozen=True)
class Consents:
    """A ``Source`` of consents: everybody grants everything, but refusers refuse analytics."""

    refusers: frozenset[str] = frozenset()
    name: str = "consents"

    def portions(self) -> Sequence[Portion]:
        return (Portion("all", self.fingerprint, self.load),)

    def fingerprint(self) -> str:
        return hashlib.sha256(repr(sorted(self.refusers)).encode()).hexdigest()

    def load(self, con: DuckDBPyConnection) -> None:
        everyone = [r[0] for r in con.execute("select customer_id from main.customers").fetchall()]
        rows = pd.DataFrame(
            [
                (c, p, "denied" if p == "analytics" and c in self.refusers else "granted")
                for c in everyone
                for p in PURPOSES
            ],
            columns=["customer_id", "purpose", "status"],
        ).assign(channel="any", recorded_at=START - 1)
        con.register("drawn", rows)
        con.execute("create or replace table raw.consents as select * from drawn")
        con.unregister("drawn")


def parts(state: RecommenderState) -> Iterator[tuple[str, Any]]:
    """Every array and number of a state, by name."""
    groups = {f.name: getattr(state, f.name) for f in dataclasses.fields(state)}
    models = groups.pop("models")
    for group, held in [*groups.items(), *models.items()]:
        for field in dataclasses.fields(held):
            value = getattr(held, field.name)
            if sparse.issparse(value):
                for part in ("data", "indices", "indptr"):
                    yield f"{group}.{field.name}.{part}", getattr(value, part)
            else:
                yield f"{group}.{field.name}", value


def assert_same_state(
    one: RecommenderState, other: RecommenderState, *, but: frozenset[str] = frozenset()
) -> None:
    """Compare bit for bit, but for the named parts (indices that stand for other ids)."""
    theirs = dict(parts(other))
    for name, value in parts(one):
        if name not in but:
            np.testing.assert_array_equal(value, theirs[name], err_msg=name)
