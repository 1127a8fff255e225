"""The end of the line in the student's process: look up a name, call it, answer.

A request names something by a path: a variable of the notebook, or an object returned earlier,
and then its attributes. Whatever is not data stays here, in `_kept`, and crosses as a handle.
"""

import collections
import functools
import json
import os
import sys
import traceback
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from minidl_course.grading import codec

# What lies in these folders is no line of a student's.
_PACKAGES = [
    f"{Path(find_spec(name).origin).parent}{os.sep}" for name in ("minidl", "minidl_course")
]
_kept = []  # objects whose handles have been given out
# Arrays that calls returned, and copies of them, until others have taken their place.
_returned = collections.deque(maxlen=32)
_FEW = 100_000  # numbers of an array that is looked at again
_LISTENS = 20  # milliseconds after an answer: the next call of a test mostly comes sooner


def answer(request, arrays):
    """Answer one request: a dict with `path`, and `call`, the (args, kwargs), or None to read it.

    Returns:
        (reply, arrays): the reply has `result` and, after a call, `arguments` as they are
        afterwards; or `error`, with `kind` (an exception's name, "missing", or "overwritten" where
        the call changed what an earlier one had returned) and `line`.
    """
    try:
        found = _find(request["path"])
    except KeyError:
        return {"error": "", "kind": "missing", "line": ""}, []
    except AttributeError as error:
        return {"error": str(error), "kind": "missing", "line": ""}, []
    if request["call"] is None:
        return _reply(result=found)
    arguments = codec.decode(
        request["call"], arrays, lambda tree: _find(tree["path"]), special=True
    )
    args, kwargs = arguments
    try:
        result = found(*args, **kwargs)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        return {"error": str(error), "kind": type(error).__name__, "line": _line(error)}, []
    if any(not _same(*pair) for pair in _returned):
        _returned.clear()
        return {"error": "", "kind": "overwritten", "line": ""}, []
    if isinstance(result, tuple):  # a namedtuple, too: tests unpack it
        result = tuple(result)
    reply, sent = _reply(result=result, arguments=arguments)
    if "error" not in reply:  # what crosses is not nested too deeply to be walked through
        _returned.extend((array, array.copy()) for array in _own(result, arguments))
    return reply, sent


def serve(address, asked, answered):
    """Answer the request in the file `asked`, and those that follow it without a pause.

    Whoever asks starts this by a message to the kernel, which takes milliseconds; what follows
    comes by a socket, as JSON with the names of both files, and its name goes back once it is
    answered.
    """
    line, last = _connected(address), ""
    while True:
        if asked != last:  # or it came by the line while nobody listened, and then by a message
            answer_file(asked, answered)
            line.send(asked.encode())
        if not line.poll(_LISTENS):
            break
        last, (asked, answered) = asked, json.loads(line.recv())


@functools.cache
def _connected(address):
    import zmq  # which a student's own notebook does without

    line = zmq.Context.instance().socket(zmq.PAIR)
    line.linger = 0
    line.connect(address)
    return line


def answer_file(asked, answered):
    """Read a request from the file `asked`, write the reply to the file `answered`."""
    reply, sent = answer(*codec.load(asked))
    try:
        codec.save(answered, reply, sent)
    except codec.TooMuch as error:
        codec.save(answered, *_too_much(error))


def _reply(**values):
    sent = []
    try:
        return {name: codec.encode(value, sent, _keep) for name, value in values.items()}, sent
    except codec.TooMuch as error:
        return _too_much(error)


def _too_much(error):
    return {"error": str(error), "kind": "too much", "line": ""}, []


def _find(path):
    start, *attributes = path
    found = _kept[start] if isinstance(start, int) else vars(sys.modules["__main__"])[start]
    for name in attributes:
        found = getattr(found, name)
    return found


def _keep(value):
    _kept.append(value)
    return {"path": [len(_kept) - 1], "type": type(value).__name__}


def _arrays(tree):
    if isinstance(tree, dict):
        tree = [*tree.values()]
    if isinstance(tree, tuple | list):
        return [array for item in tree for array in _arrays(item)]
    return [tree] if isinstance(tree, np.ndarray) and tree.dtype.kind in codec.KINDS else []


def _own(result, arguments):
    """The small arrays of a result that are no part of the arguments."""
    given = _arrays(arguments)
    for array in _arrays(result):
        if array.size <= _FEW and not any(np.may_share_memory(array, a) for a in given):
            yield array


def _same(array, copy):
    kinds = (array.shape, array.dtype) == (copy.shape, copy.dtype)
    if kinds and array.tobytes() == copy.tobytes():  # nearly always, and several times as fast
        return True
    return np.array_equal(array, copy, equal_nan=copy.dtype.kind in "fc")


def _line(error):
    """The innermost line of the notebook that `error` came through, as it is written there."""
    frames = traceback.extract_tb(error.__traceback__)
    packages = *_PACKAGES, "site-packages"
    own = [f for f in frames if not any(package in f.filename for package in packages)]
    return own[-1].line if own else ""
