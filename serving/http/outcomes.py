"""Outcomes, checked one by one: the good are taken, the bad are named."""

from serving.http.acceptance import by_arm
from serving.http.endpoint import House
from serving.http.piecemeal import Rejection, read_each, rejection
from serving.problems import Problem, parse_body, shortened
from serving.requests import Outcome, OutcomesEnvelope
from serving.stores.ports import OutcomeRow


def record_outcomes(house: House, body: bytes, _: str) -> object:
    """Record what came of decisions; the same outcome_id twice counts once."""
    house.application()
    values = parse_body(OutcomesEnvelope, body, house.clock()).outcomes
    read = read_each(values, Outcome, house.clock())
    known = house.stores.decisions.exists(
        {one.decision_id for one in read if isinstance(one, Outcome)}
    )
    good: list[OutcomeRow] = []
    rejected: list[Rejection] = []
    for index, one in enumerate(read):
        if isinstance(one, Problem):
            rejected.append(rejection(index, one))
        elif one.decision_id not in known:
            rejected.append(rejection(index, _unknown_decision(one.decision_id)))
        else:
            good.append(OutcomeRow(**dict(one)))
    tally = house.stores.ledger.record_outcomes(good)
    house.metrics.outcomes(by_arm(house.stores.decisions, good, tally))
    return {**tally._asdict(), "rejected": rejected}


def _unknown_decision(decision_id: str) -> Problem:
    message = f"There is no decision {shortened(decision_id)}."
    return Problem(404, "unknown_decision", message, "decision_id")
