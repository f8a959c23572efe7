"""A mistake in actions.yaml or policy.yaml is named: file, field, value."""

import dataclasses
import datetime as dt
import json
import typing
from pathlib import Path
from typing import Any

import pytest
import yaml

from bundle import fields, specs
from bundle.catalogue import read_actions, read_catalogue, read_policy
from bundle.contents import condition_columns
from bundle.files import DEFAULTS
from bundle.models import ScoringModel
from decisioning.catalogue import (
    CHANNELS,
    GOALS,
    KINDS,
    OUTCOMES,
    PURPOSES,
    PriceStep,
    Prior,
)
from decisioning.conditions import column_names
from decisioning.item_policy import ItemPolicy
from decisioning.policy import Budget, ContactLimit, Fatigue, Policy
from decisioning.recommender.diversity import Diversity
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
    assert all(len(line) < 400 for line in caught.value.message.splitlines())
    return str(caught.value)


def only(read: Any) -> str:
    """The one mistake."""
    with pytest.raises(CatalogueError) as caught:
        read()
    assert len(caught.value.message.splitlines()) == 1, caught.value.message
    return caught.value.message


def test_the_defaults_fit_the_features_and_the_models():
    actions = read_actions(DEFAULTS / "actions.yaml", NAMES, MODELS)
    assert {a.model for a in actions} <= {*MODELS, ""}
    assert [a.kind for a in actions].count("none") == 1
    nothing = next(a for a in actions if a.kind == "none")
    assert set(nothing.channels) == set(CHANNELS), "one can be left in peace everywhere"
    assert {a.kind for a in actions} == set(KINDS)
    policy = read_policy(DEFAULTS / "policy.yaml", NAMES, actions)
    assert set(policy.stock_location) == set(CHANNELS)
    assert {limit.channel for limit in policy.limits} > {"email", "sms", "push", "phone", "post"}
    assert 0 < policy.random_share < policy.control_share < 0.5
    assert policy.exploration == "thompson"
    assert policy.max_per_kind > 0
    assert policy.fatigue is not None
    assert ContactLimit("shown", 8, 30, 7) in policy.limits, "overall"
    (complaint,) = policy.journeys
    assert set(KINDS) - set(complaint.suppress_kinds) == {"service", "none"}
    assert {b.channel for b in policy.budgets} == {"phone", "call_centre"}
    (ladder,) = [a for a in actions if a.price_classes]
    assert ladder.price_classes[-1].when is None


def test_the_default_policy_fits_any_catalogue(tmp_path: Path):
    """It names no action and no group: who has an own catalogue may keep it."""
    actions = read_actions(actions_file(tmp_path, NOTHING), (), ())
    assert read_policy(DEFAULTS / "policy.yaml", NAMES, actions).limits


