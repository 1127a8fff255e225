"""Pictures, trials and the long-winded parts of the chapter on frameworks."""

import tempfile
from pathlib import Path
from time import process_time

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown

from minidl import plots
from minidl.datasets import mnist
from minidl.models import onnx
from minidl_course import elsewhere
from minidl_course.autograd import Tensor, gradients
from minidl_course.chapters.common import measured
from minidl_course.formulas import log_softmax

COLOURS = plots.COLOURS
EVENTS = [
    (1964, "Wengert: a list of operations, forward mode", "data"),
    (1970, "Linnainmaa: reverse mode, for rounding errors", "gradient"),
    (1986, "Rumelhart, Hinton, Williams: backpropagation", "gradient"),
    (1992, "Griewank: checkpoints", "memory"),
    (1994, "Pearlmutter: H u at the price of a gradient", "gradient"),
    (2010, "Theano: formulas in Python, compiled for GPUs", "weight"),
    (2011, "Torch7: layers with forward and backward, in Lua", "data"),
    (2014, "Caffe: networks as files, vision", "data"),
    (2014, "Autograd: a tape over NumPy", "output"),
    (2015, "Chainer: define by run", "output"),
    (2015, "Keras: few words for a network; TensorFlow: one graph for many machines", "weight"),
    (2017, "PyTorch: the tape of Chainer, the kernels of Torch", "output"),
    (2018, "JAX: functions into functions, compiled by XLA", "weight"),
    (2019, "TensorFlow 2: define by run here, too", "output"),
    (2023, "PyTorch 2, Keras 3: compilers and backends below", "weight"),
]


def sixty_years():
    """A line of years, from the first lists of operations to the frameworks of today."""
    _, ax = plt.subplots(figsize=(7.2, 4.2), layout="compressed")
    for i, (year, what, colour) in enumerate(EVENTS):
        ax.plot(0, -i, "o", color=COLOURS[colour], ms=7)
        ax.text(-0.12, -i, str(year), ha="right", va="center", fontsize=9)
        ax.text(0.12, -i, what, ha="left", va="center", fontsize=9)
    ax.plot([0, 0], [-len(EVENTS) + 0.6, 0.4], color="0.8", zorder=0)
    ax.set(xlim=(-0.7, 5.2), ylim=(-len(EVENTS) + 0.5, 1.7))
    ax.axis("off")
    kinds = {
        "forward, layers": "data",
        "backward": "gradient",
        "memory": "memory",
        "compilers": "weight",
        "define by run": "output",
    }
    for n, (name, colour) in enumerate(kinds.items()):
        ax.plot(-0.55 + 1.2 * n, 1.3, "o", color=COLOURS[colour], ms=6)
        ax.text(-0.45 + 1.2 * n, 1.3, name, va="center", fontsize=8)
    assert [year for year, *_ in EVENTS] == sorted(year for year, *_ in EVENTS)
    plots.show(
        "A list of years from Wengert 1964 and Linnainmaa 1970 over Theano 2010, Torch7 2011, "
        "Caffe and Autograd 2014, Chainer and TensorFlow 2015, PyTorch 2017, JAX 2018 to PyTorch 2 "
        "and Keras 3 in 2023."
    )


def three_ways():
    """What a loop in Python, a tape and a compiled trace do in each step."""
    d = plots.Diagram(7.4, 2.75)
    rows = (
        ("define-and-run", "graph, first", "compile", "run, run, run ..."),
        ("define-by-run", "run and note", "walk back", "forget; again"),
        ("trace", "run once, note", "compile", "run, run, run ..."),
    )
    for i, (name, *steps) in enumerate(rows):
        y = 2.35 - 0.95 * i
        d.text(0.05, y, name, align="left")
        boxes = [d.box(2.6 + 1.9 * k, y, step, 1.5, 0.55) for k, step in enumerate(steps)]
        d.arrow(boxes[0], boxes[1])
        d.arrow(boxes[1], boxes[2])
    plots.show(
        "Three rows of three boxes. Define-and-run: first the graph, then compile, then run many "
        "times. Define-by-run: run and note, walk back, forget, and again. Trace: run once and "
        "note, compile, run many times."
    )


