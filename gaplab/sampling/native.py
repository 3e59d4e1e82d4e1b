"""Data of compiled functions at an address, so that the sampler's threads call them without Python in between."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, typing
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from gaplab.sampling.compiled import njit


class NativeArgs:
    """Nested tuples, with or without names, of arrays and numbers, at an address for as long as this object lives.

    Nothing is copied but the places and shapes of the arrays. A compiled function that takes the address
    as a pointer to `kind` has the tuples back with `read`.

    Attributes
    ----------
    values : tuple
        The same, with arrays of one layout.
    memory : array of bytes
        Where they lie.
    address : int
        Of the memory.
    kind : numba type
        Equal for data of other sizes, for which nothing is compiled again.
    """

    def __init__(self, data: Any):
        self.values = _uniform(data)
        self.kind = numba.typeof(self.values)
        context = cpu_target.target_context
        self.memory = np.zeros(context.get_abi_sizeof(context.get_value_type(self.kind)), np.uint8)
        self.address = self.memory.ctypes.data
        _write(self.values, self.address)


def _uniform(data: Any) -> Any:
    """Arrays in one layout, so that data of other sizes have the same type; integers are indices and become unsigned.

    Numba supports negative indices and pays a branch for each use of a signed one.
    """
    if isinstance(data, tuple):
        parts = [_uniform(part) for part in data]
        return type(data)(*parts) if hasattr(data, "_fields") else tuple(parts)
    if not isinstance(data, np.ndarray):
        return data
    return np.require(data, np.uint32 if data.dtype.kind == "i" else None, requirements="CW")


@intrinsic
def read(typing_context, held):
    """The tuples that a `NativeArgs` holds, from a pointer to their kind."""
    kind = held.dtype

    def generate(context, builder, signature, arguments):
        return builder.load(builder.bitcast(arguments[0], context.get_value_type(kind).as_pointer()))

    return kind(held), generate


REAL = types.CPointer(types.double)


def signature(kind: types.Type) -> typing.Signature:
    """Of a log density as a C function: the places of x and of its gradient, which it fills, their size, its data.

    What the data are is said here and not by a variable that the function closes over: numba finds a function
    that was kept on disk by its signature, but by a variable only if that pickles to the same bytes.
    Called by its address, such a function is kept apart from whoever calls it.
    """
    return types.float64(REAL, REAL, types.int64, types.CPointer(kind))


@intrinsic
def evaluate(typing_context, function, x, gradient, data):
    """The value of the function at an address whose `signature` has data at another."""

    def generate(context, builder, signature, arguments):
        vectors = [
            cgutils.create_struct_proxy(kind)(context, builder, value=value)
            for kind, value in zip(signature.args[1:3], arguments[1:3], strict=True)
        ]
        real, whole = ir.DoubleType(), ir.IntType(64)
        function_type = ir.FunctionType(real, [real.as_pointer(), real.as_pointer(), whole, whole])
        size = cgutils.unpack_tuple(builder, vectors[0].shape)[0]
        callee = builder.inttoptr(arguments[0], function_type.as_pointer())
        return builder.call(callee, [*(vector.data for vector in vectors), size, arguments[3]])

    return types.float64(types.int64, x, gradient, types.int64), generate


@njit(cache=True)
def _write(data, address):
    _store(data, address)


@intrinsic
def _store(typing_context, data, address):
    def generate(context, builder, signature, arguments):
        value = _unowned(context, builder, data, arguments[0])
        builder.store(value, builder.inttoptr(arguments[1], value.type.as_pointer()))
        return context.get_dummy_value()

    return types.void(data, address), generate


def _unowned(context, builder, kind, value):
    """The value with arrays that have no owner: who reads them neither keeps nor frees them."""
    if isinstance(kind, types.BaseTuple):
        for place, part in enumerate(kind):
            inner = _unowned(context, builder, part, builder.extract_value(value, place))
            value = builder.insert_value(value, inner, place)
    elif isinstance(kind, types.Array):
        array = cgutils.create_struct_proxy(kind)(context, builder, value=value)
        array.meminfo = ir.Constant(array.meminfo.type, None)
        array.parent = ir.Constant(array.parent.type, None)
        value = array._getvalue()
    return value
