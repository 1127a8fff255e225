"""Long answers to the exercise of chapter 08."""

RECURSION = """
def sees(stack, p):
    start, r, j = 0, 1, 1
    for R, s, before in stack:
        start, r, j = start - before * j, r + (R - 1) * j, j * s
    return [start + p * j, start + p * j + r - 1]

def vgg_parameters(side, C, widths, classes):
    inputs = [C, *widths]
    trunk = sum(9 * a * b + 9 * b * b + 2 * b for a, b in zip(inputs, widths))
    side >>= len(widths)
    return tuple(trunk + (n * inputs[-1] + 1) * classes for n in (1, side * side))
"""

ONE_HOT = """
def saliency(x, w, b, V, labels):
    z = convolve(x, w) + b
    dz = np.zeros((len(x), V.shape[1]))
    dz[np.arange(len(x)), labels] = 1
    dh = (z > 0) * (dz @ V.T)[:, None, None, :] / z[0, ..., 0].size
    return np.max(abs(convolve_backward(dh, x, w)[0]), axis=3)
"""

BY_IMAGE = """
def saliency(x, w, b, V, labels):
    maps = []
    for image, label in zip(x, labels):
        on = convolve(image[None], w) > -b
        dx = convolve_backward(on * V[:, label], image[None], w)[0]
        maps.append(np.maximum(dx.max(-1), -dx.min(-1))[0] / on[0, :, :, 0].size)
    return np.array(maps)
"""

ZEROS_AROUND = """
def moved(x, shifts):
    (N, H, W, C), far, y = x.shape, int(np.abs(shifts).max(initial=0)), []
    wide = np.pad(x, ((0, 0), (far, far), (far, far), (0, 0)))
    for image, (down, right) in zip(wide, shifts):
        y.append(image[far - down : far - down + H, far - right : far - right + W])
    return np.array(y)
"""

AT_ONCE = """
def moved(x, shifts):
    N, H, W, _ = x.shape
    n, i, j = np.ogrid[:N, :H, :W]
    i, j = i - shifts[:, 0, None, None], j - shifts[:, 1, None, None]
    inside = (i >= 0) & (i < H) & (j >= 0) & (j < W)
    return x[n, i % H, j % W] * inside[..., None].astype(x.dtype)
"""
