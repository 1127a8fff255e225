"""Where batches come from: arrays, which are cut into batches here, or batches that others make.

A batch is (x, y, sample_weight), the last two None where there are none; x and y are an array or a
tuple of arrays. Both sources yield batches in `epoch`, and tell how many there are in `steps`, None
if nobody knows.
"""

import functools
import itertools
import math

import numpy as np

from minidl.base import checks
from minidl.base.arrays import on_gpu
from minidl.base.structure import arrange, from_list, mapped, matches, parts, shape_of


def are_batches(x):
    """Whether x makes batches: a generator, an iterator, or an object with len() and x[i]."""
    if hasattr(x, "__array__") or isinstance(x, np.ndarray | list | tuple | dict | str):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def validation_parts(validation_data):
    """Return validation_data as (x, y, sample_weight); what makes batches is x alone."""
    if are_batches(validation_data):
        return validation_data, None, None
    if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
        got = _in_words(validation_data)
        raise ValueError(f"validation_data must be (x, y) or (x, y, sample_weight); got {got}")
    return (*validation_data, None)[:3]


def _in_words(batch):
    of = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
    return f"a {type(batch).__name__}{of}"


def rows_of(data, rows):
    """Return those rows of every array in (x, y, weights); None stays None."""
    return mapped(lambda array: _rows(array, rows), data)


def _rows(array, rows):
    if isinstance(rows, slice) or not array.flags.c_contiguous:  # of which `take` copies all
        return array[rows]
    return array.take(rows, axis=0)  # array[rows], in half the time or a quarter


def length_of(data):
    """Return the number of samples of (x, y, weights)."""
    return len(parts(data[0])[0])


def split(data, share):
    """Return (kept, held): the last `share` of the samples is held out.

    Args:
        data: (x, y, weights).
        share: between 0 and 1.
    """
    N = length_of(data)
    if not 0 < share < 1:
        raise ValueError(f"validation_split must be a share between 0 and 1; got {share}")
    kept = N - max(1, int(N * share))
    if kept < 1:
        raise ValueError(f"validation_split={share} leaves nothing of {N} samples to train on")
    return rows_of(data, slice(kept)), rows_of(data, slice(kept, None))


class ArraySource:
    """Arrays (x, y, weights) of N samples, cut into batches.

    Args:
        data: looked at already.
        batch_size: the last batch of an epoch may be smaller.
        steps: how many batches of an epoch are taken; None for all.
    """

    def __init__(self, data, batch_size, steps=None):
        self.data, self.batch_size = data, batch_size
        available = math.ceil(length_of(data) / batch_size)
        self.steps = checks.count_or_none("steps", steps) or available
        if self.steps > available:
            raise ValueError(
                f"{length_of(data)} samples make {available} batches of {batch_size}; got "
                f"{self.steps} steps: use fewer, or smaller batches"
            )

    def epoch(self, rng=None):
        """Yield the batches, in a new order if `rng` is given."""
        order = None if rng is None else rng.permutation(length_of(self.data))
        for start in range(0, self.steps * self.batch_size, self.batch_size):
            rows = slice(start, start + self.batch_size)
            yield rows_of(self.data, rows if order is None else order[rows])


class BatchSource:
    """Batches that others make: (x, y) or (x, y, sample_weight) at a time.

    Args:
        batches: an object with len() and batches[i], whose order may be drawn anew and whose
            `on_epoch_end`, if it has one, is called; or an iterable that begins anew every epoch;
            or an iterator or a generator, which goes on.
        check: a function of (x, y, sample_weight) that returns them, looked at.
        steps: how many batches make an epoch; None for all there are.
        name: for errors.
        alone: a batch may be x without y, as in `predict`.
    """

    def __init__(self, batches, check, steps=None, name="x", alone=False):
        self.batches, self.check, self.name, self.alone = batches, check, name, alone
        self.indexed = hasattr(batches, "__len__") and hasattr(batches, "__getitem__")
        steps = checks.count_or_none("steps", steps)
        self.steps = steps or (len(batches) if self.indexed else None)
        if self.indexed and self.steps > len(batches):
            raise ValueError(f"{name} has {len(batches)} batches; got {steps} steps")
        self.waiting = iter(batches) if hasattr(batches, "__next__") else None
        self.epochs = 0

    def epoch(self, rng=None):
        """Yield the batches of one epoch, in a new order if `rng` is given and it can be.

        Raises:
            ValueError: they end before `steps`, or there are none; one is no tuple of two or three.
        """
        count = 0
        for batch in self._taken(rng):
            yield self.check(*self._parts(batch))
            count += 1
            if count == self.steps:
                break
        self.epochs += 1
        if count < (self.steps or 1):
            of = "no batch" if count == 0 else f"{count} of {self.steps} batches"
            raise ValueError(
                f"{self.name} ended after {of} of epoch {self.epochs}. A generator must go on for "
                "all epochs (while True), or steps_per_epoch be smaller; an object with len() and "
                "[i] begins anew by itself"
            )
        if hasattr(self.batches, "on_epoch_end"):
            self.batches.on_epoch_end()

    def _taken(self, rng):
        if self.indexed:
            order = range(len(self.batches)) if rng is None else rng.permutation(len(self.batches))
            return (self.batches[int(i)] for i in order)
        return iter(self.batches) if self.waiting is None else self.waiting

    def _parts(self, batch):
        if self.alone and not isinstance(batch, tuple | list):
            return (batch,)
        if not isinstance(batch, tuple | list) or not 2 - self.alone <= len(batch) <= 3:
            raise ValueError(
                f"{self.name} must yield (x, y) or (x, y, sample_weight); got {_in_words(batch)}. "
                "Several inputs are a tuple of their own: ((x_1, x_2), y)"
            )
        return (*batch, None)[:3]


