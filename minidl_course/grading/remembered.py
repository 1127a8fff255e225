"""What a function of a test has given before, for the same call of the same cell.

Where many answers to a question are put to its test in one process, what is right is computed once.
A cell is known by the file that its code claims to come from: IPython names it by the cell's text.
"""

import hashlib

import numpy as np

from minidl_course.grading.codec import Special

MAX_BYTES = 100_000_000  # of all results together
_kept, _room = {}, [MAX_BYTES]
_IN_ERRSTATE = np.errstate()(len).__code__  # of any function that np.errstate decorates


def remembered(function, args, which, compute):
    """Return compute(), or what it gave before for this function, these arguments, this `which`.

    Only plain data are kept, and only where the arguments stayed as they were.
    """
    try:
        key = _key_of(function), which, _marks(args)
    except TypeError:
        return compute()
    if key in _kept:
        return _copy(_kept[key])
    result = compute()
    try:
        kept = _copy(result)
        unchanged = key[2] == _marks(args)
    except TypeError:
        return result
    if unchanged and (size := _size(kept)) <= _room[0]:
        _room[0] -= size
        _kept[key] = kept
    return result


def _key_of(function):
    code = getattr(function, "__code__", None)
    if code is _IN_ERRSTATE:  # which decorates: what is inside depends on no more than it does
        inside = dict(zip(code.co_freevars, (cell.cell_contents for cell in function.__closure__)))
        if type(inside["self"]) is np.errstate:
            return "errstate", *_key_of(inside["func"])
    if code is None or function.__closure__ or code.co_filename == "<string>":
        raise TypeError("nobody knows what it depends on")
    return code.co_filename, code


def _marks(value):
    if type(value) in (np.ndarray, Special) and value.dtype.kind in "biufcU":
        how = getattr(value, "how", "")
        numbers = hashlib.blake2b(value.tobytes()).digest()
        return value.dtype.str, value.shape, value.strides, value.flags.writeable, how, numbers
    if isinstance(value, np.generic):
        return value.dtype.str, value.tobytes()
    if type(value) in (tuple, list):
        return type(value), *map(_marks, value)
    if type(value) is dict:
        return dict, *((name, _marks(item)) for name, item in value.items())
    if value is None or type(value) in (bool, int, float, str):
        return type(value), repr(value)  # 0.0 and -0.0 differ
    raise TypeError(f"{type(value).__name__} is no data")


def _copy(value):
    if type(value) is np.ndarray and value.dtype.kind in "biufcU":
        return np.copy(value, order="K")
    if type(value) in (tuple, list):
        return type(value)(map(_copy, value))
    if type(value) is dict:
        return {name: _copy(item) for name, item in value.items()}
    if value is None or type(value) in (bool, int, float, str) or isinstance(value, np.generic):
        return value
    raise TypeError(f"{type(value).__name__} is no data")


def _size(value):
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, tuple | list):
        return 100 + sum(map(_size, value))
    return getattr(value, "nbytes", 100)
