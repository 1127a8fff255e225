"""From tokens to vectors, and back."""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import on_gpu
from minidl.kernels.common.blas import product
from minidl.layers.layer import Layer

EXACT = 2**24  # float32 holds every whole number up to here


class Embedding(Layer):
    """y = W[x]: each token, an integer, is a row of W.

        x (N, T) tokens    W (V, D)    y (N, T, D)        x may have any number of axes

    Tokens are whole numbers from 0 to V - 1, of an integer or a float type: a model casts its
    inputs to float32, which holds them exactly, since V is at most 2^24.

    Args:
        input_dim: V, the size of the vocabulary; with mask_zero it counts the 0.
        output_dim: D.
        embeddings_initializer: how W starts.
        embeddings_regularizer: what large rows cost (`minidl.regularizers`).
        embeddings_constraint: what W fulfils (`minidl.constraints`).
        mask_zero: token 0 is padding: it masks its step for the layers behind.
        input_length: T, the same as `input_shape=(T,)`.
        options: `name`, `input_shape`, `trainable` (see `Layer`). `input_shape=(None,)` takes
            sequences of any length.

    Reference: Bengio, Ducharme, Vincent and Jauvin (2003), "A neural probabilistic language
    model", section 2.
    """

    roles = {"embeddings": "uniform"}  # and how it starts

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        *,
        mask_zero=False,
        input_length=None,
        **options,
    ):
        if input_length is not None:
            options["input_shape"] = (input_length,)
        super().__init__(embeddings_initializer=embeddings_initializer, **options)
        self.input_dim = checks.positive_integer("input_dim", input_dim)
        if self.input_dim > EXACT:
            raise ValueError(f"input_dim must be at most 2^24 = {EXACT:,}; got {input_dim:,}")
        self.output_dim = checks.positive_integer("output_dim", output_dim)
        self.mask_zero = mask_zero

    def build(self, shape, rng):
        """Create W (V, D)."""
        self.W = self.param("embeddings", (self.input_dim, self.output_dim), rng)
        self.input_shape = (None,) * len(shape)  # W serves any number of tokens
        return (*shape, self.output_dim)

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, ..., D)."""
        tokens = self.tokens(x)
        return self.ops.embedding.forward(self.W.value, tokens), tokens

    def backward(self, dy, tokens):
        """dW_v = sum of dy where the token is v. Tokens have no gradient; zeros stand for it."""
        self.W.grad += self.ops.embedding.backward(dy, tokens, self.input_dim)
        return self.ops.xp.zeros(tokens.shape, dy.dtype)

    def check_input(self, x):
        """Refuse tokens that stand for no row of W."""
        self.tokens(x)

    def compute_mask(self, x, mask):
        """Return x != 0 (N, T) with mask_zero, else None."""
        return x != 0 if self.mask_zero else None

    def tokens(self, x):
        """Return x as integers; refuse what is none, or stands for no row of W.

        On a GPU nobody looks, since that would take a wait in every step: `fit`, `evaluate`,
        `predict` and `generate` let the first layer of the model look (`check_input`) before they
        move x there. A token that gets past them gives NaN. If tokens come from a layer of yours,
        look at them in its `check_input`.
        """
        if on_gpu(x):
            return x.astype(np.int64)
        if x.size == 0:
            raise ValueError(f"layer {self.name!r} got no tokens: an input of shape {x.shape}")
        tokens = np.where((x >= 0) & (x < self.input_dim), x, 0).astype(np.intp)
        wrong = tokens != x  # a 0 there stands for what is outside, or NaN
        if wrong.any():
            index = np.argwhere(wrong)[0]
            raise ValueError(
                f"layer {self.name!r} needs tokens that are whole numbers from 0 to "
                f"{self.input_dim - 1}; got {x[tuple(index)]} at index {tuple(index.tolist())}. "
                "input_dim is the size of the vocabulary: the largest token plus 1"
            )
        return tokens


class ReversibleEmbedding(Embedding):
    """An Embedding whose W makes logits, too: y = W[x] on the way in, z = h W^T on the way out.

        x (N, T) tokens    W (V, D)    y (N, T, D)        h (N, T, D)    z (N, T, V)

    It stands twice in a graph, on tokens first, and has one W, which is counted, trained and saved
    once. Its gradient is the sum of both calls: dW = dW of the tokens + sum of dz_t h_t^T.

        embed = ReversibleEmbedding(V, D)
        h = TransformerDecoderBlock(4 * D, H)(embed(tokens))
        model = Model(tokens, embed(h, reverse=True))

    Args: see `Embedding`.

    Reference: Press and Wolf (2017), "Using the output embedding to improve language models",
    section 3.
    """

    def fits(self, shape):
        """Whether these are tokens as before, or as many vectors h."""
        tokens, D = shape[:-1], shape[-1:]
        return super().fits(shape) or ((self.output_dim,) == D and super().fits(tokens))

    def forward(self, x, training=False, reverse=False):
        """x (N, ..) -> y (N, .., D); with reverse=True h (N, .., D) -> z (N, .., V)."""
        if not reverse:
            y, tokens = super().forward(x)
            return y, (tokens, False)
        if x.shape[-1] != self.output_dim:
            h = f"h (N, .., {self.output_dim})"
            raise ValueError(f"layer {self.name!r} makes logits of {h}; got shape {x.shape}")
        z = product(x.reshape(-1, self.output_dim), self.W.value.T)  # (N, D) (D, V) -> (N, V)
        return z.reshape(*x.shape[:-1], self.input_dim), (x, True)

    def backward(self, dy, cache):
        """dW = dz^T h and dh = dz W; of tokens as in `Embedding`."""
        x, reverse = cache
        if not reverse:
            return super().backward(dy, x)
        rows = dy.reshape(-1, self.input_dim)  # (N, V)
        self.W.grad += product(rows.T, x.reshape(len(rows), -1))  # (V, N) (N, D) -> (V, D)
        return product(rows, self.W.value).reshape(x.shape)

    def check_input(self, x):
        """Look at tokens; vectors h may hold any numbers."""
        if self._are_tokens(x):
            super().check_input(x)

    def compute_mask(self, x, mask):
        """Return x != 0 (N, T) of tokens, with mask_zero; of vectors h the mask that they have."""
        return super().compute_mask(x, mask) if self._are_tokens(x) else mask

    def _are_tokens(self, x):
        return x.ndim == len(self.input_shape) + 1
