"""The small Llama that chapter 25 shows in PyTorch: its rotation, its cache, its training script.

`test_chapters_in_frameworks.py` compares the model itself with minidl's.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import twins

from notebooks import read

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

PAGE = read(Path(__file__).resolve().parents[2] / "notebooks" / "25-language-models.ipynb")
CELLS = {cell["id"]: cell["source"] for cell in PAGE.cells}
PROGRAM = twins.blocks_of(PAGE)["PyTorch"]
ANGLE = "angle = t[:, None] * base ** (-2 * i / d)"


def names_of(program):
    return twins.run(program, "PyTorch", ("rotate", "generate", "model"))


def test_the_rotation_is_the_one_by_hand():
    source = "\n".join(("import numpy as np", CELLS["parts-by-hand"]))
    by_hand = twins.run(source, "by hand", ["rotate"]).rotate
    x = np.random.default_rng(0).standard_normal((2, 3, 200, 32))
    for first in (0, 70):
        theirs = names_of(PROGRAM).rotate(torch.tensor(x, dtype=torch.float32), first)
        np.testing.assert_allclose(theirs, by_hand(x, first), atol=2e-4)


def error_in_bfloat16(program, first, T):
    """By how much, relative to its length, a rotated vector of bfloat16 is off in the mean."""
    rotate = names_of(program).rotate
    x = torch.randn(4, T, 64, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    right, found = rotate(x.float(), first), rotate(x, first)
    assert found.dtype == torch.bfloat16
    return ((found.float() - right).norm(dim=-1) / right.norm(dim=-1)).mean().item()


def test_the_rotation_keeps_its_angles_in_float32():
    """An angle of bfloat16 has 8 bits: far back in a text it is off by whole radians."""
    assert error_in_bfloat16(PROGRAM, 512, 512) < 0.01
    assert error_in_bfloat16(PROGRAM, 2048, 2048) < 0.01


def test_angles_in_the_precision_of_the_input_are_told_apart():
    """As the page once had it: 29 % off, which its text quotes."""
    assert PROGRAM.count(ANGLE) == 1
    wrong = PROGRAM.replace(ANGLE, ANGLE.replace("= ", "= (", 1) + ").to(x)")
    assert 0.27 < error_in_bfloat16(wrong, 512, 512) < 0.31


def test_with_its_cache_it_computes_the_same():
    torch.manual_seed(0)
    model = names_of(PROGRAM).model
    ids, caches = torch.randint(65, (2, 20)), model.empty()
    with torch.no_grad():
        whole = model(ids)
        pieces = [model(ids[:, :8], caches)]  # prefill
        pieces += [model(ids[:, n : n + 1], caches) for n in range(8, 20)]  # decode
    assert caches[1][0].shape == (2, 2, 20, 4)
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, atol=1e-5, rtol=1e-4)


def test_it_samples_what_it_would_without_a_cache():
    names = names_of(PROGRAM)
    start = torch.randint(65, (2, 5), generator=torch.Generator().manual_seed(1))
    text = names.generate(names.model, start, 12, k=1)  # the likeliest each time
    assert text.shape == (2, 17)
    for n in range(5, 17):
        z = names.model(text[:, :n])[:, -1]
        torch.testing.assert_close(text[:, n], z.argmax(dim=-1))


def test_the_training_script_trains(tmp_path, monkeypatch, capsys):
    (script,) = twins.fold_of(PAGE, "Train it")[1]
    for old, new in (("steps, parts, N, T = 1000, 4, 16, 128", "steps, parts, N, T = 30, 2, 4, 32"),
                     ("D=192, blocks=4, heads=6", "D=32, blocks=2, heads=4"),
                     ("lr=3e-3", "lr=2e-2"), ("% 100 == 0", "% 30 == 0")):  # fmt: skip
        assert script.count(old) == 1
        script = script.replace(old, new)
    (tmp_path / "input.txt").write_text("To be, or not to be, that is the question:\n" * 200)
    monkeypatch.chdir(tmp_path)
    twins.run(f"{PROGRAM}\n\n{script}", "PyTorch", ["model"])
    said = capsys.readouterr().out
    first, last = (float(b) for b in re.findall(r"([\d.]+) bits a byte", said))
    assert last < 4 < 6 < first < 8.1
    assert "ROMEO:" in said
