"""Adam in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each weight. It reads four numbers and writes three, and computes next to nothing:
the time is that of the memory, which is used best when neighbouring threads touch neighbouring
numbers, as here.
"""

import math

from minidl.kernels.cuda import Program
from minidl.kernels.flat import flat

_CUDA = Program(r"""
extern "C" __global__ void update(T* w, const T* g, T* m, T* v, T* v_max, T beta_1, T rest_1,
                                  T beta_2, T rest_2, T rate, T root, T epsilon, Long n) {
    Long i = thread_index();
    if (i >= n) return;  // the last block has threads to spare
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


def update(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t):
    """Change w, m, v and v_max in place by one step."""
    rate = learning_rate / (1 - beta_1**t)
    root = 1 / math.sqrt(1 - beta_2**t)
    w, g, m, v, v_max = flat(w, g, m, v, v_max)
    scalars = (beta_1, 1 - beta_1, beta_2, 1 - beta_2, rate, root, epsilon)
    _CUDA.for_each("update", w.size, w, g, m, v, v_max, *scalars)
