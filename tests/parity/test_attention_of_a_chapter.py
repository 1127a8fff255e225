"""The attention that chapter 24 writes by hand, and the same layer as it shows it in PyTorch."""

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


def fused(program):
    """With PyTorch's own function in place of four lines, as the page says."""
    program, one = FUSED.subn("", program)
    program, other = re.subn(r"        y = \(p @ v\).*\n", CALL, program)
    assert (one, other) == (1, 1)
    return program


@pytest.mark.parametrize("change", [str, fused])
def test_the_layer_in_pytorch_is_the_layer_by_hand(page, change):
    (program,) = re.findall(r"^```python\n(.*?)^```", page["gpt-intro"], re.DOTALL | re.MULTILINE)
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
