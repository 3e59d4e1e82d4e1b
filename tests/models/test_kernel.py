"""The compiled densities are the PyMC models, block by block."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytensor.tensor as pt
import pytest
from pymc.distributions.transforms import ZeroSumTransform
from support.ability_worlds import RUN, frontier_inputs, world

from gaplab.models.ability import kernel as ability_kernel
from gaplab.models.ability.coordinates import sizes_of, zero_sum
from gaplab.models.ability.definition import BLOCKS as BLOCKS_of_definition
from gaplab.models.ability.definition import ability_model
from gaplab.models.ability.density import ability_density
from gaplab.models.frontier import kernel as frontier_kernel
from gaplab.models.frontier.definition import BLOCKS, frontier_model
from gaplab.models.frontier.density import frontier_density
from gaplab.models.observations.observations import observations

POSITIVE = ("sigma", "tau_a", "omega_spread", "domain_sd", "horizon_slope", "horizon_sd")
SUMS_TO_ZERO = ("log_a", "domain_follower")
SCALARS = ("sigma", "tau_a", "omega_mean", "omega_spread")


def ability_point(x, data):
    """The coordinates of the density under the names that PyMC gives them."""
    sizes = sizes_of(data)
    parts = dict(zip(sizes._fields, np.split(x, np.cumsum(sizes)[:-1]), strict=True))
    unpacked = ability_density(data).unpack(x[None, None].copy())
    for name in SUMS_TO_ZERO:
        if name in unpacked and parts[name].size:
            parts[name] = pymc_zero_sum(unpacked[name][0, 0])
    names = dict.fromkeys(POSITIVE, "_log__") | dict.fromkeys(SUMS_TO_ZERO, "_zerosum__")
    names["omega_offset"] = "_bend__"
    return {
        name + names.get(name, ""): part[0] if name in SCALARS else part
        for name, part in parts.items()
        if part.size or name in ("effect_raw", "prior")
    }


def pymc_zero_sum(full):
    """The free coordinates that PyMC's transform gives a vector that sums to zero."""
    return ZeroSumTransform([0]).forward(pt.as_tensor(full)).eval()


def frontier_point(x, k):
    ends = [1, 2, 3, 3 + 2 * k, 5 + 2 * k, 7 + 2 * k]
    names = ["log_median_pace", "pace_contrast", "tau_log__", "rise_stretch__", "level", "nu_log__", "factor"]
    parts = dict(zip(names, np.split(x, ends), strict=True))
    parts = {name: part[0] if name in names[:3] else part for name, part in parts.items()}
    return parts | {"rise_stretch__": parts["rise_stretch__"].reshape(2, k)}


def _stage(name):
    """The compiled density, the definition, the names of the coordinates in PyMC, and both lists of blocks."""
    if name == "frontier":
        inputs = frontier_inputs()
        point = lambda x: frontier_point(x, len(inputs[3]))  # noqa: E731
        return frontier_density(*inputs), frontier_model(*inputs), point, BLOCKS, frontier_kernel
    simpler = {"domains": "ignored", "discriminations": "equal", "floors": "ignored", "ability_prior": "country"}
    data = observations(world(), dataclasses.replace(RUN, **simpler) if name == "simpler ability" else RUN)
    density, model = ability_density(data), ability_model(data)
    if name == "simpler ability":
        assert set(data.prior.names) == {"growth", "follower"}
        assert not {"log_a", "domain_sd", "tau_a"} & {variable.name for variable in model.free_RVs}
    else:
        assert data.domains.names.tolist() == ["agentic", "cyber", "other"]
        assert set(data.effects.names) >= {"self_report", "public_test_follower"}
        assert any(name.startswith("harness") for name in data.effects.names)
        assert all(part.any() for part in (data.at_most, data.at_least, data.horizons.at_least, data.links.points))
    return density, model, lambda x: ability_point(x, data), BLOCKS_of_definition, ability_kernel


