"""A network of a chapter, and the same one as a reader of Keras or PyTorch writes it.

`twin_of` and `blocks_of` take both out of a notebook. `keras_agrees` and `torch_agrees` copy the
weights over and compare outputs, the loss and the gradient of every weight. How a chapter has to
write them stands in CONTRIBUTING.md ("In other words").
"""

import re
from types import SimpleNamespace

import numpy as np
from torch_weights import dropout_rates, pairs

from minidl.base.structure import parts
from minidl.layers import Flatten
from minidl.layers.weights import Param
from minidl.optimizers import SGD

FRAMEWORKS = ("Keras", "PyTorch")
_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_PROGRAM = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _tagged(notebook, tag):
    found = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    assert len(found) == 1, f"{len(found)} cells are tagged {tag!r}, and one is right"
    return found[0]


def blocks_of(notebook):
    """Dict from "Keras" and "PyTorch" to the program in its fold."""
    source = _tagged(notebook, "in-other-words").source
    found = {name.strip(): _PROGRAM.findall(inside) for name, inside in _FOLD.findall(source)}
    assert sorted(found) == sorted(FRAMEWORKS), f"folds of {FRAMEWORKS} are right, not {[*found]}"
    for name, programs in found.items():
        assert len(programs) == 1, f"{len(programs)} programs for {name}, and one is right"
    return {name: programs[0] for name, programs in found.items()}


def fold_of(notebook, title):
    """Return (text, programs) of the one fold whose title begins so, wherever it stands."""
    texts = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    (inside,) = (inside for name, inside in _FOLD.findall(texts) if name.startswith(title))
    return inside, _PROGRAM.findall(inside)


def run(program, name, wanted):
    """Run a program by itself; return its names, among which are those wanted."""
    names = {"__name__": name}
    exec(compile(program, name, "exec"), names)
    missing = [one for one in wanted if one not in names]
    assert not missing, f"the cell for {name} does not define {missing}"
    return SimpleNamespace(**{k: v for k, v in names.items() if not k.startswith("__")})


def twin_of(notebook, seed=0):
    """Run the cell tagged `twin`, and find in minidl what the others have to find.

    Returns:
        model, x, y; rates of its dropout; outputs, and logits, the outputs before an activation
        that the loss takes with it, or None; loss; weights, a list of (name, Param or State), each
        Param with its gradient; before, the values they had for all of this: a step of training
        moves running means.
    """
    found = run(_tagged(notebook, "twin").source, "twin", ("model", "x", "y", "loss"))
    model = found.model
    assert model.built, "`model` of the cell tagged `twin` is not built: give it an input_shape"
    shift(model, np.random.default_rng(seed))
    rates = drop_nothing(model)
    model.compile(SGD(0.1), found.loss)
    x, *_ = data = model.validate(found.x, found.y)
    weights, before = list(model.tensors().items()), model.get_weights()
    outputs, logits = model(x), None
    bare, last = model.split_activation()
    if last is not None and found.loss.absorbs(last):
        logits = bare(x)
    model.zero_grad()
    results, _ = model.loss_and_gradient(*data, input_gradient=False)
    return SimpleNamespace(
        **{"model": model, "x": x, "y": np.asarray(found.y), "rates": rates},
        **{"outputs": outputs, "logits": logits, "loss": float(results["loss"])},
        **{"weights": weights, "before": before},
    )


def shift(model, rng):
    """Move every weight by a random step, so that no two that should be copied are alike."""
    for path, tensor in model.tensors().items():
        value = tensor.value
        if path.endswith("moving_variance"):
            tensor.assign(rng.uniform(0.5, 1.5, value.shape))
        else:
            step = 0.5 * value.std() or 0.1
            tensor.assign(value + step * rng.standard_normal(value.shape))


def drop_nothing(model):
    """Set every rate of dropout to 0; return the list of what they were."""
    rates = []
    for _, layer in model.walk():
        for name in {"rate", "dropout", "recurrent_dropout"} & vars(layer).keys():
            rates.append(getattr(layer, name))
            setattr(layer, name, 0.0)
    return sorted(rate for rate in rates if rate)


def keras_agrees(twin, program):
    """Assert that a program in Keras computes what minidl does."""
    theirs = run(program, "Keras", ("model", "loss_fn"))
    x = list(twin.x) if isinstance(twin.x, tuple) else twin.x
    theirs.model(x)  # builds a class of theirs
    shapes = [w.shape for w in twin.before], [tuple(w.shape) for w in theirs.model.weights]
    heads = [ours if _same_heads(ours, shape) else shape for ours, shape in zip(*shapes)]
    assert shapes[0] == heads + shapes[1][len(heads) :], f"shapes of our weights, theirs: {shapes}"
    theirs.model.set_weights([w.reshape(shape) for w, shape in zip(twin.before, shapes[1])])
    rates = []
    for layer in theirs.model._flatten_layers():
        for name in {"rate", "dropout", "recurrent_dropout"} & vars(layer).keys():
            if not hasattr(layer, "cell"):  # a recurrent layer hands its rates on to its cell
                rates.append(getattr(layer, name))
                setattr(layer, name, 0.0)
    _same_rates(twin.rates, sorted(rate for rate in rates if rate))
    _same_outputs(twin, theirs.model(x, training=False).detach().numpy())
    y = twin.y if twin.y.ndim != 1 or twin.outputs.shape[-1] != 1 else twin.y[:, None]
    loss = theirs.loss_fn(y, theirs.model(x, training=True)) + sum(theirs.model.losses)
    loss.backward()
    _same_loss(twin, loss.item())
    learned = {id(variable) for variable in theirs.model.trainable_variables}
    gradients = [
        (name, ours.grad, _gradient(name, variable.value).reshape(ours.shape))
        for (name, ours), variable in zip(twin.weights, theirs.model.weights)
        if id(variable) in learned
    ]
    _same_gradients(twin, gradients)


