"""The house rules that a machine can check: floors, what an import loads."""

import ast
import pathlib
import subprocess
import sys

import pytest

import minidl

ROOT = pathlib.Path(minidl.__file__).parent.parent

# A module imports from lower floors only; modules of one package may import each other. On top
# stands what belongs to the course: minidl never imports it.
FLOORS = [
    {"base"},
    {"kernels", "utils"},
    {"callbacks", "constraints", "datasets", "initializers", "metrics", "regularizers"},
    {"layers"},
    {"gradcheck", "losses", "optimizers"},
    {"models"},
    {"applications", "distributed", "inspection", "preprocessing"},
    {"plots"},
    {"minidl_course"},
]


def _floor(module):
    return next(i for i, floor in enumerate(FLOORS) if module in floor)


def _in_the_table(name):
    """What FLOORS calls the module of a dotted name, None for those of other packages."""
    package, *inside = name.split(".")
    if package == "minidl_course":
        return package
    return inside[0] if package == "minidl" and inside else None


def _imported(path):
    """Names in FLOORS of what a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from filter(None, map(_in_the_table, names))


def _modules():
    for path in sorted(
        p for name in ("minidl", "minidl_course") for p in (ROOT / name).rglob("*.py")
    ):
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if dotted != "minidl":
            yield path, _in_the_table(dotted)


def test_every_module_has_its_floor():
    placed = set().union(*FLOORS)
    assert {module for _, module in _modules()} == placed


@pytest.mark.parametrize(("path", "module"), list(_modules()), ids=lambda p: getattr(p, "name", p))
def test_a_module_imports_from_lower_floors_only(path, module):
    for other in _imported(path):
        below = _floor(other) < _floor(module)
        assert below or other == module, (
            f"{path.relative_to(ROOT)} (floor {_floor(module)}) imports {other} "
            f"(floor {_floor(other)})"
        )


@pytest.mark.parametrize(
    ("statement", "more"),
    [("import minidl", {"numpy"}), ("import minidl.models, minidl.datasets", set())],
    ids=["minidl", "models"],
)
def test_importing_loads_nothing_heavy(statement, more):
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
        "tqdm",
    }
    assert not (heavy | more) & set(loaded)


def test_every_submodule_is_reached_by_attribute():
    for name in minidl.__all__:
        assert getattr(minidl, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'kerass'"):
        minidl.kerass  # noqa: B018


def test_nothing_is_pickled():
    for path, _ in _modules():
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text and "allow_pickle=True" not in text, path
