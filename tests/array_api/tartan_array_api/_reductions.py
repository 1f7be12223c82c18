"""Reductions."""

import tartan_array_api_core as core

from ._array import Array

__all__ = ["all", "any", "argmax", "argmin", "count_nonzero", "max", "mean", "min", "prod", "std",
           "sum", "var"]


def _axes(axis):
    return [axis] if isinstance(axis, int) else None if axis is None else list(axis)


def _reduction(name):
    def function(x, /, *, axis=None, keepdims=False):
        return Array(getattr(core, name)(x._core, _axes(axis), keepdims))

    function.__name__ = name
    return function


def _with_dtype(name):
    def function(x, /, *, axis=None, dtype=None, keepdims=False):
        given = x._core if dtype is None else x._core.astype(dtype)
        made = getattr(core, name)(given, _axes(axis), keepdims)
        return Array(made if dtype is None else made.astype(dtype))

    function.__name__ = name
    return function


def _with_correction(name):
    def function(x, /, *, axis=None, correction=0.0, keepdims=False):
        return Array(getattr(core, name)(x._core, _axes(axis), float(correction), keepdims))

    function.__name__ = name
    return function


for _name in ["all", "any", "argmax", "argmin", "count_nonzero", "max", "mean", "min"]:
    globals()[_name] = _reduction(_name)
for _name in ["prod", "sum"]:
    globals()[_name] = _with_dtype(_name)
for _name in ["std", "var"]:
    globals()[_name] = _with_correction(_name)
