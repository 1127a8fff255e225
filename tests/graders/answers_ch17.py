"""Answers on attention, of chapter 17; `test_ch17.py` lists them."""

from catalogue import Right, Wrong

_P = "return e / np.maximum(e.sum(axis=2, keepdims=True), 1)  # the largest e is 1, if there is one"
_SHORT = """
def p_of(q, k, mask):
    k = np.where(mask[..., None], k, 0)
    s = np.where(mask[:, None], np.einsum("ntd,nsd->nts", q, k), {hidden})
    s = s - s.max(axis=2, keepdims=True)
    e = np.exp(s)
    p = e / e.sum(axis=2, keepdims=True)
    return {p}.astype(q.dtype), k


def attend(q, k, v, mask):
    p, _ = p_of(q, k, mask)
    return p @ np.where(mask[..., None], v, 0)


def attend_backward(dy, q, k, v, mask):
    p, k = p_of(q, k, mask)
    v = np.where(mask[..., None], v, 0)
    dp = np.einsum("nte,nse->nts", dy, v)
    ds = p * dp - p * np.sum(p * dp, axis=-1)[..., None]
    return ds @ k, np.einsum("nts,ntd->nsd", ds, q), np.einsum("nts,nte->nse", p, dy)
"""

ATTEND = [
    Wrong(
        "padding in the softmax",
        "Padding took part",
        swap=("e = np.exp(np.where(seen, s - top, -np.inf))", "e = np.exp(s - top)"),
    ),
    Wrong(
        "padding in the sum alone",
        "is wrong",
        swap=(
            _P,
            "return e / np.exp(s - top).sum(axis=2, keepdims=True)",
        ),
    ),
    Wrong(
        "over the queries",
        "over the keys, not",
        swap=(
            _P,
            "return np.where(seen, np.exp(s), 0) / np.exp(s).sum(axis=1, keepdims=True)",
        ),
    ),
    Wrong(
        "scaled", "not divided by anything", swap=("s = q @ np", "s = q.shape[2] ** -0.5 * q @ np")
    ),
    Wrong(
        "no largest score",
        "is",
        swap=("    top = np.where(seen.any(axis=2, keepdims=True), top, 0)\n", "    top = 0.0\n"),
    ),
    Wrong(
        "the largest of padding, too",
        "is",
        swap=("top = np.where(seen, s, -np.inf).max", "top = s.max"),
    ),
    Wrong(
        "nan for an empty source",
        "Source 0 has no word",
        swap=("np.maximum(e.sum(axis=2, keepdims=True), 1)", "e.sum(axis=2, keepdims=True)"),
    ),
    Wrong("the mean of an empty source", "should be 0", _SHORT.format(hidden="-1e9", p="p")),
    Wrong(
        "a score of -1e4 for padding",
        "is",
        _SHORT.format(hidden="-1e4", p="p * mask.any(axis=1)[:, None, None]"),
    ),
    Wrong(
        "v behind the mask",
        "must not get through",
        swap=("@ np.where(mask[:, :, None], v, 0)", "@ v"),
    ),
    Wrong(
        "p dp alone",
        "what is missing in ds",
        swap=("(dp - (p * dp).sum(axis=2, keepdims=True))", "dp"),
    ),
    Wrong(
        "nan from k on the way back",
        "must not get through",
        swap=("k, v = np.where(kept, k, 0), np.where(kept, v, 0)", "v = np.where(kept, v, 0)"),
    ),
    Wrong(
        "dq and dk exchanged",
        "order",
        swap=(
            "return ds @ k, ds.swapaxes(1, 2) @ q, dv",
            "return ds.swapaxes(1, 2) @ q, ds @ k, dv",
        ),
    ),
    Right(
        "sums of products",
        _SHORT.format(hidden="-np.inf", p="np.where(mask[:, None], p, 0)")
        .replace(
            "s = s - s.max(axis=2, keepdims=True)",
            "top = s.max(axis=2, keepdims=True)\n    s = s - np.where(np.isfinite(top), top, 0)",
        )
        .replace("e.sum(axis=2, keepdims=True)\n", "np.maximum(e.sum(axis=2, keepdims=True), 1)\n"),
    ),
    Right(
        "ds in two steps",
        swap=(
            "ds = p * (dp - (p * dp).sum(axis=2, keepdims=True))",
            "ds = p * dp\n    ds = ds - p * ds.sum(axis=2, keepdims=True)",
        ),
    ),
]
