"""Break the code on purpose, a little at a time, and count how often the tests notice.

    python tools/mutants.py                          every mutant of the targets below
    python tools/mutants.py --sample 200 --jobs 2    200 of them, two at a time

A mutant is a copy of the package with one small change: a sign flipped, a term dropped, a `mean`
that became a `sum`, `+=` that became `=`. It is killed if a test fails. A mutant that lives shows
a line that could be wrong without anybody noticing. Texts of errors are left alone.
"""

import argparse
import ast
import copy
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("minidl/layers", "minidl/losses", "minidl/optimizers", "minidl/kernels")
FIRST = "gradients"  # of the tests, because it kills most
# They draw, start programs or train for long, and would only take longer.
LEFT_OUT = {
    "cuda_compiles",
    "fit_on_screen",
    "plots",
    "plots_networks",
    "results",
    "results_sequences",
    "resume",
}
OTHER_FOLDERS = {"course", "graders", "parity"}
TESTED = "minidl/base/config.py"  # rewritten as it is, to see the tests pass first
SECONDS = 600  # a mutant that runs for ever is noticed; the first run of all compiles every kernel

SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Gt: ast.Lt,
    ast.Lt: ast.Gt,
    ast.GtE: ast.Lt,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


class Mutant(NamedTuple):
    path: str  # of the file, from the root
    line: int
    what: str
    source: str  # of the whole file, changed


