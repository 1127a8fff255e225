"""Chapter 24's attention by hand and in PyTorch, and the GPT in PyTorch that it gives away."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import twins
from comparing import close

from notebooks import read

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

PAGE = Path(__file__).resolve().parents[2] / "notebooks" / "24-transformers.ipynb"
BY_HAND = ("setup", "average", "softmaxed", "positions-coded", "causal-attention")
BY_HAND += ("attention-backward",)
FUSED = re.compile(r"        s = .*?(?=        y = \(p @ v\))", re.DOTALL)
CALL = """\
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        y = y.transpose(1, 2).reshape(N, T, D)
"""


@pytest.fixture(scope="module")
def page():
    return {cell["id"]: cell["source"] for cell in read(PAGE).cells}


def programs(source):
    return re.findall(r"^```python\n(.*?)^```", source, re.DOTALL | re.MULTILINE)


def fused(program):
    """With PyTorch's own function in place of four lines, as the page says."""
    program, one = FUSED.subn("", program)
    program, other = re.subn(r"        y = \(p @ v\).*\n", CALL, program)
    assert (one, other) == (1, 1)
    return program


@pytest.mark.parametrize("change", [str, fused])
def test_the_layer_in_pytorch_is_the_layer_by_hand(page, change):
    (program,) = programs(page["gpt-intro"])
    torchs = twins.run(change(program), "PyTorch", ["CausalAttention"]).CausalAttention(12, 3)
    source = "\n".join(page[name] for name in BY_HAND)
    ours = twins.run(source, "by hand", ["CausalAttention"]).CausalAttention(3)

    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 4, 7, 12)).astype("float32")
    ours(x)  # makes its weights
    for param, theirs in ((ours.W, torchs.qkv), (ours.W_O, torchs.out)):
        param.value += 0.3 * rng.standard_normal(param.shape).astype("float32")
        with torch.no_grad():
            theirs.weight.copy_(torch.from_numpy(param.value.T.copy()))

    y, cache = ours.forward(x)
    dx = ours.backward(dy, cache)
    x = torch.tensor(x, requires_grad=True)
    theirs = torchs(x)
    theirs.backward(torch.from_numpy(dy))
    close(y, theirs, "float32")
    close(dx, x.grad, "float32")
    close(ours.W.grad, torchs.qkv.weight.grad.T, "float32")
    close(ours.W_O.grad, torchs.out.weight.grad.T, "float32")


def test_the_file_to_paste_trains_and_writes(page, tmp_path, monkeypatch, capsys):
    *_, program = programs(page["in-other-words"])
    small = {"V=65, D=64": "V=8, D=16", "blocks=4": "blocks=1", "steps = 2000": "steps = 200"}
    for old, new in small.items():
        assert program.count(old) == 1
        program = program.replace(old, new)
    monkeypatch.chdir(tmp_path)
    Path("input.txt").write_text("abcdefgh" * 200, encoding="utf-8")
    torch.manual_seed(0)  # the file itself draws anew each time
    exec(compile(program, "gpt.py", "exec"), {"__name__": "__main__"})
    told, written = capsys.readouterr().out.splitlines()
    assert told.startswith("200: ") and float(told.split()[1]) < 0.5
    assert len(written) == 364
    right = sum(pair in "abcdefgha" for pair in map("".join, itertools.pairwise(written)))
    assert right > 0.8 * len(written)  # by chance one in eight


class Nowhere(torch.overrides.TorchFunctionMode):
    """No tensor comes from elsewhere than the device "meta", which a processor's would mix with."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        assert not isinstance(made, torch.Tensor) or made.device.type == "meta", function
        return made


def test_the_file_to_paste_makes_nothing_on_another_device(page):
    *_, program = programs(page["in-other-words"])
    theirs = twins.run(program, "PyTorch", ["model", "windows", "write", "loss_fn"])
    ids, model = torch.zeros(200, dtype=torch.long, device="meta"), theirs.model.to("meta")
    with Nowhere():
        x, y = theirs.windows(ids)
        assert theirs.loss_fn(model(x), y).device.type == "meta"
        assert theirs.write(model, ids[None, :70], 3).shape == (1, 73)
