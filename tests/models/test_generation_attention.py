"""Writing with a Transformer: keys and values are kept, and the text is that of reading anew."""

import numpy as np
import pytest

from minidl import Input, config
from minidl.layers import (
    LSTM,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    LayerNormalization,
    MultiHeadAttention,
    PositionEmbedding,
    Residual,
    ReversibleEmbedding,
    RMSNormalization,
    RotaryEmbedding,
    SinePositionEncoding,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
)
from minidl.models import Model, Sequential
from minidl_course import lora
from minidl_course.generation import Memory, generate, sample
from minidl_course.language_model import gpt

V, PROMPT = 6, [3, 1, 4, 1, 5]
HOT = 5  # a temperature at which these models write most tokens


def block(**options):
    return TransformerDecoderBlock(7, 2, **options)


def of_today(**options):
    """Sixteen features in four heads of queries, and two of keys and values."""
    parts = {"activation": "swiglu", "norm": "rms", "rotary": True, "num_key_value_heads": 2}
    return TransformerDecoderBlock(7, 4, normalize_first=True, use_bias=False, **parts | options)


def _twice():
    one = block(normalize_first=True)
    return [one, Dense(8, "tanh"), one]


ROWS = {
    "learned positions": lambda: [PositionEmbedding(64), block(normalize_first=True), block()],
    "waves": lambda: [SinePositionEncoding(), block(dropout=0.2), Dropout(0.2), block()],
    "rotated heads": lambda: [block(rotary=True), block(rotary=True, normalize_first=True)],
    "rotated steps": lambda: [RotaryEmbedding(), block()],
    "no positions": lambda: [block(), block()],
    "inside of a row": lambda: [Sequential([PositionEmbedding(40), block()]), block()],
    "with a bypass": lambda: [Residual([LayerNormalization(), block()]), block()],
    "the same block twice": _twice,
    "blocks of today": lambda: [
        *(Dense(16), of_today(), of_today(num_key_value_heads=1)),
        RMSNormalization(),
    ],
    "behind an LSTM": lambda: [LSTM(8, return_sequences=True), block(normalize_first=True)],
}
# What cannot go on where it stopped.
ANEW = {
    "encoder": lambda: [PositionEmbedding(64), TransformerEncoderBlock(7, 2)],
    "attention by itself": lambda: [block(), MultiHeadAttention(2, 4)],
    "somebody's own block": lambda: [type("Own", (TransformerDecoderBlock,), {})(7, 2)],
    "convolution": lambda: [block(), Conv1D(8, 2, padding="causal")],
}


def _model(row, T=None, mask_zero=False):
    first = Embedding(V, 8, embeddings_initializer="normal", mask_zero=mask_zero)
    layers = [first, *(ROWS | ANEW)[row](), LayerNormalization(), Dense(V)]
    model = Sequential(layers, seed=1)
    model.prepare((T,))
    return _stirred(model)


def _stirred(model):
    """Weights far from 0, so that every step before matters."""
    rng = np.random.default_rng(2)
    for param in model.trainable_weights:
        param.value += rng.standard_normal(param.value.shape).astype(param.value.dtype)
    return model


def _by_reading_everything_anew(model, length, window=1000):
    """What `generate(..., seed=0)` has to equal, token by token."""
    ids, rng = list(PROMPT), np.random.default_rng(0)
    for _ in range(length):
        y, _ = model.forward(np.array([ids[-window:]], config.floatx()))
        ids.append(int(sample(y[0, -1], HOT, rng=rng)))
    return ids[len(PROMPT) :]


def _steps_read(model):
    """List that tells how many steps the model is given at each call, from now on."""
    steps, forward = [], model.layers[0].forward

    def watched(x, training=False):
        steps.append(x.shape[1])
        return forward(x, training)

    model.layers[0].forward = watched
    return steps


@pytest.mark.parametrize("mask_zero", [False, True])
@pytest.mark.parametrize("row", ROWS)
def test_the_text_is_that_of_reading_anew_and_every_token_is_read_once(row, mask_zero, backend):
    model = _model(row, mask_zero=mask_zero)
    expected = _by_reading_everything_anew(model, 30)
    assert len(set(expected)) > 3
    steps = _steps_read(model)
    assert generate(model, PROMPT, 30, temperature=HOT, seed=0).tolist() == expected
    assert steps == [len(PROMPT), *[1] * 29]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", ROWS)
def test_logits_from_the_memory_are_those_of_reading_anew(row, dtype):
    config.set_floatx(dtype)
    model = _model(row)
    x = np.array([[*PROMPT, 0, 2, 2]], dtype)
    anew, _ = model.forward(x)
    with Memory(model).kept() as read:
        once = np.concatenate([read(x[:, :3]), read(x[:, 3:4]), read(x[:, 4:])], axis=1)
    assert once.dtype == dtype
    np.testing.assert_allclose(once, anew, atol=1e-4 if dtype == "float32" else 1e-12)
    np.testing.assert_array_equal(model.forward(x)[0], anew)  # nothing was left behind


@pytest.mark.parametrize("row", ANEW)
def test_what_may_look_elsewhere_reads_anew(row):
    model = _model(row)
    expected = _by_reading_everything_anew(model, 8, window=12)
    steps = _steps_read(model)
    assert generate(model, PROMPT, 8, temperature=HOT, seed=0, window=12).tolist() == expected
    assert steps == [5, 6, 7, 8, 9, 10, 11, 12]