def feed(batches, xp):
    """Yield the batches in the memory where `xp` works.

    On a GPU a batch is good until the next one is asked for: then one more is copied to its place.

    Args:
        batches: an iterable of tuples (x, y, weights): NumPy arrays, tuples of them, or None.
        xp: numpy or cupy.
    """
    if xp is np:
        yield from batches
        return
    places, stream = (_Place(xp), _Place(xp)), xp.cuda.Stream(non_blocking=True)
    waiting = None
    try:
        for number, batch in enumerate(batches):
            arriving = places[number % 2]
            arriving.fill(batch, stream)
            if waiting:
                yield waiting.use()
                waiting.used()
            waiting = arriving
        if waiting:
            yield waiting.use()
    finally:  # also where the caller stops in the middle
        stream.synchronize()  # the memory of both places is freed: no copy may be under way there


class _Place:
    """Room for one batch on the GPU, and in memory that a GPU can read without the program."""

    def __init__(self, xp):
        self.xp = xp
        self.buffers = {}
        self.filled, self.free = xp.cuda.Event(), xp.cuda.Event()

    def fill(self, arrays, stream):
        """Start to copy a batch here."""
        stream.wait_event(self.free)
        number = itertools.count()
        self.arrays = mapped(lambda array: self._copied(next(number), array, stream), arrays)
        self.filled.record(stream)

    def use(self):
        """Return the arrays, to be read by what is started from here on."""
        self.xp.cuda.get_current_stream().wait_event(self.filled)
        return self.arrays

    def used(self):
        """Say that all that reads these arrays has been started."""
        self.free.record()

    def _copied(self, i, array, stream):
        if i not in self.buffers or self.buffers[i][0].size < array.size:
            dtype = _on_a_gpu(array.dtype)
            pinned = self.xp.cuda.alloc_pinned_memory(array.size * dtype.itemsize)
            self.buffers[i] = (
                np.frombuffer(pinned, dtype, array.size),
                self.xp.empty(array.size, dtype),
            )
            # CuPy hands out memory that kernels started before may still be reading.
            self.free.record()
            stream.wait_event(self.free)
        self.filled.synchronize()  # the copy before from here has ended: two batches ago
        source, target = (buffer[: array.size] for buffer in self.buffers[i])
        source[:] = array.reshape(-1)
        target.set(source, stream)
        return target.reshape(array.shape)


def _on_a_gpu(dtype):
    """Return the type that an array gets there: bytes in the processor's order, 64 bits at most."""
    return np.dtype("float64") if dtype.char == "g" else dtype.newbyteorder("=")


