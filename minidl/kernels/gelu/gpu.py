"""GELU in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each number: it reads one, calls one function of the mathematical library or two,
and writes two. The functions take some dozen instructions, less than the memory's time.
"""

from minidl.kernels.cuda import Program, array_module

_CUDA = Program(r"""
extern "C" __global__ void exact(T* y, T* slope, const T* x, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    T a = x[i];
    T Phi = T(0.5) * erfc(a * T(-0.70710678118654752));
    y[i] = a * Phi;
    slope[i] = Phi + a * (exp(T(-0.5) * a * a) * T(0.39894228040143268));
}

extern "C" __global__ void approximate(T* y, T* slope, const T* x, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    T a = x[i], root = T(0.79788456080286536), cube = T(0.044715);
    T t = tanh(root * (a + cube * a * a * a));
    T Phi = T(0.5) + T(0.5) * t;
    y[i] = a * Phi;
    slope[i] = Phi + a * (T(0.5) * (1 - t * t)) * root * (1 + 3 * cube * a * a);
}
""")


def forward(x, approximate=False):
    """x (...) -> y (...) and dy/dx (...)."""
    xp = array_module(x)
    y, slope = xp.empty(x.shape, x.dtype), xp.empty(x.shape, x.dtype)
    name = "approximate" if approximate else "exact"
    _CUDA.for_each(name, y.size, y, slope, xp.ascontiguousarray(x))
    return y, slope
