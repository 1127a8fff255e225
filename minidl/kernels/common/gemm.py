"""The matrix product, for kernels that call it many times: C += A B on the thread that asks.

A library's product (`A @ B`) is made for one large matrix: it copies both operands into an order
that suits it, and shares the work out over threads of its own. Kernels here multiply small
matrices, thousands of them, from threads that they have themselves. This product does what they
need and no more.

The whole art is to keep sums in registers. A register of a CPU with AVX-512 holds 64 bytes: 16
numbers in float32. For a tile of C, 8 rows by 2 registers, and for each k,

    2 registers of B are read, and 8 numbers of A, each copied into all places of a register,
    16 multiply-and-add instructions use each of them 8 or 2 times,

and at the end the 16 sums are added to C. Ten reads for sixteen instructions: arithmetic is what
takes the time. Written in Python, the loop would load and store C for each k, so `_add_tile` says
it in the language of LLVM, the compiler below Numba. On one core of an AMD EPYC (Zen 5) that does
at most some 215 GFLOP/s in float32 it reaches 200 for 64 columns, 160 for 256. CPUs with narrower
registers get smaller tiles, and LLVM cuts the 64 bytes in pieces. Columns that do not fill a tile
are filled up with zeros. Rows that do not are ten times slower: see ROWS.

Sums run in the order of k, 256 at a time, whatever the number of threads: results repeat to the
last bit, and errors grow slowly. NaN and infinity pass on.

Reference: Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication".
"""

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic

from minidl.kernels.common.options import INNER
from minidl.kernels.common.threads import run

_BYTES = 64
_DEPTH = 256  # so many rows of B, 2 registers wide, stay in the first-level cache


def _tile_shape():
    """Rows and registers of a tile: 16 sums fit into the 32 registers of AVX-512, 8 elsewhere."""
    try:
        wide = llvm.get_host_cpu_features().get("avx512f", False)
    except RuntimeError:  # LLVM cannot tell on this machine
        wide = False
    return (8, 2) if wide else (4, 1)


ROWS, _REGISTERS = _tile_shape()  # the number of rows should be a multiple of ROWS


def product(A, B):
    """Return A B (R, J) for A (R, K) and B (K, J), its rows shared out over Numba's threads."""
    C = np.zeros((len(A), B.shape[1]), A.dtype)
    run(_share, A, np.ascontiguousarray(B), C)
    return C


@njit(nogil=True, cache=True)
def _share(A, B, C, thread, threads):
    last = (thread + 1) * len(C) // threads
    for r in range(thread * len(C) // threads, last, _DEPTH):
        add_product(A[r : min(r + _DEPTH, last)], B, C[r : min(r + _DEPTH, last)])


@njit(nogil=True, cache=True, inline="always")
def add_product(A, B, C):
    """C += A B for A (R, K), B (K, J) and C (R, J); numbers in a row of B or C lie side by side."""
    _add_product(strided(A), strided(B), strided(C))


@intrinsic
def strided(typing, A):
    """A itself, but typed as an array of any layout: what takes it is compiled once, not for all.

    The compiler would make a product for each layout of A, B and C that any kernel calls it with.
    """

    def generate(context, builder, signature, arguments):
        return impl_ret_borrowed(context, builder, signature.return_type, arguments[0])

    return A.copy(layout="A")(A), generate


@njit(nogil=True, cache=True, **INNER)
def _add_product(A, B, C):
    R, J = C.shape
    width = _REGISTERS * _BYTES // C.itemsize  # columns of a tile
    rows, columns = R - R % ROWS, J - J % width
    for first in range(0, A.shape[1], _DEPTH):
        a, b = A[:, first : first + _DEPTH], B[first : first + _DEPTH]
        for j in range(0, columns, width):
            for i in range(0, rows, ROWS):
                _add_tile(a, b, C, i, j)
        if columns < J and rows:
            _add_narrow(a[:rows], b[:, columns:], C[:rows, columns:], width)
        if rows < R:
            _add_rest(a[rows:], b, C[rows:])


@njit(nogil=True, cache=True, **INNER)
def _add_narrow(A, B, C, width):
    """C += A B for whole rows of tiles, but fewer columns than a tile has: zeros fill it up."""
    K, J = B.shape
    wide, sums = np.zeros((K, width), C.dtype), np.zeros((len(C), width), C.dtype)
    for k in range(K):  # loops, since Numba takes seconds to compile an assignment of slices
        for j in range(J):
            wide[k, j] = B[k, j]
    for i in range(0, len(C), ROWS):
        _add_tile(A, wide, sums, i, 0)
    for i in range(len(C)):
        for j in range(J):
            C[i, j] += sums[i, j]


@njit(nogil=True, cache=True, fastmath={"contract"}, **INNER)
def _add_rest(A, B, C):
    """C += A B where no whole tile is left."""
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            for j in range(B.shape[1]):
                C[i, j] += A[i, k] * B[k, j]


@intrinsic
def _add_tile(typing, A, B, C, i, j):
    """C[i : i + rows, j : j + width] += A[i : i + rows] B[:, j : j + width], in LLVM's language."""
    if not A.dtype == B.dtype == C.dtype:  # it would read the bytes of one type as another
        raise TypingError(f"a product needs one dtype; got {A.dtype}, {B.dtype} and {C.dtype}")

    def generate(context, builder, signature, arguments):
        *arrays, i, j = arguments
        a, b, c = (context.make_array(t)(context, builder, v) for t, v in zip((A, B, C), arrays))
        number = context.get_value_type(C.dtype)
        size = context.get_abi_sizeof(number)
        register = ir.VectorType(number, _BYTES // size)
        index = ir.VectorType(ir.IntType(32), _BYTES // size)
        nothing = ir.Constant(register, ir.Undefined)

        def pointer(array, row, column, what, more=0):
            address = builder.ptrtoint(array.data, row.type)
            for position, stride in zip(
                (row, column), cgutils.unpack_tuple(builder, array.strides)
            ):
                address = builder.add(address, builder.mul(position, stride))
            return builder.inttoptr(builder.add(address, row.type(more)), what.as_pointer())

        def registers(array, row):
            return [pointer(array, row, j, register, _BYTES * v) for v in range(_REGISTERS)]

        def everywhere(x):  # x copied into all places of a register
            x = builder.insert_element(nothing, x, ir.IntType(32)(0))
            return builder.shuffle_vector(x, nothing, ir.Constant(index, None))

        def plus_product(total, x, y):
            product = builder.fmul(x, y, flags=("contract",))
            return builder.fadd(total, product, flags=("contract",))

        rows = [builder.add(i, i.type(r)) for r in range(ROWS)]
        tile = [place for row in rows for place in registers(c, row)]
        sums = [cgutils.alloca_once(builder, register) for _ in tile]
        for total in sums:
            builder.store(ir.Constant(register, None), total)
        depth = cgutils.unpack_tuple(builder, a.shape)[1]
        with cgutils.for_range(builder, depth) as loop:
            k = loop.index
            ys = [builder.load(place, align=size) for place in registers(b, k)]
            for r, row in enumerate(rows):
                x = everywhere(builder.load(pointer(a, row, k, number)))
                for total, y in zip(sums[r * _REGISTERS :], ys):
                    builder.store(plus_product(builder.load(total), x, y), total)
        for total, place in zip(sums, tile):
            before = builder.load(place, align=size)
            builder.store(builder.fadd(before, builder.load(total)), place, align=size)
        return context.get_dummy_value()

    return types.void(A, B, C, types.intp, types.intp), generate
