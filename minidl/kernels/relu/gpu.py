"""ReLU in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each number: it reads one or two, compares, writes one. The time is that of the
memory, and neighbouring threads touch neighbouring numbers, which is how the memory is fastest.
"""

from minidl.kernels.cuda import Program, array_module

_CUDA = Program(r"""
extern "C" __global__ void forward(T* y, const T* x, Long n) {
    Long i = thread_index();
    if (i >= n) return;  // the last block has threads to spare
    T a = x[i];
    y[i] = a < T(0) ? T(0) : a;  // NaN < 0 is false; fmax would lose a NaN
}

extern "C" __global__ void backward(T* dx, const T* dy, const T* y, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    dx[i] = y[i] > T(0) ? dy[i] : T(0);
}
""")


def forward(x):
    """x (...) -> y (...)."""
    xp = array_module(x)
    y = xp.empty(x.shape, x.dtype)
    _CUDA.for_each("forward", y.size, y, xp.ascontiguousarray(x))
    return y


def backward(dy, y):
    """dy, y (...) -> dx (...)."""
    xp = array_module(dy)
    dx = xp.empty(dy.shape, dy.dtype)
    dy, y = xp.ascontiguousarray(dy), xp.ascontiguousarray(y)
    _CUDA.for_each("backward", dx.size, dx, dy, y)
    return dx
