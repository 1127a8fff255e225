"""Who looks at whom: what the heads of a model make of its inputs."""

from minidl.base import checks, config
from minidl.base.arrays import to_numpy
from minidl.base.structure import from_list, mapped, shape_of
from minidl.layers.attention.multihead import Attended, with_unit_values


def attention_scores(model, x):
    """Return how much each query looks at each key: a list of p (N, H, T, S), in inference.

    One for every MultiHeadAttention in the model, those inside of blocks too, in the order of
    computing: a decoder's block with a source has two.

    Args:
        model: of any form; built, or the shape of x is the first that it sees.
        x: inputs (N, ...) as for `predict`, a list of them if the model has several.
    """
    x = from_list(x) if isinstance(x, list) else x
    x = mapped(lambda a: checks.numeric("x", a).astype(config.floatx(), copy=False), x)
    model.prepare(shape_of(x))
    model.check_input(x)
    _, cache = model.forward(mapped(model.ops.xp.asarray, x))
    found = {id(one.q): one for one in _attended(cache)}  # each once: some caches hold it twice
    return [to_numpy(with_unit_values(one, model.ops).y.swapaxes(1, 2)) for one in found.values()]


def _attended(cache):
    """Yield what the kernel was given and returned, wherever it is in a cache."""
    if isinstance(cache, Attended):
        yield cache
    elif isinstance(cache, list | tuple | dict):
        for part in cache.values() if isinstance(cache, dict) else cache:
            yield from _attended(part)
