"""CUDA text on the CPU: it computes, and it notices what a GPU would do silently wrong."""

import numpy as np
import pytest
import tiers

from minidl.kernels.cuda import Program, on_cpu

pytestmark = pytest.mark.skipif(on_cpu.compiler() is None, reason="no C++ compiler")

PROGRAM = Program(r"""
// A comment with extern "C" __global__ void not_a_kernel(int x) in it.
extern "C" __global__ void add(T* y, const T* x, T factor, Long n) {
    Long i = thread_index();
    if (i < n) y[i] += factor * (x ? x[i] : T(1));
}

extern "C" __global__ void total(double* y, const T* x, int n) {
    __shared__ double part[64];
    double own = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) own += x[i];
    part[threadIdx.x] = own;
    __syncthreads();
    for (int half = blockDim.x / 2; half; half /= 2) {
        if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) *y = part[0];
}

extern "C" __global__ void where(int* y, int width) {
    int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    y[row * width + column] = 100 * row + column;
}

extern "C" __global__ void beyond(T* y, int shift) { y[thread_index() + shift] = 1; }
extern "C" __global__ void behind(T* y, const T* x, int n) { y[0] = x[n]; }
extern "C" __global__ void copied(T* y, const T* x) { y[thread_index()] = x[thread_index()]; }
extern "C" __global__ void returns_early(T* y) {
    if (threadIdx.x > 3) return;
    __syncthreads();
    y[threadIdx.x] = 1;
}
extern "C" __global__ void races(T* y) {
    __shared__ T part[32];
    part[threadIdx.x] = threadIdx.x;
    y[threadIdx.x] = part[31 - threadIdx.x];
    __syncthreads();
}
""")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 255, 256, 257])
def test_one_thread_for_each_element(n, dtype):
    x, y = np.arange(n, dtype=dtype), np.ones(n, dtype)
    PROGRAM.for_each("add", n, y, x, 0.5)
    assert np.array_equal(y, 1 + 0.5 * x) and y.dtype == dtype
    PROGRAM.for_each("add", n, y, None, 2)  # a null pointer
    assert np.array_equal(y, 3 + 0.5 * x)
    PROGRAM.for_each("add", 0, y[:0], None, 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_meet_at_barriers(dtype):
    x, y = np.random.default_rng(0).random(1000).astype(dtype), np.zeros(1)
    for _ in range(2):  # shared memory is left as it was: the second run must not mind
        PROGRAM.launch("total", 1, 64, y, x, 1000)
        assert y[0] == pytest.approx(x.sum(dtype="float64"), rel=1e-12)


def test_blocks_and_threads_have_two_axes():
    y = np.zeros((6, 8), "int32")
    PROGRAM.launch("where", (2, 3), (4, 2), y, 8)
    assert np.array_equal(y, 100 * np.arange(6)[:, None] + np.arange(8))


@pytest.mark.parametrize("shift", [-1, 1])
def test_writing_outside_of_an_array_is_reported(shift):
    with pytest.raises(RuntimeError, match="'beyond' writes outside of its argument 'y', which ha"):
        PROGRAM.launch("beyond", 1, 32, np.zeros(32), shift)


def test_a_thread_too_many_is_reported_even_if_it_copies_one_guard_to_another():
    with pytest.raises(RuntimeError, match="'copied' writes outside"):
        PROGRAM.launch("copied", 1, 33, np.zeros(32), np.ones(32))


def test_reading_outside_of_an_array_gives_nan():
    y = np.zeros(1)
    PROGRAM.launch("behind", 1, 1, y, np.ones(5), 5)
    assert np.isnan(y[0])


def test_a_thread_that_never_comes_to_the_barrier_is_reported():
    with pytest.raises(RuntimeError, match=r"'returns_early': a thread ended while others waited"):
        PROGRAM.launch("returns_early", 1, 8, np.zeros(8))


def test_a_race_gives_another_result_in_the_other_order():
    forwards, backwards = np.zeros(32), np.zeros(32)
    PROGRAM.launch("races", 1, 32, forwards)
    with on_cpu.reversed_order():
        PROGRAM.launch("races", 1, 32, backwards)
    assert not np.array_equal(forwards, backwards)


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="kernel 'add' takes 4 arguments; got 2"):
        PROGRAM.launch("add", 1, 1, np.zeros(1), None)
    with pytest.raises(TypeError, match="'x' of kernel 'add' must be float64; got float32"):
        PROGRAM.for_each("add", 3, np.zeros(3), np.zeros(3, "f4"), 1)
    with pytest.raises(TypeError, match="computes in float32 or float64; got int64 arrays"):
        PROGRAM.for_each("add", 3, np.zeros(3, int), None, 1)
    with pytest.raises(ValueError, match="'y' of kernel 'add' must be C-contiguous"):
        PROGRAM.for_each("add", 3, np.zeros((3, 2))[:, 0], None, 1)
    with pytest.raises(ValueError, match="'short x': the type must be T, bool"):
        Program('extern "C" __global__ void f(short x) {}')
    with pytest.raises(TypeError, match="must be float64; got >f8"):
        PROGRAM.for_each("add", 3, np.zeros(3), np.zeros(3, ">f8"), 1)


def test_a_label_that_no_class_has_gives_nan():
    labels = np.array([4, -1, 0])  # a GPU's labels are not looked at
    loss, _ = tiers.load("cuda on the CPU").softmax_xent.sparse(np.zeros((3, 4)), labels)
    np.testing.assert_allclose(loss, [np.nan, np.nan, np.log(4)])


def test_arrays_that_overlap_are_refused():
    x = np.ones(6)
    with pytest.raises(ValueError, match="two arrays for kernel 'add' overlap"):
        PROGRAM.for_each("add", 5, x[1:], x[:-1], 1)
    PROGRAM.for_each("add", 6, x, x, 1)  # in place
    assert np.array_equal(x, np.full(6, 2))


def test_arrays_of_another_library_do_not_pass_for_numbers():
    run = PROGRAM._module(np.zeros(1), np.dtype("float64")).get_function("returns_early")
    with pytest.raises(TypeError, match="takes arrays of NumPy; got <class 'memoryview'>"):
        run((1, 1, 1), (1, 1, 1), (memoryview(b"8 bytes!"),))


def test_a_grid_without_blocks_starts_nothing():
    y = np.ones(4)
    for grid in (0, (3, 0), (1, 1, 0)):
        PROGRAM.launch("beyond", grid, 32, y, 5)  # would write outside
    assert np.array_equal(y, np.ones(4))


def test_text_that_is_no_cuda_shows_the_compiler_s_message():
    program = Program('extern "C" __global__ void f(T* y) { y[0] = nothing_like_that; }')
    with pytest.raises(RuntimeError, match=r"(?s)does not compile:.*nothing_like_that"):
        program.launch("f", 1, 1, np.zeros(1))


def test_without_a_compiler_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(on_cpu, "compiler", lambda: None)
    program = Program('extern "C" __global__ void f(T* y) {}')
    with pytest.raises(RuntimeError, match="apt install g"):
        program.launch("f", 1, 1, np.zeros(1))


def test_where_no_cache_can_be_written_kernels_are_built_for_this_process(monkeypatch, tmp_path):
    (tmp_path / "a file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "a file"))
    folder = on_cpu._folder.__wrapped__()
    assert folder.is_dir() and not folder.is_relative_to(tmp_path)
    folder.rmdir()
