"""Asking what the models say of customers."""

from serving.customer_requests import ScoresRequest
from serving.customers.satisfaction import satisfaction_of
from serving.http.endpoint import House, Operation
from serving.http.score_answers import ScoresAnswer
from serving.privacy.auditing import Audit, listed
from serving.problems import parse_body


def score_customers(house: House, body: bytes, _: str) -> object:
    """Score customers: churn, purchase, value, response, uplift, service contact, satisfaction."""
    application = house.application()
    request = parse_body(ScoresRequest, body, house.clock())
    answer = application.scores(request)
    if request.kinds is None or "satisfaction" in request.kinds:
        satisfaction_of(house.settings, answer["customers"])
    return answer


OPERATIONS = (
    Operation(
        "/v1/scores",
        "POST",
        score_customers,
        ("crm", "decide"),
        ScoresAnswer,
        ScoresRequest,
        slow=True,
        audit=Audit("customer.scores", listed),
    ),
)
