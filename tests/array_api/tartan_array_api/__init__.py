"""tartan's arrays as a namespace of the Python Array API standard, 2025.12.

A test tool: it lets the standard's own suite judge the C++ layer. Python says what the standard
says about signatures, devices and dtype objects; every element is computed by tartan. NumPy makes
elements out of Python numbers, and shows them.

With TARTAN_ARRAY_API_CHUNKS=n arrays are made in chunks of n and n - 1 elements, in turns, along
every axis; without it every array of the suite's size is one chunk.
"""

from . import fft, linalg
from ._array import Array
from ._constants import *  # noqa: F403
from ._creation import *  # noqa: F403
from ._dtypes import *  # noqa: F403
from ._elementwise import *  # noqa: F403
from ._info import __array_namespace_info__
from ._indexing import *  # noqa: F403
from ._manipulation import *  # noqa: F403
from ._ordering import *  # noqa: F403
from ._reductions import *  # noqa: F403
from ._sets import *  # noqa: F403

__array_api_version__ = "2025.12"
