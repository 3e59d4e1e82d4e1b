"""Every check of a run before the first draw, with all problems reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from gaplab.data.access import eligible
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.fit.stage_frontiers import require_models
from gaplab.fit.table_checks import scores_read
from gaplab.models.index_readings import from_index
from gaplab.models.observations.domains import FEWEST_TESTS
from gaplab.outlook import scenarios
from gaplab.params.reading import names_in
from gaplab.params.spec import Params
from gaplab.questions.bridge.endpoints import check_endpoints
from gaplab.questions.claims.reading import check_claims

if TYPE_CHECKING:
    import pandas as pd


def check(
    tables: Tables,
    params: Params,
    *,
    fits: bool = True,
    page: bool = False,
    claim_ids: Iterable[str] = (),
    ends: Iterable[str] = (),
) -> None:
    """Refuse a run that the tables cannot answer.

    A target that exists but is outside the scope is no error: the tables say
    so.

    Parameters
    ----------
    tables : Tables
        What the run may see.
    fits : bool
        The run needs a posterior, so both countries need a frontier.
    page : bool
        The run makes a page, so the variant needs what it is about.
    claim_ids : iterable of str
        Claims whose readings are asked for.
    ends : iterable of str
        Claims, or numbers of ours, that a bridge leads from and to.

    Raises
    ------
    GaplabError
        One line for every problem.
    """
    dossier = page and params.variant == "dossier"
    problems = [*_since(params)] if page and params.variant == "changes" else []
    if params.target != "default":
        problems += scenarios.target_problems(params, tables.models.set_index("model")["country"])
    problems += (unknown := test_problems(params, tables))
    problems += _problems_of(check_claims, claim_ids, tables.claims, params) if claim_ids else []
    try:
        models = eligible(tables, scope=params.scope, clock=params.clock, leader=params.leader)
    except GaplabError as error:
        raise GaplabError(*error.problems, *problems) from None
    problems += _problems_of(require_enough, models, tables, params) if fits and not unknown else []
    problems += scenarios.lever_problems(params, models)
    problems += _problems_of(check_endpoints, ends, tables.claims, params, models) if ends else []
    ours = list(models.index[models["country"] == params.follower])
    if dossier:
        scored = set(tables.scores["model"])
        problems += subject_problems(params, [name for name in ours if name in scored], which=" with a score")
    elif ours:
        problems += subject_problems(params, ours)
    if problems:
        raise GaplabError(*problems)


def test_problems(params: Params, tables: Tables) -> list[str]:
    """One line for every test of `params.tests` and `params.without` that the tables do not know."""
    named = [(parameter, name) for parameter in ("tests", "without") for name in names_in(getattr(params, parameter))]
    named = [(parameter, name) for parameter, name in named if name not in ("all", "none")]
    known = list(tables.benchmarks["benchmark"]) if named else []
    return [
        f"parameter {parameter}: {quoted(name)} is no test of benchmarks.csv{did_you_mean(name, known)}"
        for parameter, name in named
        if name not in known
    ]


def require_enough(models: pd.DataFrame, tables: Tables, params: Params) -> None:
    """Refuse a domain with too few tests, and sides with too few models that the ruler reads."""
    if params.ruler != "ability":
        readings, _ = from_index(tables.index_vintages, params.ruler)
        return require_models(models[models.index.isin(readings.models)], params, on=f" on the index {params.ruler}")
    rows, where = scores_read(tables, params), ""
    if params.domain != "all":
        rows, where = rows[rows["domain"] == params.domain], f" in {params.domain}"
        if (tests := rows["benchmark"].nunique()) < FEWEST_TESTS:
            raise GaplabError(
                f'parameter domain: "{params.domain}": not enough data: {tests} of its tests have scores that count at '
                f"this date; expected at least {FEWEST_TESTS}, or domain=all"
            )
    return require_models(models[models.index.isin(rows["model"].unique())], params, on=f" with a score{where}")


def subject_problems(params: Params, ours: list[str], *, which: str = "") -> list[str]:
    """What is wrong with `params.subject`: one line when it names no model of the follower.

    Parameters
    ----------
    ours : list of str
        The models of the follower that it may name.
    which : str
        What these models have in common, for the message; " with a score" is
        asked of the model of a dossier, which cannot be about all.
    """
    words = ("default",) if which else ("default", "all")
    if params.subject in (*words, *ours):
        return []
    hint = did_you_mean(params.subject, ours, otherwise=f"expected {', '.join(words)} or the name of one")
    return [
        f"parameter subject: {quoted(params.subject)} is no model of {params.follower}{which} out by "
        f"{params.as_of}{hint}"
    ]


def _since(params: Params) -> list[str]:
    """A comparison without an earlier date."""
    if params.since < params.as_of:
        return []
    return [
        f"parameter since: {params.since} is not before {params.as_of}; variant=changes expected a date before as_of"
    ]


def _problems_of(checked: Callable[..., None], *given: object) -> tuple[str, ...]:
    """The problems that a check raises."""
    try:
        checked(*given)
    except GaplabError as error:
        return error.problems
    return ()
