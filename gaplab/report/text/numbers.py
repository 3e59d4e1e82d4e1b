"""Numbers in words: probabilities, months, signed changes and estimates with their interval."""

from __future__ import annotations

import numpy as np


def format_probability(prob: float) -> str:
    """A probability as a whole per cent that never claims certainty."""
    if prob < 0.01:
        return "less than 1%"
    return "more than 99%" if prob > 0.99 else f"{prob:.0%}"


def format_short_probability(prob: float) -> str:
    """The same for a narrow column of a table: <1%, 54%."""
    return format_probability(prob).replace("less than ", "<").replace("more than ", ">")


def format_number(value: float, width: float = 1.0) -> str:
    """A value with the decimals that an interval of that width can bear: one, or none from ten upward."""
    text = f"{value:.0f}" if width >= 10 else f"{value:.1f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def format_months(value: float, width: float = 1.0) -> str:
    """A duration: 7.4 months, 1 month, 14 months."""
    text = format_number(value, width)
    return f"{text} month" if text.strip("−") == "1" else f"{text} months"


def join_words(words: list[str]) -> str:
    """Words in a row: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def format_k_hat(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def estimate_in_words(middle: float, low: float, high: float) -> str:
    """The same in a sentence, whoever leads: 8.1 (6.9 to 9.5) months, 4.8 (3.5 to 5.9) months ahead."""
    if middle < 0 and not high > 0:
        return f"{format_estimate(-middle, -high, -low)} months ahead"
    if low < 0 < high:
        side = (
            "level"
            if format_number(middle) == "0.0"
            else f"{format_months(abs(middle))} {'behind' if middle > 0 else 'ahead'}"
        )
        return f"{side} ({format_number(-low)} ahead to {format_number(high)} behind)"
    return f"{format_estimate(middle, low, high)} months"


def format_estimate(middle: float, low: float, high: float) -> str:
    """Middle estimate and interval in figures: 8.1 (6.9 to 9.5)."""
    if not np.isfinite(middle):
        return "undefined"
    width = high - low if np.isfinite(high - low) else 1.0
    if not (np.isfinite(low) and np.isfinite(high)) or low == high:
        return format_number(middle, width)
    return f"{format_number(middle, width)} ({format_number(low, width)}\u00a0to\u00a0{format_number(high, width)})"


def signed_months(months_added: float) -> str:
    """Months added or taken away: +0.7, −0.8, 0."""
    return f"{months_added:+.1f}".replace("-", "−") if round(months_added, 1) else "0"


def signed_or_dash(value: float) -> str:
    return signed_months(value) if np.isfinite(value) else "–"


def signed_or_ahead(value: float) -> str:
    """Months with their sign, or that the follower is ahead."""
    if not np.isfinite(value):
        return "ahead"
    text = format_number(value)
    return text if value <= 0 or float(text) == 0 else f"+{text}"


def number_or_ahead(value: float) -> str:
    """Months behind, or that the follower is ahead for good."""
    return format_number(value) if np.isfinite(value) else "ahead"


def format_share(share: float) -> str:
    """A share that may be exactly zero or one."""
    return f"{share:.0%}"