@pytest.mark.parametrize("stage", ["ability", "simpler ability", "frontier"])
def test_each_block_of_the_kernel_is_that_of_the_definition(stage):
    """Up to a constant, which cancels between two points; the gradient is that of the value."""
    density, model, point, blocks, kernel = _stage(stage)
    terms = {
        name: model.logp([model[variable] for variable in variables if variable in model.named_vars], sum=True)
        for name, variables in blocks.items()
        if set(variables) & set(model.named_vars)
    }
    defined = model.compile_fn(list(terms.values()), inputs=model.value_vars, on_unused_input="ignore")
    rng = np.random.default_rng(7)
    places = [density.start + rng.normal(0, 0.3, density.start.size) for _ in range(2)]
    expected = np.subtract(*(defined(point(x)) for x in places))
    compiled = [kernel.terms(x, np.empty(x.size), density.data.values) for x in places]
    found = {name: getattr(compiled[0], name) - getattr(compiled[1], name) for name in compiled[0]._fields}
    assert tuple(found) == tuple(blocks), "one order of the blocks"
    for name, difference in zip(terms, expected, strict=True):
        assert found.pop(name) == pytest.approx(difference, abs=1e-6), name
    assert not any(found.values()), "a block that the definition lacks"
    assert {name for names in blocks.values() for name in names} >= {v.name for v in model.basic_RVs + model.potentials}

    value, gradient = density(places[0])
    assert value == pytest.approx(sum(compiled[0]))
    for j in range(gradient.size):
        step = 1e-5 * np.eye(gradient.size)[j]
        slope = (density(places[0] + step)[0] - density(places[0] - step)[0]) / 2e-5
        assert gradient[j] == pytest.approx(slope, rel=1e-7, abs=1e-5), density.names[j]


@pytest.mark.parametrize("variable", ["domain_ability", "omega", "difficulty", "bias"])
def test_unpacked_abilities_are_the_models_variables(variable):
    data = observations(world(), RUN)
    density, model = ability_density(data), ability_model(data)
    x = density.start + np.random.default_rng(1).normal(0, 0.3, density.start.size)
    with model:
        value = model.replace_rvs_by_values([model[variable]])[0]
        expected = model.compile_fn(value, inputs=model.value_vars, on_unused_input="ignore")(ability_point(x, data))
    assert density.unpack(x[None, None].copy())[variable][0, 0] == pytest.approx(expected)


def test_unpacked_frontiers_are_the_models_variables():
    inputs = frontier_inputs()
    density, model = frontier_density(*inputs), frontier_model(*inputs)
    x = density.start + np.random.default_rng(1).normal(0, 0.3, density.start.size)
    with model:
        value = model.replace_rvs_by_values([model["frontier"]])[0]
    used = {model.rvs_to_values[model[name.removesuffix("_log__").removesuffix("_stretch__")]]: part
            for name, part in frontier_point(x, len(inputs[3])).items()
            if name in ("log_median_pace", "pace_contrast", "tau_log__", "rise_stretch__", "level")}  # fmt: skip
    expected = value.eval(used)
    assert density.unpack(x[None, None].copy())["frontier"][0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("left_out", [0, 4, 9])
def test_zero_sum_sums_to_zero_and_keeps_the_free_values(left_out):
    free = np.random.default_rng(0).normal(size=(5, 9))
    full = zero_sum(free, left_out)
    assert full.sum(axis=-1) == pytest.approx(0, abs=1e-12)
    assert (np.delete(full, left_out, axis=-1) == free).all()


_DENSITIES = """
import sys
import numpy as np
from support.ability_worlds import RUN, frontier_inputs, world
from gaplab.models.ability.density import ability_density
from gaplab.models.frontier.density import frontier_density
from gaplab.models.observations.observations import observations
densities = {
    "frontier": lambda: frontier_density(*frontier_inputs()),
    "ability": lambda: ability_density(observations(world(), RUN)),
}
for name in sys.argv[1:]:
    density = densities[name]()
    for seed in range(20):
        value, gradient = density(density.start + 0.3 * np.random.default_rng(seed).normal(size=density.start.size))
        print(value.hex(), gradient.tobytes().hex())
"""


@pytest.mark.machine
def test_what_is_compiled_first_and_by_which_process_does_not_matter(tmp_path, repository):
    """To the last bit: draws of a first run are those of any other."""

    def computed(folder, *names):
        return sorted(subprocess.run(
            [sys.executable, "-c", _DENSITIES, *names], cwd=repository, stdout=subprocess.PIPE, text=True, check=True,
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / folder), "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout.splitlines())  # fmt: skip

    first = computed("one", "frontier", "ability")
    assert len(first) == 40
    assert computed("one", "frontier", "ability") == first, "read, not compiled"
    assert computed("two", "ability", "frontier") == first
