"""Attention in CUDA. The contract, the symbols and the numbers are in this folder's __init__.

A block of 32 x 8 threads has 32 queries of one head, and goes through the keys 32 at a time (in
`backward_keys` 32 keys, and goes through the queries of all heads that look at them). Thread (x, y)
computes four of their 32 x 32 scores, those of query y, y + 8, y + 16 and y + 24 with key x, and
later owns the numbers of y in the same four rows, in columns x and x + 32. Where E is above 64,
further blocks have the other columns, and compute the scores again. What limits the speed is
arithmetic: every number that was read from memory is used 32 times.

Each block owns what it writes. So the way back has two kernels: dq is a sum over keys, dk and dv
are sums over queries, and both compute p again. Every sum has one order.

A hidden score is -3e38, below `LOWEST`: exp(s - m) is 0 even where m is still `LOWEST`. It is not
-infinity, whose difference to itself is no number.
"""

from minidl.kernels.attention.reference import rotate  # noqa: F401  CuPy runs its lines
from minidl.kernels.cuda import Program, array_module
from minidl.kernels.dropout.gpu import PHILOX

SIDE, COLUMNS = 32, 64  # of a block: queries or keys, and numbers of each that it owns

# What stands in the text for the names of all options, with their types and without.
_TYPED = """Long queries, Long keys, Long heads, Long groups, T scale, const bool* mask,
    Long n_step, Long t_step, Long causal, unsigned int key_0, unsigned int key_1, Long threshold,
    T factor"""
_NAMES = ", ".join(written.split()[-1] for written in _TYPED.split(","))

