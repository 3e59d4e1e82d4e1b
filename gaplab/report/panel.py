"""The levers as sliders in a notebook, answered from draws that are there already."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
import xarray as xr
import yaml

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.outlook import scenarios
from gaplab.outlook.forecast import Forecast, Start, begin, forecast
from gaplab.outlook.history import HORIZONS
from gaplab.outlook.outcomes import THRESHOLDS
from gaplab.params.spec import LEVERS, Params, choices_of, help_for
from gaplab.posterior import Posterior
from gaplab.report.charts.live import LiveChart
from gaplab.report.text.names import CLOCK_NAMES, SCOPE_NAMES, country_name
from gaplab.report.text.numbers import format_number, format_short_probability, number_or_ahead, upper_first
from gaplab.report.text.scenarios import lever_sentences

DRAWS = 300
PAST_MONTHS = 24
DAYS = 8
_HALF = 320
"""Pixels below which chart and controls stand one below the other."""
_LABELS = {
    "definition": "Definition", "scope": "Models counted", "clock": "Models dated by", "as_of": "Day of the reading",
    "leader_rate": "Pace, times", "leader_pause_from": "Stands still from", "leader_pause_to": "until",
    "leader_restricted_share": "Share of progress held back", "leader_restricted_months": "held back for, months",
    "follower_rate": "Pace, times", "follower_rate_from": "from",
    "follower_diffusion": "Gain from head start, times", "follower_delay_months": "Releases later by, months",
    "inject": "A model comes out", "inject_model": "Name", "inject_country": "Of", "inject_date": "Day",
    "inject_ability": "Ability", "inject_sd": "Standard deviation", "inject_scale": "Scale of both",
}  # fmt: skip
_STEPS = {
    "leader_rate": (3.0, 0.05, ".2f"), "follower_rate": (3.0, 0.05, ".2f"), "follower_diffusion": (3.0, 0.05, ".2f"),
    "leader_restricted_share": (1.0, 0.05, ".0%"), "leader_restricted_months": (24.0, 0.5, ".1f"),
    "follower_delay_months": (24.0, 0.5, ".1f"), "inject_sd": (20.0, 0.5, ".1f"),
}  # fmt: skip
"""Greatest value, step and format of the sliders that begin at zero."""
_DEFINITIONS = {"frontier_lag": "Frontier to frontier", "released_lag": "Best released model to frontier"}


class Panel:
    """Controls, chart, table and the YAML of what is set; shows itself in a notebook.

    Attributes
    ----------
    controls : dict
        Widgets by the name of what they set: definition, scope, clock, as_of
        and every lever of `params.LEVERS`.
    params : Params
        The setting shown.
    chart, table, yaml
        Widgets that follow: a picture, rows, and text to copy.
    """

    def __init__(self, posteriors: Iterable[Posterior]):
        runs = list(posteriors)
        self._runs = {(run.params.scope, run.params.clock): thinned(run) for run in runs}
        self._starts: dict[tuple, tuple[Posterior, Start, Forecast]] = {}
        self._base = scenarios.neutral(runs[0].params)
        self._board = LiveChart()
        self.params, self.summary = self._base, ""
        self.controls = _controls(self._runs, runs[0])
        # Now, so that no move has to wait for it later.
        for scope, clock in self._runs:
            for day in self.controls["as_of"].options:
                self._start(replace(self._base, scope=scope, clock=clock, as_of=day))
        self.chart = widgets.Image(format="png", layout={"width": "100%"})
        self.table = widgets.HTML()
        self.message = widgets.HTML()
        self.yaml = widgets.Textarea(layout={"width": "auto", "height": "9em"})
        self.reset = widgets.Button(description="Reset", tooltip="All levers as they were")
        self.reset.on_click(self._back)
        self._opened = {name: control.value for name, control in self.controls.items()}
        self.box = self._arranged()
        for control in self.controls.values():
            control.observe(self._follow, names="value")
        self._follow()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        """The widgets, and for a page without them the same as plain markup."""
        still = f"<p>{html.escape(self.summary)}</p>{self.table.value}<pre>{html.escape(self.yaml.value)}</pre>"
        bundle = self.box._repr_mimebundle_()
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**bundle, "text/html": still, "text/plain": self.summary}

    def _arranged(self) -> widgets.VBox:
        """What is shown on the left, the controls on the right, or below where there is no room."""
        params = self._base
        groups = {
            "The reading": [name for name in ("definition", "scope", "clock", "as_of") if _is_a_choice(self, name)],
            upper_first(country_name(params.leader)): [name for name in LEVERS if name.startswith("leader_")],
            upper_first(country_name(params.follower)): [name for name in LEVERS if name.startswith("follower_")],
            "A new model": ["inject", *(name for name in LEVERS if name.startswith("inject_"))],
        }
        rows: list[widgets.Widget] = []
        for heading, names in groups.items():
            rows += [widgets.HTML(f"<b>{html.escape(heading)}</b>"), *(self.controls[name] for name in names)]
        rows += [self.reset, widgets.HTML("<b>As YAML, for <code>gaplab forecast --params</code></b>"), self.yaml]
        self._of_new_model = [self.controls[name] for name in groups["A new model"][1:]]
        halves = [widgets.VBox([self.message, self.chart, self.table], layout={"min_width": "0"})]
        halves.append(widgets.VBox(rows, layout={"min_width": "0"}))
        columns = f"repeat(auto-fit, minmax({_HALF}px, 1fr))"
        return widgets.GridBox(halves, layout={"grid_template_columns": columns, "grid_gap": "0 24px"})

    def _back(self, _button: Any = None) -> None:
        """All controls as they were; what is shown follows once."""
        for control in self.controls.values():
            control.unobserve(self._follow, names="value")
        for name, value in self._opened.items():
            self.controls[name].value = value
        for control in self.controls.values():
            control.observe(self._follow, names="value")
        self._follow()

    def _follow(self, _change: Any = None) -> None:
        """Read the controls and show what they say; a setting that cannot be is explained and changes nothing else."""
        values = {name: control.value for name, control in self.controls.items()}
        definition = values.pop("definition")
        injected = values.pop("inject")
        if not injected:
            values["inject_ability"] = None
        for control in self._of_new_model:
            control.layout.display = None if injected else "none"
        try:
            params = replace(self._base, **values)
            posterior, start, baseline = self._start(params)
            levers = scenarios.levers(posterior, params)
        except GaplabError as error:
            problems = list(error.problems)
            self.message.value = "<br>".join(f"<b>{html.escape(problem)}</b>" for problem in problems)
            return
        self.params = params
        changed = " ".join(lever_sentences(params))
        self.message.value = f"<b>Changed:</b> {html.escape(changed)}" if changed else "No lever is set."
        self._show(posterior, forecast(posterior, levers, start=start), baseline, definition)

    def _start(self, params: Params) -> tuple[Posterior, Start, Forecast]:
        """Posterior, random numbers and baseline of a scope, a clock and a day, computed when first asked for."""
        key = (params.scope, params.clock, params.as_of)
        if key not in self._starts:
            posterior = cut_on(self._runs[key[:2]], params.as_of)
            start = begin(posterior)
            self._starts[key] = posterior, start, forecast(posterior, start=start)
        return self._starts[key]

    def _show(self, posterior: Posterior, run: Forecast, baseline: Forecast, definition: str) -> None:
        fan, plain = (summary.band(each.draws[definition], self.params.prob) for each in (run, baseline))
        past = _past(posterior, self.params.prob)
        end = fan["median"].iloc[-1]
        year = number_or_ahead(fan["median"].iloc[12])
        self.summary = f"{_DEFINITIONS[definition]}, {SCOPE_NAMES[self.params.scope]}: {year} months in a year"
        self.chart.value = self._board.png(
            pd.concat([past, fan]) if definition == "frontier_lag" else fan,
            plain,
            pd.Timestamp(self.params.as_of),
            title=self.summary,
            ends=f"{format_number(end)} months" if np.isfinite(end) else "ahead",
        )
        self.table.value = _table_html(run.draws, definition, fan, plain)
        self.yaml.value = params_as_yaml(self.params)


def params_as_yaml(params: Params) -> str:
    """What differs from the defaults, as a file that `--params` reads."""
    defaults = Params()
    values = params.as_strings()
    changed = {name: values[name] for name in values if getattr(params, name) != getattr(defaults, name)}
    return yaml.safe_dump(changed, sort_keys=False, allow_unicode=True) if changed else "{}\n"


def _controls(runs: dict[tuple[str, str], Posterior], first: Posterior) -> dict[str, widgets.Widget]:
    """A widget for everything that can be set; limits and words come from `Params`."""
    params = first.params
    knots = pd.DatetimeIndex(first.frontier["date"].to_numpy())
    days = [*(knot.date() for knot in knots[-DAYS:-1]), params.as_of]
    controls: dict[str, widgets.Widget] = {
        "definition": widgets.Dropdown(options=[(text, name) for name, text in _DEFINITIONS.items()]),
        "scope": widgets.Dropdown(options=_worded(SCOPE_NAMES, (scope for scope, _ in runs)), value=params.scope),
        "clock": widgets.Dropdown(options=_worded(CLOCK_NAMES, (clock for _, clock in runs)), value=params.clock),
        "as_of": widgets.SelectionSlider(options=days, value=params.as_of, continuous_update=False),
    }
    controls["inject"] = widgets.Checkbox(value=False, indent=False)
    for spec in fields(Params):
        name = spec.name
        if name not in LEVERS:
            continue
        if choices_of(name):
            controls[name] = widgets.Dropdown(options=choices_of(name), value=spec.default)
        elif name == "inject_ability":
            controls[name] = widgets.FloatSlider(value=160.0, min=100.0, max=200.0, step=0.5, readout_format=".1f")
        elif name in _STEPS:
            top, step, form = _STEPS[name]
            controls[name] = widgets.FloatSlider(value=spec.default, min=0.0, max=top, step=step, readout_format=form)
        elif isinstance(spec.default, str):
            controls[name] = widgets.Text(value=spec.default, continuous_update=False)
        else:
            controls[name] = widgets.DatePicker(value=None)
    for name, control in controls.items():
        control.description = _LABELS[name]
        control.tooltip = help_for(name) if name in Params.__dataclass_fields__ else _LABELS[name]
        control.style.description_width = "14em"
        control.layout.width = "auto"
    return controls


def _worded(words: dict[str, str], names: Iterable[str]) -> list[tuple[str, str]]:
    """Options of a control: what each is called, and its value."""
    return [(upper_first(words[name]), name) for name in dict.fromkeys(names)]


def _is_a_choice(panel: Panel, name: str) -> bool:
    """Whether a control has more than one value to choose from."""
    return len(panel.controls[name].options) > 1


def thinned(posterior: Posterior) -> Posterior:
    """Every so-many-th draw of each chain, about `DRAWS` in all."""
    sizes = posterior.ability.sizes
    every = slice(None, None, max(1, sizes["chain"] * sizes["draw"] // DRAWS))
    points = None if posterior.points is None else posterior.points.isel(draw=every)
    parts = {name: getattr(posterior, name).isel(draw=every) for name in ("ability", "frontier", "shortfall")}
    return replace(posterior, **parts, points=points)


def cut_on(posterior: Posterior, day: date) -> Posterior:
    """The posterior cut off on an earlier knot: what is known today of the time until then."""
    params = replace(scenarios.neutral(posterior.params), as_of=day)
    if day == posterior.params.as_of:
        return replace(posterior, params=params)
    models = posterior.models[posterior.models["date"] <= pd.Timestamp(day)]
    frontier = posterior.frontier.sel(date=slice(None, pd.Timestamp(day) + pd.Timedelta(days=1)))
    frontier = frontier.assign_coords(date=[*frontier["date"].to_numpy()[:-1], np.datetime64(day, "ns")])
    ability = posterior.ability.sel(model=models.index.to_numpy())
    return replace(posterior, params=params, models=models, frontier=frontier, ability=ability)


def _past(posterior: Posterior, prob: float) -> pd.DataFrame:
    params = posterior.params
    lag = gap.frontier_lag(posterior.frontier, **params.roles)
    band = summary.band(lag, prob)
    return band[band.index >= band.index[-1] - pd.DateOffset(months=PAST_MONTHS)].iloc[:-1]


def _table_html(draws: xr.Dataset, definition: str, fan: pd.DataFrame, baseline: pd.DataFrame) -> str:
    """Today and the usual horizons: the number, the baseline, and P(more than so many months)."""
    head = "".join(f"<th>P(&gt;&nbsp;{limit})</th>" for limit in THRESHOLDS)
    lines = []
    for month in (0, *HORIZONS):
        lag = draws[definition].sel(horizon=month).to_numpy()
        middle, low, high = (number_or_ahead(fan[name].iloc[month]) for name in ("median", "outer_low", "outer_high"))
        shares = "".join(
            f"<td>{html.escape(format_short_probability(float((lag > limit).mean())))}</td>" for limit in THRESHOLDS
        )
        lines.append(
            f"<tr><th>{f'in {month} months' if month else 'on the day'}</th><td><b>{middle}</b> ({low} to "
            f"{high})</td><td>{number_or_ahead(baseline['median'].iloc[month])}</td>{shares}</tr>"
        )
    return (
        '<table cellpadding="3" style="white-space: nowrap; line-height: 1.2; font-size: 0.9em">'
        '<thead style="white-space: normal"><tr><th></th><th>months '
        f"behind</th><th>without levers</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )
