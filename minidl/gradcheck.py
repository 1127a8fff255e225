"""Is the gradient right? Ask the function itself.

A derivative is a limit, and a small step comes close to it. For the number

    s(x) = sum(dy * layer(x)) + penalty        dy random, the same shape as the output

the chain rule says ds/dx = backward(dy), and the central difference says

    ds/dx_i = (s(x + h e_i) - s(x - h e_i)) / 2h + O(h^2)

Both are computed for every element of the input and of every parameter, in float64, and must
agree. A random dy matters: with dy = 1 everywhere, a softmax's gradient is zero, and a
backward that returns zeros would pass.

Reference: Goodfellow, Bengio, Courville (2016), "Deep Learning", section 11.5.
"""

import numpy as np

from minidl import kernels
from minidl.base import config, structure

STEP = 1e-5  # h: near the cube root of float64's precision, where the two errors balance
TOLERANCE = 1e-6
FLOOR = 1e-3  # gradients smaller than this are compared absolutely, against FLOOR * TOLERANCE


def check_layer(
    layer, x, *, training=False, tolerance=TOLERANCE, step=STEP, seed=0, input_gradient=True
):
    """Check every gradient of a layer, at every index, against central differences.

    Also checked, because models rely on it: `backward` adds to what `grad` holds, an earlier
    cache still works after a later forward, and neither call changes its arguments.

    Args:
        layer: a layer, built or not; its parameters become float64.
        x: inputs (N, ...), or the shape of a batch to draw them from N(0, 1); a tuple of either
            for a layer that takes several.
        training: passed to `forward`.
        tolerance: largest relative error allowed.
        step: h.
        seed: of dy, of a drawn x and of an unbuilt layer's parameters.
        input_gradient: False for layers whose input is not differentiable (embedding).

    Returns:
        dict from "x" ("x[0]", ...) and each parameter's path to its largest relative error.

    Raises:
        AssertionError: a gradient is wrong; names the array and the index, gives both numbers.
    """
    rng = np.random.default_rng(seed)
    x = drawn(x, rng)
    layer.prepare(structure.shape_of(x), rng=rng)
    layer.astype(np.float64)
    y, _ = _forward(layer, x, training)
    dy = structure.mapped(lambda part: rng.standard_normal(part.shape), y)

    params = layer.params()
    before = {path: rng.standard_normal(p.value.shape) for path, p in params.items()}
    for path, param in params.items():
        param.grad[...] = before[path]
    x_kept, dy_kept = structure.mapped(np.copy, x), structure.mapped(np.copy, dy)
    _, cache = _forward(layer, x, training)
    flipped = structure.mapped(lambda part: np.flip(part).copy(), x)
    _forward(layer, flipped, training)  # must not disturb the first cache
    dx = layer.backward(dy, cache)
    assert _equal(x, x_kept), f"{layer.name}: forward or backward changed its input"
    assert _equal(dy, dy_kept), f"{layer.name}: backward changed dy"

    def s():
        y, cache = _forward(layer, x, training)
        pairs = zip(structure.parts(dy), structure.parts(y))
        return sum(float((d * part).sum()) for d, part in pairs) + layer.penalty(cache)

    analytic = {path: p.grad - before[path] for path, p in params.items()}
    arrays = {path: p.value for path, p in params.items()}
    if input_gradient:
        several = isinstance(x, tuple)
        assert several == isinstance(dx, tuple), f"{layer.name}: dx has another form than x"
        assert len(structure.parts(dx)) == len(structure.parts(x)), (
            f"{layer.name}: one dx for each x"
        )
        for k, (part, d) in enumerate(zip(structure.parts(x), structure.parts(dx))):
            key = f"x[{k}]" if several else "x"
            analytic[key], arrays[key] = d, part
    return {
        key: _compare(f"{layer.name}: d/d{key}", analytic[key], numeric(s, array, step), tolerance)
        for key, array in arrays.items()
    }


def drawn(x, rng):
    """Return inputs in float64: arrays as they are, shapes drawn from N(0, 1)."""
    if isinstance(x, tuple) and not all(isinstance(n, int) for n in x):
        return tuple(drawn(part, rng) for part in x)
    return rng.standard_normal(x) if isinstance(x, tuple) else np.array(x, np.float64)


def _equal(a, b):
    return all(map(np.array_equal, structure.parts(a), structure.parts(b)))


def check_loss(loss, y_true, y_pred, *, tolerance=TOLERANCE, step=STEP):
    """Check the gradient of a loss with respect to every element of y_pred.

    Args and errors are those of `check_layer`; y_pred becomes float64.

    Returns:
        the largest relative error.
    """
    y_pred = np.array(y_pred, np.float64)
    ops = kernels.load(config.backend())
    _, dy = loss(y_true, y_pred, ops=ops)
    by_steps = numeric(lambda: loss(y_true, y_pred, ops=ops)[0], y_pred, step)
    return _compare(f"{type(loss).__name__}: d/dy_pred", dy, by_steps, tolerance)


def numeric(function, array, step=STEP):
    """Return the gradient of `function()` with respect to `array`, by central differences.

    Args:
        function: called without arguments; returns a float that depends on `array`.
        array: changed in place one element at a time, and restored.
        step: h.
    """
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = function()
        array[index] = kept - step
        below = function()
        array[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


def relative_error(a, b):
    """Return |a - b| / max(|a|, |b|, FLOOR), elementwise."""
    return np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), FLOOR)


def _forward(layer, x, training):
    # Dropout and noise draw from the layer's generator: every call must draw the same.
    generators = [inner.rng for _, inner in layer.walk() if inner.rng is not None]
    states = [(g, g.bit_generator.state) for g in generators]
    result = layer.forward(x, training)
    for generator, state in states:
        generator.bit_generator.state = state
    return result


def _compare(name, analytic, by_steps, tolerance):
    assert analytic is not None, f"{name}: backward returned None"
    assert analytic.shape == by_steps.shape, (
        f"{name}: backward returned shape {analytic.shape}, expected {by_steps.shape}"
    )
    error = np.asarray(relative_error(analytic, by_steps))  # of a lone number, it is a scalar
    error[~np.isfinite(analytic)] = np.inf
    worst = np.unravel_index(np.argmax(error), error.shape)
    assert error[worst] <= tolerance, (
        f"{name} is wrong at index {tuple(int(i) for i in worst)}: backward says "
        f"{analytic[worst]:.10g}, finite differences say {by_steps[worst]:.10g} "
        f"(relative error {error[worst]:.2g}, allowed {tolerance:.2g}; "
        f"{(error > tolerance).sum()} of {error.size} elements are wrong)"
    )
    return float(error[worst])
