"""What only CuPy's stand-in can tell: who waits for the GPU, when memory is freed, what mixes."""

import numpy as np
import pytest
import standin_cupy
from gpu_rows import ROWS, data, make

from minidl import Sequential, kernels, layers
from minidl.kernels.cuda import Program
from minidl.models.data import ArraySource, feed

ADD = Program("""
extern "C" __global__ void add(T* y, const T* x, Long n) {
    Long i = thread_index();
    if (i < n) y[i] += x[i];
}
""")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adagrad"])
def test_a_step_never_waits_for_the_gpu(name, optimizer, standin):
    row, shape = ROWS[name]
    model = make(row, shape, optimizer, "cupy")
    x, y = map(standin.asarray, data(shape))
    with standin_cupy.counted() as waits:
        for _ in range(2):
            model.train_step((x, y, None))
    assert waits == []


def test_a_masked_step_waits_to_select_what_metrics_see(standin):
    row = [layers.Embedding(5, 2, mask_zero=True), layers.GRU(3, return_sequences=True)]
    model = make(row, (3,), "sgd", "cupy")
    x, y = map(standin.asarray, (np.array([[1, 2, 0], [3, 0, 0]]), np.array([[0, 1, 2]] * 2)))
    with standin_cupy.counted() as waits:
        model.train_step((x, y, None))
    assert waits == ["mask", "mask"]  # of y and of y_pred


def test_an_epoch_waits_once_for_each_result(standin):
    row, shape = ROWS["mlp"]
    model = make(row, shape, "sgd", "cupy")
    with standin_cupy.counted() as waits:
        model.fit(*data(shape), batch_size=4, verbose=0)
    assert waits == ["float", "float"]  # loss and accuracy, at the end


def test_an_epoch_of_tokens_waits_once_for_each_result(standin):
    model = make([layers.Embedding(5, 2), layers.GRU(3)], (3,), "adam", "cupy")
    with standin_cupy.counted() as waits:
        model.fit(np.array([[1, 4, 0], [2, 2, 3]]), np.array([0, 2]), verbose=0)
    assert waits == ["float", "float"]


def test_the_stand_in_counts_where_cupy_reads(standin):
    x = standin.asarray(np.array([0, 2, 2]))
    with standin_cupy.counted() as waits:
        x[x > 1], x[1:], np.where(x > 1, x, 0), standin.zeros(3)[x]
        x[x > 1] = 0
        assert waits == ["mask"]
        standin.bincount(x, minlength=3), np.where(x), x.nonzero(), x.tolist()
    assert waits == ["mask", "bincount", "bincount", "where", "nonzero", "tolist"]


# A copy under way reads and writes the memory of a place, which CuPy hands out again at once.
def _to_the_end(fed):
    return list(fed)


def _one_batch(fed):
    for _ in fed:
        break


def _an_error(fed):
    with pytest.raises(KeyboardInterrupt):
        for _ in fed:
            raise KeyboardInterrupt


@pytest.mark.parametrize("take", [_to_the_end, _one_batch, _an_error])
@pytest.mark.parametrize("N", [4, 10])
def test_no_memory_is_freed_while_a_copy_is_under_way(take, N, standin):
    data = ArraySource((np.ones((N, 3)), None, np.ones(N)), batch_size=4)
    take(feed(data.epoch(), standin))
    assert standin_cupy.lost == []


def test_the_stand_in_notices_memory_that_is_freed_too_early(standin):
    stream, memory = standin.cuda.Stream(), np.zeros(4)
    standin.empty(4)[:].set(memory[:], stream)
    del memory
    assert standin_cupy.lost == ["the GPU's memory", "main memory"]
    standin_cupy.lost.clear()


def test_arrays_in_two_memories_are_refused(standin):
    here, there = np.zeros(3), standin.asarray(np.zeros(3))
    with pytest.raises(TypeError, match=r"'x' of kernel 'add' is in main memory, and 'y' in the m"):
        ADD.for_each("add", 3, there, here)
    other = standin_cupy.ndarray(np.zeros(3), device=1)
    with pytest.raises(TypeError, match="memory of <CUDA Device 1>, and 'y' in the memory of <CUD"):
        ADD.for_each("add", 3, there, other)


def test_each_kind_of_array_has_a_text_compiled_for_it(standin, monkeypatch):
    """The stand-in's arrays and CuPy's own meet in one process where there is a GPU."""

    class Other(standin_cupy.ndarray):
        pass

    y, x = standin.asarray(np.zeros(3)), standin.asarray(np.ones(3))
    ADD.for_each("add", 3, y, x)
    built = []
    monkeypatch.setattr(standin, "RawModule", lambda **given: built.append(given) or _Nothing())
    ADD.for_each("add", 3, y, x)
    assert built == [] and y.tolist() == [2, 2, 2]
    ADD.for_each("add", 3, Other(np.zeros(3)), Other(np.ones(3)))
    assert [given["options"] for given in built] == [("-DREAL=double",)]


class _Nothing:
    def get_function(self, name):
        return lambda *launch: None


def test_cupy_without_a_device_says_what_the_driver_says(standin):
    none = "cupy is installed, but no CUDA device was found"
    standin.cuda.runtime.getDeviceCount = lambda: 0
    assert kernels.backends()["cupy"] == none

    def old():
        raise RuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient")

    standin.cuda.runtime.getDeviceCount = old
    assert kernels.backends()["cupy"].startswith(f"{none}: cudaErrorInsufficientDriver: CUDA dri")
    with pytest.raises(RuntimeError, match="no CUDA device was found: cudaErrorInsufficientDriver"):
        Sequential([layers.Dense(1)]).compile("sgd", "mse", backend="cupy")