def through_memory(lines):
    """A film: NumPy's arrays go through memory at each operation, the loop's numbers do not."""
    needs = [1 + line.partition("= ")[2].count("v") + line.count("x[i]") for line in lines]
    moved = np.cumsum(needs)

    def draw(step, ax):
        ax.set_position((0.02, 0.02, 0.96, 0.96))
        ax.set(xlim=(0, 12), ylim=(-1.2, 4.2))
        ax.axis("off")
        ax.text(0, 3.8, f"operation {step + 1} of {len(lines)}:  {lines[step]}", size=11)
        told = (
            ("NumPy, an operation at a time", moved[step], COLOURS["memory"]),
            ("one loop, fused", 2 if step == len(lines) - 1 else 1, COLOURS["weight"]),
        )
        for k, (name, count, colour) in enumerate(told):
            ax.text(0, 2.85 - 2 * k, f"{name}: {count} arrays moved", size=10)
            for n in range(count):
                ax.add_patch(plt.Rectangle((0.5 * n, 1.9 - 2 * k), 0.38, 0.6, color=colour))

    film = plots.movie(
        draw,
        range(len(lines)),
        "Squares are arrays that were read from memory or written to it. For the nine operations "
        "of GELU NumPy moves 22 of them, and a fused loop 2.",
        size=(7, 2.6),
        seconds=1,
    )
    return film, moved[-1]


def best(work, times=5):
    """Milliseconds of the processor that work() takes, the best of some."""
    taken = []
    for _ in range(times):
        before = process_time()  # of the processor, whatever else the machine does
        work()
        taken.append(process_time() - before)
    return 1000 * min(taken)


def race(compiled, functions, z):
    """Print how long NumPy and a compiled loop take for each function, once they agree."""
    out = np.empty_like(z)
    for name, f in functions.items():
        loop, _ = compiled(f)
        loop(z, out)
        np.testing.assert_allclose(out, f(z), rtol=1e-9, atol=1e-12)
        by_numpy, in_a_loop = best(lambda f=f: f(z)), best(lambda loop=loop: loop(z, out))
        print(f"{name:16} NumPy {by_numpy:5.1f} ms, one loop {in_a_loop:5.1f} ms")


def same_start():
    """120 batches of 32 digits, and the first weights of a network 784-128-10, float32."""
    (images, labels), _ = mnist.load_sample()
    drawn = np.random.default_rng(1).integers(0, len(images), (120, 32))
    x = (images[drawn].reshape(120, 32, 784) / 255).astype("float32")
    start = [
        (np.random.default_rng(n).standard_normal(shape) / 20).astype("float32")
        for n, shape in enumerate([(784, 128), (128,), (128, 10), (10,)])
    ]
    return (x, labels[drawn].astype(int)), start


def by_tape(x, y, *start):
    """The same training with the package's tape, and no layer at all."""
    weights, speed, losses = list(start), [np.zeros_like(w) for w in start], []
    for a, b in zip(x, y):
        W1, b1, W2, b2 = tensors = [Tensor(w) for w in weights]
        z = log_softmax(np.maximum(a @ W1 + b1, 0) @ W2 + b2)
        loss = -np.mean(z[np.arange(len(b)), b])
        g = gradients(loss, tensors, np.float32(1))
        speed = [np.float32(0.9) * v - np.float32(0.1) * d.value for v, d in zip(speed, g)]
        weights = [w + v for w, v in zip(weights, speed)]
        losses.append(float(loss.value))
    return losses


def all_programs(programs, batches, start):
    """{name: losses}: other frameworks in processes of their own; missing ones are named."""
    in_minidl, in_torch, in_jax, in_keras = programs
    others = {
        "PyTorch": (in_torch, ["torch"], {}),
        "JAX": (in_jax, ["jax"], {}),
        "Keras on TensorFlow": (in_keras, ["keras", "tensorflow"], {"KERAS_BACKEND": "tensorflow"}),
        "Keras on JAX": (in_keras, ["keras", "jax"], {"KERAS_BACKEND": "jax"}),
        "Keras on PyTorch": (in_keras, ["keras", "torch"], {"KERAS_BACKEND": "torch"}),
    }
    losses = {"minidl": np.array(in_minidl(*batches, *start))}
    losses["the tape"] = np.array(by_tape(*batches, *start))
    for name, (function, needed, environment) in others.items():
        if without := elsewhere.missing(needed):
            print(f"{name}: skipped, {', '.join(without)} missing")
        else:
            environment = environment | {"TF_CPP_MIN_LOG_LEVEL": "3"}
            losses[name] = elsewhere.run(function, *batches, *start, **environment)
    return losses


