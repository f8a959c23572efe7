"""A reader is told who is missing from a model's rows, and what is simulated."""

from tests.training.evaluation_page.test_page import CAME, RATE, evaluated, manifest
from tests.training.promotion.made import held, model
from training.evaluation_page.caveats import caveats
from training.evaluation_page.page import evaluation_page


def test_satisfaction_is_of_those_who_answered() -> None:
    (said,) = caveats("nps_detractor", ["events"])
    assert "who answered" in said
    assert list(caveats("churn", ["feedback", "service_contacts"])) == []


def test_a_page_says_which_outcomes_are_simulated() -> None:
    kept = held(
        models={"csat_dissatisfied": model(CAME, RATE), "service_contact": model(CAME, RATE)}
    )
    told = evaluated(held=kept, manifest=manifest(simulated=["feedback", "service_contacts"]))
    page = evaluation_page(told)
    assert "rows of feedback, which hold simulated ones" in page
    assert "rows of service_contacts, which hold simulated ones" in page
    honest = evaluation_page(evaluated(held=kept, manifest=manifest(simulated=[])))
    assert "simulated ones" not in honest
    assert "who answered" in honest
