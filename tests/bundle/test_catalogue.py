"""A mistake in actions.yaml or policy.yaml is named: file, field, value."""

import datetime as dt
import typing
from pathlib import Path
from typing import Any

import pytest
import yaml

from bundle import specs
from bundle.catalogue import read_actions, read_policy
from bundle.contents import condition_columns
from bundle.files import DEFAULTS
from decisioning.catalogue import CHANNELS, GOALS, KINDS, PURPOSES, Prior
from decisioning.policy import ContactLimit, Policy
from features.errors import CatalogueError
from tests.bundle.support import COLUMNS, MODELS

NAMES = condition_columns(COLUMNS, dict.fromkeys(MODELS))
OFFER = {
    "id": "offer", "label": {"en": "An offer", "fr": "Une offre"}, "kind": "offer",
    "channels": ["web"],
}  # fmt: skip
NOTHING = OFFER | {"id": "do_nothing", "kind": "none"}


def actions_file(path: Path, *actions: dict[str, Any]) -> Path:
    return yaml_file(path / "actions.yaml", {"actions": list(actions)})


def yaml_file(path: Path, content: object) -> Path:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def refused(read: Any, *parts: str) -> str:
    with pytest.raises(CatalogueError) as caught:
        read()
    for part in parts:
        assert part in caught.value.message
    assert caught.value.remedy
    assert len(caught.value.message) < 400
    return str(caught.value)


def test_the_defaults_fit_the_features_and_the_models():
    actions = read_actions(DEFAULTS / "actions.yaml", NAMES, MODELS)
    assert {a.model for a in actions} <= {*MODELS, ""}
    assert [a.kind for a in actions].count("none") == 1
    nothing = next(a for a in actions if a.kind == "none")
    assert set(nothing.channels) == set(CHANNELS), "one can be left in peace everywhere"
    assert {a.kind for a in actions} == set(KINDS)
    policy = read_policy(DEFAULTS / "policy.yaml")
    assert set(policy.stock_location) == set(CHANNELS)
    assert {limit.channel for limit in policy.limits} > {"email", "sms", "push", "phone", "post"}
    assert 0 < policy.random_share < policy.control_share < 0.5


def test_the_lists_are_those_of_the_core():
    assert typing.get_args(specs.Channel) == CHANNELS
    assert typing.get_args(specs.Kind) == KINDS
    fields = specs.ActionSpec.model_fields
    assert set(typing.get_args(fields["items"].annotation)) == {*GOALS, ""}
    assert set(typing.get_args(fields["purpose"].annotation)) == {*PURPOSES, ""}


def test_an_action_in_full(tmp_path: Path):
    full = OFFER | {
        "purpose": "personalisation", "eligible_when": "orders_90d > 1", "model": "churn",
        "prior": {"mean": 0.1, "strength": 5}, "value": 2.5, "cost": 0.15, "lever": 2,
        "items": "discover", "n_items": 4, "valid_from": dt.date(1970, 1, 2),
        "valid_until": dt.date(2020, 1, 1), "cool_down_days": 3,
    }  # fmt: skip
    offer, nothing = read_actions(actions_file(tmp_path, full, NOTHING), NAMES, MODELS)
    assert (offer.label_en, offer.label_fr) == ("An offer", "Une offre")
    assert (offer.value, offer.cost, offer.lever) == (250.0, 15.0, 2.0), "cents inside"
    assert offer.prior == Prior(0.1, 5.0)
    assert (offer.valid_from, offer.valid_until) == (86_400, 1_577_836_800)
    assert (offer.items, offer.n_items, offer.model) == ("discover", 4, "churn")
    assert offer.eligible_when is not None
    assert nothing.purpose == "", "doing nothing needs no consent"
    assert (nothing.valid_from, nothing.eligible_when) == (None, None)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"eligible_when": "order_90d > 1"}, "actions[0] (offer).eligible_when", "'orders_90d'"),
        ({"eligible_when": "abs(orders_90d) > 1"}, "actions[0] (offer).eligible_when", "ABS"),
        ({"eligible_when": "  "}, "actions[0] (offer).eligible_when", "not a condition"),
        ({"items": "any"}, "actions.0", "n_items"),
        (
            {"valid_from": dt.date(2020, 1, 2), "valid_until": dt.date(2020, 1, 1)},
            "actions.0",
            "valid_from must lie before",
        ),
        ({"model": "chrun"}, "actions[0] (offer).model", "'chrun'"),
        ({"purpose": ""}, "actions[0] (offer).purpose", "empty"),
        ({"purpose": "profit"}, "actions.0.purpose", "'profit'"),
        ({"colour": "red"}, "actions.0.colour", "'red'"),
        ({"cost": -1.5}, "actions.0.cost", "-1.5"),
        ({"value": "much"}, "actions.0.value", "'much'"),
        ({"value": float("inf")}, "actions.0.value", "inf"),
        ({"lever": 0}, "actions.0.lever", "0"),
        ({"kind": "gift"}, "actions.0.kind", "'gift'"),
        ({"channels": ["web", "fax"]}, "actions.0.channels.1", "'fax'"),
        ({"channels": []}, "actions.0.channels", "[]"),
        ({"id": "Big Offer"}, "actions.0.id", "'Big Offer'"),
        ({"id": True}, "actions.0.id", "True"),
        ({"label": {"en": "x"}}, "actions.0.label.fr", "required"),
        ({"prior": {"mean": 1.0}}, "actions.0.prior.mean", "1.0"),
        ({"items": "everything"}, "actions.0.items", "'everything'"),
        ({"n_items": 21}, "actions.0.n_items", "21"),
        ({"valid_from": "soon"}, "actions.0.valid_from", "'soon'"),
        ({"cool_down_days": -1}, "actions.0.cool_down_days", "-1"),
        ({"id": "do_nothing"}, "actions", "['do_nothing']"),
    ],
)
def test_a_mistake_in_an_action(tmp_path: Path, change, field, value):
    path = actions_file(tmp_path, OFFER | change, NOTHING)
    refused(lambda: read_actions(path, NAMES, MODELS), "actions.yaml", field, value)


