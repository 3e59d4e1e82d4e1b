"""The endpoints of a bridge: a published claim, or one of our numbers written as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.params.spec import Params, parameter_names
from gaplab.posterior import Posterior
from gaplab.questions.claims.ranking import set_beside
from gaplab.questions.claims.reading import IN_MONTHS, Reading, claim_middle, numeric_claims

_OWN_STEPS = ("as_of", "leader", "follower")
OF_THE_RUN = tuple(
    name for name in [*parameter_names(group="gap"), *parameter_names(group="evidence")] if name not in _OWN_STEPS
)
STEPS = ("definition", "subject", "date", *OF_THE_RUN)
"""What can differ between two readings, in the order in which a table lists them."""
MOST_STEPS = 8
"""More changes at once would need too many readings: two to this power."""
TENTHS = 10


@dataclass(frozen=True)
class Endpoint:
    """One end of a bridge: a number and the reading of ours that comes nearest to what it measures.

    Attributes
    ----------
    name : str
        Id of the claim, or the name of one of our numbers.
    label : str
        Who published it; empty for a number of ours.
    months : float or None
        The published number (the middle of a range); None for a number of ours.
    """

    name: str
    label: str
    months: float | None
    reading: Reading


def from_claim(claim: pd.Series, ranked: pd.DataFrame, posteriors: Mapping[Params, Posterior]) -> Endpoint:
    """The end that a claim stands for: what it says it measures, else the most probable reading in its scope.

    Parameters
    ----------
    claim : Series
        A row of claims.csv with months.
    ranked : DataFrame
        What `claims.which_definition` gives for runs that include those of `posteriors`.

    Raises
    ------
    GaplabError
        No reading of ours gives the claim any probability.
    """
    known = {(run.scope, run.domain): run for run in reversed(posteriors)}
    usable = [pair in known for pair in zip(ranked["scope"], ranked["domain"], strict=True)]
    rows = set_beside(claim, ranked[np.array(usable, bool) & (ranked["density"] > 0)])
    if rows.empty:
        raise GaplabError(
            f'claim "{claim["claim_id"]}": no reading of ours comes near it; expected a claim in months about a day '
            "within the frontiers, choose another"
        )
    best = rows.iloc[0]
    run = known[best["scope"], best["domain"]]
    reading = Reading(best["definition"], best["unit"], best["subject"], best["date"], run)
    return Endpoint(claim["claim_id"], claim["who"], claim_middle(claim), reading)


def check_endpoints(names: Iterable[str], claims: pd.DataFrame, params: Params, models: pd.DataFrame) -> None:
    """Refuse ends that cannot be used, before anything is sampled.

    Parameters
    ----------
    names : iterable of str
        Ids of claims, or numbers of ours as `one_of_ours` reads them.
    claims : DataFrame
        claims.csv as known on the as-of date.
    models : DataFrame indexed by model, with country and date
        The models that the run admits.

    Raises
    ------
    GaplabError
        One line for every end that is neither.
    """
    legal, problems = list(numeric_claims(claims)["claim_id"]), []
    for name in names:
        if ":" in name:
            try:
                one_of_ours(name, params, models)
            except GaplabError as error:
                problems += error.problems
        elif name in set(claims["claim_id"]) - set(legal):
            problems.append(f'claim "{name}" gives no number of months; expected one of {", ".join(legal)}')
        elif name not in legal:
            problems.append(
                f"{quoted(name)} is no claim with months published by {params.as_of}, and no number of ours such as "
                f'"frontier_lag:{params.follower}"{did_you_mean(name, legal)}'
            )
    if problems:
        raise GaplabError(*problems)


def endpoint_of(
    name: str, claims: pd.DataFrame, ranked: pd.DataFrame, posteriors: Mapping[Params, Posterior]
) -> Endpoint:
    """An end of a bridge by its name: the id of a claim, or one of our numbers as `one_of_ours` reads it.

    Parameters
    ----------
    claims : DataFrame
        claims.csv as known on the as-of date.
    ranked : DataFrame
        What `claims.which_definition` gives for `posteriors`.
    posteriors : mapping of Params to Posterior
        The first is the run that a number of ours differs from where it says so.

    Raises
    ------
    GaplabError
        It is neither.
    """
    params, posterior = next(iter(posteriors.items()))
    check_endpoints([name], claims, params, posterior.models)
    if ":" in name:
        return one_of_ours(name, params, posterior.models)
    return from_claim(claims[claims["claim_id"] == name].iloc[0], ranked, posteriors)


def one_of_ours(text: str, params: Params, models: pd.DataFrame) -> Endpoint:
    """One of our numbers, written `DEFINITION:SUBJECT` and, after commas, what differs from the run.

    `frontier_lag:China`, `distance/months_at_leader_pace:China,scope=trusted`,
    `model_lag:DeepSeek-V4-Pro,date=2026-04-24,ruler=epoch_eci`. The unit is
    months unless a slash gives another in months; the date is the as-of date
    for the country and a model's own for a model.

    Parameters
    ----------
    params : Params
        The run that gives everything the text does not.
    models : DataFrame indexed by model, with country and date

    Raises
    ------
    GaplabError
        One line for everything in the text that cannot be used.
    """
    reading, _, rest = text.partition(":")
    rest, whose = rest.strip(), params.follower
    if rest == whose or rest.startswith(f"{whose},"):  # a rule may hold commas
        subject, given = whose, [part.strip() for part in rest.removeprefix(whose).split(",")[1:]]
    else:
        subject, *given = [part.strip() for part in rest.split(",")]
    definition, _, unit = reading.strip().partition("/")
    unit = unit or "months"
    where, problems = f'"{text}"', []
    if (definition, unit) not in IN_MONTHS:
        names = [name if scale == "months" else f"{name}/{scale}" for name, scale in IN_MONTHS]
        problems.append(f"{where}: {quoted(reading)} is no definition in months{did_you_mean(reading, names)}")
    ours = list(models.index[models["country"] == params.follower])
    if subject not in (params.follower, *ours):
        hint = did_you_mean(subject, ours, otherwise="`gaplab gap --subject all` lists them")
        problems.append(f"{where}: {quoted(subject)} is neither {params.follower} nor one of its models{hint}")
    pairs = [part.partition("=")[::2] for part in given]
    changes = dict(pairs)
    problems += [
        f"{where}: {name} is given more than once, as {' and '.join(value for at, value in pairs if at == name)}; "
        "expected one of them"
        for name in changes
        if sum(at == name for at, _ in pairs) > 1
    ]
    date = changes.pop("date", None)
    try:
        chosen = Params.from_mapping(changes, accepts=OF_THE_RUN)
        run = replace(params, **{name: getattr(chosen, name) for name in changes})
        day = Params.from_mapping({"as_of": date}).as_of if date else None
    except GaplabError as error:
        problems += [f"{where}: {problem}" for problem in error.problems]
    if not problems and day and day > params.as_of:
        problems.append(f"{where}: date {day} is after the as-of date {params.as_of}; expected an earlier one")
    if problems:
        raise GaplabError(*problems)
    own = params.as_of if subject == params.follower else models.loc[subject, "date"]
    return Endpoint(text, "", None, Reading(definition, unit, subject, pd.Timestamp(day or own), run))
