"""Draw a digit: the browser's network is minidl's, and reads what strangers draw."""

import itertools

import numpy as np
import pytest
from sklearn.datasets import load_digits
from stage import compute, needs_chromium, theatre  # noqa: F401  (fixtures)

from minidl import datasets
from minidl_course.play import weights
from minidl_course.play.centre import centred, resized
from minidl_course.play.train_digit import SIDE, moved, network

pytestmark = [*needs_chromium, pytest.mark.usefixtures("nothing_is_compiled")]

# Digits 0 to 9 as strokes, in hundredths of a square, from a hand that MNIST never saw.
DRAWN = """
50,10 28,25 25,55 35,85 55,90 72,70 74,40 65,17 50,10
48,10 50,90
28,30 38,13 58,12 70,28 62,50 25,88 75,86
30,15 60,12 70,28 58,45 42,48 62,53 72,70 60,88 30,85
35,10 25,55 75,52 / 65,20 60,92
70,12 36,13 33,45 58,44 70,63 60,85 28,86
62,10 38,35 28,65 38,88 60,86 66,68 50,56 32,66
25,15 74,14 55,50 42,90
66,22 48,10 33,22 40,42 62,60 66,80 48,91 33,78 42,58 62,40 66,22
68,28 50,12 33,28 42,48 62,45 68,28 66,60 58,90
"""
STROKES = [
    [
        [[int(n) / 100 for n in place.split(",")] for place in stroke.split()]
        for stroke in line.split("/")
    ]
    for line in DRAWN.split("\n")[1:-1]
]


def rendered(digit, size, radius, corner):
    """Ink (SIDE, SIDE) of the strokes of a digit, `size` pixels large, with a round pen."""
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    ink = np.zeros((SIDE, SIDE))
    for stroke in STROKES[digit]:
        places = np.array(corner) + size * np.array(stroke)
        for (x0, y0), (x1, y1) in itertools.pairwise(places):
            dx, dy = x1 - x0, y1 - y0
            t = np.clip(((columns - x0) * dx + (rows - y0) * dy) / (dx**2 + dy**2), 0, 1)
            far = np.hypot(columns - x0 - t * dx, rows - y0 - t * dy)
            ink = np.maximum(ink, np.clip(radius + 0.5 - far, 0, 1))
    return ink


@pytest.fixture(scope="module")
def model():
    return weights.restored(network(), "digit")


@pytest.fixture(scope="module")
def digits():
    _, (images, labels) = datasets.mnist.load_sample()
    return images[:300].astype(np.float32) / 255, labels[:300]


def shares_right(model, pads, labels):
    """With the preprocessing, and without: the pad only made smaller."""
    found = []
    for prepare in (centred, lambda pad: resized(pad, 28, 28)):
        x = np.array([prepare(pad) for pad in pads], np.float32)[..., None]
        found.append(float((model.predict(x, verbose=0).argmax(axis=1) == labels).mean()))
    print(f"centred {found[0]:.3f}, not centred {found[1]:.3f}")
    return found


def test_every_layer_says_what_minidls_says(compute, model, digits):  # noqa: F811
    images = digits[0][:4]
    body = """return given.map((image) => Object.fromEntries(
        Object.entries(demo.forward(w, Float32Array.from(image)))
            .map(([key, x]) => [key, [...(x.data ?? x)]])));"""
    found = compute("digit", body, images.reshape(4, -1).tolist())
    x = images[..., None]
    layers = ["conv1", "pool1", "conv2", "pool2", "flat", "hidden", "logits"]
    for name, layer in zip(layers, model.layers[-7:]):
        x, _ = layer.forward(x)
        if name != "flat":
            ours = np.array([answer[name] for answer in found]).reshape(x.shape)
            np.testing.assert_allclose(ours, x, atol=1e-4)
    shares = np.array([answer["shares"] for answer in found])
    e = np.exp(x - x.max(axis=1, keepdims=True))
    np.testing.assert_allclose(shares, e / e.sum(axis=1, keepdims=True), atol=1e-4)
    assert np.ptp(x) > 5  # logits that say something


def test_the_pad_is_brought_to_the_middle_as_in_python(compute, digits):  # noqa: F811
    pads = [*moved(digits[0][:12], seed=2), rendered(8, 60, 4, (3, 50)), np.zeros((SIDE, SIDE))]
    pads[2] = pads[2] * 0.4  # faint ink becomes full ink
    body = """const { centred } = await import("/centre.js");
        return given.map((ink) => [...centred(Float32Array.from(ink), 112)]);"""
    found = compute("digit", body, [np.ravel(pad).astype(float).tolist() for pad in pads])
    for ours, pad in zip(found, pads):
        expected = centred(np.asarray(pad, np.float32))
        np.testing.assert_allclose(np.reshape(ours, (28, 28)), expected, atol=1e-5)
        inked = np.argwhere(expected > 0)
        if len(inked):
            assert np.ptp(inked, axis=0).max() + 1 == 20 and expected.max() == 1
    assert not np.any(found[-1])


