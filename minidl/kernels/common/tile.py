"""One tile of a matrix product, its sums kept in the registers of the CPU.

The art of a fast product is to keep sums in registers. A register of a CPU with AVX-512 holds 64
bytes: 16 numbers in float32. For a tile of C, 8 rows by 2 registers, and for each k,

    2 registers of B are read, and 8 numbers of A, each copied into all places of a register,
    16 multiply-and-add instructions use each of them 8 or 2 times,

and at the end the 16 sums are added to C. Ten reads for sixteen instructions: arithmetic is what
takes the time. Written in Python, the loop would load and store C for each k, so it is said in the
language of LLVM, the compiler below Numba. On one core of an AMD EPYC (Zen 5) that does at most
some 215 GFLOP/s in float32 it reaches 200 for 64 columns, 160 for 256; on one of Zen 4, with 115 at
most, 113. CPUs with narrower registers get smaller tiles, and LLVM cuts the 64 bytes in pieces.

    add_tile    a tile of three arrays
    tile_at     A is made of pieces of an array, and the rows of C lie anywhere in another
"""

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic

_BYTES = 64


def _tile_shape():
    """Rows and registers of a tile: 16 sums fit into the 32 registers of AVX-512, 8 elsewhere."""
    try:
        wide = llvm.get_host_cpu_features().get("avx512f", False)
    except RuntimeError:  # LLVM cannot tell on this machine
        wide = False
    return (8, 2) if wide else (4, 1)


ROWS, _REGISTERS = _tile_shape()  # the number of rows should be a multiple of ROWS
TILE_BYTES = _REGISTERS * _BYTES  # of one of its rows


def tile_width(dtype):
    """How many columns a tile has."""
    return TILE_BYTES // np.dtype(dtype).itemsize


@intrinsic
def strided(typing, A):
    """A itself, but typed as an array of any layout: what takes it is compiled once, not for all.

    The compiler would make a product for each layout of A, B and C that any kernel calls it with.
    """

    def generate(context, builder, signature, arguments):
        return impl_ret_borrowed(context, builder, signature.return_type, arguments[0])

    return A.copy(layout="A")(A), generate


@intrinsic
def add_tile(typing, A, B, C, i, j):
    """C[i : i + rows, j : j + width] += A[i : i + rows] B[:, j : j + width], in LLVM's language."""

    def generate(context, builder, signature, arguments):
        *arrays, i, j = arguments
        a, b, c = (context.make_array(t)(context, builder, v) for t, v in zip((A, B, C), arrays))
        rows = [builder.add(i, i.type(r)) for r in range(ROWS)]
        _multiply(
            *(context, builder, C, cgutils.unpack_tuple(builder, a.shape)[1]),
            lambda k: [_address(builder, a, row, k) for row in rows],
            lambda k: _address(builder, b, k, j),
            [_address(builder, c, row, j) for row in rows],
        )
        return context.get_dummy_value()

    _one_dtype(A, B, C)
    return types.void(A, B, C, types.intp, types.intp), generate


@intrinsic
def tile_at(typing, x, rows, i, columns, k, depth, B, b, j, y, places, first, add):
    """A tile of A B, where A is made of pieces of x and the rows of the result lie anywhere in y.

        A[r, s] = x[rows[i + r] + columns[k + s]]           r < ROWS, s < depth
        y[places[i + r] + first + c] = sum over s of A[r, s] B[b + s, j + c]  c < tile_width

    So a matrix whose numbers are those of x, many times, need not be written down. If `add`, the
    sum is added to what is there. x, y and the tables have one axis and no gaps.
    """

    def generate(context, builder, signature, arguments):
        arrays = [
            context.make_array(t)(context, builder, v) if isinstance(t, types.Array) else v
            for t, v in zip(signature.args, arguments)
        ]
        x, rows, i, columns, k, depth, B, b, j, y, places, first, add = arrays

        def looked_up(table, start, step):
            return builder.load(builder.gep(table.data, [builder.add(start, step)]))

        def address(start, index):
            return builder.ptrtoint(builder.gep(start, [index]), i.type)

        tile = [i.type(r) for r in range(ROWS)]
        starts = [builder.gep(x.data, [looked_up(rows, i, r)]) for r in tile]
        to = [builder.add(looked_up(places, i, r), first) for r in tile]

        def column_of_a(step):
            offset = looked_up(columns, k, step)
            return [address(start, offset) for start in starts]

        _multiply(
            *(context, builder, signature.args[9], depth, column_of_a),
            lambda step: _address(builder, B, builder.add(b, step), j),
            [address(y.data, place) for place in to],
            add,
        )
        return context.get_dummy_value()

    _one_dtype(x, B, y)
    at = types.intp
    wanted = x, rows, at, columns, at, at, B, at, at, y, places, at, types.boolean
    return types.void(*wanted), generate


