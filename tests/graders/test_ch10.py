"""Answers to the exercise of chapter 10."""

from answers_ch10 import NINE_TIMES
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch10-gpu-kernels"

GUARD = "if (i >= n) return;\n    y"
FORWARD = "x[i] > T(0) ? x[i] : a[i % C] * x[i]"
BACKWARD = "x[i] > T(0) ? dy[i] : a[i % C] * dy[i]"
IN_FLOAT = "float(x[i]) * (x[i] > 0 ? 1 : a[i % C])"
PRELU = 'prelu.for_each("forward", y.size, y, x, a, x.shape[1])'
ONE_BLOCK = 'prelu.launch("forward", 1, 256, y, x, a, x.shape[1], y.size)'
TESTED = "start < 0 || start % s != 0 || start / s >= P"
ADD = "sum += line[m] * w[(r * C + c) * M + m];"
CONV = 'conv1d.for_each("input_gradient", dx.size, dx, dy, w, L, C, P, M, R, s)'
ONE_THREAD = (
    (CONV, 'conv1d.launch("input_gradient", 1, 1, dx, dy, w, L, C, P, M, R, s, dx.size)'),
    ("Long i = thread_index();\n    if (i >= n_dx) return;", "for (Long i = 0; i < n_dx; i++) {"),
    ("dx[i] = sum;", "dx[i] = sum; }"),
)
SCATTER = """
conv1d = Program('''
extern "C" __global__ void scatter(T* dx, const T* dy, const T* w, int L, int C, int P, int M,
                                   int R, int s, Long n_dy) {
    Long i = thread_index();  // owns a dy
    if (i >= n_dy) return;
    int m = i % M, p = i / M % P, n = i / M / P;
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C; c++)
            dx[(n * L + p * s + r) * C + c] += dy[i] * w[(r * C + c) * M + m];
}
''')

def input_gradient(dy, w, s, L):
    dx = np.zeros((len(dy), L, w.shape[1]), dy.dtype)
    sizes = L, w.shape[1], *dy.shape[1:], len(w), s
    conv1d.for_each("scatter", dy.size, dx, dy, w, *sizes)
    return dx
"""
BARRIER = "__syncthreads();  // what is read next was written by other threads\n        "
FOLD = BARRIER + "if (t < half) kept[t] += kept[t + half];"
LOOP = "for (int half = 32; half > 0; half /= 2) {\n        " + FOLD
ONCE = "__syncthreads(); " + LOOP.replace(BARRIER, "")
HALF = "if (t < half) { __syncthreads(); kept[t] += kept[t + half]; }"
NEIGHBOURS = (
    "for (int k = 1; k < 64; k *= 2) { " + BARRIER + "if (t % (2 * k) == 0) kept[t] += kept[t + k];"
)
SERIAL = "__syncthreads(); for (int k = 1; k < 64; k++) { if (t == 0) kept[0] += kept[k];"
DOUBLE = (("T sum = 0", "double sum = 0"), ("__shared__ T kept", "__shared__ double kept"))
VOTE = "votes[labels[k]] += exp(-nearest / T(0.18));"
NEAREST = "votes[labels[k]] = max(votes[labels[k]], exp(-nearest));"
STAY = ("a = h + down, b = w + right", "a = h, b = w")
READ = 'reader.for_each("read_digits", found.size, found, *known, others, len(images))'
ONE = 'reader.launch("read_digits", 1, 1, found, *known, others, len(images), found.size)'
EACH = """for k in range(len(others)):
        reader.for_each("read_digits", 1, found[k:], *known, others[k:], len(images))"""

