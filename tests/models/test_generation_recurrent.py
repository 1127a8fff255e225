"""Writing with models that remember, and reading a long text batch by batch."""

import numpy as np
import pytest

from minidl import Sequential, kernels
from minidl.callbacks import LambdaCallback
from minidl.datasets import text
from minidl.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Conv1D,
    Dense,
    Embedding,
    Layer,
    LayerNormalization,
    Residual,
    SimpleRNN,
)
from minidl_course.generation import generate, sample

V = 6
PROMPT = [3, 1, 4, 1, 5]
ROWS = {
    "rnn": lambda **o: [SimpleRNN(8, return_sequences=True, **o)],
    "lstm": lambda **o: [LSTM(8, return_sequences=True, **o)],
    "two": lambda **o: [GRU(8, return_sequences=True, **o), LSTM(5, return_sequences=True, **o)],
    "nested": lambda **o: [Sequential([GRU(8, return_sequences=True, **o)])],
    "residual": lambda **o: [
        Residual([LayerNormalization(), LSTM(4, return_sequences=True, **o), Dense(4, "tanh")])
    ],
}


class Before(Layer):
    """y_t = x_{t-1}: somebody's own layer, which looks back."""

    def forward(self, x, training=False):
        y = np.zeros_like(x)
        y[:, 1:] = x[:, :-1]
        return y, None


# Recurrent layers with one that looks back by itself.
MIXED = {
    "convolution": lambda **o: [
        LSTM(8, return_sequences=True, **o),
        Conv1D(5, 3, padding="causal", dilation_rate=4, activation="tanh"),
    ],
    "inside": lambda **o: [
        Residual([Conv1D(4, 2, padding="causal", activation="tanh")]),
        SimpleRNN(8, return_sequences=True, **o),
    ],
    "own": lambda **o: [Before(), GRU(8, return_sequences=True, **o)],
}


def _model(row="lstm", T=None, **options):
    first = Embedding(V, 4, embeddings_initializer="normal")
    model = Sequential([first, *(ROWS | MIXED)[row](**options), Dense(V, "softmax")], seed=1)
    model.prepare((T,))
    rng = np.random.default_rng(2)
    for param in model.trainable_weights:  # far from 0, so that the memory matters
        param.value += rng.standard_normal(param.value.shape).astype("f4")
    return model


def _write_by_reading_everything_anew(model, prompt, length):
    """What `generate(..., seed=0)` has to equal, token by token."""
    ids, rng = list(prompt), np.random.default_rng(0)
    for _ in range(length):
        y, _ = model.forward(np.array([ids], "f4"))
        ids.append(int(sample(np.log(y[0, -1]), rng=rng)))
    return ids[len(prompt) :]


def _watch(layer, look):
    """Call look(x) before every forward of this layer."""
    forward = layer.forward

    def watched(x, *rest, **more):
        look(x)
        return forward(x, *rest, **more)

    layer.forward = watched


@pytest.mark.parametrize("stateful", [False, True])
@pytest.mark.parametrize("row", ROWS | MIXED)
def test_what_is_written_is_what_the_whole_text_would_say(row, stateful):
    model = _model(row)
    expected = _write_by_reading_everything_anew(model, PROMPT, 30)
    assert len(set(expected)) > 3
    assert generate(_model(row, stateful=stateful), PROMPT, 30, seed=0).tolist() == expected


def test_a_model_that_reads_anew_is_shown_its_window_and_no_more():
    for model, options in ((_model("own"), {"window": 3}), (_model("own", T=3), {})):
        shown = []
        _watch(model.layers[0], lambda x, shown=shown: shown.append(x[0].tolist()))
        text = [*PROMPT, *generate(model, PROMPT, 4, seed=0, **options)]
        assert shown == [text[end - 3 : end] for end in range(5, 9)]


@pytest.mark.parametrize("row", ["lstm", "own"])
def test_a_token_that_has_no_vector_is_refused_on_a_gpu_too(row, cupy):
    model = _model(row)
    model.use(kernels.load("cupy"))
    for wrong in ([3, V], [-1]):
        with pytest.raises(ValueError, match=rf"whole numbers from 0 to {V - 1}; got {wrong[-1]}"):
            generate(model, wrong, 3)


def test_a_model_built_for_one_length_reads_any_prompt():
    expected = generate(_model(), PROMPT, 10, seed=0).tolist()
    assert generate(_model(T=3), PROMPT, 10, seed=0).tolist() == expected


def test_every_token_is_read_once():
    model = _model()
    shown = []
    _watch(model.layers[0], lambda x: shown.append(x.tolist()))
    written = generate(model, PROMPT, 4, seed=0).tolist()
    assert shown == [[PROMPT], *([[token]] for token in written[:-1])]


@pytest.mark.parametrize("stateful", [False, True])
def test_a_model_is_left_as_it_was(stateful):
    model = _model(stateful=stateful)
    layer = model.layers[1]
    model(np.ones((7, 3)))  # a stateful layer remembers seven texts now
    memory = layer.memory
    fresh = generate(_model(), PROMPT, 20, seed=3).tolist()
    assert generate(model, PROMPT, 20, seed=3).tolist() == fresh
    assert layer.memory is memory and layer.stateful is stateful
    with pytest.raises(ValueError, match="temperature"):
        generate(model, PROMPT, 20, temperature=-1)
    assert layer.memory is memory and layer.stateful is stateful


def test_a_model_that_reads_from_the_end_cannot_write():
    model = Sequential([Embedding(V, 4), Bidirectional(LSTM(3, return_sequences=True)), Dense(V)])
    model.prepare((None,))
    with pytest.raises(ValueError, match="reads from the end"):
        generate(model, PROMPT, 3)


def test_a_model_that_returns_one_answer_a_text_is_told_from_one_that_guesses():
    model = Sequential([Embedding(V, 4), LSTM(3), Dense(V)])
    model.prepare((None,))
    with pytest.raises(ValueError, match=r"outputs .* \(1, 6\).*return_sequences=True"):
        generate(model, PROMPT, 3)


# Truncated backpropagation through time ----------------------------------------------------------


def test_stream_batches_through_a_stateful_model_equal_the_text_in_one_piece():
    B, T, K = 3, 4, 5
    ids = np.random.default_rng(0).integers(0, V, B * K * T + 1)
    x, _ = text.streams(ids, B, T)
    in_pieces = _model(stateful=True).predict(x, batch_size=B, verbose=0)  # (K B, T, V)
    in_pieces = in_pieces.reshape(K, B, T, V).transpose(1, 0, 2, 3).reshape(B, K * T, V)
    whole = _model().predict(ids[:-1].reshape(B, K * T), verbose=0)
    np.testing.assert_allclose(in_pieces, whole, rtol=1e-5, atol=1e-6)


def test_the_recipe_of_streams_forgets_at_the_start_of_the_text_and_only_there():
    B, T, K = 2, 3, 4
    x, y = text.streams(np.arange(B * K * T + 1) % V, B, T)
    model = _model(stateful=True)
    layer, remembered = model.layers[1], []
    _watch(layer, lambda x: remembered.append(layer.memory is not None))
    forget = LambdaCallback(on_epoch_begin=lambda epoch, logs: model.reset_states())
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["perplexity"])
    history = model.fit(
        x, y, batch_size=B, shuffle=False, epochs=30, callbacks=[forget], verbose=0
    ).history
    assert remembered == [False, True, True, True] * 30
    assert history["perplexity"][-1] < history["perplexity"][0]