def test_the_lists_are_those_of_the_core():
    assert typing.get_args(fields.Channel) == CHANNELS
    assert typing.get_args(fields.Kind) == KINDS
    assert typing.get_args(fields.Outcome) == OUTCOMES
    assert set(typing.get_args(fields.AnyKind)) == {*KINDS, ""}
    assert set(typing.get_args(fields.AnyChannel)) == {*CHANNELS, ""}
    spec = specs.ActionSpec.model_fields
    assert set(typing.get_args(spec["items"].annotation)) == {*GOALS, ""}
    assert set(typing.get_args(spec["purpose"].annotation)) == {*PURPOSES, ""}


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
        ({"eligible_when": "order_90d > 1"}, "eligible_when", "did you mean 'orders_90d'?"),
        ({"eligible_when": "abs(orders_90d) > 1"}, "eligible_when", "ABS"),
        ({"eligible_when": "  "}, "eligible_when", "empty"),
        ({"eligible_when": 3}, "eligible_when", "needs a text, not '3'"),
        ({"items": "any"}, "items", "n_items"),
        (
            {"valid_from": dt.date(2020, 1, 2), "valid_until": dt.date(2020, 1, 1)},
            "valid_until",
            "not after valid_from",
        ),
        ({"model": "chrun"}, "model", "'chrun': did you mean 'churn'?"),
        ({"purpose": ""}, "purpose", "empty"),
        ({"purpose": "profit"}, "purpose", "'profit' is not one of personalisation"),
        ({"colour": "red"}, "colour", "unknown key 'colour': the keys here are id, label"),
        ({"lable": "red"}, "lable", "did you mean 'label'?"),
        ({"cost": -1.5}, "cost", "of at least 0, not '-1.5'"),
        ({"value": "much"}, "value", "a number, not 'much'"),
        ({"value": True}, "value", "not yes or no"),
        ({"value": float("inf")}, "value", "finite"),
        ({"value": [1]}, "value", "a number, not a list"),
        ({"lever": 0}, "lever", "greater than 0, not '0'"),
        ({"kind": "ofer"}, "kind", "did you mean 'offer'?"),
        ({"channels": ["web", "fax"]}, "channels[1]", "'fax' is not one of web, app"),
        ({"channels": []}, "channels", "is empty"),
        ({"channels": "web"}, "channels", "needs a list, not 'web'"),
        ({"id": "Big Offer"}, "id", "lower case"),
        ({"id": True}, "id", "needs a text"),
        ({"group": "Big"}, "group", "lower case"),
        ({"label": {"en": "", "fr": ""}}, "label", "is empty"),
        ({"label": {"de": "x"}}, "label.de", "unknown key 'de': the keys here are en, fr"),
        ({"label": "x"}, "label", "needs a mapping, not 'x'"),
        ({"prior": {"mean": 1.0}}, "prior.mean", "less than 1, not '1.0'"),
        ({"prior": {"strength": 1.0}}, "prior.mean", "is missing: add `mean:`"),
        ({"items": "everything"}, "items", "'everything' is not one of any, discover, replenish"),
        ({"n_items": 21}, "n_items", "of at most 20"),
        ({"n_items": 2.5}, "n_items", "a whole number"),
        ({"valid_from": "soon"}, "valid_from", "2026-01-31"),
        ({"valid_from": 2026}, "valid_from", "2026-01-31"),
        ({"valid_from": dt.datetime(2026, 1, 1, 8)}, "valid_from", "2026-01-31"),  # noqa: DTZ001
        ({"cool_down_days": -1}, "cool_down_days", "of at least 0"),
        ({"cool_down_after": {"refused": 3}}, "cool_down_after.refused", "is not one of shown"),
        ({"cool_down_after": {"rejected": -3}}, "cool_down_after.rejected", "of at least 0"),
    ],
)
def test_a_mistake_in_an_action(tmp_path: Path, change, field, value):
    path = actions_file(tmp_path, OFFER | change, NOTHING)
    message = only(lambda: read_actions(path, NAMES, MODELS))
    assert message.startswith("actions.yaml, line ")
    assert f": actions[0].{field}: " in message
    assert value in message


def test_a_required_field_is_missed_where_its_action_stands(tmp_path: Path):
    path = actions_file(tmp_path, NOTHING, {k: v for k, v in OFFER.items() if k != "kind"})
    message = only(lambda: read_actions(path, NAMES, MODELS))
    assert "actions[1].kind: is missing: add `kind:`" in message
    line = int(message.split("line ")[1].split(",")[0])
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].startswith("- ")


def test_the_same_id_twice(tmp_path: Path):
    path = actions_file(tmp_path, OFFER, NOTHING, OFFER)
    message = only(lambda: read_actions(path, NAMES, MODELS))
    assert "actions[2].id: the id 'offer' stands twice" in message


def test_every_mistake_is_found_in_one_go(tmp_path: Path):
    """Fields by themselves, between fields, in several actions, in both files."""
    actions_file(
        tmp_path,
        OFFER | {"kind": "gift", "items": "any", "eligible_when": "a > 1 or b > 1"},
        NOTHING | {"colour": 1},
        OFFER | {"id": "other", "model": "nine", "valid_from": "soon"},
    )
    (tmp_path / "policy.yaml").write_text(
        "seed: -1\ncontact_limits: [{group: x, count: 1, days: 1, suppress_days: 1}]\n"
    )
    message = refused(lambda: read_catalogue(tmp_path, NAMES, MODELS))
    for part in (
        "actions[0].kind", "actions[0].items", "column 'a'", "column 'b'", "actions[1].colour",
        "actions[2].model", "actions[2].valid_from", "seed", "contact_limits[0].group",
    ):  # fmt: skip
        assert part in message
    assert "these 9 mistakes" in message


