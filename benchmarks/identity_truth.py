"""Links of known people: some with two accounts, identifiers that families and shops share."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]

STRONG = {"loyalty_card": 0.7, "email_sha256": 0.75, "phone_sha256": 0.5}
"""Share of people who have one of each."""
SECOND_ACCOUNT = 0.06
"""Share of people with a second customer id (a guest order, a lost password)."""
COOKIES, DEVICES = 1.6, 0.7
"""Mean number a person."""
THROUGH_OTHERS = 0.3
"""Share of cookies and devices seen only with another identifier of the person, not logged in."""
SHARED = {
    "cookie": 0.06,
    "device": 0.11,
    "phone_sha256": 0.04,
    "loyalty_card": 0.02,
    "email_sha256": 0.01,
}
"""Share of identifiers that people other than their owner use too: 5 % of all of them."""
EVENLY = dict.fromkeys(SHARED, 0.05)
"""A harsher world: a family shares its e-mails as readily as its computer."""
CROWD = 0.02
"""Share of the shared ones that a crowd uses, the others a family."""
FAMILY_SIZE = (2, 4)
CROWD_SIZE = (8, 400)
"""Of a shop's tablet, a placeholder e-mail or a call centre's telephone."""


@dataclass(frozen=True)
class Truth:
    """A generated set.

    Parameters
    ----------
    rows
        Rows of ``identifiers``.
    owner
        Person behind each name (``kind:value``, customers included): the first one's of a shared
        identifier.
    shared
        Names that several people use.
    """

    rows: pd.DataFrame
    owner: dict[str, int]
    shared: frozenset[str]


def make_truth(n: int, seed: int, share: Mapping[str, float] = SHARED) -> Truth:
    """Draw ``n`` people, their accounts and identifiers, and who else uses which share of them."""
    rng = np.random.default_rng(seed)
    accounts = _accounts(n, rng)
    names = _identifiers(n, rng)
    shared = names[rng.random(len(names)) < names["identifier_type"].map(dict(share))]
    rows = pd.concat([_own_links(accounts, names, rng), _others_links(n, accounts, shared, rng)])
    rows = rows.assign(observed_at=rng.integers(0, 10**6, len(rows)), source="test")
    owner = dict(zip("customer:" + accounts["customer_id"], accounts["person"], strict=True))
    owner |= dict(zip(_called(names), names["person"], strict=True))
    return Truth(rows.sample(frac=1, random_state=seed), owner, frozenset(_called(shared)))


def _accounts(n: int, rng: np.random.Generator) -> pd.DataFrame:
    person = np.concatenate([np.arange(n), np.flatnonzero(rng.random(n) < SECOND_ACCOUNT)])
    ids = [f"C{k:08d}" for k in rng.permutation(len(person))]
    return pd.DataFrame({"person": person, "customer_id": ids})


def _identifiers(n: int, rng: np.random.Generator) -> pd.DataFrame:
    parts = [(kind, np.flatnonzero(rng.random(n) < share)) for kind, share in STRONG.items()]
    parts += [
        (kind, np.repeat(np.arange(n), rng.poisson(mean, n)))
        for kind, mean in (("cookie", COOKIES), ("device", DEVICES))
    ]
    return pd.concat(
        [
            pd.DataFrame(
                {"identifier_type": kind, "value": [f"{kind[0]}{k}" for k in range(len(person))],
                 "person": person}
            )
            for kind, person in parts
        ],
        ignore_index=True,
    )  # fmt: skip


def _own_links(
    accounts: pd.DataFrame, names: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Each identifier with an account of its owner, or with another identifier of theirs.

    A second account knows one or two of the person's strong identifiers.
    """
    first = accounts.drop_duplicates("person").set_index("person")["customer_id"]
    direct = names.assign(customer_id=first[names["person"]].to_numpy())
    strong = names[names["identifier_type"].isin(list(STRONG))]
    weak = ~direct["identifier_type"].isin(list(STRONG))
    hidden = weak & (rng.random(len(names)) < THROUGH_OTHERS)
    anchors = names[~hidden].sample(frac=1, random_state=int(rng.integers(2**31)))
    anchors = anchors.drop_duplicates("person").set_index("person")
    hidden &= names["person"].isin(anchors.index)
    through = anchors.loc[names.loc[hidden, "person"]]
    direct.loc[hidden, "customer_id"] = None
    direct.loc[hidden, "linked_type"] = through["identifier_type"].to_numpy()
    direct.loc[hidden, "linked_value"] = through["value"].to_numpy()
    second = accounts[accounts["person"].duplicated()]
    known = strong[strong["person"].isin(second["person"])]
    known = known.sample(frac=0.8, random_state=int(rng.integers(2**31)))
    return pd.concat([direct, known.merge(second, on="person")]).drop(columns="person")


def _others_links(
    n: int, accounts: pd.DataFrame, shared: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Links of shared identifiers with the accounts of people who are not their owner.

    A family's members have neighbouring numbers; a crowd is anybody.
    """
    first = accounts.drop_duplicates("person").sort_values("person")["customer_id"].to_numpy()
    crowd = rng.random(len(shared)) < CROWD
    size = np.where(
        crowd, rng.integers(*CROWD_SIZE, len(shared)), rng.integers(*FAMILY_SIZE, len(shared)) - 1
    )
    row = np.repeat(np.arange(len(shared)), size)
    step = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size) + 1
    person = shared["person"].to_numpy()[row]
    other = np.where(crowd[row], rng.integers(0, n, len(row)), (person + step) % n)
    return shared.iloc[row][["identifier_type", "value"]].assign(customer_id=first[other])


def _called(names: pd.DataFrame) -> list[str]:
    return list(names["identifier_type"] + ":" + names["value"])
