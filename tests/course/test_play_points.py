"""What a chapter asks its reader to find out with the demo of points, found out."""

import pytest
from stage import compute, needs_chromium, theatre  # noqa: F401

pytestmark = needs_chromium


@pytest.mark.parametrize(
    ("units", "low", "high"),
    [(1, 0.5, 0.8), (2, 0.8, 0.95), (3, 0.98, 1)],
    ids=["one", "two", "three"],
)
@pytest.mark.parametrize("seed", [1, 2], ids=["first-start", "second-start"])
def test_three_units_close_a_ring_and_two_do_not(compute, units, low, high, seed):  # noqa: F811
    """Chapter 03, with the settings that it names: tanh, SGD, learning rate 0.3."""
    body = """const net = await import("/small_net.js"), [units, seed] = given;
        const { X, labels } = net.points("circles", 160, seed);
        const layers = net.fresh([units], seed), random = net.randomFrom(seed);
        for (let n = 0; n < 3000; n++) {
            const batch = Array.from({ length: 16 }, () => Math.floor(160 * random()));
            const outputs = net.forward(layers, batch.map((i) => X[i]), "tanh");
            const gradients = net.backward(layers, outputs, batch.map((i) => labels[i]), "tanh");
            net.step(layers, gradients, "sgd", 0.3, []);
        }
        const logits = net.forward(layers, X, "tanh").at(-1);
        return logits.filter(([z], i) => (z > 0) === (labels[i] === 1)).length / 160;"""
    assert low < compute("points", body, [units, seed]) <= high
