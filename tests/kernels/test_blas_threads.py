"""Matrix products of NumPy's: on one thread, whatever the library would do, or on minidl's."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from minidl import Sequential, layers
from minidl.kernels.common import blas, threads


@pytest.fixture
def library():
    """What is below NumPy's products, told to take two threads."""
    found = blas._libraries()
    if not found:
        pytest.skip("threadpoolctl knows no library below this NumPy's products")
    before = found[0].num_threads
    blas._set(found[0], 2)
    if found[0].num_threads != 2:
        pytest.skip("this NumPy's library takes one thread only")
    yield found[0]
    blas._set(found[0], before)


class Asking(layers.Layer):
    """y = x, and a note of how many threads a product would take."""

    def build(self, shape, rng):
        self.seen = []
        return shape

    def forward(self, x, training=False):
        self.seen.append(blas._libraries()[0].num_threads)
        return x, None

    def backward(self, dy, cache):
        return self.forward(dy)[0]


WAYS = {
    "fit": lambda model, x, y: model.fit(x, y, verbose=0),
    "evaluate": lambda model, x, y: model.evaluate(x, y, verbose=0),
    "predict": lambda model, x, y: model.predict(x, verbose=0),
    "train_on_batch": lambda model, x, y: model.train_on_batch(x, y),
    "test_on_batch": lambda model, x, y: model.test_on_batch(x, y),
    "model(x)": lambda model, x, y: model(x),
    "layer(x)": lambda model, x, y: model.layers[0](x),
}


@pytest.mark.parametrize("way", WAYS)
def test_inside_a_step_products_take_one_thread_and_afterwards_as_many_as_before(library, way):
    x, y = np.ones((8, 3)), np.ones((8, 2))
    model = Sequential([Asking(), layers.Dense(2)])
    model.compile("sgd", "mse")
    WAYS[way](model, x, y)
    assert set(model.layers[0].seen) == {1}
    assert library.num_threads == 2


def test_after_an_error_products_take_as_many_threads_as_before(library):
    with pytest.raises(ZeroDivisionError), blas.one_thread:
        raise ZeroDivisionError
    assert library.num_threads == 2


def test_the_last_of_several_threads_puts_the_number_back(library):
    inside, leave = threading.Barrier(3), [threading.Event() for _ in range(2)]

    def work(number):
        with blas.one_thread:
            inside.wait()
            leave[number].wait()

    workers = [threading.Thread(target=work, args=[number]) for number in range(2)]
    for worker in workers:
        worker.start()
    inside.wait()
    for number, expected in enumerate((1, 2)):
        leave[number].set()
        workers[number].join()
        assert library.num_threads == expected


@pytest.mark.parametrize("many", [0, 2**60], ids=["shared out", "on one thread"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(7, 5, 3), (3, 5, 8), (1, 4, 1), (0, 2, 3), (6, 0, 5)])
def test_a_product_is_that_of_numpy(monkeypatch, many, dtype, shape):
    monkeypatch.setattr(blas, "MANY", many)
    N, K, M = shape
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((N, K)).astype(dtype), rng.standard_normal((K, M)).astype(dtype)
    for left in (a, np.ascontiguousarray(a.T).T, np.repeat(a, 2, axis=1)[:, ::2]):
        for right in (b, np.ascontiguousarray(b.T).T):
            found = blas.product(left, right)
            assert found.dtype == dtype
            np.testing.assert_allclose(found, left @ right, rtol=1e-5)


SHARED = """
import threading
import numpy as np
from minidl.kernels.common import blas
blas.MANY, multiply, seen = 0, np.matmul, set()
def note(*arguments, **options):
    seen.add(threading.get_ident())
    return multiply(*arguments, **options)
np.matmul = note
a = np.ones((300, 200))
assert (blas.product(a, a.T) == 200).all()
print(len(seen))
"""


def test_a_large_product_is_shared_out_over_the_threads_of_numba():
    environment = os.environ | {"NUMBA_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    run = [sys.executable, "-c", SHARED]
    assert subprocess.check_output(run, text=True, env=environment).split() == ["2"]


def test_a_function_of_numpy_runs_on_several_threads_where_numba_compiles_nothing():
    rows = np.zeros(4)

    def fill(y, thread, threads):
        y[thread::threads] += 1

    threads.run(fill, rows)
    assert (rows == 1).all()
