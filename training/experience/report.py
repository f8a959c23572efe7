"""Experience measured as of one moment: all that the page, the API and the console show."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from duckdb import DuckDBPyConnection

from features.links import as_people
from training.experience.bias import NonResponse, non_response
from training.experience.breakdown import Row, break_down
from training.experience.funnel import Funnel, visit_funnel
from training.experience.groups import Groups, find_groups
from training.experience.inferred import Inference, infer_effort, infer_nps
from training.experience.journeys import Step, contact_steps
from training.experience.people import People, describe_people, inferred_rows
from training.experience.profiles import Profiles, lay_profiles
from training.experience.survey import Survey, read_survey, with_segments
from training.experience.words import Words, read_words

STEPS = ("answers", "profiles", "non-response", "inference", "figures", "journeys", "comments")


@dataclass(frozen=True)
class Experience:
    """What was measured.

    Parameters
    ----------
    rows
        Every figure, answered and inferred; each row says which of the two it is.
    segments_from
        Where the segments come from, in words.
    """

    as_of: int
    survey: Survey
    rows: tuple[Row, ...]
    response: NonResponse
    nps: Inference
    effort: Inference
    people: People
    contacts: tuple[Step, ...]
    funnel: Funnel
    words: Words
    segments_from: str


def _silent(_: str) -> None:
    return None


def measure_experience(
    con: DuckDBPyConnection,
    as_of: int,
    home: Path,
    *,
    seed: int = 7,
    progress: Callable[[str], object] = _silent,
) -> Experience:
    """Measure from rows strictly before ``as_of``, of customers who allow ``analytics``.

    Ids that were one person as of that moment are one customer.

    Parameters
    ----------
    con
        Holds the canonical tables (see :func:`features.tables.open_tables`).
    as_of
        Epoch seconds, UTC.
    home
        ``NEXTBEST_HOME``, where the segments may be.
    seed
        Of every bootstrap.
    progress
        Told the name of each of :data:`STEPS` as it begins.
    """
    progress("answers")
    with as_people(con, as_of):
        survey = read_survey(con, as_of)
    progress("profiles")
    needed = pd.concat([frame[["customer_id", "at"]] for frame in (survey.answers, survey.asked)])
    profiles = lay_profiles(con, needed, as_of)
    groups = find_groups(home, profiles, as_of)
    survey = with_segments(survey, groups.segments)
    progress("non-response")
    response = non_response(survey, profiles)
    with as_people(con, as_of):
        return _measured(con, survey, profiles, response, groups, seed, progress)


def _measured(
    con: DuckDBPyConnection,
    survey: Survey,
    profiles: Profiles,
    response: NonResponse,
    groups: Groups,
    seed: int,
    progress: Callable[[str], object],
) -> Experience:
    as_of = survey.as_of
    progress("inference")
    nps = infer_nps(survey, profiles, response.weights, seed)
    effort = infer_effort(con, survey, response.weights, seed)
    people = describe_people(con, survey, profiles, nps, effort)
    progress("figures")
    answered = break_down(survey, response.weights, seed)
    inferred = inferred_rows(people, nps, effort, groups.segments, seed)
    rows = (*answered, *inferred)
    progress("journeys")
    contacts = tuple(contact_steps(con, as_of, seed))
    funnel = visit_funnel(con, as_of, seed)
    progress("comments")
    return Experience(
        as_of=as_of,
        survey=survey,
        rows=rows,
        response=response,
        nps=nps,
        effort=effort,
        people=people,
        contacts=contacts,
        funnel=funnel,
        words=read_words(con, as_of, seed),
        segments_from=groups.origin,
    )
