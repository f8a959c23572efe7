"""Lists whose good elements are taken although others are bad."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from serving.problems import Problem, problem_of

Rejection = dict[str, Any]
_T = TypeVar("_T", bound=BaseModel)


def read_each(values: Sequence[object], model: type[_T], now: int) -> list[_T | Problem]:
    """Read each value, or say what is wrong with it."""
    return [_read(value, model, now) for value in values]


def rejection(index: int, problem: Problem) -> Rejection:
    """Write what is wrong with the value at a place of the list."""
    remedy = f" Remedy: {problem.remedy}." if problem.remedy else ""
    return {"index": index, "field": problem.field, "message": problem.message + remedy}


def _read(value: object, model: type[_T], now: int) -> _T | Problem:
    try:
        return model.model_validate(value, context={"now": now})
    except ValidationError as error:
        return problem_of(error, model)
