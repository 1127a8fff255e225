"""RMSprop in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each weight, in one pass over memory, which sets the time, as in `sgd/gpu.py`. The
slots a and v are null pointers where they are None. All threads of a launch take the same side
of those branches, and a branch costs much only where the threads of one warp part.
"""

from minidl.kernels.cuda import Program
from minidl.kernels.flat import flat

_CUDA = Program(r"""
extern "C" __global__ void update(T* w, const T* g, T* s, T* a, T* v, T learning_rate, T rho,
                                  T rest, T momentum, T epsilon, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    s[i] = rho * s[i] + rest * g[i] * g[i];
    T variance = s[i];
    if (a) {
        a[i] = rho * a[i] + rest * g[i];
        variance -= a[i] * a[i];
        if (variance < 0) variance = 0;  // NaN stays NaN
    }
    T step = learning_rate * g[i] / (sqrt(variance) + epsilon);
    if (v) {
        v[i] = momentum * v[i] - step;
        w[i] += v[i];
    } else {
        w[i] -= step;
    }
}
""")


def update(w, g, s, a, v, learning_rate, rho, momentum, epsilon):
    """Change w, s, a and v in place by one step."""
    w, g, s, a, v = flat(w, g, s, a, v)
    scalars = (learning_rate, rho, 1 - rho, momentum, epsilon)
    _CUDA.for_each("update", w.size, w, g, s, a, v, *scalars)
