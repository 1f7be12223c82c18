"""Sorting, searching and running sums."""

import tartan_array_api_core as core

from ._array import Array, raw, some_array

__all__ = ["argsort", "cumulative_prod", "cumulative_sum", "isin", "searchsorted", "sort"]


def sort(x, /, *, axis=-1, descending=False, stable=True):
    return Array(core.sort(x._core, axis, descending, stable))


def argsort(x, /, *, axis=-1, descending=False, stable=True):
    return Array(core.argsort(x._core, axis, descending, stable))


def _beside(number, array):
    """A number beside an array, as a 0-d array."""
    dtype = core.result_type_with(array.dtype, number)
    return core.full([], number, dtype, None)


def searchsorted(x1, x2, /, *, side="left", sorter=None):
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side is 'left' or 'right', not {side!r}")
    found = x2._core if isinstance(x2, Array) else _beside(x2, x1)
    return Array(core.searchsorted(x1._core, found, side == "right",
                                   None if sorter is None else sorter._core))


def isin(x1, x2, /, *, invert=False):
    some_array("isin", x1, x2)
    of = raw(x1) if isinstance(x1, Array) else _beside(x1, x2)
    among = raw(x2) if isinstance(x2, Array) else _beside(x2, x1)
    return Array(core.isin(of, among, invert))


def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    return Array(core.cumulative_sum(x._core, axis, dtype, include_initial))


def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    return Array(core.cumulative_prod(x._core, axis, dtype, include_initial))