def test_a_digit_of_mnist_is_left_as_it_is(digits):
    for image in digits[0][:20]:
        assert np.abs(centred(image) - image / image.max()).mean() < 0.03


def test_strangers_digits_are_read(model, digits):
    """Digits of MNIST at other sizes and places, other scans, and strokes with three pens."""
    images, labels = digits
    right, without = shares_right(model, moved(images, seed=3), labels)
    assert right > 0.96 and without < 0.75
    scans = load_digits()
    # a margin, then 3 times as large: as many pixels as a careless hand covers
    pads = [np.pad(np.kron(scan / 16, np.ones((5, 5))), 36) for scan in scans.images[:400]]
    pads = [np.roll(pad, (n % 5 * 8 - 16, n % 7 * 6 - 18), (0, 1)) for n, pad in enumerate(pads)]
    right, without = shares_right(model, pads, scans.target[:400])
    assert right > 0.85 and right > without + 0.1
    drawn = [
        (digit, rendered(digit, size, radius, (112 - size) * np.array(place)))
        for digit in range(10)
        for size, place in ((50, (0.1, 0.9)), (75, (0.5, 0.2)), (105, (0.5, 0.5)))
        for radius in (2.5, 4, 5.5)
    ]
    right, without = shares_right(model, [pad for _, pad in drawn], [digit for digit, _ in drawn])
    assert right > 0.93 and right > without


def test_what_the_file_says_was_measured(model):
    try:
        _, (images, labels) = datasets.mnist.load_data()
    except datasets.DataNotFoundError as error:
        pytest.skip(str(error))
    x = images[:2000, ..., None] / np.float32(255)
    right = (model.predict(x, verbose=0).argmax(axis=1) == labels[:2000]).mean()
    said = weights.load("digit")["measured"]["as they are"]
    assert abs(right - said) < 0.008 and said > 0.985


def by_mouse(page, digit):
    box = page.locator("canvas.pad").bounding_box()
    for stroke in STROKES[digit]:
        for n, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
            if n == 0:
                page.mouse.down()
        page.mouse.up()


def test_mouse_and_keyboard_draw(theatre):  # noqa: F811
    with theatre("digit") as page:
        demo = page.locator(".minidl-play")
        assert demo.get_attribute("data-answer") == "3"  # the example
        for digit in (7, 2, 0):
            page.get_by_role("button", name="Clear").click()
            page.wait_for_selector('.minidl-play[data-answer=""]')
            by_mouse(page, digit)
            page.wait_for_selector(f'.minidl-play[data-answer="{digit}"]', timeout=120_000)
        page.locator("canvas.pad").focus()
        page.keyboard.press("Delete")
        page.keyboard.press(" ")
        for _ in range(18):
            page.keyboard.press("ArrowDown")
        page.wait_for_selector('.minidl-play[data-answer="1"]', timeout=120_000)
        assert "I read a 1" in page.locator(".said").inner_text()


def test_a_place_in_a_map_shows_the_window_that_made_it(theatre, compute):  # noqa: F811
    with theatre("digit") as page:
        page.get_by_role("img", name="First convolution").focus()
        page.keyboard.press("n")
        told = page.locator(".window-told").inner_text()
        assert "Map 2, row 15, column 15" in told and "rows 13 to 17 and columns 13 to 17" in told
    # the truth, by changing one pixel after the other: who of the last maps has noticed?
    body = """const image = new Float32Array(784).fill(0.5), plain = demo.forward(w, image).pool2;
        const rows = new Set();
        for (let r = 0; r < 28; r++) {
            const other = image.slice();
            for (let c = 0; c < 28; c++) other[r * 28 + c] = 5 * (c % 2) - 2;
            const { data, shape: [, W, M] } = demo.forward(w, other).pool2;
            for (let m = 0; m < M; m++)
                if (data[(3 * W + 3) * M + m] !== plain.data[(3 * W + 3) * M + m]) rows.add(r);
        }
        return [demo.seen("pool2", 3), Math.min(...rows), Math.max(...rows)];"""
    (first, last), noticed_first, noticed_last = compute("digit", body)
    assert (first, last) == (noticed_first, noticed_last)


def test_covering_the_digit_costs_trust_where_there_is_ink(compute, digits):  # noqa: F811
    body = """const image = Float32Array.from(given), { shares } = demo.forward(w, image);
        return [...demo.occluded(w, image, nn.largest(shares))];"""
    loss = np.reshape(compute("digit", body, digits[0][0].ravel().tolist()), (28, 28))
    assert np.abs(loss[:2, :2]).max() < 1e-4  # a corner, where covering changes nothing
    r, c = np.unravel_index(loss.argmax(), loss.shape)
    near = digits[0][0][max(0, r - 3) : r + 4, max(0, c - 3) : c + 4]
    assert loss.max() > 1 and near.max() > 0.5
