"""Benchmarks take too long for tests; that each of them still fits the package is quickly seen."""

import runpy
from pathlib import Path

import pytest

BENCHMARKS = sorted((Path(__file__).parents[1] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_can_be_imported(path):
    runpy.run_path(str(path), run_name="imported")
