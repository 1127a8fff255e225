"""Time each kernel alone, and say how near it is to what the machine can do.

    python benchmarks/kernels.py                      every kernel of the Numba tier
    python benchmarks/kernels.py --only conv2d --against torch
    python benchmarks/kernels.py --backend cupy       those of the GPU tier, on a GPU

Two limits are measured first, with all threads: the GFLOP/s of a large matrix product, NumPy's or
PyTorch's, whichever is faster (on a GPU CuPy's, float32 as it is), and the GB/s of copying an array
that no cache holds, there and back. A kernel needs at least

    max(operations / GFLOP/s of the product, bytes / GB/s of the copy)

and "of limit" is that time divided by the one it took. It can exceed 100 %: Winograd's convolution
does fewer operations than are counted, and arrays of some MB stay in the cache.

With `--against torch` the same call of PyTorch is timed in turns, in a process of its own.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from kernel_cases import cases
from tqdm import tqdm
from train_step import machine, markdown
from worker import Worker, serve

GEMM, COPY = 2048, 64 * 2**20  # rows of a square matrix; numbers in an array
SPIN = r"""
extern "C" __global__ void spin(long long ticks) {
    long long start = clock64();
    while (clock64() - start < ticks) {}
}
"""


def work(side, options):
    """Be a worker: each line is the number of a case; answer with the seconds of one call."""
    if side == "torch":
        import torch

        torch.set_num_threads(options.threads)
        prepare, library = [case.theirs for case in cases()], torch
    else:
        from minidl import kernels

        prepare, library = [case.ours for case in cases()], kernels.load(options.backend)
    limits = {"gemm": _gemm, "copy": partial(_copy, threads=options.threads)}
    calls, timed = {}, seconds_on_gpu if options.backend == "cupy" else _seconds_of

    def seconds(line):
        name = line.strip()
        if name not in calls:
            calls.clear()  # one case's arrays at a time
            make = limits[name] if name in limits else prepare[int(name)]
            calls[name] = make(library)
            calls[name]()  # compiles
        return timed(calls[name], options.seconds)

    serve(seconds)


def _seconds_of(call, seconds):
    """Return the median time of a call, called for that many seconds and at least three times."""
    times = []
    while len(times) < 3 or sum(times) < seconds:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def seconds_on_gpu(call, seconds, calls=20):
    """Return the median time of a call, from the GPU's clock, in rows of so many without a wait.

    Python takes longer to start a small kernel than the GPU takes to run it. So a kernel that only
    spins goes first, and the row queues up behind it. If it ends before the row is complete, the
    GPU may have waited for Python: then the row does not count, and the next spin is longer.
    """
    import cupy

    spin, ticks, times = cupy.RawKernel(SPIN, "spin"), 2**21, []  # a millisecond or two
    until = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < until:
        start, end = cupy.cuda.Event(), cupy.cuda.Event()
        spin((1,), (1,), (np.int64(ticks),))
        start.record()
        for _ in range(calls):
            call()
        end.record()
        too_short = start.done
        end.synchronize()
        if not too_short:
            times.append(cupy.cuda.get_elapsed_time(start, end) / 1000 / calls)
        elif ticks < 2**32:  # some seconds
            ticks *= 2
        else:
            raise RuntimeError("a call waits for the GPU, so its time is Python's, too")
    return statistics.median(times)


def _gemm(library):
    """Multiply large matrices, with the library that is timed."""
    a = np.random.default_rng(0).random((GEMM, GEMM), np.float32)
    a = library.from_numpy(a) if hasattr(library, "from_numpy") else library.xp.asarray(a)
    return lambda: a @ a


def _copy(library, threads):
    """Copy an array, each thread a part of it, or on the GPU."""
    if getattr(library, "backend", "") == "cupy":
        a, b = library.xp.ones((2, COPY), np.float32)
        return lambda: library.xp.copyto(b, a)
    a, b = np.zeros((2, threads, COPY // threads), np.float32)
    a += 1  # so that its pages are there
    b += 1
    pool = ThreadPoolExecutor(threads)
    return lambda: list(pool.map(np.copyto, b, a))


def measure(options):
    """Return GFLOP/s, GB/s, and for each case the seconds of each library, None if it has none."""
    wanted = {number: case for number, case in enumerate(cases()) if options.only in case.name}
    sides = ["minidl", *([options.against] if options.against else [])]
    arguments = ["--backend", options.backend, "--seconds", options.seconds]
    arguments += ["--threads", options.threads]
    workers = {
        side: Worker([__file__, "--worker", side, *arguments], options.threads) for side in sides
    }
    gemm = 2 * GEMM**3 / min(float(w.ask("gemm")) for w in workers.values())
    copy = 8 * COPY / float(workers["minidl"].ask("copy"))
    times = {}
    for number, case in tqdm(wanted.items(), leave=False):
        asked = {"minidl": workers["minidl"]} if case.theirs is None else workers
        rounds = [{s: float(w.ask(number)) for s, w in asked.items()} for _ in range(3)]
        times[case] = [
            statistics.median(r[side] for r in rounds) if side in asked else None for side in sides
        ]
    for worker in workers.values():
        worker.close()
    return gemm, copy, times


def row(case, times, gemm, copy):
    """Return the texts of one row."""
    ours = times[0]
    limit = max(case.operations / gemm, case.bytes / copy)
    texts = [case.name, case.arrays, f"{1000 * ours:.3f}"]
    texts += [f"{work / ours / 1e9:.1f}" for work in (case.operations, case.bytes)]
    texts += [f"{100 * limit / ours:.0f} %"]
    for theirs in times[1:]:
        texts += ["", ""] if theirs is None else [f"{1000 * theirs:.3f}", f"{ours / theirs:.2f}"]
    return texts


def save(path, name, gemm, copy, times):
    """Write what was measured as JSON: benchmarks/gpu.json is what chapter 35 shows."""
    device, *_, date = name.split(", ")
    kernels = [
        {
            "name": f"{case.name} {case.arrays}",
            "operations": case.operations,
            "bytes": case.bytes,
            "seconds": seconds[0],
        }
        for case, seconds in times.items()
    ]
    limits = {"device": device, "date": date, "peak": gemm, "bandwidth": copy}
    path.write_text(json.dumps(limits | {"kernels": kernels}, indent=1) + "\n", encoding="utf-8")


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a part of the kernels' names")
    parser.add_argument("--against", choices=["torch"], help="the other library")
    parser.add_argument("--backend", default="numba")
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a round, of three")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save", type=Path, help="write a JSON file, too")
    parser.add_argument("--worker", choices=["minidl", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options)
        return
    if options.backend == "cupy" and options.against:
        parser.error("kernels of a GPU are compared with its own limits, not with a library")
    if not any(options.only in case.name for case in cases()):
        parser.error(f"no kernel has {options.only!r} in its name")
    gemm, copy, times = measure(options)
    name = machine(options)
    if options.save:
        save(options.save, name, gemm, copy, times)
    print(name)
    print(f"product {GEMM}x{GEMM}: {gemm / 1e9:.0f} GFLOP/s; copy: {copy / 1e9:.1f} GB/s\n")
    head = ["kernel", "arrays", "ms", "GFLOP/s", "GB/s", "of limit"]
    head += [f"{options.against} ms", "ratio"] if options.against else []
    print(markdown(head, [row(case, t, gemm, copy) for case, t in times.items()]))


if __name__ == "__main__":
    main()