def test_a_graph_remembers_too():
    x = Input((None,))
    e = Embedding(V, 8, embeddings_initializer="normal")(x)
    y = block(normalize_first=True)(e + Dense(8)(PositionEmbedding(50)(e)))
    model = _stirred(Model(x, Dense(V)(y)))
    expected = _by_reading_everything_anew(model, 20)
    steps = []
    forward = model.forward
    model.forward = lambda x: (steps.append(x.shape[1]), forward(x))[1]
    assert generate(model, PROMPT, 20, temperature=HOT, seed=0).tolist() == expected
    assert steps == [5, *[1] * 19]


def _tied(dtype="float32"):
    config.set_floatx(dtype)
    x = Input((None,))
    embed = ReversibleEmbedding(V, 16, embeddings_initializer="normal")
    h = RMSNormalization()(of_today()(of_today()(embed(x))))
    return _stirred(Model(x, embed(h, reverse=True)))


def test_a_writer_of_today_remembers_and_keeps_the_shared_heads_alone(dtype="float64"):
    model = _tied()
    expected = _by_reading_everything_anew(model, 20)
    assert generate(model, PROMPT, 20, temperature=HOT, seed=0).tolist() == expected
    model = _tied(dtype)
    x = np.array([[*PROMPT, 0, 2, 2]], dtype)
    anew, memory = model.forward(x)[0], Memory(model)
    with memory.kept() as read:
        once = np.concatenate([read(x[:, t : t + 1]) for t in range(x.shape[1])], axis=1)
        kept = [k.shape for layer in memory.attention for k, _, _ in layer.cache.kept]
    np.testing.assert_allclose(once, anew, atol=1e-12)
    assert kept == [(1, 8, 2, 4)] * 2


@pytest.mark.parametrize("changed", [{}, {"groups": None}, {"rotary": False}, {"dropout": 0.2}])
def test_the_model_of_the_language_models_chapter_remembers(changed):
    model = _stirred(gpt(V, 16, 2, 4, **{"groups": 2} | changed))
    expected = _by_reading_everything_anew(model, 30, window=20)
    assert len(set(expected)) > 3
    steps, forward = [], model.forward
    model.forward = lambda x: (steps.append(x.shape[1]), forward(x))[1]
    assert generate(model, PROMPT, 30, HOT, seed=0, window=20).tolist() == expected
    assert steps == [5, *[1] * 15, *[20] * 14]


@pytest.mark.parametrize("window", [20, 100])
def test_it_stops_behind_the_token_that_ends_a_text(window):
    model = _stirred(gpt(V, 16, 2, 4))
    whole = generate(model, PROMPT, 30, HOT, seed=0, window=window).tolist()
    for stop in (PROMPT[-1], whole[-1]):
        ends = whole.index(stop) + 1
        written = generate(model, PROMPT, 30, HOT, seed=0, window=window, stop=stop)
        assert written.tolist() == whole[:ends]


def test_with_lora_beside_it_a_model_remembers():
    model = _stirred(gpt(V, 16, 2, 4))
    lora.attach(model, 2)
    _stirred(model)
    expected = _by_reading_everything_anew(model, 20)
    assert Memory(model).goes_on
    assert generate(model, PROMPT, 20, temperature=HOT, seed=0).tolist() == expected


@pytest.mark.parametrize(
    ("row", "positions", "window"),
    [("learned positions", 64, 9), ("rotated heads", None, 9), ("waves", None, 4)],
)
def test_where_the_window_ends_the_last_tokens_are_read_anew(row, positions, window):
    model = _model(row)
    expected = _by_reading_everything_anew(model, 12, window)
    steps = _steps_read(model)
    assert generate(model, PROMPT, 12, temperature=HOT, seed=0, window=window).tolist() == expected
    inside = [5, 1, 1, 1, 1] if window == 9 else []
    assert steps == [*inside, *[window] * (12 - len(inside))]


def test_as_many_positions_as_there_are_is_the_window():
    model = _model("inside of a row")
    expected = _by_reading_everything_anew(model, 50, 40)
    assert generate(model, PROMPT, 50, temperature=HOT, seed=0).tolist() == expected
    with pytest.raises(ValueError, match="has 40 positions and got 41 steps"):
        generate(model, PROMPT, 50, seed=0, window=41)


def test_a_model_for_one_length_has_that_window():
    model = _model("rotated heads", T=8)
    expected = _by_reading_everything_anew(model, 12, 8)
    steps = _steps_read(model)
    assert generate(model, PROMPT, 12, temperature=HOT, seed=0).tolist() == expected
    assert steps == [5, 1, 1, 1, *[8] * 8]


def test_the_model_is_left_as_it_was_after_an_error_too():
    model = _model("learned positions")
    x = np.array([PROMPT], "f4")
    before, weights = model.predict(x, verbose=0), model.get_weights()
    generate(model, PROMPT, 5, seed=0)
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    with pytest.raises(ValueError, match="temperature must be"):
        generate(model, PROMPT, 5, temperature=-1)
    with pytest.raises(ValueError, match="needs tokens that are whole numbers"):
        generate(model, [1, V], 5)
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    for one, other in zip(weights, model.get_weights()):
        np.testing.assert_array_equal(one, other)
    assert not [layer for _, layer in model.walk() if getattr(layer, "cache", None)]
