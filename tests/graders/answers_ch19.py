"""Answers on spectrograms, of chapter 19; `test_ch19.py` lists them."""

from catalogue import Right, Wrong

_TURN = "dframes = 2 * ((dP * X.conj()) @ turn).real * h"
_ADD = "dx[:, t * hop : t * hop + W] += dframes[:, t]"

HEAR = [
    Wrong(
        "no square",
        "P is the square",
        swap=("np.abs(spectrum(x, h, hop)) ** 2", "np.abs(spectrum(x, h, hop))"),
    ),
    Wrong(
        "no window", "window is missing", swap=("np.fft.rfft(frames * h)", "np.fft.rfft(frames)")
    ),
    Wrong(
        "no logarithm",
        "logarithm is missing",
        swap=("return np.log(power @ F + 1e-6).", "return (power @ F)."),
    ),
    Wrong(
        "the floor is outside",
        "added before the logarithm",
        swap=("np.log(power @ F + 1e-6)", "np.log(np.maximum(power @ F, 1e-6))"),
    ),
    Wrong(
        "the floor is smaller",
        "1e-6 is added",
        swap=(("power @ F + 1e-6)", "power @ F + 1e-8)"), ("2 @ F + 1e-6)", "2 @ F + 1e-8)")),
    ),
    Wrong(
        "the last frame wins",
        "gradients add up",
        swap=(_ADD, _ADD.replace("+=", "=")),
    ),
    Wrong("no window on the way back", "so their gradients are", swap=(_TURN, _TURN[:-4])),
    Wrong("no factor 2", "factor 2", swap=("dframes = 2 * (", "dframes = (")),
    Wrong(
        "irfft",
        "counts most frequencies twice",
        swap=(_TURN, "dframes = np.fft.irfft(2 * dP * X, W) * W * h"),
    ),
    Wrong("not the conjugate", "must be conjugated", swap=("X.conj()", "X")),
    Wrong(
        "the floor is forgotten on the way back",
        "in the derivative of the log, too",
        swap=("(np.abs(X) ** 2 @ F + 1e-6)", "(np.abs(X) ** 2 @ F + 1e-300)"),
    ),
    Wrong(
        "frames as the window is long",
        "shape",
        swap=("[:, ::hop]", "[:, :: len(h)]"),
    ),
    Wrong(
        "filled up with zeros",
        "shape",
        swap=(
            "frames = np.lib",
            "x = np.pad(x, ((0, 0), (0, -(x.shape[1] - len(h)) % hop)))\n    frames = np.lib",
        ),
    ),
    Wrong(
        "x is changed", "hang", swap=("    W, X = len(h)", "    x *= 1.0 + 1e-9\n    W, X = len(h)")
    ),
    Right(
        "sines and cosines",
        """
        def parts(x, h, hop):
            W = len(h)
            T = 1 + (x.shape[1] - W) // hop
            frames = np.stack([x[:, t * hop : t * hop + W] for t in range(T)], axis=1) * h
            angle = 2 * np.pi * np.outer(np.arange(W), np.arange(W // 2 + 1)) / W
            c, s = np.cos(angle).astype(x.dtype), np.sin(angle).astype(x.dtype)
            return frames @ c, frames @ s, c, s


        def log_mel(x, h, F, hop):
            a, b, _, _ = parts(x, h, hop)
            return np.log((a * a + b * b) @ F + x.dtype.type(1e-6))


        def log_mel_backward(dy, x, h, F, hop):
            a, b, c, s = parts(x, h, hop)
            dP = (dy / ((a * a + b * b) @ F + x.dtype.type(1e-6))) @ F.T
            dframes = ((2 * dP * a) @ c.T + (2 * dP * b) @ s.T) * h
            dx = np.zeros_like(x)
            for t in range(dy.shape[1]):
                dx[:, t * hop : t * hop + len(h)] += dframes[:, t]
            return dx
        """,
    ),
    Right(
        "the whole transform",
        swap=(
            _TURN,
            "full = np.zeros((*X.shape[:2], W), complex)\n"
            "    full[..., : W // 2 + 1] = dP * X\n"
            "    dframes = 2 * W * np.fft.ifft(full).real * h",
        ),
    ),
]