def changes(node):
    """Yield (what, replacement) for each way in which one node of the tree is broken."""

    def altered(**fields):
        twin = copy.deepcopy(node)
        for name, value in fields.items():
            setattr(twin, name, value)
        return twin

    match node:
        case ast.BinOp(op=op):
            if type(op) in SWAPS:
                yield f"{type(op).__name__} swapped", altered(op=SWAPS[type(op)]())
            if isinstance(op, ast.Add | ast.Sub):
                yield "right term dropped", node.left
                yield "left term dropped", node.right
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield "sign or not dropped", node.operand
        case ast.AugAssign(op=op):
            yield "assigned, not added", ast.Assign(targets=[node.target], value=node.value)
            if type(op) in SWAPS:
                yield f"{type(op).__name__} swapped", altered(op=SWAPS[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield f"{type(op).__name__} swapped", altered(ops=[SWAPS[type(op)]()])
        case ast.BoolOp(op=op):
            yield f"{type(op).__name__} swapped", altered(op=SWAPS[type(op)]())
        case ast.Constant(value=bool()):
            yield "negated", altered(value=not node.value)
        case ast.Constant(value=int() | float()):
            yield "one more", altered(value=node.value + 1)
        case ast.Call(func=ast.Attribute(attr="mean" | "sum" as name)):
            other = {"mean": "sum", "sum": "mean"}[name]
            function = ast.Attribute(value=node.func.value, attr=other, ctx=ast.Load())
            yield f"{name} became {other}", altered(func=function)


def mutants_of(path):
    """Return every mutant of one file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = []

    def visit(node):
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
            return
        for field, value in ast.iter_fields(node):
            places = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, child in list(places):
                if not isinstance(child, ast.AST):
                    continue
                for what, replacement in changes(child):
                    _put(node, field, index, ast.fix_missing_locations(replacement))
                    found.append(Mutant(path, child.lineno, what, ast.unparse(tree)))
                    _put(node, field, index, child)
                visit(child)

    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            # Only the body, and the very list of it: defaults and decorators stay as they are.
            visit(ast.Module(body=function.body, type_ignores=[]))
    return list({m.source: m for m in found if m.source != ast.unparse(tree)}.values())


def _put(node, field, index, child):
    if index is None:
        setattr(node, field, child)
    else:
        getattr(node, field)[index] = child


def tests(folder=ROOT):
    """Return the tests that import what is mutated, as paths from the project's folder."""
    mutated = {Path(target).name for target in TARGETS}
    files = {
        path.stem.removeprefix("test_"): path.relative_to(folder).as_posix()
        for path in (folder / "tests").rglob("test_*.py")
        if path.parent.name not in OTHER_FOLDERS
        and mutated & set(_imported(ast.parse(path.read_text(encoding="utf-8"))))
    }
    chosen = sorted(files.keys() - LEFT_OUT, key=lambda name: (name != FIRST, name))
    return [files[name] for name in chosen]


def near(mutant, chosen):
    """Those of the chosen tests that most likely notice: the gradients', and who has its name."""
    path = Path(mutant.path)
    names = {FIRST, path.stem, path.parent.name}
    return [test for test in chosen if any(name in Path(test).stem for name in names)]


def _imported(tree):
    """Yield the part of minidl that each import of a file names, such as "layers"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("minidl"):
            yield from (f"{node.module}.{alias.name}".split(".")[1] for alias in node.names)


def copy_of_the_project(folder):
    """Copy what the tests need; `copy2` keeps the time stamps, so kernels compile once a copy."""
    Path(folder).mkdir()
    for part in ("minidl", "tests"):
        shutil.copytree(ROOT / part, Path(folder) / part, copy_function=shutil.copy2)
    for name in ("pyproject.toml", "conftest.py", "Makefile"):
        shutil.copy2(ROOT / name, folder)
    return Path(folder)


def is_killed(mutant, folder):
    """Run the tests with the mutant in its place in `folder`; True if they fail."""
    place = folder / mutant.path
    place.write_text(mutant.source, encoding="utf-8")
    _forget_kernels(mutant, folder)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    chosen = tests(folder)
    first = near(mutant, chosen)
    environment = dict(os.environ, PYTHONPATH=str(folder), NUMBA_CACHE_DIR=str(folder / "numba"))
    environment |= {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    environment |= {"CI": "true"}  # Hypothesis draws the same examples for every mutant
    options = {"cwd": folder, "env": environment, "capture_output": True, "timeout": SECONDS}
    try:
        return any(
            subprocess.run(command + some, **options).returncode != 0
            for some in (first, [test for test in chosen if test not in first])
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        shutil.copy2(ROOT / mutant.path, place)
        _forget_kernels(mutant, folder)


def _forget_kernels(mutant, folder):
    """Numba's cache does not notice a change in a function of another file that a kernel calls."""
    *rooms, _ = Path(mutant.path).parts
    if "kernels" in rooms:
        of = "*" if rooms[-1] == "common" else f"{rooms[-1]}_*"
        for kept in (folder / "numba").glob(of):
            shutil.rmtree(kept)


def main():
    """The command: prints the mutants that live and the share that was killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=TARGETS)
    parser.add_argument("--sample", type=int, help="how many, drawn at random with a fixed seed")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    places = [ROOT / target for target in options.targets]
    files = sorted(f for p in places for f in ([p] if p.is_file() else p.rglob("*.py")))
    mutants = [m for file in files for m in mutants_of(file.relative_to(ROOT).as_posix())]
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(0).sample(mutants, options.sample)
    alive = []
    with (
        tempfile.TemporaryDirectory() as top,
        ThreadPoolExecutor(options.jobs) as pool,
        tqdm(total=len(mutants)) as bar,
    ):
        folders = queue.SimpleQueue()
        for job in range(options.jobs):
            folders.put(copy_of_the_project(Path(top) / str(job)))

        def judge(mutant):
            folder = folders.get()
            try:
                return is_killed(mutant, folder)
            finally:
                folders.put(folder)

        unchanged = Mutant(TESTED, 0, "", (ROOT / TESTED).read_text(encoding="utf-8"))
        if judge(unchanged):
            sys.exit("the tests fail on the code as it is: mend that first")
        for mutant, killed in zip(mutants, pool.map(judge, mutants)):
            bar.update()
            if not killed:
                alive.append(mutant)
                bar.write(f"lives: {mutant.path}:{mutant.line}: {mutant.what}")
    killed = len(mutants) - len(alive)
    print(f"{killed} of {len(mutants)} mutants killed ({killed / len(mutants):.1%})")


if __name__ == "__main__":
    main()