def explaining_memory_errors(method):
    """Decorate a method of a model: an error of the GPU's memory says how much there was."""

    @functools.wraps(method)
    def run(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except MemoryError as error:
            if not on_gpu(error):  # main memory has ended, and NumPy says so
                raise
            free, total = self.ops.xp.cuda.runtime.memGetInfo()
            raise MemoryError(
                f"{method.__name__}: the GPU's memory is too small for this batch: {error}. Of "
                f"{total / 2**30:.1f} GiB there are {free / 2**30:.1f} free. Use a smaller "
                "batch_size: half the batch needs about half the memory"
            ) from error

    return run


# ------------------------------------------------------------------- looked at, at the door


def sources_of(model, x, y, sample_weight, class_weight, validation, sizes, steps):
    """Return where the batches of training come from, and those of validation or None.

    `validation` is (validation_data, validation_split); `sizes` of batches and `steps` of an epoch
    are pairs, for training and for validation; all else is as `Model.fit` has it.
    """
    held, share = validation
    size = checks.batch_size(sizes[0])
    held_size = size if sizes[1] is None else checks.batch_size(sizes[1])
    if share and held is None:
        if are_batches(x):
            raise ValueError("x makes batches: give validation_data, not validation_split")
        (x, y, w), held = split(validated(model, x, y, sample_weight), share)
        kept = x, y, _weighted(model, y, w, class_weight)
        return ArraySource(kept, size, steps[0]), ArraySource(held, held_size, steps[1])
    source = source_of(model, x, y, sample_weight, size, steps[0], class_weight)
    if held is not None:
        held = source_of(model, *validation_parts(held), held_size, steps[1], name="validation ")
    return source, held


def source_of(model, x, y, sample_weight, batch_size, steps=None, class_weight=None, name=""):
    """Return where batches come from, arrays or what makes batches, all of it looked at.

    The arguments are those of `Model.fit`; `name` is "" or "validation ", for errors.
    """
    if hasattr(x, "source_for"):  # it knows more about its batches than what they are
        return x.source_for(model, steps, class_weight, name)
    if not are_batches(x):
        data = validated(model, x, y, sample_weight, class_weight, name)
        return ArraySource(data, batch_size, steps)
    if y is not None or sample_weight is not None:
        raise ValueError(f"{name}x makes batches (x, y), so y and sample_weight come with them")
    checked = lambda x, y, w=None: validated(model, x, y, w, class_weight, name)  # noqa: E731
    return BatchSource(x, checked, steps, f"{name}x")


def validated(model, x, y, sample_weight=None, class_weight=None, name=""):
    """Check data, build the model if they are the first it sees; return (x, y, weights)."""
    x = inputs_from(model, x, f"{name}x")
    N = len(parts(x)[0])
    if y is None and not model.writes_own_step:
        raise ValueError(f"{name}y is missing: targets, one for each of the {N} samples")
    if y is not None:
        y = _targets_from(model, y, f"{name}y")
        for t in parts(y):
            checks.same_length(parts(x)[0], t, f"{name}x and {name}y")
        shape = shape_of(x)
        usual = matches(shape, model.input_shape)
        output_shape = model.output_shape if usual else model.try_shape(shape)
        y = model.objective.check(y, N, output_shape)
    if sample_weight is not None:
        sample_weight = _weights_from(model, sample_weight, N, f"{name}sample_weight")
    return x, y, _weighted(model, y, sample_weight, class_weight)


def _weighted(model, y, sample_weight, class_weight):
    """Return how much each sample counts: as its class does, if that is given."""
    if class_weight is None:
        return sample_weight
    if sample_weight is not None or isinstance(y, tuple):
        raise ValueError(
            "class_weight is for one output and without sample_weight: give one of them, "
            "or multiply them into sample_weight"
        )
    return checks.class_weights(class_weight, y, model.output_shape)


def inputs_from(model, x, name="x"):
    """Return inputs as an array or a tuple of arrays, checked; build the model if need be."""
    names = model.input_names
    if isinstance(x, dict) and not names:
        x = tuple(x.values())
    elif isinstance(x, dict) or (names and len(names) > 1):
        x = arrange(name, x, names)
    elif isinstance(x, list):
        x = from_list(x) if len(x) == 1 or model.takes_several else x
    if isinstance(x, tuple) and len(x) == 1:
        x = x[0]
    labels = [f"{name}[{k}]" for k in range(len(x))] if isinstance(x, tuple) else [name]
    arrays = [checks.numeric(label, part) for label, part in zip(labels, parts(x))]
    for array in arrays[1:]:
        checks.same_length(arrays[0], array, f"the arrays in {name}")
    x = tuple(arrays) if isinstance(x, tuple) else arrays[0]
    model.prepare(shape_of(x))
    if model.ops.xp is not np:
        model.check_input(x)
    return x


def _targets_from(model, y, name):
    names = model.output_names
    if len(names) > 1:
        y = arrange(name, y, names)
        return tuple(checks.numeric(f"{name}[{k!r}]", t) for k, t in zip(names, y))
    return checks.numeric(name, arrange(name, y, names)[0] if isinstance(y, dict) else y)


def _weights_from(model, weights, N, name):
    if len(model.output_names) > 1 and isinstance(weights, list | tuple | dict):
        weights = arrange(name, weights, model.output_names)
    return mapped(lambda w: checks.sample_weights(w, N, name), weights)