def test_rules_for_items_are_read_and_change_nothing_by_default(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("seed: 1\n")
    assert read_policy(path, NAMES, []).items == ItemPolicy()
    path.write_text(
        "items: {category_cap: 3, calibration: 0.2, ignored_penalty: 0.5, variety: 0.1,"
        " ignored_half_life_days: 7, sensitive_categories: [DRUG GM > ADULT],"
        " new_item_share: 0.05, new_item_days: 30}\n"
    )
    assert read_policy(path, NAMES, []).items == ItemPolicy(
        Diversity(0.2, 3, 0.5, 0.1), 7.0, ("DRUG GM > ADULT",), 0.05, 30.0
    )
    path.write_text("items: {new_item_share: 5}\n")
    assert "items.new_item_share" in refused(lambda: read_policy(path, NAMES, []))


LADDER = {
    "price": 40.0, "value": 12.0, "floor_margin": 0.1,
    "price_classes": [
        {"name": "all", "steps": [{"discount": 0}, {"discount": 0.1, "odds": 1.5}]},
    ],
}  # fmt: skip


def ladder(*steps: tuple[float, float], **change: Any) -> dict[str, Any]:
    rungs = [{"discount": d, "odds": o} for d, o in steps]
    return LADDER | {"price_classes": [{"name": "all", "steps": rungs}]} | change


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (ladder((0, 1), (0.1, 2), price=0.0), "", "there is none: add `price:`"),
        (ladder((0.1, 1)), "[0].steps[0]", "the first step is the full price"),
        (ladder((0, 2)), "[0].steps[0]", "write {discount: 0, odds: 1}"),
        (ladder((0, 1), (0.1, 2), (0.1, 3)), "[0].steps[2].discount", "0.1 does not come after"),
        (ladder((0, 1), (0.1, 2), (0.15, 1.5)), "[0].steps[2].odds", "from 2 to 1.5"),
        (ladder((0, 1), (1, 2)), "[0].steps[1].discount", "less than 1, not '1'"),
        (ladder((0, 1), (0.1, 0)), "[0].steps[1].odds", "greater than 0, not '0'"),
        (ladder(), "[0].steps", "is empty"),
        (
            ladder((0, 1), (0.25, 2)),
            "[0].steps[1].discount",
            "only the step without discount survives: a discount of at most 0.2222 keeps it",
        ),
        (
            ladder((0, 1), (0.1, 2), value=2.0),
            "[0].steps[1].discount",
            "survives: raise `value`, or lower",
        ),
    ],
)
def test_a_mistake_in_a_ladder(tmp_path: Path, change, field, value):
    path = actions_file(tmp_path, OFFER | change, NOTHING)
    message = only(lambda: read_actions(path, NAMES, MODELS))
    assert f": actions[0].price_classes{field}: " in message
    assert value in message


def test_the_deepest_discount_keeps_the_floor_exactly(tmp_path: Path):
    deepest = (12 / 40 - 0.1) / 0.9
    path = actions_file(tmp_path, OFFER | ladder((0, 1), (deepest, 2)), NOTHING)
    step = read_actions(path, NAMES, MODELS)[0].price_classes[0].steps[1]
    left = 12 - step.discount * 40
    assert left / ((1 - step.discount) * 40) == pytest.approx(0.1)
    path = actions_file(tmp_path, OFFER | ladder((0, 1), (deepest + 1e-6, 2)), NOTHING)
    assert "survives" in only(lambda: read_actions(path, NAMES, MODELS))


def test_classes_behind_one_that_takes_everybody_have_nobody(tmp_path: Path):
    all_first = [LADDER["price_classes"][0], {"name": "few", "steps": [{"discount": 0}]}]
    path = actions_file(tmp_path, OFFER | LADDER | {"price_classes": all_first}, NOTHING)
    assert "'all' takes everybody" in only(lambda: read_actions(path, NAMES, MODELS))
    twice = [{**all_first[0], "when": "orders_90d > 3"}, all_first[0]]
    path = actions_file(tmp_path, OFFER | LADDER | {"price_classes": twice}, NOTHING)
    assert "two classes are named 'all'" in only(lambda: read_actions(path, NAMES, MODELS))


