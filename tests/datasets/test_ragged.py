"""Lists of integers out of pickles that are never run, hostile ones above all."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from minidl.datasets import CorruptDataError
from minidl.datasets.ragged import read_lists

ROWS = [[1, 255, 256, 65535, 65536, 2**31 - 1, -1, -(2**31)], [], [7], list(range(2500)), [0, 93]]


def entry(pickled, shape, dtype="|O"):
    """An .npz file whose only array, "x", consists of a header and these bytes."""
    stream = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        archive.writestr("x.npy", stream.getvalue() + pickled)
    return found.getvalue()


def array_of(rows):
    found = np.empty(len(rows), object)
    found[:] = rows
    return found


def pickled(rows, protocol=4):
    return pickle.dumps(array_of(rows), protocol)


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], [[5]], [[], [], []], [[i] for i in range(2001)]])
def test_lists_of_every_kind(rows, protocol):
    found = read_lists(entry(pickled(rows, protocol), (len(rows),)), "x")
    assert [row.tolist() for row in found] == rows
    assert all(row.dtype == np.int64 for row in found)


def test_lists_too_long_for_one_frame():
    rows = [list(range(300, 700))] * 300
    rows = [[*row, i] for i, row in enumerate(rows)]
    contents = pickled(rows)
    assert contents.count(b"\x95") > 1
    assert [row.tolist() for row in read_lists(entry(contents, (300,)), "x")] == rows


# As NumPy pickled under Python 2: short strings for the bytes, and no frames.
CALL = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85q\x03"
    b"U\x01bq\x04\x87q\x05Rq\x06(K\x01K\x02\x85cnumpy\ndtype\nq\x07U\x02O8q\x08K\x00K\x01\x87q\t"
    b"Rq\n(K\x03U\x01|q\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\x0cb\x89"
)


def test_what_python_2_wrote():
    lists = b"]q\r(]q\x0e(K\x01M\x00\x02e]r\x0f\x01\x00\x00K\x05aetq\x10b."
    found = read_lists(entry(CALL + lists, (2,)), "x")
    assert [row.tolist() for row in found] == [[1, 512], [5]]


@pytest.mark.parametrize("lists", [b"](tb.", b"]]tb.", b"](]etb", b"]", b"]ae", b"]K", b"]et"])
def test_a_list_that_is_never_finished(lists):
    with pytest.raises(CorruptDataError):
        read_lists(entry(CALL + lists, (0,)), "x")
    assert read_lists(entry(CALL + b"]tb.", (0,)), "x") == []


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("inside", [lambda h: h, lambda h: [h], lambda h: [1, [h]]])
def test_nothing_is_ever_run(tmp_path, protocol, inside):
    marker = tmp_path / "it ran"
    bad = pickled([[1], inside(Hostile(marker)), [2]], protocol)
    for contents in (bad, pickle.dumps(Hostile(marker), protocol)):
        with pytest.raises(CorruptDataError):
            read_lists(entry(contents, (3,)), "x")
    assert not marker.exists()
    pickle.loads(bad)
    assert marker.exists()  # it would have


@pytest.mark.parametrize(
    "rows",
    [
        [[1], [[2]]],
        [[1], [[1, 2], [3, 4]]],
        [[1], 2],
        [[1], [True]],
        [[1], [1.5]],
        [[1], [2**40]],
        [[1], ["one"]],
        [[1], [None]],
        [[1], (2, 3)],
        [[1], {2: 3}],
    ],
)
def test_anything_but_lists_of_integers_is_refused(rows):
    with pytest.raises(CorruptDataError, match=r"x is no array of lists of integers: .+"):
        read_lists(entry(pickled(rows), (2,)), "x")


def test_a_list_that_stands_twice_is_refused():
    twice = [1, 2]
    with pytest.raises(CorruptDataError, match="byte 0x68"):
        read_lists(entry(pickled([twice, twice]), (2,)), "x")


def test_every_cut_and_every_flipped_bit_is_refused_or_harmless():
    whole = pickled([[1, 300], [70_000], []])
    for length in range(len(whole)):
        with pytest.raises(CorruptDataError):
            read_lists(entry(whole[:length], (3,)), "x")
    for i in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[i] ^= 1 << bit
            try:
                rows = read_lists(entry(bytes(changed), (3,)), "x")
            except CorruptDataError:
                continue
            assert len(rows) == 3 and all(row.dtype == np.int64 for row in rows)


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"no zip", "not a zip"),
        (entry(pickled([[1]]), (2,)), "has 1 rows, and its header says 2"),
        (entry(pickled([[1]]), (1, 1)), r"an array \(1, 1\) of object"),
        (entry(b"\0" * 8, (1,), "<i8"), r"an array \(1,\) of int64"),
        (entry(pickled([[1]]) + b"more", (1,)), "no instruction that builds"),
        (entry(pickle.dumps(5), (1,)), "STOP is nothing"),
    ],
)
def test_other_files(contents, said):
    with pytest.raises(CorruptDataError, match=said):
        read_lists(contents, "x")
    with pytest.raises(CorruptDataError, match=r"no item named|not a zip"):
        read_lists(contents, "y")
