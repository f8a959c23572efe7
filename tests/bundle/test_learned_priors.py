"""A new action without a prior gets that of its like in the bundle; a declared one stays."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from bundle.files import DEFAULTS, read_bundle
from bundle.learned_priors import kinds_of, with_priors, without_learned
from decisioning.priors import ResponsePriors
from tests.bundle.support import make_parts, write

PRIORS = ResponsePriors(
    np.array(["", "offer", "offer|email", "offer|email|0"]),
    np.array([0.02, 0.03, 0.05, 0.06]),
    np.array([10.0, 20.0, 60.0, 50.0]),
)
NEW = """
  - id: spring_offer
    label: {en: Spring, fr: Printemps}
    kind: offer
    channels: [email, post]
"""


def test_only_who_says_none_gets_one() -> None:
    text = (DEFAULTS / "actions.yaml").read_text(encoding="utf-8")
    assert with_priors(text, PRIORS) == text, "all of the defaults are declared"
    told = yaml.safe_load(with_priors(text + NEW, PRIORS))["actions"]
    assert told[:-1] == yaml.safe_load(text)["actions"]
    assert told[-1]["prior"] == {"mean": pytest.approx(0.045), "strength": 20.0}


def test_what_was_added_can_be_taken_out_again() -> None:
    text = (DEFAULTS / "actions.yaml").read_text(encoding="utf-8") + NEW
    added = with_priors(text, PRIORS)
    assert added != text
    assert without_learned(added) == text
    assert without_learned(text) == text


def test_kinds_by_action() -> None:
    assert kinds_of(NEW.replace("\n  -", "actions:\n  -", 1)) == {"spring_offer": "offer"}
    assert kinds_of("actions: [1, {id: x}]") == {}
    assert kinds_of("actions: [") == {}
    assert kinds_of("- 1") == {}


def test_the_bundle_decides_by_it(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = (DEFAULTS / "actions.yaml").read_text(encoding="utf-8") + NEW
    (own / "actions.yaml").write_text(text, encoding="utf-8")
    write(tmp_path / "plain", make_parts(), own)
    write(tmp_path / "learned", replace(make_parts(), priors=PRIORS), own)
    plain, learned = (
        {a.action_id: a.prior for a in read_bundle(tmp_path / name).actions}
        for name in ("plain", "learned")
    )
    assert plain["spring_offer"].mean == 0.02
    assert learned["spring_offer"].mean == pytest.approx(0.045)
    del plain["spring_offer"], learned["spring_offer"]
    assert plain == learned
    assert (own / "actions.yaml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "actions: 3",
        "actions: [3, {id: a}]",
        "a: [",
        "actions:\n  - {id: a, kind: none, channels: [web]}\n",
        "actions:\n  - {id: a, kind: offer, channels: [web]}\n",
        "actions:\n  - id: a\n    kind: offer\n    channels: []\n",
    ],
)
def test_what_cannot_be_added_to_is_left_alone(text: str) -> None:
    assert with_priors(text, PRIORS) == text


def test_the_id_need_not_come_first() -> None:
    text = "actions:\n  - kind: offer\n    id: 'a'  # mine\n    channels: [email]\n"
    (told,) = yaml.safe_load(with_priors(text, PRIORS))["actions"]
    assert told["prior"] == {"mean": 0.06, "strength": 50.0}
