"""ReLU in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each number: it reads one or two, compares, writes one. The time is that of the
memory, and neighbouring threads touch neighbouring numbers, which is how the memory is fastest.
"""

from minidl.kernels.cuda import Program, array_module

_CUDA = Program(r"""
extern "C" __global__ void forward(T* y, const T* x, T slope, Long n) {
    Long i = thread_index();
    if (i >= n) return;  // the last block has threads to spare
    T a = x[i];
    T b = slope == T(0) ? T(0) : slope * a;  // 0 times infinity would be NaN
    y[i] = a <= T(0) ? b : a;  // NaN <= 0 is false; fmax would lose a NaN
}

extern "C" __global__ void backward(T* dx, const T* dy, const T* x, T slope, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    dx[i] = x[i] > T(0) ? dy[i] : slope * dy[i];
}
""")


def forward(x, slope=0.0):
    """x (...) -> y (...)."""
    xp = array_module(x)
    y = xp.empty(x.shape, x.dtype)
    _CUDA.for_each("forward", y.size, y, xp.ascontiguousarray(x), slope)
    return y


def backward(dy, x, slope=0.0):
    """dy, x (...) -> dx (...)."""
    xp = array_module(dy)
    dx = xp.empty(dy.shape, dy.dtype)
    dy, x = xp.ascontiguousarray(dy), xp.ascontiguousarray(x)
    _CUDA.for_each("backward", dx.size, dx, dy, x, slope)
    return dx
