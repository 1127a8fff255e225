"""Adagrad in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each weight, in one pass over memory, which sets the time, as in `sgd/gpu.py`. The
root and the division take longer than an addition and still hide behind the reads.
"""

from minidl.kernels.cuda import Program
from minidl.kernels.flat import flat

_CUDA = Program(r"""
extern "C" __global__ void update(T* w, const T* g, T* s, T learning_rate, T epsilon, Long n) {
    Long i = thread_index();
    if (i >= n) return;
    T sum = s[i] + g[i] * g[i];
    w[i] -= learning_rate * g[i] / (sqrt(sum) + epsilon);
    s[i] = sum;
}
""")


def update(w, g, s, learning_rate, epsilon):
    """Change w and s in place by one step."""
    w, g, s = flat(w, g, s)
    _CUDA.for_each("update", w.size, w, g, s, learning_rate, epsilon)