def test_doing_nothing_has_no_price(tmp_path: Path):
    path = actions_file(tmp_path, NOTHING | LADDER)
    assert "has no price" in only(lambda: read_actions(path, NAMES, MODELS))


def model_of(*columns: str) -> ScoringModel:
    trees, table = None, None
    return ScoringModel(columns, trees, table)  # type: ignore[arg-type] - only its inputs count


@pytest.mark.parametrize(
    ("change", "field", "way"),
    [
        ({"eligible_when": "age_years > 3"}, "eligible_when", "column age_years"),
        ({"eligible_when": "not (1 - married) in (1, 2)"}, "eligible_when", "column married"),
        (
            {"eligible_when": "churn_probability > 0.5"},
            "eligible_when",
            "churn_probability, which the model churn makes of the protected kids_count, age_years",
        ),
        ({"model": "churn"}, "model", "the model churn makes of the protected kids_count"),
        (
            {"price_classes": [{**LADDER["price_classes"][0], "when": "income_low_thousands < 9"}]},
            "price_classes[0].when",
            "column income_low_thousands",
        ),
    ],
)
def test_nothing_protected_enters_a_price(tmp_path: Path, change, field, way):
    models = {"churn": model_of("orders_90d", "kids_count", "age_years"), "fair": model_of("x")}
    names = condition_columns(COLUMNS, models)
    path = actions_file(tmp_path, OFFER | LADDER | change, NOTHING)
    message = only(lambda: read_actions(path, names, models))
    assert f"actions[0].{field}: a price must not depend on " in message
    assert way in message
    # Without a price it may be read, and so may what is made of unprotected columns with one.
    unpriced = {k: v for k, v in change.items() if k != "price_classes"}
    assert read_actions(actions_file(tmp_path, OFFER | unpriced, NOTHING), names, models)
    fair = LADDER | {"model": "fair", "eligible_when": "fair_probability > 0.1"}
    assert read_actions(actions_file(tmp_path, OFFER | fair, NOTHING), names, models)


def test_a_ladder_in_full(tmp_path: Path):
    full = (
        OFFER | LADDER | {"group": "coupons", "cool_down_after": {"rejected": 90, "accepted": 30}}
    )
    (offer, _) = read_actions(actions_file(tmp_path, full, NOTHING), NAMES, MODELS)
    assert (offer.price, offer.floor_margin, offer.group) == (4000.0, 0.1, "coupons")
    (declared,) = offer.price_classes
    assert (declared.name, declared.when) == ("all", None)
    assert declared.steps == (PriceStep(0, 1), PriceStep(0.1, 1.5))
    assert dict(offer.cool_down_after) == {"rejected": 90.0, "accepted": 30.0}


def test_a_label_in_one_language_stands_for_both(tmp_path: Path):
    path = actions_file(tmp_path, OFFER | {"label": {"fr": "Une offre"}}, NOTHING)
    offer = read_actions(path, NAMES, MODELS)[0]
    assert (offer.label_en, offer.label_fr) == ("Une offre", "Une offre")


def test_an_unknown_model_is_told_which_there_are(tmp_path: Path):
    path = actions_file(tmp_path, OFFER | {"model": "x"}, NOTHING)
    known = ", ".join(sorted([*MODELS, "offer", "do_nothing"]))
    assert f"use one of {known}" in refused(lambda: read_actions(path, NAMES, MODELS))


def test_an_action_may_name_its_own_model_before_there_is_one(tmp_path: Path):
    path = actions_file(tmp_path, OFFER | {"model": "offer"}, NOTHING)
    assert read_actions(path, NAMES, ())[0].model == "offer"


def test_a_model_gives_conditions_a_column_and_a_standard_one_always():
    columns = [{"name": "orders_90d", "purpose": "personalisation"}]
    assert tuple(condition_columns(columns, {"win_back": None})) == (
        "orders_90d", "churn_probability", "win_back_probability",
    )  # fmt: skip
    assert tuple(condition_columns([], {"churn": None})) == ("churn_probability",)


def test_doing_nothing_must_be_possible(tmp_path: Path):
    path = actions_file(tmp_path, OFFER)
    refused(lambda: read_actions(path, NAMES, MODELS), "actions.yaml", "actions", "'none'")


