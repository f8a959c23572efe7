"""A file checked field by field, then between the fields, every mistake in one go."""

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bundle.explain import explain
from bundle.findings import Finding
from bundle.problems import Problem
from bundle.yaml_lines import Document, Loc, path_text

_Model = TypeVar("_Model", bound=BaseModel)


class Checked:
    """A document being checked: what is wrong is collected."""

    def __init__(self, document: Document, problems: Sequence[Problem]) -> None:
        self.document = document
        self.problems = list(problems)

    def validated(
        self,
        model: type[_Model],
        content: Any,  # noqa: ANN401 - whatever the file has
        prefix: Loc,
        stand_in: Mapping[str, Any],
        findings: Callable[[_Model], Iterable[Finding]],
        columns: Collection[str] = (),
    ) -> _Model | None:
        """Validate, then look at what must hold between the fields that are right."""
        spec: _Model | None
        wrong: set[str] = set()
        try:
            spec = model.model_validate(content, context=columns)
        except ValidationError as error:
            faults = error.errors()
            said = {problem.field for problem in self.document.problems}
            for each in faults:
                if path_text(prefix + each["loc"]) not in said:
                    self.problems += explain(each, self.document, model, prefix)
            wrong = {path_text(each["loc"]) for each in faults}
            spec = _without(model, content, [each["loc"] for each in faults], stand_in)
        for finding in findings(spec) if spec else ():
            if not finding.is_moot(wrong):
                self.problems.append(
                    self.document.problem(prefix + finding.loc, finding.message, finding.remedy)
                )
        return spec


def _without(
    model: type[_Model],
    content: Any,  # noqa: ANN401 - whatever the file has
    wrong: Sequence[Loc],
    stand_in: Mapping[str, Any],
) -> _Model | None:
    """Validate what is left without what is wrong: without the values, else without the fields."""
    if not isinstance(content, dict):
        return None
    for depth in (None, 1):
        kept = copy.deepcopy({**stand_in, **content})
        for loc in wrong:
            _drop(kept, loc[:depth])
        try:
            return model.model_validate({**stand_in, **kept})
        except ValidationError:
            continue  # Reported already; a required value is gone, so its field has to go too.
    return None


def _drop(content: Any, loc: Loc) -> None:  # noqa: ANN401 - whatever the file has
    """Remove the innermost mapping's key on a path, so that no list changes its positions."""
    holder, key = None, ""
    for part in loc:
        if isinstance(content, dict) and part in content:
            holder, key = content, str(part)
        elif not (isinstance(content, list) and isinstance(part, int)):
            break
        content = content[part]
    if holder is not None:
        holder.pop(key, None)