def one_curve(losses):
    """All losses over the steps, and how far each is from minidl's."""
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.7), layout="compressed")
    base = losses["minidl"]
    for name, found in losses.items():
        (line,) = left.plot(found, lw=1, color="black" if name == "minidl" else None)
        if name != "minidl":
            distance = abs(found - base) + 1e-9
            right.semilogy(distance, color=line.get_color(), lw=0.9, label=name)
    left.set(xlabel="step", ylabel="loss", title=f"{len(losses)} programs, one curve")
    left.set_ylim(0, None)
    right.set(xlabel="step", title="Their distance from minidl's", ylim=(5e-10, 1))
    right.legend(fontsize=7, ncols=2, loc="upper left")
    plots.show(
        "Left: the losses of all programs over 120 steps, which lie on each other. Right: their "
        "distances from minidl's on a log scale, all below 1e-6."
    )


def _mistakes_in_torch():
    import torch

    found = []
    x = torch.ones(3, requires_grad=True)
    y = torch.exp(x)
    z = (y * y).sum()
    with torch.no_grad():
        y.mul_(0)
    try:
        z.backward()
    except RuntimeError as error:
        found.append("inplace" in str(error))  # changed in place: refused
    data = np.ones(3)
    x = torch.from_numpy(data).requires_grad_()
    z = (x * x).sum()
    data[:] = 0
    z.backward()
    found.append(not x.grad.any())  # NumPy's array below a tensor: not noticed
    h = x = torch.tensor(0.5, requires_grad=True)
    for _ in range(5000):
        h = h * 1.0
    h.backward()
    found.append(float(x.grad) == 1)  # a long way: fine
    x = torch.tensor([3.0], requires_grad=True)
    for _ in range(2):
        (x * x).sum().backward()
    found.append(float(x.grad) == 12)  # without zero_grad: 6 + 6
    second = torch.func.grad(torch.func.grad(lambda x: x**3))
    x = torch.arange(3.0)
    found.append(torch.allclose(torch.func.vmap(second)(x), 6 * x))  # no mistake: both are there
    return found


def _mistakes_in_jax():
    import jax
    import jax.numpy as jnp

    found = []
    try:
        jax.jit(lambda x: x if x > 0 else 0.1 * x)(1.0)
    except jax.errors.TracerBoolConversionError:
        found.append(True)  # a decision in a compiled function: refused
    found.append(float(jax.grad(lambda x: x if x > 0 else 0.1 * x)(-1.0)) == np.float32(0.1))
    try:
        jnp.ones(3)[0] = 2
    except TypeError:
        found.append(True)  # arrays do not change
    return found


def mistakes_elsewhere():
    """Make the mistakes of these two chapters in PyTorch and in JAX, where they are installed."""
    for function, module, count in (
        (_mistakes_in_torch, "torch", 5),
        (_mistakes_in_jax, "jax", 3),
    ):
        if elsewhere.missing([module]):
            print(f"{module} is missing, so this is skipped")
        else:
            kept = elsewhere.run(function)
            assert kept.shape == (count,) and kept.all(), kept
            print(f"{module}: {kept.sum()} of {count} as this page says")


def measured_steps():
    """The table of benchmarks/frameworks.json."""
    found = measured("frameworks")
    (small, low), (large, high) = found["workloads"].items()
    order = "JAX", "PyTorch, fused Adam", "minidl", "PyTorch", "Keras on PyTorch"
    for each in (low, high):
        ms = [each[name]["ms"] for name in order]
        assert ms == sorted(ms)
    assert high["minidl"]["MB"] < high["JAX"]["MB"]
    lines = [f"| ms a step | {small} | {large} | peak MB |", "|---|---|---|---|"]
    for name, f in low.items():
        cells = [f"{f['ms']:.2f} ({f['least']:.2f} to {f['most']:.2f})" for f in (f, high[name])]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} | {high[name]['MB']:.0f} |")
    told = f"*Processor time, median and range. {found['machine']}*"
    return Markdown("\n".join([*lines, "", told]))


def by_runtime(model, x):
    """Answers of ONNX Runtime from a file that the model was written to, and the file's bytes."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "digits.onnx")
        onnx.export(model, file)
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        return session.run(None, {"x": x})[0], file.stat().st_size
