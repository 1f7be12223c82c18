"""Creation functions. Arrays that are made like others have their chunks."""

import numpy as np
import tartan_array_api_core as core

from ._array import Array, check_device, chunks_of, from_numpy

__all__ = ["arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like",
           "linspace", "meshgrid", "ones", "ones_like", "tril", "triu", "zeros", "zeros_like"]

DType = core.DType
_NUMBERS = (bool, int, float, complex)


def _shape(shape):
    return [shape] if isinstance(shape, int) else list(shape)


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    check_device(device)
    if isinstance(obj, Array):
        if dtype is not None and dtype != obj.dtype:
            if copy is False:
                raise ValueError("asarray: another dtype cannot be had without a copy")
            return Array(obj._core.astype(dtype))
        return obj if copy is False else Array(obj._core)
    if copy is False:
        raise ValueError("asarray: only arrays of this namespace can be had without a copy")
    if dtype is not None and isinstance(obj, _NUMBERS):
        return full((), obj, dtype=dtype)
    return from_numpy(np.asarray(obj, dtype=None if dtype is None else dtype.name))


def from_dlpack(x, /, *, device=None, copy=None):
    check_device(device)
    return Array(core.from_dlpack(x.__dlpack__(), chunks_of))


def _filled(name):
    function = getattr(core, name)

    def create(shape, *, dtype=None, device=None):
        check_device(device)
        shape = _shape(shape)
        return Array(function(shape, dtype or DType.float64, chunks_of(shape)))

    create.__name__ = name
    return create


def _like(name):
    function = getattr(core, name)

    def create(x, /, *, dtype=None, device=None):
        check_device(device)
        return Array(function(x._core if dtype is None else x._core.astype(dtype)))

    create.__name__ = name
    return create


zeros, ones, empty = _filled("zeros"), _filled("ones"), _filled("empty")
zeros_like, ones_like, empty_like = _like("zeros_like"), _like("ones_like"), _like("empty_like")


def full(shape, fill_value, *, dtype=None, device=None):
    check_device(device)
    shape = _shape(shape)
    return Array(core.full(shape, fill_value, dtype, chunks_of(shape)))


def full_like(x, /, fill_value, *, dtype=None, device=None):
    check_device(device)
    return Array(core.full_like(x._core if dtype is None else x._core.astype(dtype), fill_value))


def arange(start, /, stop=None, step=1, *, dtype=None, device=None):
    check_device(device)
    if stop is None:
        start, stop = 0, start
    return Array(core.arange(start, stop, step, dtype, chunks_of))


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True):
    check_device(device)
    if dtype is None:
        complex_ends = isinstance(start, complex) or isinstance(stop, complex)
        dtype = DType.complex128 if complex_ends else DType.float64
    return Array(core.linspace(start, stop, num, dtype, endpoint, chunks_of([num])))


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None):
    check_device(device)
    columns = n_rows if n_cols is None else n_cols
    k = min(max(k, -2**63), 2**63 - 1)
    return Array(core.eye(n_rows, columns, k, dtype or DType.float64, chunks_of([n_rows, columns])))


def meshgrid(*arrays, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    return tuple(Array(one)
                 for one in core.meshgrid([x._core for x in arrays], indexing == "ij"))


def tril(x, /, *, k=0):
    return Array(core.tril(x._core, k))


def triu(x, /, *, k=0):
    return Array(core.triu(x._core, k))
