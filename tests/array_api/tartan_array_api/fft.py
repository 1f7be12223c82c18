"""The Fourier transforms extension."""

import tartan_array_api_core as core

from ._array import Array, check_device, chunks_of

__all__ = ["fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft",
           "irfft", "irfftn", "rfft", "rfftfreq", "rfftn"]


def _line(name):
    def function(x, /, *, n=None, axis=-1, norm="backward"):
        return Array(getattr(core.fft, name)(x._core, n, axis, norm))

    function.__name__ = name
    return function


def _box(name):
    def function(x, /, *, s=None, axes=None, norm="backward"):
        return Array(getattr(core.fft, name)(x._core, s, axes, norm))

    function.__name__ = name
    return function


def _frequencies(name, count):
    def function(n, /, *, d=1.0, dtype=None, device=None):
        check_device(device)
        return Array(getattr(core.fft, name)(n, d, dtype or core.DType.float64,
                                             chunks_of([count(n)])))

    function.__name__ = name
    return function


def _shift(name):
    def function(x, /, *, axes=None):
        return Array(getattr(core.fft, name)(x._core, [axes] if isinstance(axes, int) else axes))

    function.__name__ = name
    return function


for _name in ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]:
    globals()[_name] = _line(_name)
for _name in ["fftn", "ifftn", "rfftn", "irfftn"]:
    globals()[_name] = _box(_name)
fftfreq = _frequencies("fftfreq", lambda n: n)
rfftfreq = _frequencies("rfftfreq", lambda n: n // 2 + 1)
fftshift, ifftshift = _shift("fftshift"), _shift("ifftshift")
