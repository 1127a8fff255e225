"""Networks of `workloads` in Keras on JAX: what XLA makes of a training step.

The whole step is one compiled function of JAX, made of Keras's stateless calls. Keras's own
`train_on_batch` runs the same and spends a millisecond in Python around it: `frameworks.py` has
both. A network here has the name, the sizes and the loss of the one in `workloads`.
"""

import functools
import os

from steps import RATE
from workloads import CHARACTERS, CNN, MLP, TEXT, VGG, batch, text

NEEDED = ["jax", "keras"]
# Read when JAX starts: its processor, and how many threads it may have (the last for one alone).
ENVIRONMENT = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
ONE_THREAD = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def environment(threads):
    """Return the variables with which a process of JAX must be started."""
    return ENVIRONMENT | limits(threads)


def limits(threads):
    """Return those of them that say how many threads JAX may use."""
    found = dict.fromkeys(("NPROC", "PJRT_NPROC"), str(threads))
    return found | ONE_THREAD if threads == 1 else found


def dense(sizes):
    """Return a network of dense layers with ReLU, which gives logits."""
    from keras import Input, Sequential, layers

    hidden = [layers.Dense(M, activation="relu") for M in sizes[1:-1]]
    return Sequential([Input(sizes[:1]), *hidden, layers.Dense(sizes[-1])])


def cnn():
    from keras import Input, Sequential, layers

    row = [Input(CNN[1:])]
    for filters in (32, 64):
        row += [layers.Conv2D(filters, 3, padding="same", activation="relu")]
        row += [layers.MaxPooling2D()]
    row += [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)]
    return Sequential(row)


def vgg():
    from keras import Input, Sequential, layers

    row = [Input(VGG[1:])]
    for filters in (64, 128, 256):
        for _ in range(2):
            row += [layers.Conv2D(filters, 3, padding="same", use_bias=False)]
            row += [layers.BatchNormalization(), layers.ReLU()]
        row += [layers.MaxPooling2D()]
    row += [layers.Flatten(), layers.Dense(256, activation="relu")]
    return Sequential([*row, layers.Dropout(0.5), layers.Dense(10)])


def recurrent(cell):
    from keras import Input, Sequential, layers

    row = [Input(TEXT[1:]), layers.Embedding(CHARACTERS, 64)]
    row += [getattr(layers, cell)(256, return_sequences=True), layers.Dense(CHARACTERS)]
    return Sequential(row)


NETWORKS = {  # name: (makes the network, shape of a batch, classes, makes the batch)
    "mlp": (lambda: dense((784, 512, 256, 10)), MLP, 10, batch),
    "cnn": (cnn, CNN, 10, batch),
    "vgg": (vgg, VGG, 10, batch),
    "lstm": (lambda: recurrent("LSTM"), TEXT, CHARACTERS, text),
    "gru": (lambda: recurrent("GRU"), TEXT, CHARACTERS, text),
}


def compiled(name):
    """Return a function that takes one training step of such a network by Adam."""
    os.environ.update(ENVIRONMENT)
    import jax
    import keras

    make, shape, classes, data = NETWORKS[name]
    x, y = data(shape, classes)
    model = make()
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(model.trainable_variables)

    def loss_and_rest(weights, rest, x, y):
        z, rest = model.stateless_call(weights, rest, x, training=True)
        return loss_of(y, z), rest

    @functools.partial(jax.jit, donate_argnums=(0, 1, 2))
    def one(weights, rest, slots, x, y):
        both = jax.value_and_grad(loss_and_rest, has_aux=True)
        (loss, rest), gradients = both(weights, rest, x, y)
        weights, slots = optimizer.stateless_apply(slots, gradients, weights)
        return weights, rest, slots, loss

    kinds = model.trainable_variables, model.non_trainable_variables, optimizer.variables
    state = [[jax.numpy.array(v.value) for v in variables] for variables in kinds]  # copies
    x_there, y_there = jax.device_put((x, y))

    def step():
        nonlocal state
        *state, loss = one(*state, x_there, y_there)
        return float(loss)  # the others have it after each step, too

    step.network = model, x
    return step
