"""What is read out of a network: held against finite differences and against brute force."""

import numpy as np
import pytest

from minidl import Sequential, config, inspection, layers

SIZE = (13, 11)


@pytest.fixture(autouse=True)
def float64():
    config.set_floatx("float64")
    yield
    config.set_floatx("float32")


def images(N=3, C=2, seed=0):
    return np.random.default_rng(seed).normal(size=(N, *SIZE, C))


def classifier(last="softmax", C=4):
    return Sequential(
        [
            layers.Input((*SIZE, 2)),
            layers.Conv2D(3, 3, activation="tanh"),
            layers.BatchNormalization(),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(C, last),
        ],
        seed=0,
    )


def test_activations_are_the_outputs_of_every_layer_in_order():
    model, x = classifier(), images()
    found = inspection.activations(model, x)
    assert [name for name, _ in found] == [layer.name for layer in model.layers]
    y = x
    for layer, (_, answer) in zip(model.layers, found):
        y = layer(y)
        np.testing.assert_array_equal(answer, y)
    np.testing.assert_allclose(found[-1][1], model.predict(x, verbose=0))


def test_saliency_is_the_largest_derivative_of_the_score_over_the_channels():
    linear, softmax, tanh = classifier(None), classifier("softmax"), classifier("tanh")
    for model, scores in ((linear, linear), (softmax, linear), (tanh, tanh)):
        model.set_weights(linear.get_weights())
        x, labels = images(), np.array([3, 0, 2])
        found = inspection.saliency(model, x, labels)
        assert found.shape == (3, *SIZE)
        step = 1e-5
        for n, i, j in [(0, 4, 5), (1, 0, 0), (2, 8, 9)]:
            slopes = []
            for c in range(2):
                up, down = x.copy(), x.copy()
                up[n, i, j, c] += step
                down[n, i, j, c] -= step
                z_up, z_down = (scores.predict(moved, verbose=0) for moved in (up, down))
                slopes.append((z_up - z_down)[n, labels[n]] / (2 * step))
            np.testing.assert_allclose(found[n, i, j], np.abs(slopes).max(), rtol=1e-6)


def test_saliency_of_a_sigmoid_knows_two_classes():
    model, x = classifier("sigmoid", C=1), images(2)
    both = inspection.saliency(model, x[[0, 0]], [0, 1])
    np.testing.assert_allclose(both[0], both[1])
    assert both.max() > 0


def test_looking_leaves_no_trace_in_the_gradients():
    model, x = classifier(), images()
    for i, param in enumerate(model.params().values()):
        param.grad[...] = i
    owned = {path: param.grad for path, param in model.params().items()}
    inspection.saliency(model, x, [0, 1, 2])
    inspection.effective_receptive_field(model, (0, 0), x)
    for i, (path, param) in enumerate(model.params().items()):
        assert param.grad is owned[path] and (param.grad == i).all()


C = layers.Conv2D
STACKS = {
    "one 3x3": [C(2, 3)],
    "two 3x3": [C(2, 3), C(2, 3, padding="same")],
    "stride and same, which pads unevenly": [C(2, 4, strides=2, padding="same"), C(2, (1, 3))],
    "dilation": [C(2, (3, 2), dilation_rate=(2, 3), padding="same"), layers.ReLU()],
    "stride above the kernel": [C(2, 1, strides=3), C(2, 2)],
    "pooling": [C(2, 3), layers.AveragePooling2D((3, 2), strides=(2, 1), padding="same"), C(1, 2)],
    "place by place": [
        layers.BatchNormalization(),
        C(2, 2),
        layers.Dropout(0.5),
        layers.Dense(3, "tanh"),
        layers.LayerNormalization(),
        layers.RMSNormalization(),
    ],
    "depthwise": [layers.DepthwiseConv2D((2, 5), strides=2, padding="same")],
    "zero padding": [layers.ZeroPadding2D(((2, 0), (1, 2))), C(2, 3, strides=2)],
    "residual": [layers.Residual([C(2, 3, padding="same"), C(2, 3, padding="same")]), C(2, 2)],
    "a projection that sees more than the block": [
        layers.Residual(C(3, 1, strides=2), C(3, (1, 5), strides=2, padding="same"))
    ],
    "a model in a model": [Sequential([C(2, 3), layers.AveragePooling2D(2)]), C(2, 2)],
    "global": [C(2, 3), layers.GlobalAveragePooling2D(keepdims=True)],
}