def _same_heads(ours, theirs):
    """Whether shapes differ in an axis alone that Keras has for the heads: (D, H K), (D, H, K)."""
    return len(theirs) == len(ours) + 1 and np.prod(ours) == np.prod(theirs)


def torch_agrees(twin, program):
    """Assert that a program in PyTorch computes what minidl does."""
    import torch

    theirs = run(program, "PyTorch", ("model", "loss_fn"))
    to_input = getattr(theirs, "to_input", None)
    leaves, seen, flat = [], set(), None
    for _, layer in twin.model.walk():
        if type(layer) is Flatten:
            flat = layer.input_shape
        elif id(layer) not in seen and layer.attributes_of(Param):
            leaves.append((layer, flat if to_input else None))
            flat = None
        seen.add(id(layer))
    names = {id(tensor): name for name, tensor in twin.weights}
    before = {name: array for (name, _), array in zip(twin.weights, twin.before)}
    copied = pairs(leaves, theirs.model, names)
    with torch.no_grad():
        for pair in copied:
            pair.theirs.copy_(torch.from_numpy(pair.share * pair.change(before[pair.name])))
    _same_rates(twin.rates, dropout_rates(theirs.model))
    x = [torch.from_numpy(part) for part in parts(twin.x)]
    x = [part.float() if part.is_floating_point() else part.long() for part in x]
    x = [to_input(part) for part in x] if to_input else x
    theirs.model.eval()
    shapes = ", ".join(str(tuple(part.shape)) for part in x)
    try:
        with torch.no_grad():
            outputs = theirs.model(*x).numpy()
    except RuntimeError as error:
        raise AssertionError(
            f"the model in PyTorch does not take x of shape {shapes}: {error}; if it wants "
            "the channels first, its block needs to_input(x), which moves them"
        ) from error
    _same_outputs(twin, outputs)
    theirs.model.train()
    outputs = theirs.model(*x)
    y = twin.y if twin.y.ndim != 1 or outputs.shape[-1:] != (1,) else twin.y[:, None]
    y = torch.from_numpy(y)
    floats = y.is_floating_point() or y.shape == outputs.shape
    loss = theirs.loss_fn(outputs, y.float() if floats else y.long())
    loss.backward()
    _same_loss(twin, loss.item())
    gradients = [
        (pair.name, pair.change(pair.ours.grad), _gradient(pair.name, pair.theirs))
        for pair in copied
        if pair.theirs.requires_grad
    ]
    _same_gradients(twin, gradients)


def _gradient(name, theirs):
    assert theirs.grad is not None, f"the twin's loss does not depend on {name}"
    return theirs.grad.numpy()


def _same_rates(ours, theirs):
    assert ours == theirs, f"rates of dropout: {ours} in minidl, {theirs} in the twin"


def _apart(ours, theirs, scale):
    assert ours.shape == theirs.shape, f"shapes {ours.shape} and {theirs.shape}"
    return np.abs(ours - theirs).max() / scale


def _same_outputs(twin, theirs):
    """In inference; a loss of logits takes what comes before the last activation."""
    allowed = [twin.outputs] if twin.logits is None else [twin.outputs, twin.logits]
    apart = min(_apart(ours, theirs, np.abs(ours).max()) for ours in allowed)
    assert apart < 2e-5, f"outputs differ by {apart:.1e} of the largest one"


def _same_loss(twin, theirs):
    assert abs(twin.loss - theirs) < 2e-5 * max(abs(theirs), 0.1), f"loss {twin.loss}, {theirs}"


def _same_gradients(twin, gradients):
    """Relative to the largest of an array, or, where all are tiny, to 1 % of the largest of all."""
    trained = {id(p) for p in twin.model.trained_params().values()}
    names = {name for name, tensor in twin.weights if id(tensor) in trained}
    assert names == {name for name, *_ in gradients}, "other weights are trained"
    largest = max(np.abs(theirs).max() for *_, theirs in gradients)
    for name, ours, theirs in gradients:
        apart = _apart(ours, theirs, max(np.abs(theirs).max(), 0.01 * largest))
        assert apart < 1e-4, f"gradients of {name} differ by {apart:.1e} of the largest one"
