"""Functions that change shapes and put arrays together, and those of the linear algebra that
stand outside its extension."""

import functools

import tartan_array_api_core as core

from ._array import Array, chunks_of, matmul

__all__ = ["broadcast_arrays", "broadcast_shapes", "broadcast_to", "concat", "diff", "expand_dims",
           "flip", "matmul", "matrix_transpose", "moveaxis", "nonzero", "permute_dims", "repeat",
           "reshape", "roll", "squeeze", "stack", "tile", "unstack"]


def _cores(arrays):
    return [x._core for x in arrays]


def _list(axis):
    return [axis] if isinstance(axis, int) else list(axis)


def broadcast_arrays(*arrays):
    return tuple(Array(one) for one in core.broadcast_arrays(_cores(arrays)))


def broadcast_shapes(*shapes):
    return functools.reduce(core.broadcast_shapes, shapes, ())


def broadcast_to(x, /, shape):
    return Array(core.broadcast_to(x._core, shape))


def concat(arrays, /, *, axis=0):
    if axis is None:
        return Array(core.concatenate([core.reshape(x, [-1]) for x in _cores(arrays)], 0))
    return Array(core.concatenate(_cores(arrays), axis))


def diff(x, /, *, axis=-1, n=1, prepend=None, append=None):
    parts = [one._core for one in (prepend, x, append) if one is not None]
    whole = parts[0] if len(parts) == 1 else core.concatenate(parts, axis)
    return Array(core.diff(whole, n, axis))


def expand_dims(x, /, axis):
    axes = _list(axis)
    for one in axes:
        if not -x.ndim - len(axes) <= one < x.ndim + len(axes):
            raise IndexError(f"expand_dims: no axis {one} of {x.ndim + len(axes)}")
    return Array(core.expand_dims(x._core, axes))


def flip(x, /, *, axis=None):
    return Array(core.flip(x._core, None if axis is None else _list(axis)))


def matrix_transpose(x, /):
    return Array(core.matrix_transpose(x._core))


def moveaxis(x, source, destination, /):
    return Array(core.moveaxis(x._core, _list(source), _list(destination)))


def nonzero(x, /):
    return tuple(Array(one) for one in core.nonzero(x._core))


def permute_dims(x, /, axes):
    return Array(core.permute_dims(x._core, axes))


def repeat(x, repeats, /, *, axis=None):
    if isinstance(repeats, Array):
        return Array(core.repeat_by(x._core, repeats._core, axis))
    if axis is None:
        return Array(core.repeat_flat(x._core, repeats))
    return Array(core.repeat(x._core, repeats, axis))


def reshape(x, /, shape, *, copy=None):
    made = core.reshape(x._core, shape)
    chunks = chunks_of(made.shape)
    return Array(made if chunks is None else core.rechunk(made, chunks))


def roll(x, /, shift, *, axis=None):
    if axis is None:
        return Array(core.roll_flat(x._core, shift))
    axes = _list(axis)
    shifts = [shift] * len(axes) if isinstance(shift, int) else list(shift)
    return Array(core.roll(x._core, shifts, axes))


def squeeze(x, /, axis):
    return Array(core.squeeze(x._core, _list(axis)))


def stack(arrays, /, *, axis=0):
    return Array(core.stack(_cores(arrays), axis))


def tile(x, repetitions, /):
    return Array(core.tile(x._core, repetitions))


def unstack(x, /, *, axis=0):
    return tuple(Array(one) for one in core.unstack(x._core, axis))