def _one_dtype(*arrays):
    if len({a.dtype for a in arrays}) > 1:  # it would read the bytes of one type as another
        raise TypingError(
            f"a product needs one dtype; got {', '.join(str(a.dtype) for a in arrays)}"
        )


def _address(builder, array, row, column):
    """Where array[row, column] lies, as a number."""
    address = builder.ptrtoint(array.data, row.type)
    for position, stride in zip((row, column), cgutils.unpack_tuple(builder, array.strides)):
        address = builder.add(address, builder.mul(position, stride))
    return address


def _multiply(context, builder, C, depth, column_of_a, row_of_b, rows_of_c, add=None):
    """Add up a tile in registers over k < depth, then add it to C, whose type is given.

    Where `add` is given and false, what was in C does not count.

    Addresses: column_of_a(k), a list, has one for each row, row_of_b(k) that of the first number,
    and rows_of_c, a list, that of the first number in each row.
    """
    number = context.get_value_type(C.dtype)
    size = context.get_abi_sizeof(number)
    register = ir.VectorType(number, _BYTES // size)
    index = ir.VectorType(ir.IntType(32), _BYTES // size)
    nothing = ir.Constant(register, ir.Undefined)

    def registers(address):
        places = [builder.add(address, address.type(_BYTES * v)) for v in range(_REGISTERS)]
        return [builder.inttoptr(place, register.as_pointer()) for place in places]

    def everywhere(address):  # a number copied into all places of a register
        x = builder.load(builder.inttoptr(address, number.as_pointer()))
        x = builder.insert_element(nothing, x, ir.IntType(32)(0))
        return builder.shuffle_vector(x, nothing, ir.Constant(index, None))

    def plus_product(total, x, y):
        product = builder.fmul(x, y, flags=("contract",))
        return builder.fadd(total, product, flags=("contract",))

    tile = [place for row in rows_of_c for place in registers(row)]
    sums = [cgutils.alloca_once(builder, register) for _ in tile]
    for total in sums:
        builder.store(ir.Constant(register, None), total)
    with cgutils.for_range(builder, depth) as loop:
        ys = [builder.load(place, align=size) for place in registers(row_of_b(loop.index))]
        for r, place in enumerate(column_of_a(loop.index)):
            x = everywhere(place)
            for total, y in zip(sums[r * _REGISTERS :], ys):
                builder.store(plus_product(builder.load(total), x, y), total)
    for total, place in zip(sums, tile):
        before = builder.load(place, align=size)
        if add is not None:
            before = builder.select(add, before, ir.Constant(register, None))
        builder.store(builder.fadd(before, builder.load(total)), place, align=size)


if config.DISABLE_JIT:  # the same in Python, since LLVM's language cannot be stepped through

    def strided(A):
        """A itself: nothing is compiled."""
        return A

    def add_tile(A, B, C, i, j):
        """C[i : i + rows, j : j + width] += A[i : i + rows] B[:, j : j + width]."""
        columns = slice(j, j + tile_width(C.dtype))
        C[i : i + ROWS, columns] += A[i : i + ROWS] @ B[:, columns]

    def tile_at(x, rows, i, columns, k, depth, B, b, j, y, places, first, add):
        """y[places[i + r] + first + c] = sum_s x[rows[i + r] + columns[k + s]] B[b + s, j + c].

        If `add`, the sum is added to what is there.
        """
        width = tile_width(B.dtype)
        A = x[rows[i : i + ROWS, None] + columns[None, k : k + depth]]  # (rows, depth)
        sums = A @ B[b : b + depth, j : j + width]
        for r in range(ROWS):
            start = places[i + r] + first
            place = y[start : start + width]
            place[:] = place + sums[r] if add else sums[r]
