"""One training step of a model of minidl, and of PyTorch, as `workloads` times it."""

from functools import partial

# Of Adam, on every side: so small that no network learns its one batch by heart. Squares of its
# gradients would become denormal numbers, with which some processors are slow (NOTES.md).
RATE = 1e-5


def step_of(model, loss, x, y, backend, optimizer=None):
    """Compile a model, for Adam if nothing is given; return what takes one step of the batch x, y.

    Each of x and y is an array or a tuple of arrays. The step's `network` is (model, x).
    """
    from minidl import optimizers
    from minidl.base import structure

    model.compile(optimizer or optimizers.Adam(RATE), loss, backend=backend)
    step = partial(model.train_on_batch, x, y)
    if backend == "cupy":  # train_on_batch would copy, and wait for the loss
        model.prepare(structure.mapped(lambda array: array.shape[1:], x))
        x, y = (structure.mapped(model.ops.xp.asarray, arrays) for arrays in (x, y))
        step = partial(model.train_step, (x, y, None))
    step.network = model, x
    return step


def torch_step_of(network, cost, optimizer, device):
    """Return what takes one step of PyTorch; cost() is the loss, `network` is (module, inputs)."""

    def step():
        optimizer.zero_grad()
        loss = cost()
        loss.backward()
        optimizer.step()
        if device == "cpu":
            loss.item()  # there it costs nothing, and minidl returns its loss, too

    step.network = network
    return step
