"""The array object: a tartan array that is kept once somebody has looked at it."""

import os

import numpy as np
import tartan_array_api_core as core

_CHUNK = int(os.environ.get("TARTAN_ARRAY_API_CHUNKS", "0"))
DEVICE = "tartan"
CPU = (1, 0)  # as DLPack numbers devices


def chunks_of(shape):
    """The chunks that an array of this shape is made in; None: tartan chooses."""
    if not _CHUNK:
        return None
    chunks = []
    for length in shape:
        sizes = []
        while sum(sizes) < length:
            size = _CHUNK if len(sizes) % 2 == 0 else max(_CHUNK - 1, 1)
            sizes.append(min(size, length - sum(sizes)))
        chunks.append(sizes or [0])
    return chunks


def check_device(device):
    if device not in (None, DEVICE):
        raise ValueError(f"the only device is {DEVICE!r}, not {device!r}")


def from_numpy(elements):
    dtype = core.DType.__members__[elements.dtype.name]
    return Array(core.from_bytes(dtype, elements.shape, elements.tobytes(),
                                 chunks_of(elements.shape)))


def raw(x):
    """What the core takes: its own array, or a number."""
    return x._core if isinstance(x, Array) else x


def _binary(name, swapped=False):
    function = getattr(core, name)

    def operator(self, other):
        if not isinstance(other, (Array, bool, int, float, complex)):
            return NotImplemented
        some_array(name, self, other)
        x, y = raw(self), raw(other)
        return Array(function(y, x) if swapped else function(x, y))

    return operator


def _in_place(name):
    function = getattr(core, name)

    def operator(self, other):
        some_array(name, self, other)
        result = Array(function(raw(self), raw(other)))
        if result.dtype != self.dtype or result.shape != self.shape:
            raise TypeError(f"{name} in place: {self.dtype.name} {self.shape} cannot become "
                            f"{result.dtype.name} {result.shape}")
        self._core = result._core
        return self

    return operator


def _unary(name):
    function = getattr(core, name)
    return lambda self: Array(function(self._core))


def some_array(name, *operands):
    if not any(isinstance(x, Array) for x in operands):
        raise TypeError(f"{name}: one argument at least must be an array")


def _is_mask(item):
    return isinstance(item, Array) and item.dtype == core.DType.bool


def _index_array(item):
    if not isinstance(item, (Array, int)):
        raise IndexError("arrays of indices stand beside integers only")
    return item._core if isinstance(item, Array) else core.full([], item, core.DType.int64, None)


def matmul(x1, x2, /):
    if not isinstance(x1, Array) or not isinstance(x2, Array):
        raise TypeError("matmul: both arguments must be arrays")
    return Array(core.matmul(x1._core, x2._core))


class Array:
    __slots__ = ("_core", "_kept")
    __array_priority__ = 1000
    __hash__ = None

    def __init__(self, made):
        self._core = made
        self._kept = None

    def _keep(self):
        """The core's array, computed by now: looking at each element computes it once."""
        if self._kept is not self._core:
            self._core = self._kept = self._core.persist()
        return self._core

    # ---- what it is ---------------------------------------------------------------------------

    dtype = property(lambda self: self._core.dtype)
    device = property(lambda self: DEVICE)
    shape = property(lambda self: self._core.shape)
    ndim = property(lambda self: self._core.ndim)

    @property
    def size(self):
        count = 1
        for length in self.shape:
            count *= length
        return count

    @property
    def T(self):
        if self.ndim != 2:
            raise ValueError(f"T is of matrices; the array has {self.ndim} axes")
        return Array(core.transpose(self._core))

    @property
    def mT(self):
        return Array(core.matrix_transpose(self._core))

    def to_device(self, device, /, *, stream=None):
        check_device(device)
        if stream is not None:
            raise ValueError("tartan has no streams")
        return self

    def __array_namespace__(self, /, *, api_version=None):
        import tartan_array_api
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
            raise ValueError(f"no version {api_version!r} of the standard")
        return tartan_array_api

    # ---- what is in it ------------------------------------------------------------------------

    def __array__(self, dtype=None):
        elements = np.asarray(self._keep().compute())
        return elements if dtype is None else elements.astype(dtype)

    def __repr__(self):
        return f"Array({self.__array__()!r})"

    def __dlpack_device__(self):
        return CPU

    def __dlpack__(self, /, *, stream=None, max_version=None, dl_device=None, copy=None):
        if stream is not None:
            raise ValueError("tartan has no streams")
        if dl_device not in (None, CPU):
            raise BufferError(f"__dlpack__: the elements are in the CPU's memory, not {dl_device}")
        return core.to_dlpack(self._keep())

    def _item(self, convert):
        if self.size != 1 or self.ndim != 0:
            raise TypeError(f"{convert.__name__}: only 0-d arrays, not {self.shape}")
        value = self._keep().item()
        if convert in (int, float) and isinstance(value, complex):
            raise TypeError(f"{convert.__name__}: not of {self.dtype.name}")
        return convert(value)

    def __bool__(self):
        return self._item(bool)

    def __int__(self):
        return self._item(int)

    def __float__(self):
        return self._item(float)

    def __complex__(self):
        return self._item(complex)

    def __index__(self):
        if not core.isdtype(self.dtype, "integral"):
            raise TypeError(f"an index is an integer, not {self.dtype.name}")
        return self._item(int)

    # ---- parts --------------------------------------------------------------------------------

    def __getitem__(self, key, /):
        items = list(key) if isinstance(key, tuple) else [key]
        try:
            if len(items) == 1 and _is_mask(items[0]):
                return Array(self._core.select(items[0]._core))
            if any(isinstance(item, Array) and item.ndim > 0 for item in items):
                return Array(core.vindex(self._core, [_index_array(item) for item in items]))
            if all(isinstance(item, int) for item in items):
                self._keep()
            return Array(self._core.slice(items))
        except ValueError as error:
            raise IndexError(str(error)) from None

    def __setitem__(self, key, value, /):
        items = list(key) if isinstance(key, tuple) else [key]
        try:
            if len(items) == 1 and _is_mask(items[0]):
                self._core = core.set_masked(self._core, items[0]._core, raw(value))
            else:
                self._core = core.set_item(self._core, items, raw(value))
        except ValueError as error:
            raise IndexError(str(error)) from None

    # ---- operators ----------------------------------------------------------------------------

    __abs__ = _unary("abs")
    __invert__ = _unary("bitwise_invert")
    __neg__ = _unary("negative")
    __pos__ = _unary("positive")
    __matmul__ = matmul

    def __rmatmul__(self, other):
        return matmul(other, self)

    def __imatmul__(self, other):
        result = matmul(self, other)
        if result.dtype != self.dtype or result.shape != self.shape:
            raise TypeError(f"matmul in place: {self.dtype.name} {self.shape} cannot become "
                            f"{result.dtype.name} {result.shape}")
        self._core = result._core
        return self


for _method, _name in {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide",
                       "floordiv": "floor_divide", "mod": "remainder", "pow": "pow",
                       "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
                       "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift"}.items():
    setattr(Array, f"__{_method}__", _binary(_name))
    setattr(Array, f"__r{_method}__", _binary(_name, swapped=True))
    setattr(Array, f"__i{_method}__", _in_place(_name))
for _method, _name in {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal",
                       "gt": "greater", "ge": "greater_equal"}.items():
    setattr(Array, f"__{_method}__", _binary(_name))
