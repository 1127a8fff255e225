"""SGD with momentum in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each weight. It reads three numbers, writes two, and computes next to nothing: memory
sets the time. Neighbouring threads touch neighbouring numbers, so that a warp's 32 reads become a
few of whole lines; and v is read once, however often the formulas mention it. Without momentum the
kernel is another one, which does not touch v.
"""

from minidl.kernels.cuda import Program
from minidl.kernels.flat import flat

_CUDA = Program(r"""
extern "C" __global__ void plain(T* w, const T* g, T learning_rate, Long n) {
    Long i = thread_index();
    if (i < n) w[i] -= learning_rate * g[i];
}

extern "C" __global__ void with_momentum(T* w, const T* g, T* v, T learning_rate, T momentum,
                                         bool nesterov, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    T step = learning_rate * g[i];
    T velocity = momentum * v[i] - step;
    w[i] += nesterov ? momentum * velocity - step : velocity;
    v[i] = velocity;
}
""")


def update(w, g, v, learning_rate, momentum, nesterov):
    """Change w and v in place by one step."""
    w, g, v = flat(w, g, v)
    if momentum == 0:
        _CUDA.for_each("plain", w.size, w, g, learning_rate)
    else:
        _CUDA.for_each("with_momentum", w.size, w, g, v, learning_rate, momentum, nesterov)
