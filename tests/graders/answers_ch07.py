"""Answers to the exercise of chapter 07: the ways back. Its other questions: `test_ch07.py`."""

from catalogue import Right, Wrong

ARGMAX, FLAT = "window.reshape(N, R * S, C).argmax(axis=1)", "window.reshape(N, R * S, C)"
PLACE_BY_PLACE = """
def conv2d_dx(dy, w, size, stride, padding):
    (R, S, C, _), ((top, bottom), (left, right)) = w.shape, padding
    dx = np.zeros((len(dy), size[0] + top + bottom, size[1] + left + right, C), w.dtype)
    for n, p, q, m in np.ndindex(*dy.shape):
        i, j = p * stride[0], q * stride[1]
        dx[n, i : i + R, j : j + S] += dy[n, p, q, m] * w[..., m]
    return dx[:, top : dx.shape[1] - bottom, left : dx.shape[2] - right]
"""

BACKWARDS = {
    "kernels": [
        Wrong("stride 1", "stride is missing", swap=(("P * sh : sh", "P"), ("Q * sw : sw", "Q"))),
        Wrong("turned", "is turned", swap=("dw[r, s] =", "dw[R - 1 - r, S - 1 - s] =")),
        Wrong("dy turned", "is turned", swap=("], dy, axes", "], dy[:, ::-1, ::-1], axes")),
        Wrong("strides exchanged", "dw", swap=("(sh, sw) = size", "(sw, sh) = size")),
        Wrong("zeros after", "shift it", swap=("*padding", "*((0, sum(z)) for z in padding)")),
        Wrong("bottom", "shift it", swap=("*padding", "*(z[::-1] for z in padding)")),
        Wrong("no zeros", "dw", swap=("*padding", "(0, 0), (0, 0)")),
        Wrong(
            "an average", "average over the batch of 2", swap=("return dw", "return dw / len(x)")
        ),
        Wrong(
            "one place",
            "add up with `+=`",
            swap=(
                "np.tensordot(wide[grid], dy,",
                "np.tensordot(wide[grid][:, -1:, -1:], dy[:, -1:, -1:],",
            ),
        ),
        Wrong("float64", "dw is float64", swap=("shape[3]), dy.dtype)", "shape[3]))")),
        Wrong(
            "C and M exchanged",
            "must have the shape",
            swap=("return dw", "return dw.swapaxes(2, 3)"),
        ),
        Wrong(
            "remembers the first padding",
            "dw",
            swap=(
                ("    (R, S), (P", "    padding = kept.setdefault(0, padding)\n    (R, S), (P"),
                ("def conv2d_dw(", "kept = {}\n\ndef conv2d_dw("),
            ),
        ),
        Right(
            "dy spread, as a kernel",
            """
            def conv2d_dw(dy, x, size, stride, padding):
                windows = np.lib.stride_tricks.sliding_window_view
                (R, S), wide = size, np.pad(x, ((0, 0), *padding, (0, 0)))
                P, Q = wide.shape[1] - R + 1, wide.shape[2] - S + 1
                spread = np.zeros((len(x), P, Q, dy.shape[3]), dy.dtype)
                spread[:, :: stride[0], :: stride[1]] = dy
                return np.einsum("nrscpq,npqm->rscm", windows(wide, (P, Q), (1, 2)), spread)
            """,
        ),
        Right(
            "place by place",
            """
            def conv2d_dw(dy, x, size, stride, padding):
                (R, S), wide = size, np.pad(x, ((0, 0), *padding, (0, 0)))
                dw = np.zeros((R, S, x.shape[3], dy.shape[3]), x.dtype)
                for n, p, q, m in np.ndindex(*dy.shape):
                    i, j = p * stride[0], q * stride[1]
                    dw[..., m] += dy[n, p, q, m] * wide[n, i : i + R, j : j + S]
                return dw
            """,
        ),
    ],
    "image": [
        Wrong("kernel turned", "to be turned", swap=("w[r, s].T", "w[R - 1 - r, S - 1 - s].T")),
        Wrong("C and M exchanged", "C and M of the kernel", swap=("w[r, s].T", "w[r, s]")),
        Wrong("= for +=", "add with `+=`", swap=("dwide[grid] +=", "dwide[grid] =")),
        Wrong(
            "= for +=, from the end",
            "add with `+=`",
            swap=(("in np.ndindex(R, S)", "in [*np.ndindex(R, S)][::-1]"), ("id] +=", "id] =")),
        ),
        Wrong("= for +=, over windows", "add with `+=`", PLACE_BY_PLACE.replace("+=", "=")),
        Wrong(
            "= for +=, over windows of all kernels",
            "add with `+=`",
            PLACE_BY_PLACE.replace("*dy.shape)", "*dy.shape[:3], 1)").replace(
                "+= dy[n, p, q, m] * w[..., m]", "= w @ dy[n, p, q]"
            ),
        ),
        Wrong("stride 1", "stride is missing", swap=(("P * sh : sh", "P"), ("Q * sw : sw", "Q"))),
        Wrong("strides exchanged", "dx", swap=("(sh, sw) = w.shape", "(sw, sh) = w.shape")),
        Wrong("with the zeros", "dx must have", swap=("[:, top : top + H, left : left + W]", "")),
        Wrong(
            "a corner cut", "in the padded dx", swap=("top : top + H, left : left + W", ":H, :W")
        ),
        Wrong(
            "bottom",
            "in the padded dx",
            swap=("top : top + H, left : left + W", "bottom : bottom + H, right : right + W"),
        ),
        Wrong("an average", "average over the batch of 3", swap=("+ W]", "+ W] / N")),
        Wrong("float64", "dx is float64", swap=("C), dy.dtype)", "C))")),
        Wrong(
            "windows on top of each other", "dx", swap=("r : r + P * sh : sh", "0 : P * sh : sh")
        ),
        Right(
            "holes filled with zeros, kernel turned",
            """
            def conv2d_dx(dy, w, size, stride, padding):
                (R, S), (H, W), ((top, _), (left, _)) = w.shape[:2], size, padding
                windows = np.lib.stride_tricks.sliding_window_view
                P, Q = (sum(z) + k - r + 1 for z, k, r in zip(padding, size, (R, S)))
                spread = np.zeros((len(dy), P, Q, w.shape[3]), dy.dtype)
                spread[:, :: stride[0], :: stride[1]] = dy
                far = np.pad(spread, ((0, 0), (R - 1, R - 1), (S - 1, S - 1), (0, 0)))
                dx = np.einsum("nijmrs,rscm->nijc", windows(far, (R, S), (1, 2)), w[::-1, ::-1])
                return dx[:, top : top + H, left : left + W]
            """,
        ),
        Right(
            "place by place",
            PLACE_BY_PLACE,
        ),
    ],
    "pool": [
        Wrong("= for +=", "gets the sum of what they bring", swap=("c] += dy", "c] = dy")),
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
        Wrong(
            "dtype of x",
            "must have the dtype of dy",
            swap=("np.zeros(x.shape, dy.dtype)", "np.zeros_like(x)"),
        ),
        Wrong("nearly equal", "in their last digit", swap=(FLAT, f"{FLAT}.round(9)")),
        Wrong("changes dy", "changes its argument 1", swap=("return dx", "dy *= 2; return dx")),
        Wrong(
            "the best begins at -1e10",
            "For numbers near 1e+30",
            """
            def max_pool_backward(dy, x, size, stride):
                dx = np.zeros(x.shape, dy.dtype)
                for n, p, q, c in np.ndindex(*dy.shape):
                    best, i, j, at = -1e10, p * stride[0], q * stride[1], (n, 0, 0, c)
                    for r, s in np.ndindex(*size):
                        if x[n, i + r, j + s, c] > best:
                            best, at = x[n, i + r, j + s, c], (n, i + r, j + s, c)
                    dx[at] += dy[n, p, q, c]
                return dx
            """,
        ),
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
                dx = np.zeros(x.shape, dy.dtype)
                np.add.at(dx, (n, p * stride[0] + r, q * stride[1] + s, c), dy)
                return dx
            """,
        ),
    ],
}
