"""Which models a table lists: records of the follower, the subject asked for, the targets of the catch-up table."""

from __future__ import annotations

from gaplab import gap, preflight
from gaplab.errors import GaplabError
from gaplab.gap.subjects import newest_record
from gaplab.outlook import scenarios
from gaplab.posterior import Posterior

# Listed by default even when it set no record: published claims are about it.
RECENT_RECORDS = 10


def listed_models(posterior: Posterior) -> list[str]:
    """Follower models that `params.subject` asks for, newest first.

    Raises
    ------
    GaplabError
        It names no model of the follower.
    """
    params = posterior.params
    ours = posterior.models.index[posterior.models["country"] == params.follower]
    if problems := preflight.subject_problems(params, list(ours)):
        raise GaplabError(*problems)
    if params.subject == "default":
        wanted = {*gap.records(posterior)[-RECENT_RECORDS:], *posterior.featured.index}
    elif params.subject == "all":
        wanted = set(ours)
    else:
        wanted = {params.subject}
    return [name for name in reversed(ours) if name in wanted]


def catch_up_targets(posterior: Posterior) -> list[str]:
    """The models of the catch-up table; without any default in scope, the leader's newest record too."""
    params, models = posterior.params, posterior.models
    names = scenarios.targets(params, posterior.featured)
    if params.target != "default":
        known = models["country"].reindex(models.index.union(names)).fillna(params.leader)
        if problems := scenarios.target_problems(params, known):
            raise GaplabError(*problems)
        return names
    if not any(name in models.index for name in names):
        names += list(models.index[(models["country"] == params.leader) & models["record"]][-1:])
    return names


def dossier_model(posterior: Posterior) -> str:
    """The model a dossier is about: the subject, or the newest record."""
    subject = posterior.params.subject
    return newest_record(posterior) if subject in ("default", "all") else subject
