"""Dtype objects and what can be asked of them."""

import tartan_array_api_core as core

from ._array import Array, check_device

DType = core.DType
NAMES = list(DType.__members__)
globals().update(DType.__members__)

def isdtype(dtype, kind):
    if isinstance(kind, tuple):
        return True in [isdtype(dtype, one) for one in kind]
    if isinstance(kind, DType):
        return dtype == kind
    return core.isdtype(dtype, kind)


def astype(x, dtype, /, *, copy=True, device=None):
    check_device(device)
    if dtype == x.dtype and not copy:
        return x
    if isdtype(x.dtype, "complex floating") and isdtype(dtype, ("integral", "real floating")):
        raise TypeError(f"astype: {x.dtype.name} to {dtype.name} loses the imaginary part")
    return Array(x._core.astype(dtype))


def can_cast(from_, to, /):
    return core.can_cast(_dtype(from_), to)


def result_type(*arrays_and_dtypes):
    dtypes, numbers = [], []
    for one in arrays_and_dtypes:
        if isinstance(one, (type(True), int, float, complex)):
            numbers.append(one)
        else:
            dtypes.append(_dtype(one))
    if not dtypes:
        raise ValueError("result_type: at least one array or dtype is needed")
    result = dtypes[0]
    for dtype in dtypes[1:]:
        result = core.result_type(result, dtype)
    for number in numbers:
        result = core.result_type_with(result, number)
    return result


def _dtype(type):
    return type.dtype if isinstance(type, Array) else type


def finfo(type, /):
    return core.finfo(_dtype(type))


def iinfo(type, /):
    return core.iinfo(_dtype(type))


__all__ = NAMES + ["isdtype", "astype", "can_cast", "result_type", "finfo", "iinfo"]
