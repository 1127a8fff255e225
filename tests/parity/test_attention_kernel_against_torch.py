"""The kernel attention against PyTorch's `scaled_dot_product_attention`: values and gradients."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("N", "T", "S", "H", "D", "E"),
    [(2, 5, 7, 3, 4, 4), (1, 1, 1, 1, 1, 1), (2, 33, 33, 2, 32, 32), (1, 70, 40, 2, 8, 12)],
)
@pytest.mark.parametrize("masked", [None, "padding", "each", "causal"])
def test_attention_as_pytorch_has_it(ops, N, T, S, H, D, E, masked, dtype):
    rng = np.random.default_rng(1)
    shapes = (N, T, H, D), (N, S, H, D), (N, S, H, E), (N, T, H, E)
    q, k, v, dy = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    mask = {"padding": rng.random((N, 1, S)) < 0.7, "each": rng.random((1, T, S)) < 0.7}.get(masked)
    if mask is not None:
        mask[..., 0] = True
    causal = 0 if masked == "causal" else None
    options = 1 / np.sqrt(D).item(), mask, causal
    y, log_sum = ops.attention.forward(q, k, v, *options)
    gradients = ops.attention.backward(dy, q, k, v, y, log_sum, *options)

    theirs = [torch.from_numpy(a).transpose(1, 2).requires_grad_() for a in (q, k, v)]
    expected = torch.nn.functional.scaled_dot_product_attention(
        *theirs,
        attn_mask=None if mask is None else torch.from_numpy(mask[:, None]).expand(N, H, T, S),
        is_causal=masked == "causal",
    )
    expected.backward(torch.from_numpy(dy).transpose(1, 2))
    rtol = 1e-5 if dtype == "float32" else 1e-12
    for ours, a in zip(
        (y, *gradients), (expected.detach(), *(a.grad for a in theirs)), strict=True
    ):
        np.testing.assert_allclose(ours, a.transpose(1, 2).numpy(), rtol=rtol, atol=rtol)
