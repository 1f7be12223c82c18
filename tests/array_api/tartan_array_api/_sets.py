"""Set functions."""

from collections import namedtuple

import tartan_array_api_core as core

from ._array import Array

__all__ = ["unique_all", "unique_counts", "unique_inverse", "unique_values"]

UniqueAll = namedtuple("UniqueAll", "values indices inverse_indices counts")
UniqueCounts = namedtuple("UniqueCounts", "values counts")
UniqueInverse = namedtuple("UniqueInverse", "values inverse_indices")


def unique_values(x, /):
    return Array(core.unique_values(x._core))


def unique_counts(x, /):
    return UniqueCounts(*map(Array, core.unique_counts(x._core)))


def unique_inverse(x, /):
    return UniqueInverse(*map(Array, core.unique_inverse(x._core)))


def unique_all(x, /):
    return UniqueAll(*map(Array, core.unique_all(x._core)))
