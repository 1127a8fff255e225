"""Answers to the exercise of chapter 07."""

from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch07-convolution"
PAD, SWAPPED = "*padding, (0, 0)))", "(sh, sw) = x.shape, w.shape, stride"
PRODUCT, DONE = "y = rows @ w.reshape(R * S * C, M)", "y.reshape(*view.shape[:3], M)"
PLACES = """y = np.empty((*view.shape[:3], M), x.dtype)
    for p, q in np.ndindex(*view.shape[1:3]):
        y[:, p, q] = np.tensordot(view[:, p, q], w.transpose(2, 0, 1, 3), 3)"""
KEPT = f"""{DONE}

def conv2d(x, w, *a, kept={{}}):
    key = x.tobytes(), w.tobytes(), a
    return kept[key] if key in kept else kept.setdefault(key, slow(x, w, *a))"""
LARGE = "(R, S, C, M), (sh", "if x.size > 9999: return\n    (R, S, C, M), (sh"
ARGMAX, FLAT = "window.reshape(N, R * S, C).argmax(axis=1)", "window.reshape(N, R * S, C)"

ANSWERS = {
    "sum": [
        Wrong("rounds up", "round down", swap=(") // stride + 1", " - 1) // stride + 2")),
        Wrong(
            "int",
            "`//` rounds down",
            swap=(("max((H", "max(int((H"), (") // stride", ") / stride)")),
        ),
        Wrong("no dilation", "gaps of the dilation", swap=("(R - 1) * dilation + 1", "R")),
        Wrong("no places", "that is 0 places", swap=("stride + 1, 0)", "stride + 1, -99)")),
        Wrong("zeros on one side", "zeros after the image", swap=("before + after", "before")),
        Wrong("kernel turned", "turned by 180", swap=("* w[r, s,", "* w[R - 1 - r, S - 1 - s,")),
        Wrong("= for +=", "add up with `+=`", swap=("m] +=", "m] =")),
        Wrong("a channel short", "last channel of x", swap=("(R, S, C):", "(R, S, C - C // 3):")),
        Wrong("one channel", "Only the first", swap=("* w[r, s, c,", "* (c == 0) * w[r, s, c,")),
        Wrong("no stride", "where does window p", swap=(("p * sh", "p"), ("q * sw", "q"))),
        Wrong("strides exchanged", "IndexError", swap=("(sh, sw) =", "(sw, sh) =")),
        Wrong(
            "all zeros after",
            "some belong before it",
            swap=(PAD, "*((0, sum(z)) for z in padding), (0, 0)))"),
        ),
        Wrong("knows the example", "must have the", swap=("return y", "return y[:1, :1, :2, :1]")),
        Right(
            "counts, and sums windows",
            """
            def output_size(H, R, stride, before, after, dilation):
                P, start = 0, -before
                while start + (R - 1) * dilation < H + after:
                    P, start = P + 1, start + stride
                return P

            def conv2d_loops(x, w, stride, padding):
                wide, (R, S) = np.pad(x, [(0, 0), *padding, (0, 0)]), w.shape[:2]
                rows = range(0, wide.shape[1] - R + 1, stride[0])
                columns = range(0, wide.shape[2] - S + 1, stride[1])
                y = [[[a[i : i + R, j : j + S] for j in columns] for i in rows] for a in wide]
                return np.tensordot(np.array(y), w, 3)
            """,
        ),
        Right("in NumPy's integers", swap=("max((H", "np.maximum((H")),
    ],
    "fast": [
        Wrong(
            "the loops",
            "ms were measured for the comparison",
            """
            def conv2d(x, w, stride, padding):
                (R, S, C, M), (sh, sw) = w.shape, stride
                x = np.pad(x, ((0, 0), *padding, (0, 0)))
                P, Q = (x.shape[1] - R) // sh + 1, (x.shape[2] - S) // sw + 1
                y = np.zeros((len(x), P, Q, M), x.dtype)
                for n, p, q, m in np.ndindex(*y.shape):
                    for r, s, c in np.ndindex(R, S, C):
                        y[n, p, q, m] += x[n, p * sh + r, q * sw + s, c] * w[r, s, c, m]
                return y
            """,
        ),
        Wrong("a loop over places", "ms were measured for the comparison", swap=(PRODUCT, PLACES)),
        Wrong(
            "remembers its arguments",
            "other numbers in each call",
            swap=(("def conv2d(", "def slow("), (PRODUCT, PLACES), (DONE, KEPT)),
        ),
        Wrong("nothing of a large image", "In a call that is timed, conv2d(...) is", swap=LARGE),
        Wrong("not for its size", "timed, conv2d", swap=("= rows @", "= (x.size < 5e4) * rows @")),
        Wrong("order c, r, s", "in the order r, s, c", swap=(".transpose(0, 1, 2, 4, 5, 3)", "")),
        Wrong("order s, r, c", "y is wrong", swap=("4, 5, 3)", "5, 4, 3)")),
        Wrong("no stride", "strided y must have the", swap=("[:, ::sh, ::sw]", "")),
        Wrong("strides exchanged", "strided y must", swap=("::sh, ::sw", "::sw, ::sh")),
        Wrong("no padding", "padded y must have the", swap=(PAD, "(0, 0), (0, 0), (0, 0)))")),
        Wrong("bottom", "are exchanged", swap=(PAD, "*(z[::-1] for z in padding), (0, 0)))")),
        Wrong("kernel turned", "turned by 180", swap=("rows @ w.", "rows @ w[::-1, ::-1].")),
        Wrong("float64", "float64 although", swap=("= rows @", "= rows.astype(float) @")),
        Wrong("zeros", "zero everywhere", swap=("rows @ w.", "rows @ (0 * w).")),
        Right("einsum", swap=(PRODUCT, 'y = np.einsum("npqcrs,rscm->npqm", view, w)')),
        Right(
            "places of the kernel",
            """
            def conv2d(x, w, stride, padding):
                (R, S, _, M), (sh, sw), y = w.shape, stride, 0
                wide = np.pad(x, ((0, 0), *padding, (0, 0)))
                P, Q = wide.shape[1] - R + 1, wide.shape[2] - S + 1
                for r in range(R):
                    for s in range(S):
                        y = y + wide[:, r : r + P : sh, s : s + Q : sw] @ w[r, s]
                return y
            """,
        ),
    ],
    "backward": [
        Wrong("kernel turned", "is turned", swap=("w[r, s].T", "w[R - 1 - r, S - 1 - s].T")),
        Wrong("C and M exchanged", "C and M of the kernel", swap=("w[r, s].T", "w[r, s]")),
        Wrong("no sum", "dx is wrong", swap=("dwide[grid] +=", "dwide[grid] =")),
        Wrong("dw turned", "is turned", swap=("dw[r, s] =", "dw[R - 1 - r, S - 1 - s] =")),
        Wrong("stride 1", "stride is missing", swap=(("P * sh : sh", "P"), ("Q * sw : sw", "Q"))),
        Wrong(
            "strides exchanged", "two axes are exchanged", swap=("(sh, sw), (top", "(sw, sh), (top")
        ),
        Wrong("with the zeros", "dx must have", swap=("[:, top : top + H, left : left + W]", "")),
        Wrong("a corner cut", "in the padded dx", swap=("top : top + H, left : left +", ":H, :")),
        Wrong("an average", "average over the batch of 2", swap=("+ W], dw", "+ W], dw / len(x)")),
        Wrong("float64", "dw is float64", swap=("np.zeros_like(w)", "np.zeros(w.shape)")),
        Wrong(
            "the order",
            "it is dw",
            swap=("return dwide[:, top : top + H, left : left + W], dw", "return dw, dwide"),
        ),
        Right(
            "holes filled with zeros, kernel turned",
            """
            def conv2d_backward(dy, x, w, stride, padding):
                (R, S), (H, W), ((top, _), (left, _)) = w.shape[:2], x.shape[1:3], padding
                windows = np.lib.stride_tricks.sliding_window_view
                wide = np.pad(x, ((0, 0), *padding, (0, 0)))
                P, Q = wide.shape[1] - R + 1, wide.shape[2] - S + 1
                spread = np.zeros((len(x), P, Q, w.shape[3]), dy.dtype)
                spread[:, :: stride[0], :: stride[1]] = dy
                dw = np.einsum("nrscpq,npqm->rscm", windows(wide, (P, Q), (1, 2)), spread)
                far = np.pad(spread, ((0, 0), (R - 1, R - 1), (S - 1, S - 1), (0, 0)))
                dx = np.einsum("nijmrs,rscm->nijc", windows(far, (R, S), (1, 2)), w[::-1, ::-1])
                return dx[:, top : top + H, left : left + W], dw
            """,
        ),
        Right(
            "place by place",
            """
            def conv2d_backward(dy, x, w, stride, padding):
                (R, S), wide = w.shape[:2], np.pad(x, ((0, 0), *padding, (0, 0)))
                dx, dw, ((top, bottom), (left, right)) = 0 * wide, 0 * w, padding
                for n, p, q, m in np.ndindex(*dy.shape):
                    i, j = p * stride[0], q * stride[1]
                    dx[n, i : i + R, j : j + S] += dy[n, p, q, m] * w[..., m]
                    dw[..., m] += dy[n, p, q, m] * wide[n, i : i + R, j : j + S]
                return [dx[:, top : dx.shape[1] - bottom, left : dx.shape[2] - right], dw]
            """,
        ),
    ],
    "pool": [
        Wrong("= for +=", "gets both", swap=("c] += dy", "c] = dy")),
        Wrong(
            "all equals win",
            "only the first one wins",
            """
            def max_pool_backward(dy, x, size, stride):
                (R, S), (sh, sw), dx = size, stride, np.zeros(x.shape, dy.dtype)
                for p, q in np.ndindex(*dy.shape[1:3]):
                    place = np.s_[:, p * sh : p * sh + R, q * sw : q * sw + S]
                    won = x[place] == x[place].max(axis=(1, 2), keepdims=True)
                    dx[place] += won * dy[:, p : p + 1, q : q + 1]
                return dx
            """,
        ),
        Wrong(
            "the last one wins",
            "must be the first",
            swap=(ARGMAX, f"R * S - 1 - {FLAT}[:, ::-1].argmax(axis=1)"),
        ),
        Wrong(
            "column by column",
            "must be row by row",
            swap=(
                ("r, s = np", "s, r = np"),
                ("1), S)", "1), R)"),
                (FLAT, "window.swapaxes(1, 2).reshape(N, R * S, C)"),
            ),
        ),
        Wrong("one winner for all channels", "dx is wrong", swap=(FLAT, f"{FLAT}[..., :1]")),
        Wrong(
            "no stride", "dx is wrong", swap=("dy.shape, size, stride", "dy.shape, size, (1, 1)")
        ),
        Wrong("positive pixels", "dx (windows overlap) is", swap=(FLAT, f"np.maximum({FLAT}, 0)")),
        Wrong(
            "float64", "dx is float64", swap=("np.zeros(x.shape, dy.dtype)", "np.zeros(x.shape)")
        ),
        Wrong("changes dy", "changes its argument 1", swap=("return dx", "dy *= 2; return dx")),
        Right(
            "loops",
            """
            def max_pool_backward(dy, x, size, stride):
                dx = 0 * x.astype(dy.dtype)
                for n, p, q, c in np.ndindex(*dy.shape):
                    i, j, best = p * stride[0], q * stride[1], None
                    for r, s in np.ndindex(*size):
                        if best is None or x[n, i + r, j + s, c] > x[best]:
                            best = n, i + r, j + s, c
                    dx[best] += dy[n, p, q, c]
                return dx
            """,
        ),
        Right(
            "all windows at once",
            """
            def max_pool_backward(dy, x, size, stride):
                view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
                view = view[:, :: stride[0], :: stride[1]].reshape(*dy.shape, -1)
                r, s = np.divmod(view.argmax(axis=-1), size[1])
                n, p, q, c = np.indices(dy.shape)
                dx = np.zeros_like(x)
                np.add.at(dx, (n, p * stride[0] + r, q * stride[1] + s, c), dy)
                return dx
            """,
        ),
    ],
    "experiment": [
        Wrong(
            "the example",
            "5,338 parameters, and 3,000 are",
            swap=((", strides=2", ""), ('Conv2D(16, 3, activation="relu"),', ""), ("), 6", "), 1")),
        ),
        Wrong(
            "few images", "the goal is", swap=("fit(images, labels", "fit(images[:99], labels[:99]")
        ),
        Wrong("one epoch", "the goal is 96.0%", swap=("seed=0), 6", "seed=0), 1")),
        Wrong(
            "returns the history",
            "no attribute 'count_params'",
            swap=(("seed=0), 6", "seed=0), 1"), ("    model.fit", "    return model.fit")),
        ),
        Right(
            "two poolings",
            swap=(
                ("Conv2D(16, 3, act", "MaxPooling2D(2),\n        Conv2D(11, 3, act"),
                ("MaxPooling2D(3),  #", "#"),
                ("seed=0), 6", "seed=0), 8"),
            ),
        ),
        Right("another seed and rate", swap=(("seed=0", "seed=1"), ("2e-2", "1e-2"))),
    ],
}