LIMIT = {"count": 1, "days": 1, "suppress_days": 1}


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"time_zone": "Mars/Phobos"}, ("time_zone", "'Mars/Phobos'", "Europe/Paris")),
        ({"time_zones": {"France": "Europe/Paris"}}, ("time_zones.France", "such as FR")),
        ({"time_zones": {"FR": "Paris"}}, ("time_zones.FR", "'Paris' is no IANA")),
        ({"colour": 1}, ("colour", "the keys here are contact_limits, fatigue")),
        ({"control_share": 1.5}, ("control_share", "1.5")),
        ({"random_share": -0.1}, ("random_share", "-0.1")),
        ({"seed": -1}, ("seed", "-1")),
        ({"exploration": "greedy"}, ("exploration", "one of none, thompson")),
        ({"max_per_kind": -1}, ("max_per_kind", "-1")),
        ({"value_weights": {"ofer": 1}}, ("value_weights.ofer", "did you mean 'offer'?")),
        ({"value_weights": {"offer": -1}}, ("value_weights.offer", "-1")),
        ({"contact_limits": [LIMIT | {"count": 0}]}, ("contact_limits[0].count",)),
        ({"contact_limits": [{"count": 1, "days": 1}]}, ("[0].suppress_days", "is missing")),
        ({"contact_limits": [LIMIT | {"outcome": "seen"}]}, ("[0].outcome", "'seen'")),
        ({"contact_limits": [LIMIT | {"group": "b"}]}, ("[0].group", "the groups are coupons")),
        ({"contact_limits": [LIMIT | {"action": "ofer"}]}, ("[0].action", "'offer'?")),
        ({"fatigue": {"unanswered": 0, "days": 1, "suppress_days": 1}}, ("fatigue.unanswered",)),
        (
            {"journeys": [{"name": "a", "when": "order_90d", "suppress": {"kinds": ["offer"]}}]},
            ("journeys[0].when", "'orders_90d'"),
        ),
        (
            {"journeys": [{"name": "a", "when": "", "suppress": {"kinds": ["offer"]}}]},
            ("journeys[0].when", "is empty"),
        ),
        (
            {"journeys": [{"name": "a", "when": "true", "suppress": {}}]},
            ("journeys[0].suppress", "nothing that waits"),
        ),
        (
            {"journeys": [{"name": "a", "when": "true", "suppress": {"groups": ["coupon"]}}]},
            ("journeys[0].suppress.groups[0]", "did you mean 'coupons'?"),
        ),
        ({"budgets": [{"name": "calls"}]}, ("budgets[0]", "limits nothing")),
        ({"budgets": [{"name": "c", "contacts": -1}]}, ("budgets[0].contacts", "-1")),
        ({"budgets": [{"name": "c", "money": 1, "group": "x"}]}, ("budgets[0].group", "'x'")),
        ({"budgets": [{"name": "c", "money": 1}] * 2}, ("budgets", "'c' stands twice")),
        ({"quiet_hours": {"start": 25, "until": 8, "channels": []}}, ("quiet_hours.start", "25")),
        ({"stock": {"reserve": -1}}, ("stock.reserve", "-1")),
        ({"stock": {"location_of_channel": {"fax": "x"}}}, ("stock.location_of_channel.fax",)),
        ({"stock": {"location_of_channel": {"web": 7}}}, ("channel.web", "put it in quotes")),
        ({"context_weights": [{"channel": "web", "kind": "offer", "weight": 0}]}, ("weight", "0")),
        (
            {"context_weights": [{"channel": "web", "kind": "offer", "weight": 2}] * 2},
            ("context_weights", "offer on web has two weights"),
        ),
        ([1, 2], ("needs a mapping, not a list",)),
        (None, ("needs a mapping",)),
    ],
)
def test_a_mistake_in_the_policy(tmp_path: Path, content, parts):
    actions = read_actions(
        actions_file(tmp_path, OFFER | {"group": "coupons"}, NOTHING), NAMES, MODELS
    )
    path = tmp_path / "policy.yaml"
    # Without references: an alias is a mistake of its own.
    path.write_text(json.dumps(content), encoding="utf-8")
    message = only(lambda: read_policy(path, NAMES, actions))
    assert message.startswith("policy.yaml, line 1, column ")
    for part in parts:
        assert part in message


