"""All that a GPU can tell about this project, in one command of less than ten minutes.

    python3 tools/gpu_report.py                        or: make gpu-report
    python3 tools/gpu_report.py --rehearse             the same steps, short, without a GPU

It needs a `python3` with CuPy, PyTorch, NumPy, SciPy, Numba, threadpoolctl, tqdm, pytest and
hypothesis; with pytest-xdist the tests run on several cores. Nothing is installed, and nothing asks
the network. Each part has its share of the time, and the next one follows whatever came of it. The
folder `--out` then holds what each part printed (`tests.txt`, `launches.txt`, `kernels.txt`,
`steps.txt`, `steps-tf32.txt`), what chapter 35 draws (`gpu.json` and `gpu_steps.json`, to be put
into `benchmarks/`), and `report.md`: GPU, date, tables, what failed.
"""

import argparse
import datetime
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKLOADS = "mlp,cnn,vgg,lstm,gru,gpt,ctc,detector,translate,ddpm,gan"
# pytest without what this project's own settings and the conftest.py beside them ask for (nbval;
# no warning, of whatever versions are there), and the folders whose tests need no other packages.
PYTEST = ["-m", "pytest", "-o", "addopts=", "-o", "filterwarnings=", "--confcutdir=tests"]
PYTEST += ["-q", "-ra", "--tb=short", "-p", "no:cacheprovider"]
ON_A_GPU = [
    "tests/gpu",
    "tests/kernels",
    "tests/layers",
    "tests/models/test_generation_recurrent.py",
    "tests/optimizers/test_optimizer_state.py",
    "tests/optimizers/test_optimizers.py",
    "tests/parity/test_attention_kernel_against_torch.py",
]


def parts(out, rehearse):
    """Dict from the name of a part to (its share of the time, the arguments of Python)."""
    steps = ["benchmarks/train_step.py", "--against", "torch", "--rounds", "3", "--seconds", "0.5"]
    kernels = ["benchmarks/kernels.py", "--save", str(out / "gpu.json")]
    if rehearse:
        steps = [*steps, "--rounds", "1", "--seconds", "0.1", "--workloads", "mlp"]
        tests = [*PYTEST, "tests/gpu/test_gpu_waits.py"]  # on the stand-in for CuPy
        return {
            "tests": (0.4, tests),
            "steps": (0.3, steps),
            "kernels": (0.3, [*kernels, "--only", "relu"]),
        }
    steps = [*steps, "--backend", "cupy", "--workloads"]
    return {
        "tests": (0.25, [*PYTEST, *at_once(), "-m", "gpu", *ON_A_GPU]),
        "launches": (0.125, ["benchmarks/launches.py", "--save", str(out / "gpu_steps.json")]),
        "kernels": (0.125, [*kernels, "--backend", "cupy"]),
        "steps": (0.375, [*steps, WORKLOADS]),
        "steps-tf32": (0.125, [*steps, "cnn,vgg,gpt", "--tf32"]),
    }


def at_once():
    """Return pytest's arguments for several processes, where pytest-xdist is there."""
    there = importlib.util.find_spec("xdist") is not None
    return ["-n", str(min(8, os.cpu_count() or 1))] if there else []


def run(arguments, seconds):
    """Return (what it printed, "passed" or what became of it); it is ended after `seconds`."""
    folders = [ROOT, ROOT / "tests" / "support", ROOT / "tools", os.environ.get("PYTHONPATH", "")]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, folders)))
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            timeout=seconds,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        printed = error.stdout or b""  # bytes, although text was asked for
        return printed.decode(errors="replace"), f"not done after {seconds:.0f} s"
    ended = "passed" if done.returncode == 0 else f"failed (exit code {done.returncode})"
    return done.stdout, ended


def device():
    """Return the names of the GPUs and the versions of what is compared."""
    lines = [f"{datetime.date.today()}, Python {sys.version.split()[0]}"]
    ask = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        lines.append(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())
    except (OSError, subprocess.CalledProcessError):
        lines.append("no NVIDIA GPU")
    for name in ("cupy", "torch", "numpy", "numba"):
        try:
            lines.append(f"{name} {__import__(name).__version__}")
        except ImportError:
            lines.append(f"{name} is missing")
    return "\n".join(lines)


def tables(printed):
    """Return the lines of Markdown tables in what was printed, and pytest's last one."""
    lines = printed.splitlines()
    rows = [line for line in lines if line.startswith("|")]
    return "\n".join(rows or lines[-1:])


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "gpu-report", help="folder of results")
    parser.add_argument("--seconds", type=float, default=570, help="for all parts together")
    parser.add_argument("--rehearse", action="store_true", help="short, on a CPU")
    options = parser.parse_args()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    report, failed = [f"```\n{device()}\n```"], []
    print(report[0], flush=True)
    for name, (share, arguments) in parts(out, options.rehearse).items():
        started = time.monotonic()
        printed, ended = run(arguments, share * options.seconds)
        (out / f"{name}.txt").write_text(printed, encoding="utf-8")
        seconds = time.monotonic() - started
        report.append(f"## {name}: {ended}, {seconds:.0f} s\n\n{tables(printed)}")
        print(report[-1], flush=True)
        if ended != "passed":
            failed.append(name)
            print("\n".join(printed.splitlines()[-30:]), flush=True)
        (out / "report.md").write_text("\n\n".join(report) + "\n", encoding="utf-8")
    sys.exit(f"not passed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
