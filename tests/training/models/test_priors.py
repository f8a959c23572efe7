"""An action without history: between its group and the rest, never 0, and open to outcomes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.calibration import from_prior
from decisioning.priors import ResponsePriors, group_keys, price_step
from training.models.priors import BASE, Tally, concentration, fit_priors, tallies

HISTORY = (
    *(Tally(f"o{k}", "offer", "email", 0.0, 2000, 20 + 4 * k) for k in range(6)),
    *(Tally(f"p{k}", "offer", "phone", 0.0, 400, 40 + 5 * k) for k in range(4)),
    *(Tally(f"d{k}", "offer", "email", 0.1, 1500, 60 + 6 * k) for k in range(4)),
    *(Tally(f"r{k}", "retention", "email", 0.0, 500, 2) for k in range(3)),
)


@pytest.fixture(scope="module")
def priors() -> ResponsePriors:
    return fit_priors(HISTORY)


def test_a_new_action_is_believed_what_its_like_did(priors: ResponsePriors) -> None:
    assert priors.of("offer", "email").mean == pytest.approx(0.015, abs=0.003)
    assert priors.of("offer", "phone").mean == pytest.approx(0.119, abs=0.02)
    assert priors.of("offer", "email", 0.1).mean == pytest.approx(0.046, abs=0.008)
    assert priors.of("retention", "email").mean == pytest.approx(0.005, abs=0.003)


def test_what_was_never_tried_backs_off(priors: ResponsePriors) -> None:
    kind = priors.of("offer", "sms")
    assert priors.of("offer", "email").mean < kind.mean < priors.of("offer", "phone").mean
    nothing = priors.of("service", "sms", 0.5)
    assert nothing == priors.of("unheard_of", "")
    assert nothing.mean > 0
    assert nothing.strength < kind.strength < priors.of("offer", "email").strength
    assert priors.of("offer", "phone", 0.05) == priors.of("offer", "phone", 0.15)


def test_fewer_like_actions_leave_a_wider_interval() -> None:
    few = fit_priors([t for t in HISTORY if t.action_id in ("o1", "p1", "d1", "r1")])
    one, other = (from_prior(p.of("offer", "email"), 1) for p in (fit_priors(HISTORY), few))
    assert one.high - one.low < other.high - other.low


def test_outcomes_narrow_the_interval_and_move_the_mean(priors: ResponsePriors) -> None:
    belief = priors.of("offer", "email")
    means = [belief.updated(n, 0.05 * n).mean for n in (0, 100, 1000, 10_000)]
    assert means == sorted(means)
    assert means[-1] == pytest.approx(0.05, abs=0.006)
    likely = [from_prior(belief.updated(n, belief.mean * n), 1) for n in (0, 100, 1000, 10_000)]
    widths = [float(said.high[0] - said.low[0]) for said in likely]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 2


def test_without_history_the_base_stands() -> None:
    assert fit_priors([]).of("offer", "email") == BASE
    never = [Tally("a", "offer", "email", 0.0, 0, 0)]
    assert fit_priors(never).of("offer", "email") == BASE


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["offer", "service"]),
            st.sampled_from(["email", ""]),
            st.sampled_from([0.0, 0.07, 0.4]),
            st.integers(0, 3000),
            st.floats(0, 1),
        ),
        max_size=8,
    )
)
def test_a_belief_is_never_certain(drawn: list[tuple[str, str, float, int, float]]) -> None:
    """Not even when nobody, or everybody, answered so far."""
    told = [Tally(f"a{k}", kind, on, d, n, np.floor(n * r)) for k, (kind, on, d, n, r)
            in enumerate(drawn)]  # fmt: skip
    found = fit_priors(told)
    assert ((found.mean > 0) & (found.mean < 1)).all()
    assert (found.strength > 0).all()
    assert list(found.groups) == sorted(found.groups)


def test_the_order_of_the_history_changes_nothing() -> None:
    one, other = fit_priors(HISTORY), fit_priors(HISTORY[::-1])
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9)
    np.testing.assert_allclose(one.strength, other.strength, rtol=1e-6)


def test_groups_that_differ_cling_less() -> None:
    alike = [(0.1, 1000.0, 100.0 + k) for k in range(6)]
    unlike = [(0.1, 1000.0, 20.0 + 40.0 * k) for k in range(6)]
    assert concentration(alike) > 10 * concentration(unlike)


def test_more_responses_than_contacts_are_refused() -> None:
    with pytest.raises(ValueError, match="b: 7 responses to 5 contacts"):
        fit_priors([Tally("b", "offer", "email", 0.0, 5, 7)])


def test_past_campaigns_are_counted_by_action_and_channel() -> None:
    rows = pd.DataFrame(
        {
            "action_id": ["a", "a", "a", "b", "z"],
            "channel": ["post", "post", "email", "post", "post"],
            "label": [1.0, 0.0, 1.0, 0.0, 1.0],
        }
    )
    assert tallies(rows, {"a": "offer", "b": "service"}) == (
        Tally("a", "offer", "email", 0.0, 1.0, 1.0),
        Tally("a", "offer", "post", 0.0, 2.0, 1.0),
        Tally("b", "service", "post", 0.0, 1.0, 0.0),
    )


def test_price_steps() -> None:
    assert [price_step(d) for d in (0.0, 0.03, 0.05, 0.1, 0.3, 0.6)] == [
        "0", "5", "5", "10", "30", "30+",
    ]  # fmt: skip
    assert group_keys("offer", "email", 0.1) == ("", "offer", "offer|email", "offer|email|10")
