"""Kernels on many threads, however few cores there are: `make test` gives each process one."""

from concurrent.futures import ThreadPoolExecutor

import numba

from minidl.kernels.common import threads


class Pool(ThreadPoolExecutor):
    """As the kernels' own, and counts what it is given."""

    given = 0

    def submit(self, *call):
        """Count, and do it."""
        self.given += 1
        return super().submit(*call)


def use(monkeypatch, count):
    """Let kernels share out even the smallest work over `count` threads; return their pool."""
    pool = Pool(count)
    monkeypatch.setattr(threads, "FEW", 0)
    monkeypatch.setattr(threads, "_pool", lambda: pool)
    monkeypatch.setattr(numba, "get_num_threads", lambda: count)
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", count)
    return pool
