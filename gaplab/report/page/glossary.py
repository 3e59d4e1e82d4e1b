"""The terms that need explaining, each with the one explanation that page, docs and notes share."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A word of the page with its explanation.

    Attributes
    ----------
    name : str
        As it stands in the list of terms.
    meaning : str
        One or two sentences without a term that is not explained itself.
    pattern : str
        Regular expression of the forms in which a text uses it; the name in
        singular or plural when empty.
    """

    name: str
    meaning: str
    pattern: str = ""

    def find(self, text: str) -> re.Match | None:
        """Where the text first uses the term."""
        return re.search(self.pattern or rf"\b{re.escape(self.name)}s?\b", text, flags=re.IGNORECASE)


TERMS = (
    Term(
        "public models",
        "AI models that anybody could use or download by the day in question. A model that was withdrawn since still "
        "counts: what was reached stays reached.",
        r"\bpublic models(?: only)?\b",
    ),
    Term(
        "restricted models",
        "Models that only selected users may use. They are counted where the text says so.",
        r"\brestricted (?:\w+ )?models?(?: too)?\b",
    ),
    Term(
        "interval",
        "The range that holds the number with the stated probability, given the data and the method: 10% lies below "
        "an 80% interval and 10% above.",
        r"\b\d+% intervals?\b",
    ),
    Term(
        "attainable",
        "What the best model of a country could do on a day, read from all its releases. No single test score "
        "decides, and it never falls. The line through time is the country's frontier.",
        r"\battainable\b",
    ),
    Term(
        "frontier",
        "The ability attainable in a country, as a line through time. It is estimated from all models of the country.",
        r"\bfrontiers?\b",
    ),
    Term(
        "lag",
        "A distance in time: how long ago one country stood where the other stands now. It looks back and is no "
        "forecast of the day of arrival.",
        r"\blags?\b",
    ),
    Term(
        "distance",
        "How far one country is above the other on the same day, in ability. Divided by a pace it becomes months.",
    ),
    Term(
        "record model",
        "A model that was, with a probability of one third or more, the best of its country on the day it came out.",
        r"\brecord models?\b",
    ),
    Term(
        "points",
        "A scale of ability on which Claude 3.5 Sonnet is 130 and GPT-5 is 150. Twenty points are the way between "
        "those two.",
        r"\bpoints?\b(?=[: .)]|$)",
    ),
    Term(
        "logit",
        "The scale of the statistical model: one logit more makes the odds of solving a question 2.7 times better.",
        r"\blogits?\b",
    ),
    Term("middle estimate", "The median: the number is as probably above it as below.", r"\bmiddle estimates?\b"),
    Term(
        "draw",
        "One version of the past that the scores allow. The computation makes thousands, and every number is read "
        "from each of them.",
        r"\bdraws?\b",
    ),
    Term(
        "posterior",
        "What the scores and the model together say about every ability and frontier: the collection of all draws.",
        r"\bposteriors?\b",
    ),
    Term(
        "density",
        "How probable our numbers make what was claimed, for each month of its range. Only comparisons of two "
        "densities mean something.",
        r"\bdensity\b",
    ),
    Term(
        "k-hat",
        "A check of numbers that come from weighing draws instead of a new computation: below 0.7 they hold.",
    ),
    Term(
        "Monte Carlo error",
        "What another run with other random numbers would change.",
        r"\bMonte Carlo error\b",
    ),
    Term("baseline", "The forecast in which no lever is moved: nobody does anything new.", r"\bbaseline\b"),
    Term("scenario", "The forecast with an assumption changed, on purpose and for all draws.", r"\bscenarios?\b"),
    Term(
        "reading of a past day",
        "A number as it came out on that day. Later scores and models move it: the revision is what is read of the "
        "same day now, less what was read then.",
        r"\breadings? of (?:a )?past days?\b",
    ),
    Term(
        "vintage",
        "The data as they stood on one past day. A forecast that is to be judged may use nothing newer.",
        r"(?<!pseudo-)\bvintages?\b",
    ),
    Term(
        "pseudo-vintage",
        "A past day rebuilt from today's data: models that came out later are taken away, but scores that were "
        "published later stay. Forecasts from it look better than they would have been.",
        r"\bpseudo-vintages?\b",
    ),
    Term(
        "CRPS",
        "The continuous ranked probability score: how far a forecast with its whole interval lay from the outcome. "
        "Smaller is better.",
        r"\bCRPS\b",
    ),
    Term(
        "live record",
        "What each release of the data published, written down before the outcome was known and scored when it came "
        "due.",
    ),
    Term("CAISI", "The Center for AI Standards and Innovation, part of NIST, the standards agency of the US."),
    Term("METR", "A research institute that measures how long the tasks are that AI models can do alone."),
    Term("ECI", "The Epoch Capabilities Index: Epoch AI's published scale of ability."),
    Term("R-hat", "A check whether several runs of the computation agree; it should be close to 1.", r"\bR-hat\b"),
    Term("bulk ESS", "How many independent draws the computed ones are worth.", r"\bbulk ESS\b"),
    Term("divergences", "Steps that the computation could not follow; none should be left.", r"\bdivergences\b"),
)
"""In the order in which docs list them; each meaning uses plain words or terms listed here."""
