"""Elementwise functions: the core's, under the standard's signatures."""

import tartan_array_api_core as core

from ._array import Array, some_array, raw

_UNARY = """abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor
imag isfinite isinf isnan log log10 log1p log2 logical_not negative positive real reciprocal round
sign signbit sin sinh sqrt square tan tanh trunc""".split()
_BINARY = """add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp logical_and
logical_or logical_xor maximum minimum multiply nextafter not_equal pow remainder
subtract""".split()

__all__ = _UNARY + _BINARY + ["clip", "where"]


def _unary(name):
    def function(x, /):
        return Array(getattr(core, name)(x._core))

    function.__name__ = name
    return function


def _binary(name):
    def function(x1, x2, /):
        some_array(name, x1, x2)
        return Array(getattr(core, name)(raw(x1), raw(x2)))

    function.__name__ = name
    return function


for _name in _UNARY:
    globals()[_name] = _unary(_name)
for _name in _BINARY:
    globals()[_name] = _binary(_name)


def clip(x, /, min=None, max=None):
    if min is None and max is None:
        return Array(core.positive(x._core)) if x.dtype != core.DType.bool else x
    if min is None:
        return Array(core.minimum(x._core, raw(max)))
    if max is None:
        return Array(core.maximum(x._core, raw(min)))
    return Array(core.clip(x._core, raw(min), raw(max)))


def where(condition, x1, x2, /):
    return Array(core.where(condition._core, raw(x1), raw(x2)))
