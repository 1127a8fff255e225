"""Answers on the quality of a segmentation, of chapter 20; `test_ch20.py` lists them."""

from catalogue import Right, Wrong

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
        "has no match counts half",
        swap=(
            ("total, things = np.zeros(C), np.zeros(C)", "total, things, m = np.zeros((3, C))"),
            ("total[c] += common / both", "total[c], m[c] = total[c] + common / both, m[c] + 1"),
            ("2 * total / np.maximum(things, 1)", "total / np.maximum(things - m, 1)"),
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
    Wrong(
        "numbers begin at 0",
        "0 is background",
        swap=(
            ("[(c, f == k + 1)", "[(c, f == k)"),
            ("(f == k + 1).any()", "(f == k).any()"),
            ("[(c, t == k + 1)", "[(c, t == k)"),
            ("(t == k + 1).any()", "(t == k).any()"),
        ),
    ),
    Wrong(
        "nan for a class of nobody",
        "0, not 0 / 0",
        swap=("np.where(there, 2 * total / np.maximum(things, 1), 0)", "2 * total / things"),
    ),
    Wrong(
        "nan for nobody",
        "0, not 0 / 0",
        swap=(
            "float(pq[there].mean()) if there.any() else 0.0",
            "float(np.sum(pq[there]) / np.float64(there.sum()))",
        ),
    ),
    Wrong(
        "classes with a match in the mean",
        "without a match counts in the mean",
        swap=("    there = things > 0\n", "    there = total > 0\n"),
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
