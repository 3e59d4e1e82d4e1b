"""Developer and country of models that no file places, proposed by their family or developer; a person accepts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from gaplab.errors import GaplabError, did_you_mean

FEWEST = 2
ALL = "all"


@dataclass(frozen=True)
class Proposal:
    """Who made a model and where, as all listed models of its family or developer have it."""

    model: str
    developer: str
    country: str
    reason: str

    def line(self, *, accepted: bool) -> str:
        """The proposal for a person, with how to accept it."""
        sentence = f'"{self.model}": developer {self.developer}, country {self.country}, as {self.reason}'
        return f"accepted: {sentence}" if accepted else f'proposed: {sentence}; take it with --accept "{self.model}"'


def proposals_for(models: pd.DataFrame) -> list[Proposal]:
    """A proposal for each model without a country whose family or developer has one developer and one country."""
    placed = models[(models["country"] != "unknown") & (models["developer"] != "unknown")]
    found = []
    for row in models[models["country"] == "unknown"].itertuples():
        own = row.developer != "unknown"
        kin = placed[placed["developer"] == row.developer] if own else placed[placed["family"] == row.family]
        makers = set(zip(kin["developer"], kin["country"], strict=True))
        if len(makers) == 1 and len(kin) >= FEWEST and (own or row.family):
            ((developer, country),) = makers
            what = f"of the developer {developer}" if own else f"of the family {row.family}"
            found.append(Proposal(row.model, developer, country, f"all {len(kin)} listed models {what}"))
    return found


def accept(models: pd.DataFrame, found: list[Proposal], accepted: Iterable[str]) -> pd.DataFrame:
    """The models with the accepted proposals written into them.

    Parameters
    ----------
    models : DataFrame
        models.csv as text.
    accepted : iterable of str
        Names of models, or "all".

    Raises
    ------
    GaplabError
        A name has no proposal.
    """
    names, by_model = set(accepted), {proposal.model: proposal for proposal in found}
    placed = set(models.loc[models["country"] != "unknown", "model"])
    if wrong := sorted(names - {ALL} - set(by_model) - placed):
        raise GaplabError(
            *(f"--accept {name!r}: nothing is proposed for it{did_you_mean(name, by_model)}" for name in wrong)
        )
    models = models.copy()
    chosen = models["model"].isin(set(by_model) if ALL in names else names & set(by_model))
    for at in models.index[chosen]:
        proposal = by_model[models.at[at, "model"]]
        models.loc[at, ["developer", "country"]] = [proposal.developer, proposal.country]
        models.at[at, "note"] = models.at[at, "note"] or f"developer and country as {proposal.reason}"
    return models
