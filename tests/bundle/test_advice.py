"""What is allowed and yet probably not meant is told, each once, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bundle.advice import Facts, advise
from bundle.catalogue import read_actions, read_policy
from bundle.contents import Bundle, condition_columns
from bundle.eligibility import Share, eligible_shares
from bundle.files import DEFAULTS, read_bundle
from bundle.yaml_lines import Document, read_document
from tests.bundle.support import COLUMNS, MODELS

NAMES = condition_columns(COLUMNS, dict.fromkeys(MODELS))
NOW = 1_700_000_000
OFFER = {
    "id": "offer", "label": {"en": "x", "fr": "y"}, "kind": "offer", "channels": ["email"],
    "value": 3, "eligible_when": "orders_90d > 1", "items": "any", "n_items": 2, "group": "g",
}  # fmt: skip
NOTHING = {"id": "rest", "label": {"en": "x", "fr": "y"}, "kind": "none", "channels": ["email"]}
POLICY = {
    "contact_limits": [{"count": 1, "days": 7, "suppress_days": 7}],
    "budgets": [{"name": "post", "channel": "email", "contacts": 3}],
    "stock": {"location_of_channel": {"email": "online"}},
}
FACTS = Facts(NOW, MODELS, {"offer": Share(0.5, 0.1)}, {("marketing", "any")})


def advice(folder: Path, offer: Any = (), policy: Any = (), facts: Facts = FACTS) -> list[str]:
    catalogue, rules = folder / "actions.yaml", folder / "policy.yaml"
    catalogue.write_text(yaml.safe_dump({"actions": [OFFER | dict(offer), NOTHING]}))
    rules.write_text(yaml.safe_dump(POLICY | dict(policy)))
    actions = read_actions(catalogue, NAMES, [*MODELS, "gone"])
    read = [read_document(path) for path in (catalogue, rules)]
    assert all(isinstance(document, Document) for document in read)
    found = advise(read[0], read[1], actions, read_policy(rules, NAMES, actions), facts)
    assert all(problem.line and problem.remedy for problem in found)
    return [f"{problem.field}: {problem.message}" for problem in found]


LIMIT = {"count": 1, "days": 7, "suppress_days": 7}
LADDER = [
    {"discount": 0, "odds": 1}, {"discount": 0.05, "odds": 1.2}, {"discount": 0.2, "odds": 2},
]  # fmt: skip


def test_what_is_meant_gives_no_advice(tmp_path: Path):
    assert advice(tmp_path) == []


@pytest.mark.parametrize(
    ("offer", "policy", "said"),
    [
        ({"label": {"en": "x"}}, {}, "actions[0].label: no label in fr"),
        ({"label": {"fr": "x", "en": ""}}, {}, "actions[0].label: no label in en"),
        ({"valid_until": "2023-11-14"}, {}, "actions[0].valid_until: over since 2023-11-14"),
        ({"model": "gone"}, {}, "actions[0].model: the champion has no model 'gone', so"),
        ({"value": 0}, {}, "actions[0].value: a value of 0"),
        ({}, {"value_weights": {"offer": 0}}, "actions[0].value: a value of 0"),
        (
            {"price": 20, "price_classes": [{"name": "all", "steps": LADDER}]},
            {},
            "actions[0].price_classes[0].steps[2].discount: 0.2 goes under the floor",
        ),
        ({}, {"contact_limits": []}, "actions[0].channels: no contact limit covers it on email"),
        (
            {},
            {"contact_limits": [LIMIT | {"outcome": "rejected"}]},
            "actions[0].channels: no contact limit covers it on email",
        ),
        ({}, {"stock": {}}, "stock: no location serves email, so there are no items for offer"),
        (
            {},
            {"budgets": [{"name": "b", "channel": "sms", "contacts": 3}]},
            "budgets[0]: no action",
        ),
        ({}, {"budgets": [{"name": "b", "money": 0}]}, "budgets[0]: 'b' is 0: nothing passes"),
        (
            {},
            {"contact_limits": [LIMIT, LIMIT | {"kind": "service"}]},
            "contact_limits[1]: no action is held back by it",
        ),
    ],
)
def test_what_is_probably_not_meant(tmp_path: Path, offer, policy, said):
    (found,) = advice(tmp_path, offer, policy)
    # A missing part is shown, and named, by what should hold it.
    assert found.replace("stock.location_of_channel", "stock").startswith(said)


@pytest.mark.parametrize("limit", [{"channel": "email"}, {"kind": "offer"}, {"group": "g"}, {}])
def test_a_limit_covers_what_it_selects(tmp_path: Path, limit: dict[str, str]):
    assert advice(tmp_path, policy={"contact_limits": [LIMIT | limit]}) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(NOW, shares={"offer": Share(0, 0.25)}), "holds for none of the champion's"),
        (Facts(NOW, shares={"offer": Share(0, 0.25)}), "(25% unknown)"),
        (Facts(NOW, shares={"offer": Share(1, 0)}), "holds for every customer"),
        (Facts(NOW, granted=set()), "no customer granted marketing on email, which offer need"),
        (Facts(NOW, granted={("marketing", "sms")}), "no customer granted marketing on email"),
        (Facts(NOW, granted={("analytics", "any")}), "no customer granted marketing on email"),
    ],
)
def test_what_the_facts_tell(tmp_path: Path, facts: Facts, said: str):
    (found,) = advice(tmp_path, facts=facts)
    assert said in found


def test_without_facts_nothing_is_said_of_them(tmp_path: Path):
    assert advice(tmp_path, {"model": "gone"}, facts=Facts(NOW)) == []


def test_a_class_that_nobody_is_in_is_told(tmp_path: Path):
    steps = [{"discount": 0, "odds": 1}]
    ladder = {
        "price": 20,
        "price_classes": [
            {"name": "few", "when": "orders_90d > 9", "steps": steps},
            {"name": "all", "steps": steps},
        ],
    }
    facts = Facts(NOW, shares={"offer/few": Share(0, 0)})
    (found,) = advice(tmp_path, ladder, facts=facts)
    assert found.startswith("actions[0].price_classes[0].when: holds for none")


@pytest.fixture(scope="module")
def bundle(written: Path) -> Bundle:
    return read_bundle(written)


def test_shares_are_those_of_the_profiles(bundle: Bundle, tmp_path: Path):
    profiles = bundle.customers.profiles
    positive = profiles[:, bundle.column_positions["orders_90d"]] > 0.5
    actions = [
        OFFER | {"eligible_when": "orders_90d > 0.5"},
        OFFER | {"id": "likely", "eligible_when": "churn_probability >= 0"},
        OFFER | {"id": "unknown", "eligible_when": "orders_90d > null"},
        OFFER | {"id": "everybody", "eligible_when": ""},
        NOTHING,
    ]
    path = tmp_path / "actions.yaml"
    path.write_text(yaml.safe_dump({"actions": actions}))
    shares = eligible_shares(bundle, read_actions(path, NAMES, MODELS))
    assert shares == {
        "offer": Share(positive.mean(), 0.0),
        "likely": Share(1.0, 0.0),
        "unknown": Share(0.0, 1.0),
    }
    defaults = read_actions(DEFAULTS / "actions.yaml", NAMES, MODELS)
    assert "win_back/far_gone" in eligible_shares(bundle, defaults)
