"""The kernels that `kernels.py` times, with the arrays of the networks `cnn` and `vgg`.

A case knows how many floating-point operations it has to do, counted by the definition (Winograd
does fewer), and how many bytes it has to move if every array is read or written once. An addition,
a multiplication (so a multiply-add is two), a division, a root, an exponential and a comparison
count one each; what is done once for a whole row, feature or array does not count. PyTorch's
images lie in memory as ours do (`channels_last`), which is its faster order for most of them.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

# N, H, W, C, M of every convolution
CNN = [(128, 28, 28, 1, 32), (128, 14, 14, 32, 64)]
VGG = [
    (32, 32, 32, 3, 64),
    (32, 32, 32, 64, 64),
    (32, 16, 16, 64, 128),
    (32, 16, 16, 128, 128),
    (32, 8, 8, 128, 256),
    (32, 8, 8, 256, 256),
]
POOLS = [(128, 28, 28, 32), (32, 32, 32, 64)]  # N, H, W, C of the two largest
NORMS = [(32768, 64), (8192, 128), (2048, 256)]  # N, D
RELU = 32 * 32 * 32 * 64
LOGITS = [(128, 10), (4096, 1000)]  # N, C
HEADS = [(32, 128, 4, 32), (4, 512, 4, 64)]  # N, T, H, D of causal attention
WEIGHTS = 4096 * 256  # of the first dense layer of vgg


class Case(NamedTuple):
    """A kernel and its arrays.

    `ours(ops)` and `theirs(torch)` make the arrays and return a function that calls the kernel;
    theirs is None where PyTorch has no function that does just this.
    """

    name: str
    arrays: str
    operations: int
    bytes: int
    ours: Callable
    theirs: Callable = None


def cases():
    """Return the list of all of them."""
    found = []
    for N, H, W, C, M in CNN + VGG:
        x, w, y = N * H * W * C, 9 * C * M, N * H * W * M
        work = f"{N}x{H}x{W}, {C} to {M}", 2 * 9 * C * y, 4 * (x + w + y)
        for function in ("forward", "input_gradient", "kernel_gradient"):
            sides = (partial(side, function, N, H, W, C, M) for side in (conv2d, conv2d_torch))
            found.append(Case(f"conv2d.{function}", *work, *sides))
    for N, H, W, C in POOLS:
        x = N * H * W * C
        # for each window: 3 comparisons find the largest of 4; 1 addition to the dx that won
        for function, each in (("max_forward", 3), ("max_backward", 1)):
            sides = (partial(side, function, N, H, W, C) for side in (pool2d, pool2d_torch))
            work = each * x // 4, 4 * x + 5 * x // 4  # bytes: x, y and one for each y
            found.append(Case(f"pool2d.{function}", f"{N}x{H}x{W}x{C}", *work, *sides))
    for N, D in NORMS:
        # for each x: sum 1, x - m 1, square and sum 2, y 3; xhat 2, dbeta 1, dgamma 2, dx 4
        for function, each, arrays in (("forward", 7, 3), ("backward", 9, 5)):
            sides = (partial(side, function, N, D) for side in (batchnorm, batchnorm_torch))
            work = each * N * D, 4 * arrays * N * D  # each input is read twice
            found.append(Case(f"batchnorm.{function}", f"{N}x{D}", *work, *sides))
    for function, arrays in (("forward", 2), ("backward", 3)):
        sides = (partial(side, function) for side in (relu, relu_torch))
        work = RELU, 4 * arrays * RELU  # one comparison for each number
        found.append(Case(f"relu.{function}", f"{RELU}", *work, *sides))
    for N, C in LOGITS:
        # for each logit: largest 1, z - largest 1, exp and sum 2, log p 1, p 1
        work = 6 * N * C, 8 * N * C
        found.append(Case("softmax_xent.sparse", f"{N}x{C}", *work, partial(xent, N, C)))
    for N, T, H, D in HEADS:
        # for each query and key that it sees: two products, scale 1, largest 1, exp and sum 3; five
        # products, scale and exp 3, ds 2; bytes: q, k, v, y; those, their gradients and log_sum
        seen, x = N * H * T * (T + 1) // 2, N * T * H * D
        for function, each, arrays in (("forward", 4 * D + 5, 4), ("backward", 10 * D + 5, 8)):
            sides = (partial(side, function, N, T, H, D) for side in (attention, attention_torch))
            work = each * seen, 4 * (arrays * x + N * H * T)
            found.append(Case(f"attention.{function}", f"{N}x{T}, {H} heads of {D}", *work, *sides))
    # for each weight: m 3, v 4, w 6; v 3, w 1
    for name, call, each, arrays in (("adam", adam, 13, 7), ("sgd", momentum, 4, 5)):
        work = each * WEIGHTS, 4 * arrays * WEIGHTS
        found.append(Case(f"optimizers.{name}", f"{WEIGHTS}", *work, call))
    return found


def conv2d(function, N, H, W, C, M, ops):
    shapes = (N, H, W, C), (3, 3, C, M), (N, H, W, M)
    x, w, dy = (ops.xp.asarray(_random(*shape)) for shape in shapes)
    arrays = {
        "forward": (x, w),
        "input_gradient": (dy, w, (H, W)),
        "kernel_gradient": (x, dy, (3, 3)),
    }[function]
    kernel = getattr(ops.conv2d, function)
    return lambda: kernel(*arrays, (1, 1), ((1, 1), (1, 1)), (1, 1), 1)


def conv2d_torch(function, N, H, W, C, M, torch):
    x, w, dy = (_image(torch, shape) for shape in ((N, C, H, W), (M, C, 3, 3), (N, M, H, W)))
    if function == "forward":
        return lambda: torch.nn.functional.conv2d(x, w, padding=1)
    wanted = [function == "input_gradient", function == "kernel_gradient", False]
    geometry = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1)
    return lambda: torch.ops.aten.convolution_backward(dy, x, w, None, *geometry, wanted)


def pool2d(function, N, H, W, C, ops):
    x, window = ops.xp.asarray(_random(N, H, W, C)), ((2, 2), (2, 2), ((0, 0), (0, 0)))
    if function == "max_forward":
        return lambda: ops.pool2d.max_forward(x, *window)
    dy, index = ops.pool2d.max_forward(x, *window)
    return lambda: ops.pool2d.max_backward(dy, index, (H, W), *window)


def pool2d_torch(function, N, H, W, C, torch):
    x, window = _image(torch, (N, C, H, W)), ([2, 2], [2, 2], [0, 0], [1, 1], False)
    if function == "max_forward":
        return lambda: torch.ops.aten.max_pool2d_with_indices(x, *window)
    dy, index = torch.ops.aten.max_pool2d_with_indices(x, *window)
    return lambda: torch.ops.aten.max_pool2d_with_indices_backward(dy, x, *window, index)


def batchnorm(function, N, D, ops):
    x, dy = ops.xp.asarray(_random(2, N, D))
    ones = ops.xp.ones(D, np.float32)
    if function == "forward":
        return lambda: ops.batchnorm.forward(x, ones, ones, 1e-3)
    return lambda: ops.batchnorm.backward(dy, x, ones, ones, ones)


def batchnorm_torch(function, N, D, torch):
    x, dy, ones = torch.from_numpy(_random(N, D)), torch.from_numpy(_random(N, D)), torch.ones(D)
    if function == "forward":
        return lambda: torch.native_batch_norm(x, ones, ones, None, None, True, 0.1, 1e-3)
    statistics = (ones, None, None, ones, ones, True, 1e-3, [True] * 3)
    return lambda: torch.ops.aten.native_batch_norm_backward(dy, x, *statistics)


def relu(function, ops):
    x, dy = ops.xp.asarray(_random(2, RELU))
    if function == "forward":
        return lambda: ops.relu.forward(x)
    return lambda: ops.relu.backward(dy, x)


def relu_torch(function, torch):
    x, dy = torch.from_numpy(_random(2, RELU))
    if function == "forward":
        return lambda: torch.relu(x)
    return lambda: torch.ops.aten.threshold_backward(dy, x, 0)


def attention(function, N, T, H, D, ops):
    q, k, v, dy = ops.xp.asarray(_random(4, N, T, H, D))
    options = D**-0.5, None, 0
    if function == "forward":
        return lambda: ops.attention.forward(q, k, v, *options)
    y, log_sum = ops.attention.forward(q, k, v, *options)
    return lambda: ops.attention.backward(dy, q, k, v, y, log_sum, *options)


def attention_torch(function, N, T, H, D, torch):
    q, k, v, dy = torch.from_numpy(_random(4, N, T, H, D)).transpose(2, 3)
    aten = torch.ops.aten
    if function == "forward":
        return lambda: aten._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, True)
    results = aten._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, True)
    back = aten._scaled_dot_product_flash_attention_for_cpu_backward
    return lambda: back(dy, q, k, v, *results, 0.0, True)


def xent(N, C, ops):
    z, labels = ops.xp.asarray(_random(N, C)), ops.xp.arange(N) % C
    return lambda: ops.softmax_xent.sparse(z, labels)


def adam(ops):
    w, g, m, v = ops.xp.asarray(abs(_random(4, WEIGHTS)))
    return lambda: ops.optimizers.adam(w, g, m, v, None, 1e-3, 0.9, 0.999, 1e-7, 1)


def momentum(ops):
    w, g, v = ops.xp.asarray(_random(3, WEIGHTS))
    return lambda: ops.optimizers.sgd(w, g, v, 1e-3, 0.9, False)


def _random(*shape):
    return np.random.default_rng(0).standard_normal(shape, np.float32)


def _image(torch, shape):
    return torch.from_numpy(_random(*shape)).to(memory_format=torch.channels_last)
