"""Data behind an address."""

import numpy as np
from numba import cfunc, types

from gaplab.sampling.native import NativeArgs, read


def test_data_at_an_address_are_read_as_they_are_now():
    values = np.arange(3.0)
    held = NativeArgs(((values, np.array([[True]])), 2))
    other = NativeArgs(((np.arange(30.0)[::2], np.ones((2, 5), bool)), 3))

    @cfunc(types.float64(types.CPointer(held.kind)))
    def total(place):
        (numbers, flags), factor = read(place)
        return numbers.sum() * factor + flags.sum()

    assert total.ctypes(held.address) == 7
    values[0] = 10.0
    assert total.ctypes(held.address) == 27
    assert other.kind == held.kind
    assert total.ctypes(other.address) == np.arange(30)[::2].sum() * 3 + 10
