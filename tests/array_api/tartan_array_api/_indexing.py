"""Indexing functions, and the products that stand outside the linear algebra extension."""

import tartan_array_api_core as core

from ._array import Array

__all__ = ["take", "take_along_axis", "tensordot", "vecdot"]


def take(x, indices, /, *, axis=None):
    if axis is None and x.ndim > 1:
        raise ValueError("take: an array of several axes needs an axis")
    return Array(core.take(x._core, indices._core, 0 if axis is None else axis))


def take_along_axis(x, indices, /, *, axis=-1):
    return Array(core.take_along_axis(x._core, indices._core, axis))


def tensordot(x1, x2, /, *, axes=2):
    if isinstance(axes, int):
        return Array(core.tensordot(x1._core, x2._core, axes))
    return Array(core.tensordot_of(x1._core, x2._core, list(axes[0]), list(axes[1])))


def vecdot(x1, x2, /, *, axis=-1):
    return Array(core.vecdot(x1._core, x2._core, axis))
