"""The shape of a density as it is stored."""

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from gaplab.sampling.curvature import Curvature


def _curvature(names: str) -> Curvature:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(len(names), len(names)))
    return Curvature(pd.Index(list(names), dtype=object), rng.normal(size=len(names)), csr_array(root @ root.T))


def test_what_is_stored_comes_back(tmp_path):
    before = _curvature("abcd")
    before.to_dataset().to_netcdf(tmp_path / "x.nc", engine="h5netcdf")
    after = Curvature.from_dataset(xr.load_dataset(tmp_path / "x.nc", engine="h5netcdf"))
    assert after.names.equals(before.names)
    np.testing.assert_array_equal(after.centre, before.centre)
    np.testing.assert_array_equal(after.matrix.toarray(), before.matrix.toarray())


def test_new_coordinates_are_plain_and_old_ones_keep_their_shape_in_any_order():
    before, names = _curvature("abcd"), pd.Index(list("dxab"), dtype=object)
    after = before.reindexed(names, np.array([9.0, 8.0, 7.0, 6.0]))
    np.testing.assert_array_equal(after.centre, [before.centre[3], 8.0, before.centre[0], before.centre[1]])
    kept = [3, 0, 1]
    matrix = after.matrix.toarray()
    np.testing.assert_allclose(matrix[np.ix_([0, 2, 3], [0, 2, 3])], before.matrix.toarray()[np.ix_(kept, kept)])
    np.testing.assert_array_equal(matrix[1], [0, 1, 0, 0])
