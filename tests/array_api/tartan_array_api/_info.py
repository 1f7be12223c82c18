"""What a program can ask about the namespace itself."""

from ._array import DEVICE, check_device
from ._dtypes import NAMES, DType, isdtype


class Info:
    def capabilities(self):
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": None}

    def default_device(self):
        return DEVICE

    def devices(self):
        return (DEVICE,)

    def default_dtypes(self, *, device=None):
        check_device(device)
        return {"real floating": DType.float64, "complex floating": DType.complex128,
                "integral": DType.int64, "indexing": DType.int64}

    def dtypes(self, *, device=None, kind=None):
        check_device(device)
        return {name: DType.__members__[name] for name in NAMES
                if kind is None or isdtype(DType.__members__[name], kind)}


def __array_namespace_info__():
    return Info()
