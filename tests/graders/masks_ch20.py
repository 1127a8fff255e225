"""Answers on the loss of masks, of chapter 20; `test_ch20.py` lists them."""

from catalogue import Right, Wrong

_DP = "dp = counts * ((S + 1) / D**2 * slope - t / D) / z.dtype.type(C)"
_ONE_CLASS = """
def tversky(z, y, alpha, beta):
    N, H, W, C = z.shape
    flat, labels = z.reshape(-1, C), y.reshape(-1)
    known = labels >= 0
    s = flat[known] - flat[known].max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    L, dp = 0.0, np.zeros_like(p)
    for c in range(C):
        t = (labels[known] == c).astype(p.dtype)
        right, wrong, gone = t @ p[:, c], (1 - t) @ p[:, c], t @ (1 - p[:, c])
        D = right + alpha * wrong + beta * gone + 1
        L += (1 - (right + 1) / D) / C
        dD = np.where(t == 1, 1 - beta, alpha).astype(p.dtype)
        dp[:, c] = -(t * D - (right + 1) * dD) / D**2 / C
    dz = np.zeros_like(flat)
    dz[known] = p * dp - p * (p * dp).sum(axis=1)[:, None]
    return L, dz.reshape(z.shape)
"""

TVERSKY = [
    Wrong(
        "alpha and beta exchanged",
        "beta to what is missed",
        swap=(
            ("D = S + alpha * F + beta * M + 1", "D = S + beta * F + alpha * M + 1"),
            ("np.where(t, 1 - beta, alpha)", "np.where(t, 1 - alpha, beta)"),
        ),
    ),
    Wrong(
        "no ones",
        "The ones are missing",
        swap=(("beta * M + 1", "beta * M + 0"), ("np.mean(1 - (S + 1) / D)", "np.mean(1 - S / D)")),
    ),
    Wrong("a one on top alone", "in the denominator, too", swap=("beta * M + 1", "beta * M")),
    Wrong(
        "unseen pixels count",
        "without a label count in F",
        swap=("where=counts & ~t", "where=~t"),
    ),
    Wrong(
        "a gradient of unseen pixels",
        "get no gradient",
        swap=("dp = counts * (", "dp = ("),
    ),
    Wrong("sum over the classes", "It is the sum", swap=("L = np.mean(", "L = np.sum(")),
    Wrong("dz of the sum", "It is the sum", swap=(_DP, _DP.removesuffix(" / z.dtype.type(C)"))),
    Wrong("D fixed", "denominator depends", swap=("* slope - t", "* 0 * slope - t")),
    Wrong(
        "M fixed", "M depends on p", swap=("np.where(t, 1 - beta, alpha)", "np.where(t, 1, alpha)")
    ),
    Wrong(
        "1 - beta and alpha exchanged",
        "1 - beta is where t = 1",
        swap=("np.where(t, 1 - beta, alpha)", "np.where(t, alpha, 1 - beta)"),
    ),
    Wrong(
        "alpha and beta exchanged in dz",
        "slope of D, alpha and beta",
        swap=("np.where(t, 1 - beta, alpha)", "np.where(t, 1 - alpha, beta)"),
    ),
    Wrong("beta alone", "M falls by 1", swap=("(t, 1 - beta, alpha)", "(t, beta, alpha)")),
    Wrong("S forgotten in D", "and M falls: 1 - beta", swap=("(t, 1 - beta,", "(t, -beta,")),
    Wrong("M grows", "not 1 + beta", swap=("(t, 1 - beta,", "(t, 1 + beta,")),
    Wrong(
        "M counts pixels",
        "M sums 1 - p",
        swap=("M = np.sum(1 - p, axis", "M = np.sum(np.ones_like(p), axis"),
    ),
    Wrong(
        "F counts pixels",
        "F sums p",
        swap=("F = np.sum(p, axis", "F = np.sum(np.ones_like(p), axis"),
    ),
    Wrong(
        "the logit of the label alone",
        "not only that of its label",
        swap=("return L, p * (dp", "return L, t * p * (dp"),
    ),
    Wrong(
        "the p of the label alone",
        "they are in F",
        swap=("dp = counts * (", "dp = t * ("),
    ),
    Wrong(
        "dp alone",
        "softmax is still to come",
        swap=("return L, p * (dp - (p * dp).sum(axis=-1, keepdims=True))", "return L, dp"),
    ),
    Wrong(
        "a sigmoid's slope",
        "is the sigmoid's",
        swap=("p * (dp - (p * dp).sum(axis=-1, keepdims=True))", "p * (1 - p) * dp"),
    ),
    Wrong("no largest logit", "before `np.exp`", swap=("z - z.max(axis=-1, keepdims=True)", "z")),
    Wrong(
        "each sample by itself",
        "over the whole batch",
        swap=(
            ("pixels = (0, 1, 2)", "pixels = (1, 2)"),
            (
                "    S = np.sum(p, axis=pixels, where=t)",
                "    S = np.sum(p, axis=pixels, where=t, keepdims=True)",
            ),
            ("where=counts & ~t)", "where=counts & ~t, keepdims=True)"),
            (
                "np.sum(1 - p, axis=pixels, where=t)",
                "np.sum(1 - p, axis=pixels, where=t, keepdims=True)",
            ),
        ),
    ),
    Wrong(
        "the share that is right",
        "missing to 1",
        swap=("np.mean(1 - (S + 1) / D)", "np.mean((S + 1) / D)"),
    ),
    Right("a class at a time", _ONE_CLASS),
    Right(
        "one denominator",
        swap=(
            (
                "D = S + alpha * F + beta * M + 1  # (C,)",
                "D = (1 - beta) * S + alpha * F + beta * (S + M) + 1",
            ),
            (_DP, "dp = np.where(counts, -(t * D - (S + 1) * slope) / D**2, 0) / z.dtype.type(C)"),
        ),
    ),
]
