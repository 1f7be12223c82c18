"""The linear algebra extension."""

from collections import namedtuple

import tartan_array_api_core as core

from ._array import Array, matmul
from ._indexing import tensordot, vecdot
from ._manipulation import matrix_transpose

__all__ = ["cholesky", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv",
           "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "outer",
           "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "trace", "vecdot",
           "vector_norm"]

EigResult = namedtuple("EigResult", "eigenvalues eigenvectors")
QrResult = namedtuple("QrResult", "Q R")
SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")
SvdResult = namedtuple("SvdResult", "U S Vh")
_core = core.linalg


def _of_one(name):
    def function(x, /):
        return Array(getattr(_core, name)(x._core))

    function.__name__ = name
    return function


for _name in ["det", "eigvals", "eigvalsh", "inv", "svdvals"]:
    globals()[_name] = _of_one(_name)


def cholesky(x, /, *, upper=False):
    return Array(_core.cholesky(x._core, upper))


def cross(x1, x2, /, *, axis=-1):
    return Array(_core.cross(x1._core, x2._core, axis))


def diagonal(x, /, *, offset=0):
    return Array(_core.diagonal(x._core, offset))


def eig(x, /):
    return EigResult(*map(Array, _core.eig(x._core)))


def eigh(x, /):
    return EigResult(*map(Array, _core.eigh(x._core)))


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return Array(_core.matrix_norm(x._core, ord, keepdims))


def matrix_power(x, n, /):
    return Array(_core.matrix_power(x._core, n))


def matrix_rank(x, /, *, rtol=None):
    if isinstance(rtol, Array):
        return Array(_core.matrix_rank_by(x._core, rtol._core))
    return Array(_core.matrix_rank(x._core, rtol))


def outer(x1, x2, /):
    return Array(_core.outer(x1._core, x2._core))


def pinv(x, /, *, rtol=None):
    if isinstance(rtol, Array):
        return Array(_core.pinv_by(x._core, rtol._core))
    return Array(_core.pinv(x._core, rtol))


def qr(x, /, *, mode="reduced"):
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode is 'reduced' or 'complete', not {mode!r}")
    return QrResult(*map(Array, _core.qr(x._core, mode == "complete")))


def slogdet(x, /):
    return SlogdetResult(*map(Array, _core.slogdet(x._core)))


def solve(x1, x2, /):
    return Array(_core.solve(x1._core, x2._core))


def svd(x, /, *, full_matrices=True):
    return SvdResult(*map(Array, _core.svd(x._core, full_matrices)))


def trace(x, /, *, offset=0, dtype=None):
    return Array(_core.trace(x._core, offset, dtype))


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    axes = [axis] if isinstance(axis, int) else axis
    return Array(_core.vector_norm(x._core, axes, ord, keepdims))
