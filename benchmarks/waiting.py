"""Ratios behind sentences of chapter 34, each taken in one interleaved run.

    OPENBLAS_NUM_THREADS=1 python benchmarks/waiting.py

    order     the two loops of the first page: a table that no cache holds, and one that the
              nearest cache holds, where what is left of the gap is not memory
    traffic   bytes a second of copying and adding 64 MiB each, as the page counts them, and with
              the lines that a processor reads before it overwrites them
    im2col    the convolution by windows and `einsum`: its copy alone, its product alone, and a
              large product

All of it runs on one thread, in processor time, and of every call the shortest counts: so other
programs change the ratios little, except where they want the memory, too. NOTES.md has the result.
"""

import argparse
import time

import numpy as np

from minidl.kernels.conv2d import reference
from minidl_course.chapters.fast_kernels import by_columns, by_rows


def shortest(calls, rounds):
    """Return {name: seconds}: the calls take turns, and of each the shortest time counts."""
    best = dict.fromkeys(calls, np.inf)
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            started = time.process_time()
            call()
            best[name] = min(best[name], time.process_time() - started)
    return best


def order(rounds):
    """The page's loops, on a large table and again and again on a small one."""
    for shape, times in (((4000, 4100), 1), ((64, 80), 500)):  # 66 MB and 20 kB
        table = np.ones(shape, "float32")

        def again(f, table=table, times=times):
            for _ in range(times):
                f(table)

        found = shortest({f.__name__: lambda f=f: again(f) for f in (by_rows, by_columns)}, rounds)
        each = {name: 1e9 * seconds / times / table.size for name, seconds in found.items()}
        ratio = each["by_columns"] / each["by_rows"]
        told = ", ".join(
            f"{name} {nanoseconds:.2f} ns a number" for name, nanoseconds in each.items()
        )
        print(f"order    {table.nbytes / 1e6:5.2f} MB: {told}: {ratio:.1f} times")


def traffic(rounds):
    """Bytes a second: counted, and with the lines read before they are overwritten."""
    n = 2**24
    a, b, c = np.ones((3, n + 4096 + 80), "float32")[:, :n]  # not whole pages apart
    calls = {
        "b = a": (lambda: np.copyto(b, a), 2, 3),
        "b += a": (lambda: np.add(a, b, b), 3, 3),
        "c = a + b": (lambda: np.add(a, b, c), 3, 4),
    }
    found = shortest({name: call for name, (call, *_) in calls.items()}, rounds)
    for name, (_, counted, moved) in calls.items():
        rates = [4e-9 * n * arrays / found[name] for arrays in (counted, moved)]
        print(f"traffic  {name:10} {rates[0]:5.1f} GB/s, with lines read first {rates[1]:5.1f}")


def im2col(rounds):
    """What the time of NumPy's convolution is made of."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 18, 18, 64)).astype("float32")
    w = (rng.standard_normal((3, 3, 64, 64)) / 24).astype("float32")
    plain = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    rows, kernel = windows.reshape(-1, 9 * 64), w.transpose(2, 0, 1, 3).reshape(-1, 64)
    out = np.empty((len(rows), 64), "float32")
    large = rng.random((3, 512, 512), "float32")
    calls = {
        "whole": lambda: reference.forward(x, w, **plain),
        "copy": lambda: windows.reshape(len(rows), -1),
        "product": lambda: np.matmul(rows, kernel, out),
        "large product": lambda: np.matmul(large[0], large[1], large[2]),
    }
    found = shortest(calls, rounds)
    work = 2e-9 * rows.size * 64
    alone, large_one = work / found["product"], 2e-9 * 512**3 / found["large product"]
    print(f"im2col   product alone {alone:.0f} GFLOP/s, a large product {large_one:.0f}")
    told = ", ".join(f"{name} {1e3 * seconds:.2f} ms" for name, seconds in found.items())
    print(f"im2col   {told}")


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", choices=("order", "traffic", "im2col"))
    options = parser.parse_args()
    for part in (order, traffic, im2col):
        if options.only in (None, part.__name__):
            part(options.rounds)


if __name__ == "__main__":
    main()
