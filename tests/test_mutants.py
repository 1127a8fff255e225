"""Which tests judge the mutants: a list that nobody has to keep."""

from pathlib import Path

import mutants


def test_what_is_mutated_is_judged_by_the_tests_that_import_it():
    chosen = [Path(path).stem.removeprefix("test_") for path in mutants.tests()]
    assert chosen[0] == mutants.FIRST and len(set(chosen)) == len(chosen)
    wanted = {"pooling", "masks", "conv_kernels", "recurrent_layers", "optimizers", "residual"}
    assert wanted <= set(chosen) and not {"notebooks", "lab", "downloads"} & set(chosen)


def test_what_is_left_out_exists():
    names = [path.stem for path in (mutants.ROOT / "tests").rglob("test_*.py")]
    chosen = [Path(path).stem for path in mutants.tests()]
    for name in (f"test_{name}" for name in mutants.LEFT_OUT):
        assert name in names and name not in chosen
