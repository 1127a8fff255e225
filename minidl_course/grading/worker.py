"""The end of the line in the student's process: look up a name, call it, answer.

A request names something by a path: a variable of the notebook, or an object returned earlier,
and then its attributes. Whatever is not data stays here, in `_kept`, and crosses as a handle.
"""

import sys
import traceback

from minidl_course.grading import codec

_kept = []  # objects whose handles have been given out


def answer(request, arrays):
    """Answer one request: a dict with `path`, and `call`, the (args, kwargs), or None to read it.

    Returns:
        (reply, arrays): the reply has `result` and, after a call, `arguments` as they are
        afterwards; or `error`, with `kind` (an exception's name, or "missing") and `line`.
    """
    try:
        found = _find(request["path"])
    except KeyError:
        return {"error": "", "kind": "missing", "line": ""}, []
    except AttributeError as error:
        return {"error": str(error), "kind": "missing", "line": ""}, []
    if request["call"] is None:
        return _reply(result=found)
    arguments = codec.decode(request["call"], arrays, lambda tree: _find(tree["path"]))
    args, kwargs = arguments
    try:
        result = found(*args, **kwargs)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        return {"error": str(error), "kind": type(error).__name__, "line": _line(error)}, []
    if isinstance(result, tuple):  # a namedtuple, too: tests unpack it
        result = tuple(result)
    return _reply(result=result, arguments=arguments)


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


def _line(error):
    """The innermost line of the notebook that `error` came through, as it is written there."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "minidl" not in f.filename and "site-packages" not in f.filename]
    return own[-1].line if own else ""
