"""The optimizers in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each weight. It reads two to five numbers, writes one to four, and computes next to
nothing: memory sets the time, and even a root and a division hide behind the reads. Neighbouring
threads touch neighbouring numbers, so that a warp's 32 reads become a few of whole lines.

A slot that is None is a null pointer. All threads of a launch take the same side of that branch,
and a branch costs much only where the threads of one warp part.
"""

import math

from minidl.kernels.common.arguments import flat
from minidl.kernels.cuda import Program

_CUDA = Program(r"""
extern "C" __global__ void sgd_plain(T* w, const T* g, T learning_rate, Long n) {
    Long i = thread_index();
    if (i < n) w[i] -= learning_rate * g[i];  // the last block has threads to spare
}

extern "C" __global__ void sgd_with_momentum(T* w, const T* g, T* v, T learning_rate, T momentum,
                                             bool nesterov, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    T step = learning_rate * g[i];
    T velocity = momentum * v[i] - step;
    w[i] += nesterov ? momentum * velocity - step : velocity;
    v[i] = velocity;
}

extern "C" __global__ void adagrad(T* w, const T* g, T* s, T learning_rate, T epsilon, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    T sum = s[i] + g[i] * g[i];
    w[i] -= learning_rate * g[i] / (sqrt(sum) + epsilon);
    s[i] = sum;
}

extern "C" __global__ void rmsprop(T* w, const T* g, T* s, T* a, T* v, T learning_rate, T rho,
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

extern "C" __global__ void adam(T* w, const T* g, T* m, T* v, T* v_max, T beta_1, T rest_1,
                                T beta_2, T rest_2, T rate, T root, T epsilon, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    m[i] = beta_1 * m[i] + rest_1 * g[i];
    v[i] = beta_2 * v[i] + rest_2 * g[i] * g[i];
    T largest = v[i];
    if (v_max) {
        // fmax would lose a NaN
        if (!(v_max[i] >= largest)) v_max[i] = isnan(v_max[i]) ? v_max[i] : largest;
        largest = v_max[i];
    }
    w[i] -= rate * m[i] / (root * sqrt(largest) + epsilon);
}
""")


def sgd(w, g, v, learning_rate, momentum, nesterov):
    """Change w and v in place by one step."""
    w, g, v = flat(w, g, v)
    if momentum == 0:
        _CUDA.for_each("sgd_plain", w.size, w, g, learning_rate)
    else:
        _CUDA.for_each("sgd_with_momentum", w.size, w, g, v, learning_rate, momentum, nesterov)


def adagrad(w, g, s, learning_rate, epsilon):
    """Change w and s in place by one step."""
    w, g, s = flat(w, g, s)
    _CUDA.for_each("adagrad", w.size, w, g, s, learning_rate, epsilon)


def rmsprop(w, g, s, a, v, learning_rate, rho, momentum, epsilon):
    """Change w, s, a and v in place by one step."""
    w, g, s, a, v = flat(w, g, s, a, v)
    scalars = (learning_rate, rho, 1 - rho, momentum, epsilon)
    _CUDA.for_each("rmsprop", w.size, w, g, s, a, v, *scalars)


def adam(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t):
    """Change w, m, v and v_max in place by one step."""
    rate = learning_rate / (1 - beta_1**t)
    root = 1 / math.sqrt(1 - beta_2**t)
    w, g, m, v, v_max = flat(w, g, m, v, v_max)
    scalars = (beta_1, 1 - beta_1, beta_2, 1 - beta_2, rate, root, epsilon)
    _CUDA.for_each("adam", w.size, w, g, m, v, v_max, *scalars)
