"""Asking for measured experience."""

from serving.experience import ExperienceQuery
from serving.http.endpoint import House, Operation
from serving.http.experience_answers import ExperienceAnswer
from serving.problems import parse_body


def get_experience(house: House, parameters: bytes, _: str) -> object:
    """Return NPS, CSAT, CES and stars with intervals, and what is inferred, marked as such."""
    return house.experience.answer(parse_body(ExperienceQuery, parameters, house.clock()))


OPERATIONS = (
    Operation(
        "/v1/experience",
        "GET",
        get_experience,
        ("crm",),
        ExperienceAnswer,
        query=ExperienceQuery,
        slow=True,
        refusals=(409, 422),
    ),
)
