"""Answers on masks, of chapter 20; `test_ch20.py` lists them."""

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
        "dz is wrong",
        swap=("dp = counts * (", "dp = ("),
    ),
    Wrong("sum over the classes", "It is the sum", swap=("L = np.mean(", "L = np.sum(")),
    Wrong("dz of the sum", "It is the sum", swap=(_DP, _DP.removesuffix(" / z.dtype.type(C)"))),
    Wrong("D fixed", "denominator depends", swap=("* slope - t", "* 0 * slope - t")),
    Wrong(
        "M fixed", "M depends on p", swap=("np.where(t, 1 - beta, alpha)", "np.where(t, 1, alpha)")
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
    Wrong("no largest logit", "is", swap=("z - z.max(axis=-1, keepdims=True)", "z")),
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

_BY_TABLE = """
def quality(found, found_classes, true, true_classes, C):
    match, number = np.zeros(C), np.zeros((2, C))
    for f, cf, t, ct in zip(found, found_classes, true, true_classes):
        A, B = len(cf), len(ct)
        inside = f * ((f > 0) & (f <= A)), t * ((t > 0) & (t <= B))
        table = np.bincount((inside[0] * (B + 1) + inside[1]).ravel(), minlength=(A + 1) * (B + 1))
        table = table.reshape(A + 1, B + 1)
        rows, columns = table.sum(axis=1), table.sum(axis=0)
        for k, (size, classes) in enumerate(((rows, cf), (columns, ct))):
            for c, pixels in zip(classes, size[1:]):
                if c >= 0 and pixels:
                    number[k, c] += 1
        for a, b in zip(*np.nonzero(table[1:, 1:])):
            cover = rows[a + 1] + columns[b + 1] - table[a + 1, b + 1]
            if cf[a] == ct[b] >= 0 and table[a + 1, b + 1] / cover > 0.5:
                match[cf[a]] += table[a + 1, b + 1] / cover
    pq = np.divide(2 * match, number.sum(axis=0), out=np.zeros(C), where=number.any(axis=0))
    somebody = number.any(axis=0)
    return pq, pq[somebody].sum() / max(somebody.sum(), 1)
"""

QUALITY = [
    Wrong("exactly half", "above 1/2", swap=("2 * common > both", "2 * common >= both")),
    Wrong("any overlap", "above 1/2", swap=("2 * common > both", "4 * common > both")),
    Wrong("any class", "same class", swap=("c == other and 2", "2")),
    Wrong(
        "the union without background",
        "belong to the union",
        swap=("(a | b).sum()", "((a | b) & (f > 0) & (t > 0)).sum()"),
    ),
    Wrong(
        "mistakes count whole",
        "PQ is wrong",
        swap=(
            "2 * total / np.maximum(things, 1)",
            "total / np.maximum(things - total.astype(int), 1)",
        ),
    ),
    Wrong(
        "what was missed is free",
        "missed counts, too",
        swap=(
            (
                "for c, _ in mine + real:\n            things[c] += 1",
                "for c, _ in mine:\n            things[c] += 2",
            ),
        ),
    ),
    Wrong(
        "what was made up is free",
        "counts in the mean with 0",
        swap=(
            (
                "for c, _ in mine + real:\n            things[c] += 1",
                "for c, _ in real:\n            things[c] += 2",
            ),
        ),
    ),
    Wrong("matches alone", "not their number", swap=("total[c] += common / both", "total[c] += 1")),
    Wrong(
        "the mean of all",
        "that somebody has",
        swap=("there = things > 0", "there = np.ones(C, bool)"),
    ),
    Wrong(
        "things without pixels",
        "without pixels",
        swap=(
            (" and (f == k + 1).any()]", "]"),
            (" and (t == k + 1).any()]", "]"),
            ("2 * common > both", "2 * common > both > 0"),
        ),
    ),
    Wrong(
        "the first image",
        "is wrong",
        swap=(
            "in zip(found, found_classes, true, true_classes)",
            "in [*zip(found, found_classes, true, true_classes)][:1]",
        ),
    ),
    Wrong("numbers begin at 0", "PQ", swap=("[(c, f == k + 1) for", "[(c, f == k) for")),
    Wrong(
        "nan for nobody",
        "mean is nan",
        swap=(
            "float(pq[there].mean()) if there.any() else 0.0",
            "float(np.sum(pq[there]) / np.float64(there.sum()))",
        ),
    ),
    Wrong(
        "one side in the mean", "mean", swap=("    there = things > 0\n", "    there = total > 0\n")
    ),
    Right("a table of pairs", _BY_TABLE),
    Right(
        "f, u and m",
        swap=(
            (
                "pq = np.where(there, 2 * total / np.maximum(things, 1), 0)",
                "pq = total / np.where(there, things / 2, 1)",
            ),
            (
                "common, both = (a & b).sum(), (a | b).sum()",
                "common = (a & b).sum()\n                both = a.sum() + b.sum() - common",
            ),
        ),
    ),
]