def test_a_policy_in_full_and_an_empty_one(tmp_path: Path):
    content = {
        "contact_limits": [
            {"count": 2, "days": 7, "suppress_days": 3, "channel": "email"},
            {"count": 2, "days": 7, "suppress_days": 3, "group": "coupons"},
            {"count": 2, "days": 7, "suppress_days": 3, "action": "offer"},
        ],
        "fatigue": {"unanswered": 4, "days": 60, "suppress_days": 21},
        "journeys": [
            {
                "name": "open_complaint",
                "when": "unresolved_contacts >= 1",
                "suppress": {"kinds": ["offer"], "groups": ["coupons"]},
            },
        ],
        "budgets": [
            {"name": "calls", "channel": "phone", "contacts": 500},
            {"name": "money", "kind": "offer", "group": "coupons", "action": "offer", "money": 2.5},
        ],
        "quiet_hours": {"start": 21, "until": 8, "channels": ["sms"]},
        "time_zone": "Europe/Paris", "time_zones": {"NO": "Europe/Oslo"},
        "control_share": 0.1, "random_share": 0.02, "exploration": "thompson",
        "max_per_kind": 2, "value_weights": {"service": 2},
        "stock": {"reserve": 2, "max_age_hours": 1.5, "location_of_channel": {"shop": "home"}},
        "context_weights": [{"channel": "web", "kind": "offer", "weight": 1.5}],
        "seed": 4,
    }  # fmt: skip
    actions = read_actions(
        actions_file(tmp_path, OFFER | {"group": "coupons"}, NOTHING), NAMES, MODELS
    )
    found = read_policy(yaml_file(tmp_path / "policy.yaml", content), NAMES, actions)
    (journey,) = found.journeys
    assert (journey.name, journey.suppress_kinds) == ("open_complaint", ("offer",))
    assert journey.suppress_groups == ("coupons",)
    assert column_names(journey.when) == {"unresolved_contacts"}
    assert dataclasses.replace(found, journeys=()) == Policy(
        limits=(
            ContactLimit("shown", 2, 7, 3, channel="email"),
            ContactLimit("shown", 2, 7, 3, group="coupons"),
            ContactLimit("shown", 2, 7, 3, action="offer"),
        ),
        fatigue=Fatigue(4, 60, 21),
        budgets=(
            Budget("calls", channel="phone", contacts=500),
            Budget("money", kind="offer", group="coupons", action="offer", money=250.0),
        ),
        quiet_from=21,
        quiet_until=8,
        quiet_channels=("sms",),
        time_zone="Europe/Paris",
        time_zones={"NO": "Europe/Oslo"},
        control_share=0.1,
        random_share=0.02,
        exploration="thompson",
        max_per_kind=2,
        value_weights={"service": 2.0},
        stock_reserve=2.0,
        stock_max_age_s=5400,
        stock_location={"shop": "home"},
        context_weights={("web", "offer"): 1.5},
        seed=4,
    )
    empty = read_policy(yaml_file(tmp_path / "empty.yaml", {}), NAMES, actions)
    assert empty == Policy(stock_max_age_s=86_400)


def test_a_country_that_yaml_takes_for_no(tmp_path: Path):
    path = tmp_path / "policy.yaml"
    path.write_text("time_zones: {NO: Europe/Oslo}\n", encoding="utf-8")
    assert read_policy(path, NAMES, ()).time_zones == {"NO": "Europe/Oslo"}


def test_a_missing_file(tmp_path: Path):
    path = tmp_path / "actions.yaml"
    refused(lambda: read_actions(path, NAMES, MODELS), "actions.yaml", "cannot be read")


@pytest.mark.parametrize("content", ["", "actions:", "actions: []", "actions: 3", "[]", "- id: x"])
def test_a_catalogue_without_actions(tmp_path: Path, content: str):
    path = tmp_path / "actions.yaml"
    path.write_text(content, encoding="utf-8")
    only(lambda: read_actions(path, NAMES, MODELS))


@pytest.mark.parametrize("element", ["3", "null", "[]", "x"])
def test_an_action_that_is_none(tmp_path: Path, element: str):
    path = actions_file(tmp_path, NOTHING)
    path.write_text(path.read_text(encoding="utf-8") + f"- {element}\n", encoding="utf-8")
    assert "actions[1]: needs a mapping" in only(lambda: read_actions(path, NAMES, MODELS))