ANSWERS = {
    "numbers": [
        Wrong("work", "How many threads are left", swap=("12 * 256 - 3000", "184")),
        Wrong("warps that work", "have work", swap=("idle_warps = 2", "idle_warps = 6")),
        Wrong("a part of a warp", "a single thread", swap=("idle_warps = 2", "idle_warps = 3")),
        Wrong("coalesced", "a stride of 3", swap=("strided = 4 * 3", "strided = 4")),
        Wrong("no sharing", "can share", swap=("doubles = 8 * 3", "doubles = 32")),
        Wrong("float32", "right for float32", swap=("doubles = 8 * 3", "doubles = 12")),
        Wrong("aligned", "does not lie where", swap=("shifted = 5", "shifted = 4")),
        Wrong("the waste", "not used", swap=("32 * 4 / (12 * 32)", "2 / 3")),
        Wrong("numbers per sector", "32 numbers of 4", swap=("32 * 4 / (12 * 32)", "1 / 12")),
        Wrong("bytes", "These are bytes", swap=("400e-9 / 8", "400e-9")),
        Wrong("of float32", "has 8 bytes", swap=("400e-9 / 8", "400e-9 / 4")),
        Right(
            "computed",
            """
            spare = -3000 % 256
            idle_warps = spare // 32
            places = np.arange(32)
            strided, doubles = (len(np.unique(places * 3 * size // 32)) for size in (4, 8))
            shifted = len(np.unique((places + 1) * 4 // 32))
            used, waiting = 4 / strided, round(900 * 400 / 8)
            """,
        ),
        Right(
            "as numbers",
            "spare, idle_warps, strided, doubles, shifted, used, waiting = "
            "72.0, 2.0, 12, np.int64(24), 5, 0.33333333, 4.5e4",
        ),
    ],
    "prelu": [
        Wrong("no guard", "writes outside of its argument 'y'", swap=(GUARD, "y")),
        Wrong("one block", "leaves NaN at", swap=(PRELU, ONE_BLOCK)),
        Wrong("a of the number", "leaves NaN at", swap=(FORWARD, FORWARD.replace(" % C", ""))),
        Wrong("a of the row", "leaves NaN at", swap=(BACKWARD, BACKWARD.replace("%", "/"))),
        Wrong("max", "if a is above 1", swap=(FORWARD, "fmax(x[i], a[i % C] * x[i])")),
        Wrong("ReLU, back", "passes, too", swap=(BACKWARD, "x[i] > 0 ? dy[i] : T(0)")),
        Wrong("no dy", "dx is wrong", swap=(BACKWARD, "x[i] > 0 ? T(1) : a[i % C]")),
        Wrong("at 0", "except at 0", swap=(BACKWARD, BACKWARD.replace(">", ">="))),
        Wrong("in float", "compute in T", swap=(FORWARD, IN_FLOAT)),
        Wrong("NumPy", "starts no kernel", swap=(PRELU, "y[:] = np.where(x > 0, x, a * x)")),
        Right(
            "arithmetic for the choice",
            swap=(
                (FORWARD, "fmax(x[i], T(0)) + a[i % C] * fmin(x[i], T(0))"),
                (BACKWARD, "((x[i] > 0) + !(x[i] > 0) * a[i % C]) * dy[i]"),
            ),
        ),
        Right(
            "blocks in two dimensions",
            """
            both = Program('''
            // for both: z is the first argument times a slope
            extern "C" __global__ void times(T* z, const T* of, const T* x, const T* a, int N,
                                             int C) {
                int c = blockIdx.x * blockDim.x + threadIdx.x, n = blockIdx.y * 4 + threadIdx.y;
                if (c >= C || n >= N) return;
                if (x[n * C + c] > T(0)) z[n * C + c] = of[n * C + c];
                else z[n * C + c] = of[n * C + c] * a[c];
            }
            ''')

            def prelu_backward(dy, x, a):
                (N, C), z = x.shape, np.empty_like(x)
                both.launch("times", (C // 32 + 1, N // 4 + 1), (32, 4), z, dy, x, a, N, C)
                return z

            def prelu_forward(x, a):
                return prelu_backward(x, x, a)
            """,
        ),
    ],
    "gather": [
        Wrong("scatters", "Let one thread own it, and gather", SCATTER),
        Wrong("turned", "turned round", swap=(ADD, ADD.replace("(r *", "((R - 1 - r) *"))),
        Wrong("stride 1", "dx is wrong", swap=(TESTED, "start < 0 || start >= P")),
        Wrong("no remainder", "dx is wrong", swap=(TESTED, "start < 0 || start / s >= P")),
        Wrong("past the last", "leaves NaN", swap=(TESTED, "start < 0 || start % s != 0")),
        Wrong("before the first", "leaves NaN", swap=(TESTED, "start % s != 0 || start / s >= P")),
        Wrong("one window", "what one window brings", swap=(ADD, ADD + " break;")),
        Wrong("m = 0", "Only m = 0 counts", swap=("m = 0; m < M", "m = 0; m < 1")),
        Wrong("M before C", "(R, M, C)", swap=(ADD, "sum += line[m] * w[(r * M + m) * C + c];")),
        Wrong("n = 0", "the first example", swap=("Long n = i / C / L;", "int n = 0;")),
        Wrong("one thread", "1 threads were started for 72", swap=ONE_THREAD),
        Wrong("one block", "leaves NaN", swap=(CONV, ONE_THREAD[0][1].replace("1, 1", "1, 256"))),
        Right(
            "in steps of s",
            swap=(("r = 0; r < R; r++", "r = l % s; r < R; r += s"), (" || start % s != 0", "")),
        ),
        Right(
            "a block for each place, over windows",
            """
            conv1d = Program('''
            extern "C" __global__ void place(T* dx, const T* dy, const T* w, int C, int P, int M,
                                             int R, int s) {
                int l = blockIdx.x, n = blockIdx.y, c = threadIdx.x;
                T sum = 0;
                for (int p = max(0, (l - R + s) / s); p < P && p * s <= l; p++)
                    for (int m = M - 1; m >= 0; m--)
                        sum += dy[(n * P + p) * M + m] * w[((l - p * s) * C + c) * M + m];
                dx[(n * gridDim.x + l) * C + c] = sum;
            }
            ''')

            def input_gradient(dy, w, s, L):
                (N, P, M), (R, C, _) = dy.shape, w.shape
                dx = np.empty((N, L, C), dy.dtype)
                conv1d.launch("place", (L, N), C, dx, dy, w, C, P, M, R, s)
                return dx
            """,
        ),
    ],
    "fold": [
        Wrong("no barrier", "Is a `__syncthreads()` missing", swap=(BARRIER, "")),
        Wrong("one barrier", "Is a `__syncthreads()` missing", swap=(LOOP, ONCE)),
        Wrong("a barrier for some", "Every thread of a block has to get there", swap=(FOLD, HALF)),
        Wrong("half from 64", "leaves NaN at", swap=("half = 32", "half = 64")),
        Wrong("half from 16", "with how many does", swap=("half = 32", "half = 16")),
        Wrong("64 examples", "Only the first 64", swap=("n < N; n", "n < min(N, 64); n")),
        Wrong("all x", "only where it is negative", swap=("if (x[i] < T(0)) sum", "sum")),
        Wrong("no x", "factor x is missing", swap=("dy[i] * x[i]", "dy[i]")),
        Wrong("rubbish", "leave nothing", swap=("kept[t] = sum", "if (t < N) kept[t] = sum")),
        Wrong("thread 0 adds", "not added in the order", swap=(LOOP, SERIAL)),
        Wrong("neighbours first", "not added in the order", swap=(LOOP, NEIGHBOURS)),
        Wrong("in double", "or not in T", swap=DOUBLE),
        Wrong("one block", "leaves NaN at", swap=("C, 64, da", "1, 64, da")),
        Wrong("NumPy", "no kernel", "slope_gradient = lambda dy, x: sum(dy * (x < 0) * x)"),
        Right("a barrier more", swap=(FOLD, FOLD + " __syncthreads();")),
        Right(
            "two strips",
            """
            slopes = Program('''
            extern "C" __global__ void slopes(T* da, const T* dy, const T* x, int N, int C) {
                __shared__ T here[64];
                __shared__ T there[32];
                unsigned t = threadIdx.x;
                here[t] = 0;
                for (int i = t * C + blockIdx.x; i < N * C; i += 64 * C)
                    here[t] += fmin(x[i], T(0)) * dy[i];
                for (unsigned n = 32; n; n >>= 1) {
                    __syncthreads();
                    if (t < n) there[t] = here[t] + here[n + t];
                    __syncthreads();
                    if (t < n) here[t] = there[t];
                }
                if (!t) da[blockIdx.x] = here[t];
            }
            ''')

            def slope_gradient(dy, x):
                da = np.zeros_like(x[0])
                slopes.launch("slopes", (x.shape[1],), (64,), da, dy, x, *x.shape)
                return da
            """,
        ),
    ],
    "experiment": [
        Wrong("the nearest", "the goal is 97.4 %", swap=(STAY, (VOTE, NEAREST))),
        Wrong("nobody moves", "the goal is 97.4 %", swap=STAY),
        Wrong("the farthest", "the goal is", swap=(STAY, ("votes[c] > ", "votes[c] < "))),
        Wrong("an image's number", "the goal is", swap=(STAY, ("= best;", "= N - 1;"))),
        Wrong("a launch for each", "97 kernels were started", swap=(STAY, (READ, EACH))),
        Wrong("one thread", "1 threads were started for 97", swap=(STAY, (READ, ONE))),
        Wrong("by heart", "0 kernels", "read = lambda *a: load_digits().target[1000:]"),
        Right("the nearest that moved", swap=(VOTE, NEAREST)),
        Right("wider votes", swap=("0.18", "0.5")),
        Right("nine times as many known ones", NINE_TIMES),
    ],
}
