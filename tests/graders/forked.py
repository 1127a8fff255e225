"""nbgrader in processes that begin with nbgrader loaded: to load it is most of a short run.

Each run is a process of its own, as in `grade`, forked from a server that has run nothing before.
The tests of what a hand-in can do to its process have it started as `grade` does it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from unittest.mock import patch

sys.path.append(str(Path(__file__).parents[2] / "tools"))  # pytest does this by itself

import grade


@contextlib.contextmanager
def server():
    """The server, started; None where processes cannot be forked."""
    if not hasattr(os, "fork"):
        yield None
        return
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        yield started
        started.stdin.close()  # which ends it


@contextlib.contextmanager
def instead_of_starting(started):
    """Inside of this context `grade` asks the server where it would start a process."""
    one_at_a_time = threading.Lock()

    def run(course, chapter, folder, limit):
        log, here = folder / "log", str(Path.cwd())
        asked = [str(course), chapter, str(log), limit, here, {**os.environ}]
        with one_at_a_time:
            started.stdin.write(json.dumps(asked).encode() + b"\n")
            started.stdin.flush()
            code = json.loads(started.stdout.readline())
        late = code == -signal.SIGALRM
        return grade._ended(None if late else code, limit, log.read_text(errors="replace"))

    with patch.object(grade, "_in_a_process", run if started else grade._in_a_process):
        yield


def serve():
    """Fork for each line of standard input, one after the other, until its end."""
    with tempfile.TemporaryDirectory() as folder:
        grade.nbgrader(grade.settings(folder))
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(*json.loads(line))
        _, status = os.waitpid(child, 0)
        print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)


def _run(course, chapter, log, limit, folder, environment):
    """What the process does that `grade` would start; it ends here."""
    code = 1
    try:
        signal.alarm(int(limit))  # nothing catches it, so it ends the process
        with Path(os.devnull).open() as nothing, Path(log).open("w") as written:
            os.dup2(nothing.fileno(), 0)
            os.dup2(written.fileno(), 1)
            os.dup2(written.fileno(), 2)
        os.environ.clear()
        os.environ.update(environment | {"PYTHONDONTWRITEBYTECODE": "1"})
        sys.dont_write_bytecode = True
        os.chdir(folder)
        grade.run_nbgrader(course, chapter)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
