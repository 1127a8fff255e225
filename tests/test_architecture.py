"""The house rules that a machine can check: floors, file length, what an import loads."""

import ast
import pathlib
import subprocess
import sys

import pytest

import minidl

PACKAGE = pathlib.Path(minidl.__file__).parent
ROOT = PACKAGE.parent

# A module imports from lower floors only; modules of one package may import each other.
FLOORS = [
    {"arrays"},
    {
        "config",
        "naming",
        "checks",
        "constraints",
        "kernels",
        "datasets",
        "initializers",
        "metrics",
        "preprocessing",
        "regularizers",
        "npz",
        "schedules",
        "configurable",
    },
    {"weights"},
    {"layer", "model_file"},
    {"layers"},
    {"losses", "optimizers", "callbacks", "gradcheck", "summary", "interrupt", "keras_files"},
    {"batches"},
    {"prefetch"},
    {"training"},
    {"models", "inspection"},
    {"plots", "utils", "backend", "generation", "grading"},
]
# These may use what stands beside them on floor 1.
BASICS = {"config", "naming", "checks", "configurable"}


def _floor(module):
    return next(i for i, floor in enumerate(FLOORS) if module in floor)


def _imported(path):
    """Names of the minidl modules that a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "minidl":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("minidl."):
                    yield alias.name.split(".")[1]


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        if relative != pathlib.Path("__init__.py"):
            yield path, relative.parts[0].removesuffix(".py")


def test_every_module_has_its_floor():
    placed = set().union(*FLOORS)
    assert {module for _, module in _modules()} == placed


@pytest.mark.parametrize(("path", "module"), list(_modules()), ids=lambda p: getattr(p, "name", p))
def test_a_module_imports_from_lower_floors_only(path, module):
    for other in _imported(path):
        below = _floor(other) < _floor(module)
        assert below or other == module or (other in BASICS and module not in BASICS), (
            f"{path.relative_to(ROOT)} (floor {_floor(module)}) imports {other} "
            f"(floor {_floor(other)})"
        )


def test_no_file_is_longer_than_250_lines():
    folders = ("minidl", "tests", "tools", "benchmarks")
    for path in (p for folder in folders for p in (ROOT / folder).rglob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path


@pytest.mark.parametrize("statement", ["import minidl", "import minidl.models, minidl.datasets"])
def test_importing_loads_nothing_heavy(statement):
    program = f"{statement}; import sys; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    heavy = {
        "numba",
        "scipy",
        "matplotlib",
        "sklearn",
        "pandas",
        "mlxtend",
        "pooch",
        "IPython",
        "h5py",
    }
    assert not heavy & set(loaded)


def test_every_submodule_is_reached_by_attribute():
    for name in minidl.__all__:
        assert getattr(minidl, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'kerass'"):
        minidl.kerass  # noqa: B018


def test_nothing_is_pickled():
    for path, _ in _modules():
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text and "allow_pickle=True" not in text, path
