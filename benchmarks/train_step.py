"""Time one training step, minidl against PyTorch and XLA, interleaved on the same cores.

    python benchmarks/train_step.py --workloads mlp --against torch,jax --rounds 7

Each library runs in a process of its own with the same number of threads. They take turns: one
round of steps here, one there, so that a machine that slows down slows all. The ratio is taken
round by round and its median is printed: times alone mean nothing on a shared machine. `jax` is
XLA: the step of a network of Keras as one function that JAX compiled; workloads_keras.py has five.

    python benchmarks/train_step.py --predict --against torch,jax

One sample in place of a step: from NumPy's array to the answer in another (asking.py).

    python benchmarks/train_step.py --backend cupy --against torch [--tf32]

Both on one GPU, from a batch that is already there; nobody reads the loss before a round has ended.
`--tf32` lets both round the factors of matrix products to 10 bits.

Also printed: seconds from the start of the process to the end of the first step, with an empty
cache of compiled kernels and with a full one.
"""

import argparse
import datetime
import importlib
import os
import pathlib
import platform
import statistics
import tempfile
import time

import asking
import workloads_keras
from worker import Worker, serve
from workloads import WORKLOADS

TITLES = {"torch": "PyTorch", "jax": "XLA"}


def work(side, workload, options):
    """Be a worker: one step, then as many as each line on standard input says."""
    on_gpu = options.backend == "cupy"
    if side == "jax":
        step = workloads_keras.compiled(workload)
    elif side == "torch":
        import torch

        torch.set_num_threads(options.threads)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.tf32
        step, wait = WORKLOADS[workload]["torch"]("cuda" if on_gpu else "cpu"), torch.cuda
    else:
        os.environ["CUPY_TF32"] = str(int(options.tf32))
        step = WORKLOADS[workload]["minidl"](options.backend)
        wait = importlib.import_module("cupy").cuda.Device() if on_gpu else None
    if options.predict:
        step = getattr(asking, side)(*step.network)

    def milliseconds(steps):
        started = time.perf_counter()
        for _ in range(int(steps)):
            step()
        if on_gpu:
            wait.synchronize()
        return 1000 * (time.perf_counter() - started) / int(steps)

    milliseconds(1)  # the first step, to its end
    serve(milliseconds)


def start(side, workload, options, cache=None):
    """Start such a worker."""
    arguments = [__file__, "--worker", side, "--workloads", workload]
    arguments += ["--backend", options.backend, "--threads", options.threads]
    arguments += ["--tf32"] * options.tf32 + ["--predict"] * options.predict
    variables = workloads_keras.environment(options.threads) if side == "jax" else {}
    return Worker(arguments, options.threads, cache, variables)


def compare(workload, options):
    """Return a dict of figures for one workload."""
    from tqdm import tqdm  # not above: there a worker would import it, too, before its first step

    sides = [side for side in options.against if can(side, workload)]
    with tempfile.TemporaryDirectory() as cache:
        cold = start("minidl", workload, options, cache)
        cold.close()
        workers = {"minidl": start("minidl", workload, options, cache)}
        workers |= {side: start(side, workload, options) for side in sides}
        ours = workers["minidl"]
        steps = max(1, round(options.seconds * 1000 / float(ours.ask(5))))
        rounds = []
        for _ in tqdm(range(options.rounds + 1), desc=workload, leave=False):
            rounds.append({side: float(worker.ask(steps)) for side, worker in workers.items()})
        rounds = rounds[1:]  # the first warms caches and clocks
        figures = {
            "ms": {side: statistics.median(r[side] for r in rounds) for side in workers},
            "ratios": {side: sorted(r["minidl"] / r[side] for r in rounds) for side in sides},
            "cold": cold.seconds_until_ready,
            "warm": ours.seconds_until_ready,
            "memory": [worker.close() for worker in workers.values()],
        }
    return figures


def can(side, workload):
    """Whether a library has that network."""
    return side != "jax" or workload in workloads_keras.NETWORKS


def machine(options):
    """Return one line that names the processor or the GPU, the threads and the date."""
    if options.backend == "cupy":
        cuda = importlib.import_module("cupy").cuda  # knows which of several GPUs it takes
        gpu = cuda.runtime.getDeviceProperties(cuda.Device().id)["name"].decode()
        version = cuda.runtime.driverGetVersion()  # 12090 for CUDA 12.9
        gpu += f", driver for CUDA {version // 1000}.{version % 1000 // 10}"
        return f"{gpu}, Python {platform.python_version()}, {datetime.date.today()}"
    threads = options.threads
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {threads} threads, Python {platform.python_version()}, {datetime.date.today()}"


def columns(options):
    """Return the head of the table."""
    head = ["workload", "minidl ms"]
    for side in options.against:
        head += [f"{TITLES[side]} ms", "ratio", "min-max"]
    first = "answer" if options.predict else "step"
    return [*head, f"first {first} s, cold / warm", "peak MB, in that order"]


def row(workload, figures, options):
    """Return the texts of one row of it."""
    texts = [workload, short(figures["ms"]["minidl"])]
    for side in options.against:
        if side in figures["ratios"]:
            ratios = figures["ratios"][side]
            texts += [short(figures["ms"][side]), f"**{statistics.median(ratios):.2f}**"]
            texts += [f"{ratios[0]:.2f}-{ratios[-1]:.2f}"]
        else:
            texts += ["", "", ""]
    texts += [f"{figures['cold']:.1f} / {figures['warm']:.1f}"]
    return [*texts, " / ".join(f"{mb:.0f}" for mb in figures["memory"])]


def short(ms):
    return f"{ms:.2f}" if ms >= 1 else f"{ms:.3f}"


def markdown(head, rows):
    """Return lists of texts as a Markdown table."""
    return "\n".join(map(line, [head, ["---"] * len(head), *rows]))


def line(texts):
    """Return texts as one row of a Markdown table."""
    return "| " + " | ".join(texts) + " |"


def libraries(text):
    """Return the list of libraries that --against names; say what is not there."""
    from minidl_course.elsewhere import missing

    sides = text.split(",")
    if unknown := set(sides) - set(TITLES):
        raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(TITLES)}")
    for side, needed in (("torch", ["torch"]), ("jax", workloads_keras.NEEDED)):
        if side in sides and (absent := missing(needed)):
            raise argparse.ArgumentTypeError(
                f"{' and '.join(absent)} must be there to compare with {TITLES[side]}: "
                f"pip install {' '.join(absent)}, or leave {side} out"
            )
    return sides


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="names, with commas")
    parser.add_argument("--against", type=libraries, default=[], help="torch, jax or torch,jax")
    parser.add_argument("--predict", action="store_true", help="one sample in place of a step")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--backend", default="numba")
    parser.add_argument("--tf32", action="store_true", help="with cupy: products in TF32")
    parser.add_argument("--worker", choices=["minidl", *TITLES], help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.workloads.split(",")
    if unknown := set(names) - set(WORKLOADS):
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    if options.backend == "cupy" and "jax" in options.against:
        parser.error("jax is compared on processors alone: leave out --backend cupy, or jax")
    if options.predict:
        names = [name for name in names if not name.startswith("vgg16")]  # a forward pass already
    if options.worker:
        work(options.worker, names[0], options)
        return
    print(machine(options))
    print(markdown(columns(options), []), flush=True)
    for name in names:  # each row when it is known: who ends this early keeps the others
        print(line(row(name, compare(name, options), options)), flush=True)


if __name__ == "__main__":
    main()