@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)
def test_the_receptive_field_is_what_changes_the_place_and_nothing_else(stack):
    model = Sequential([layers.Input((*SIZE, 2)), *stack], seed=1)
    P, Q, _ = model.output_shape
    x = images(1)
    for p, q in [(0, 0), (P // 2, Q // 2), (P - 1, Q - 1)]:
        (top, bottom), (left, right) = inspection.receptive_field(model, (p, q))
        listens = inspection.effective_receptive_field(model, (p, q), x) > 1e-12
        reached = np.zeros(SIZE, bool)
        reached[max(top, 0) : bottom, max(left, 0) : right] = True
        assert not (listens & ~reached).any()
        touched = [listens.any(axis=1 - axis).nonzero()[0] for axis in (0, 1)]
        for places, (first, end), H in zip(touched, ((top, bottom), (left, right)), SIZE):
            assert first < 0 or places[0] == first  # inside, a dilated kernel leaves gaps
            assert end > H or places[-1] == end - 1


def test_the_textbook_s_numbers():
    block = [C(2, 3, padding="same"), C(2, 3, padding="same"), layers.MaxPooling2D(2)]
    model = Sequential([layers.Input((64, 64, 1)), *block], seed=0)
    for _ in range(2):
        for layer in block:
            model.add(type(layer).from_config(layer.get_config() | {"name": None}))
    sizes = []
    for layer in range(9):
        (top, bottom), _ = inspection.receptive_field(model, (3, 3), layer)
        sizes.append(bottom - top)
    assert sizes == [3, 5, 6, 10, 14, 16, 24, 32, 36]  # VGG: r + (k - 1) * product of strides
    assert inspection.receptive_field(model, (0, 0), 0) == ((-1, 2), (-1, 2))


def test_the_effective_field_is_the_mean_gradient_over_images():
    model, x = Sequential([layers.Input((*SIZE, 2)), C(1, 3)], seed=0), images(400)
    found = inspection.effective_receptive_field(model, (2, 4), x)
    # y = sum of w x, times a number from N(0, 1) whose mean absolute value is sqrt(2 / pi)
    expected = np.sqrt(2 / np.pi) * np.abs(model.layers[0].w.value[..., 0]).mean(axis=2)
    np.testing.assert_allclose(found[2:5, 4:7], expected, rtol=0.1)
    assert np.count_nonzero(found) == 9


def test_a_place_or_layer_that_is_not_there_is_explained():
    model = classifier()
    with pytest.raises(ValueError, match=r"position=\(5, 0\) .*'average_pooling2d'.*\(5, 4\)"):
        inspection.receptive_field(model, (5, 0))
    with pytest.raises(ValueError, match=r"'flatten' returns \(60,\), which has no places"):
        inspection.receptive_field(model, (0, 0), "flatten")
    with pytest.raises(ValueError, match="no layer 'conv'"):
        inspection.receptive_field(model, (0, 0), "conv")
    turned = Sequential([layers.Input((4, 4, 1)), layers.Conv2DTranspose(1, 2)], seed=0)
    with pytest.raises(ValueError, match=r"not through 'conv2d_transpose' \(Conv2DTranspose\)"):
        inspection.receptive_field(turned, (0, 0))
    with pytest.raises(ValueError, match="does not know the size"):
        inspection.receptive_field(Sequential([C(1, 2)]), (0, 0))
    sizeless = Sequential([layers.Input((None, None, 1)), C(1, 2)], seed=0)
    with pytest.raises(ValueError, match=r"images of any size, \(None, None, 1\)"):
        inspection.receptive_field(sizeless, (0, 0))


@pytest.mark.parametrize(
    ("x", "labels", "words"),
    [
        (images()[0, 0], [0], r"x has shape \(11, 2\).*expected images"),
        (images(), [0, 1], r"labels of shape \(2,\)"),
        (images(), [0.0, 1.0, 2.0], "float64"),
        (images(), [0, 1, 4], "labels go from 0 to 4; the model has classes 0 to 3"),
        (images(), [-1, 1, 2], "labels go from -1"),
    ],
)
def test_saliency_refuses(x, labels, words):
    with pytest.raises(ValueError, match=words):
        inspection.saliency(classifier(), x, labels)


class Corner:
    """Says 1 where the pixel at (2, 3) is bright, else 0."""

    input_shape = None
    ops = type("Ops", (), {"xp": np})

    def prepare(self, shape):
        pass

    def predict(self, x, batch_size, verbose):
        bright = x[:, 2, 3].reshape(len(x), -1).max(axis=1) > 0
        return np.eye(2)[bright.astype(int)]


@pytest.mark.parametrize("channels", [(), (1,), (2,)])
def test_moved_images_are_moved_four_ways_and_what_leaves_is_lost(channels):
    x = np.zeros((5, 6, 7, *channels))
    for n, (row, column) in enumerate([(2, 3), (4, 3), (0, 3), (2, 5), (2, 1)]):
        x[n, row, column] = 1
    y = np.ones(5, int)
    # Moved by 2, each of the last four comes to (2, 3) in one of four directions.
    found = [inspection.accuracy_moved(Corner(), x[n : n + 1], y[:1], 2) for n in range(5)]
    assert found == [0, 0.25, 0.25, 0.25, 0.25]
    assert inspection.accuracy_moved(Corner(), x, y, 0) == 0.2
    assert inspection.accuracy_moved(Corner(), x, y, 7) == 0  # all has left, nothing came in
    assert inspection.accuracy_moved(Corner(), x, 1 - y, 7) == 1


def test_a_move_is_a_whole_number_of_pixels():
    for by in (-1, 1.5):
        with pytest.raises(ValueError, match="by"):
            inspection.accuracy_moved(Corner(), np.zeros((1, 6, 7)), np.zeros(1, int), by)