def test_an_unknown_model_is_told_which_there_are(tmp_path: Path):
    path = actions_file(tmp_path, OFFER | {"model": "x"}, NOTHING)
    known = sorted([*MODELS, "offer", "do_nothing"])
    assert str(known) in refused(lambda: read_actions(path, NAMES, MODELS))


def test_an_action_may_name_its_own_model_before_there_is_one(tmp_path: Path):
    path = actions_file(tmp_path, OFFER | {"model": "offer"}, NOTHING)
    assert read_actions(path, NAMES, ())[0].model == "offer"


def test_a_model_gives_conditions_a_column_and_a_standard_one_always():
    columns = [{"name": "orders_90d", "purpose": "personalisation"}]
    assert condition_columns(columns, {"win_back": None}) == [
        "orders_90d", "churn_probability", "win_back_probability",
    ]  # fmt: skip
    assert condition_columns([], {"churn": None}) == ["churn_probability"]


def test_doing_nothing_must_be_possible(tmp_path: Path):
    path = actions_file(tmp_path, OFFER)
    refused(lambda: read_actions(path, NAMES, MODELS), "actions.yaml", "actions", "'none'")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"time_zone": "Mars/Phobos"}, ("time_zone", "'Mars/Phobos'", "Europe/Paris")),
        ({"colour": 1}, ("colour", "1")),
        ({"control_share": 1.5}, ("control_share", "1.5")),
        ({"random_share": -0.1}, ("random_share", "-0.1")),
        ({"seed": -1}, ("seed", "-1")),
        ({"contact_limits": [{"count": 0, "days": 1, "suppress_days": 1}]}, ("0.count",)),
        ({"contact_limits": [{"count": 1, "days": 1}]}, ("0.suppress_days", "required")),
        (
            {"contact_limits": [{"outcome": "seen", "count": 1, "days": 1, "suppress_days": 1}]},
            ("0.outcome", "'seen'"),
        ),
        ({"quiet_hours": {"start": 25, "until": 8, "channels": []}}, ("quiet_hours.start", "25")),
        ({"stock": {"reserve": -1}}, ("stock.reserve", "-1")),
        ({"stock": {"location_of_channel": {"fax": "x"}}}, ("stock.location_of_channel.fax",)),
        ({"context_weights": [{"channel": "web", "kind": "offer", "weight": 0}]}, ("weight", "0")),
        ([1, 2], ("the file", "[1, 2]")),
        (None, ("the file", "None")),
    ],
)
def test_a_mistake_in_the_policy(tmp_path: Path, content, parts):
    path = yaml_file(tmp_path / "policy.yaml", content)
    refused(lambda: read_policy(path), "policy.yaml", *parts)


def test_a_policy_in_full_and_an_empty_one(tmp_path: Path):
    content = {
        "contact_limits": [{"count": 2, "days": 7, "suppress_days": 3, "channel": "email"}],
        "quiet_hours": {"start": 21, "until": 8, "channels": ["sms"]},
        "time_zone": "Europe/Paris", "control_share": 0.1, "random_share": 0.02,
        "stock": {"reserve": 2, "max_age_hours": 1.5, "location_of_channel": {"shop": "home"}},
        "context_weights": [{"channel": "web", "kind": "offer", "weight": 1.5}],
        "seed": 4,
    }  # fmt: skip
    assert read_policy(yaml_file(tmp_path / "policy.yaml", content)) == Policy(
        limits=(ContactLimit("shown", 2, 7, 3, channel="email"),),
        quiet_from=21,
        quiet_until=8,
        quiet_channels=("sms",),
        time_zone="Europe/Paris",
        control_share=0.1,
        random_share=0.02,
        stock_reserve=2.0,
        stock_max_age_s=5400,
        stock_location={"shop": "home"},
        context_weights={("web", "offer"): 1.5},
        seed=4,
    )
    assert read_policy(yaml_file(tmp_path / "empty.yaml", {})) == Policy(stock_max_age_s=86_400)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"actions: [", "line 1"),
        (b"a: b: c", "line 1"),
        ("label: Thé".encode("latin-1"), "utf-8"),
        (b"!!python/object/apply:os.system [ls]", "python/object"),
    ],
)
def test_a_file_that_is_no_yaml(tmp_path: Path, content: bytes, part: str):
    path = tmp_path / "policy.yaml"
    path.write_bytes(content)
    refused(lambda: read_policy(path), "policy.yaml", part)


def test_a_missing_file(tmp_path: Path):
    path = tmp_path / "actions.yaml"
    refused(lambda: read_actions(path, NAMES, MODELS), "actions.yaml", "cannot be read")
