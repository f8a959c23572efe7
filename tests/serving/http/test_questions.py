"""The same bytes are read once, for a while; what is at fault is told each time."""

import pytest

from serving.http.questions import LONGEST, SECONDS, Questions
from serving.problems import Problem
from serving.requests import NextBestActionsRequest, RecommendationsRequest

BODY = b'{"subject": {"customer_id": "c1"}, "channel": "web"}'


def test_the_same_bytes_are_the_same_question_until_a_minute_is_over() -> None:
    questions = Questions()
    first = questions.read(RecommendationsRequest, BODY, 1000)
    assert questions.read(RecommendationsRequest, BODY, 1000 + SECONDS - 1) is first
    later = questions.read(RecommendationsRequest, BODY, 1000 + SECONDS)
    assert later == first
    assert later is not first
    earlier = questions.read(RecommendationsRequest, BODY, 10)
    assert earlier is not later, "a clock that is set back"
    actions = questions.read(NextBestActionsRequest, BODY, 10)
    assert isinstance(actions, NextBestActionsRequest)


def test_faults_and_long_bodies_are_not_kept() -> None:
    questions = Questions()
    for _ in range(2):
        with pytest.raises(Problem):
            questions.read(RecommendationsRequest, b'{"channel": "web"}', 0)
    long = BODY + b" " * LONGEST
    first = questions.read(RecommendationsRequest, long, 0)
    assert questions.read(RecommendationsRequest, long, 0) is not first
