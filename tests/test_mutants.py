"""Which tests judge the mutants: a list that nobody has to keep."""

import mutants


def test_what_is_mutated_is_judged_by_the_tests_that_import_it():
    chosen = [path.removeprefix("tests/test_").removesuffix(".py") for path in mutants.tests()]
    assert chosen[0] == mutants.FIRST and len(set(chosen)) == len(chosen)
    wanted = {"pooling", "masks", "conv_kernels", "recurrent_layers", "optimizers", "residual"}
    assert wanted <= set(chosen) and not {"notebooks", "lab", "downloads"} & set(chosen)


def test_what_is_left_out_exists():
    for path in (f"tests/test_{name}.py" for name in mutants.LEFT_OUT):
        assert (mutants.ROOT / path).exists() and path not in mutants.tests()
