"""Ranks for tests: programs run by mpiexec, and the facts that each rank prints as JSON."""

import json
import os
import pathlib

import pytest

import minidl.distributed as dist
from minidl.distributed.launch import _missing

HERE = pathlib.Path(__file__).parent
missing = _missing()
needs_ranks = pytest.mark.skipif(bool(missing), reason=missing or "-")

LIMIT = 600  # seconds: what hangs ends then, and what only waits for a busy machine does not


def run(name, ranks, *arguments, check=True, timeout=LIMIT, **how):
    """Run a program of this folder; return (`Run`, list of what each rank said last, as data)."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), before]))
    try:
        done = dist.launch(HERE / name, ranks, arguments, timeout, check, **how)
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
    lines = [out.strip().splitlines() for out in done.out]
    return done, [json.loads(rank[-1]) if rank and rank[-1][:1] == "{" else None for rank in lines]