_TEXT = r"""
const int SIDE = 32, TALL = 8, OWN = 4;  // OWN rows for each thread: TALL OWN = SIDE
#define LOWEST T(-1e38)
#define HIDDEN T(-3e38)

// What says which scores count, and how. A mask of one row has t_step 0, one of one n n_step 0.
struct Options {
    Long queries, keys, heads, groups;
    T scale;
    const bool* mask;
    Long n_step, t_step, causal;
    unsigned int key_0, key_1;
    Long threshold;
    T factor;

    __device__ bool sees(Long nh, Long t, Long j) const {
        if (t >= queries || j >= keys || j > t + causal) return false;
        return !mask || mask[nh / heads * n_step + t * t_step + j];
    }

    __device__ T drop(Long nh, Long t, Long j) const {
        if (factor == T(1)) return factor;
        Long i = (nh * queries + t) * keys + j;
        unsigned int c[4] = {(unsigned int)(i / 4), (unsigned int)(i / 4 >> 32), 0, 0};
        philox(c, key_0, key_1);
        return c[i % 4] < threshold ? T(0) : factor;
    }
};

// sums[r] = sum_d a[y + 8r, d] b[x, d]; rows lie a step apart, and beyond the last they are 0.
__device__ void products(const T* a, Long rows_a, Long step_a, const T* b, Long rows_b, Long step_b,
                         int D, T* sums) {
    __shared__ T A[SIDE][SIDE + 1], B[SIDE][SIDE + 1];  // + 1: a column lies in different banks
    int x = threadIdx.x, y = threadIdx.y;
    for (int r = 0; r < OWN; r++) sums[r] = 0;
    for (int start = 0; start < D; start += SIDE) {
        for (int i = y; i < SIDE; i += TALL) {
            A[i][x] = i < rows_a && start + x < D ? a[i * step_a + start + x] : T(0);
            B[i][x] = i < rows_b && start + x < D ? b[i * step_b + start + x] : T(0);
        }
        __syncthreads();
        for (int d = 0; d < SIDE; d++)
            for (int r = 0; r < OWN; r++) sums[r] += A[y + r * TALL][d] * B[x][d];
        __syncthreads();
    }
}

// own[r][c] += sum_i s[y + 8r][i] rows[i, column + 32c]; `rows` has E columns, `step` apart.
__device__ void add_product(T own[OWN][2], T s[SIDE][SIDE + 1], const T* rows, Long count,
                            Long step, int column, int E) {
    for (int i = 0; i < SIDE && i < count; i++)
        for (int c = 0; c < 2; c++)
            if (column + c * SIDE < E) {
                T number = rows[i * step + column + c * SIDE];
                for (int r = 0; r < OWN; r++) own[r][c] += s[threadIdx.y + r * TALL][i] * number;
            }
}

__device__ void write(T* rows, Long count, Long step, int column, int E, T own[OWN][2]) {
    for (int r = 0; r < OWN; r++)
        for (int c = 0; c < 2; c++)
            if (threadIdx.y + r * TALL < count && column + c * SIDE < E)
                rows[(threadIdx.y + r * TALL) * step + column + c * SIDE] = own[r][c];
}

extern "C" __global__ void forward(T* result, T* log_sum, const T* q, const T* k, const T* v,
                                   OPTIONS, int D, int E) {
    __shared__ T s[SIDE][SIDE + 1], m[SIDE], shrink[SIDE];
    Options given = GIVEN;
    int x = threadIdx.x, y = threadIdx.y, column = blockIdx.z * 2 * SIDE + x;
    Long nh = blockIdx.x, n = nh / heads, h = nh % heads, first = (Long)blockIdx.y * SIDE;
    Long left = queries - first, seen = min(keys, min(first + SIDE, queries) + causal);
    Long g = h * groups / heads;
    T own[OWN][2] = {}, total[OWN] = {}, p[OWN];
    q += ((n * queries + first) * heads + h) * D;  // this block's first rows
    k += (n * keys * groups + g) * D;
    v += (n * keys * groups + g) * E;
    if (y == 0) m[x] = LOWEST;
    for (Long start = 0; start < seen; start += SIDE) {
        const T* k_here = k + start * groups * D;
        products(q, left, heads * D, k_here, keys - start, groups * D, D, p);  // (1)
        for (int r = 0; r < OWN; r++) {
            bool sees = given.sees(nh, first + y + r * TALL, start + x);
            s[y + r * TALL][x] = sees ? scale * p[r] : HIDDEN;  // (2)
        }
        __syncthreads();
        if (y == 0) {  // thread x has query x
            T before = m[x];
            for (int j = 0; j < SIDE; j++) m[x] = fmax(m[x], s[x][j]);  // a NaN is met in the sum
            shrink[x] = exp(before - m[x]);
        }
        __syncthreads();
        for (int r = 0; r < OWN; r++) {
            int i = y + r * TALL;
            p[r] = exp(s[i][x] - m[i]);  // (4), but for the sum
            total[r] = total[r] * shrink[i] + p[r];
            s[i][x] = p[r] * given.drop(nh, first + i, start + x);  // (5)
            for (int c = 0; c < 2; c++) own[r][c] *= shrink[i];
        }
        __syncthreads();
        add_product(own, s, v + start * groups * E, keys - start, groups * E, column, E);  // (6)
        __syncthreads();
    }
    for (int r = 0; r < OWN; r++) s[y + r * TALL][x] = total[r];  // of a 32nd of the keys
    __syncthreads();
    if (y == 0) {
        for (int j = 1; j < SIDE; j++) s[x][0] += s[x][j];
        T l = m[x] + log(s[x][0]);  // (3)
        if (x < left && blockIdx.z == 0) log_sum[nh * queries + first + x] = l;
    }
    __syncthreads();
    for (int r = 0; r < OWN; r++) {
        T sum = s[y + r * TALL][0];
        for (int c = 0; c < 2; c++) own[r][c] = sum == T(0) ? T(0) : own[r][c] / sum;
    }
    write(result + ((n * queries + first) * heads + h) * E, left, heads * E, column, E, own);
}

// From dot products of q with k and of dy with v to w in the place of the first, ds in the second.
__device__ void back(T& s, T& ds, const Options& given, Long nh, Long t, Long j, const T* log_sum,
                     const T* c) {
    bool sees = given.sees(nh, t, j);
    Long query = (nh / given.heads * given.queries + t) * given.heads + nh % given.heads;
    T p = sees ? exp(given.scale * s - log_sum[nh * given.queries + t]) : T(0);  // (1) to (4) again
    T drop = given.drop(nh, t, j);
    ds = sees ? p * (ds * drop - c[query]) : T(0);  // (5) (4)
    s = p * drop;
}

extern "C" __global__ void backward_queries(T* dq, const T* dy, const T* q, const T* k, const T* v,
                                            const T* log_sum, const T* c, OPTIONS, int D, int E) {
    __shared__ T s[SIDE][SIDE + 1];
    Options given = GIVEN;
    int x = threadIdx.x, y = threadIdx.y, column = blockIdx.z * 2 * SIDE + x;
    Long nh = blockIdx.x, n = nh / heads, h = nh % heads, first = (Long)blockIdx.y * SIDE;
    Long left = queries - first, seen = min(keys, min(first + SIDE, queries) + causal);
    Long g = h * groups / heads;
    T own[OWN][2] = {}, p[OWN], ds[OWN];
    q += ((n * queries + first) * heads + h) * D;
    dy += ((n * queries + first) * heads + h) * E;
    k += (n * keys * groups + g) * D;
    v += (n * keys * groups + g) * E;
    for (Long start = 0; start < seen; start += SIDE) {
        const T *k_here = k + start * groups * D, *v_here = v + start * groups * E;
        products(q, left, heads * D, k_here, keys - start, groups * D, D, p);
        products(dy, left, heads * E, v_here, keys - start, groups * E, E, ds);  // (6): dw
        for (int r = 0; r < OWN; r++) {
            back(p[r], ds[r], given, nh, first + y + r * TALL, start + x, log_sum, c);
            s[y + r * TALL][x] = scale * ds[r];
        }
        __syncthreads();
        add_product(own, s, k_here, keys - start, groups * D, column, D);  // (1)
        __syncthreads();
    }
    write(dq + ((n * queries + first) * heads + h) * D, left, heads * D, column, D, own);
}

extern "C" __global__ void backward_keys(T* dk, T* dv, const T* dy, const T* q, const T* k,
                                         const T* v, const T* log_sum, const T* c, OPTIONS, int D,
                                         int E) {
    __shared__ T s[SIDE][SIDE + 1], w[SIDE][SIDE + 1];
    Options given = GIVEN;
    int x = threadIdx.x, y = threadIdx.y, column = blockIdx.z * 2 * SIDE + x;
    Long n = blockIdx.x / groups, g = blockIdx.x % groups, first = (Long)blockIdx.y * SIDE;
    Long left = keys - first, unseen = max(first - causal, (Long)0);  // no query before sees a key
    T own_k[OWN][2] = {}, own_v[OWN][2] = {}, p[OWN], ds[OWN];
    k += ((n * keys + first) * groups + g) * D;
    v += ((n * keys + first) * groups + g) * E;
    for (Long h = g * heads / groups; h < (g + 1) * heads / groups; h++)
        for (Long start = unseen / SIDE * SIDE; start < queries; start += SIDE) {
            Long row = (n * queries + start) * heads + h;
            const T *q_here = q + row * D, *dy_here = dy + row * E;
            products(k, left, groups * D, q_here, queries - start, heads * D, D, p);
            products(v, left, groups * E, dy_here, queries - start, heads * E, E, ds);  // (6): dw
            for (int r = 0; r < OWN; r++) {
                Long j = first + y + r * TALL;
                back(p[r], ds[r], given, n * heads + h, start + x, j, log_sum, c);
                s[y + r * TALL][x] = scale * ds[r];
                w[y + r * TALL][x] = p[r];
            }
            __syncthreads();
            add_product(own_k, s, q_here, queries - start, heads * D, column, D);  // (1)
            add_product(own_v, w, dy_here, queries - start, heads * E, column, E);  // (6)
            __syncthreads();
        }
    write(dk + ((n * keys + first) * groups + g) * D, left, groups * D, column, D, own_k);
    write(dv + ((n * keys + first) * groups + g) * E, left, groups * E, column, E, own_v);
}
"""
_CUDA = Program(PHILOX + _TEXT.replace("OPTIONS", _TYPED).replace("GIVEN", f"{{{_NAMES}}}"))


def forward(q, k, v, scale, mask=None, causal=None, rate=0.0, key=0):
    """Return (y (N, T, H, E), log_sum (N, H, T))."""
    xp, (N, T, H, D), E = array_module(q), q.shape, v.shape[3]
    q, k, v = map(xp.ascontiguousarray, (q, k, v))
    y, log_sum = xp.empty((N, T, H, E), q.dtype), xp.empty((N, H, T), q.dtype)
    options = *_options(q, k, scale, mask, causal, rate, key), D, E
    _launch("forward", N * H, T, E, y, log_sum, q, k, v, *options)
    return y, log_sum


def backward(dy, q, k, v, y, log_sum, scale, mask=None, causal=None, rate=0.0, key=0):
    """Return (dq (N, T, H, D), dk (N, S, G, D), dv (N, S, G, E))."""
    xp, (N, T, H, D), (_, S, G, E) = array_module(q), q.shape, v.shape
    dq, dk, dv = (xp.empty(a.shape, q.dtype) for a in (q, k, v))
    arrays = dy, q, k, v, log_sum, (dy * y).sum(axis=-1)  # the last is c (N, T, H)
    arrays = [xp.ascontiguousarray(a) for a in arrays]
    options = *_options(q, k, scale, mask, causal, rate, key), D, E
    _launch("backward_queries", N * H, T, D, dq, *arrays, *options)
    _launch("backward_keys", N * G, S, max(D, E), dk, dv, *arrays, *options)
    return dq, dk, dv


def _options(q, k, scale, mask, causal, rate, key):
    """Return the arguments OPTIONS of every kernel."""
    (_, T, H, _), (S, G) = q.shape, k.shape[1:3]
    steps = 0, 0
    if mask is not None:
        mask = array_module(q).ascontiguousarray(mask)
        steps = mask[0].size if len(mask) > 1 else 0, S if mask.shape[1] > 1 else 0
    causal = S if causal is None else min(max(causal, -T), S)
    words = key & 0xFFFFFFFF, key >> 32, round(rate * 2**32)
    return T, S, H, G, scale, mask, *steps, causal, *words, 1 / (1 - rate)


def _launch(name, heads, rows, columns, *arguments):
    _CUDA.launch(name, (heads, -(-rows // SIDE), -(-columns // COLUMNS)), (SIDE, 8), *arguments)
