"""The subset of CIFAR-10: its own name, its own error, the parser of `cifar10`."""

import os
from dataclasses import replace

import numpy as np
import pytest

from minidl.datasets import CorruptDataError, DataNotFoundError, cifar10, cifar10_subset


@pytest.mark.skipif("MINIDL_DATA" not in os.environ, reason="a local archive: set MINIDL_DATA")
def test_the_subset_has_the_form_of_cifar10_and_balanced_classes():
    (x, y), (x_test, y_test) = cifar10_subset.load_data()
    assert (x.shape, x_test.shape) == ((10_000, 32, 32, 3), (2_000, 32, 32, 3))
    assert x.dtype == y.dtype == np.uint8 and y.shape == (10_000, 1)
    assert np.bincount(y[:, 0]).tolist() == [1000] * 10
    assert np.bincount(y_test[:, 0]).tolist() == [200] * 10
    sky = x[np.isin(y[:, 0], [0, 8])]  # aeroplanes and ships: more blue than red
    assert sky[..., 2].mean() > sky[..., 0].mean() + 10
    assert cifar10_subset.CLASS_NAMES is cifar10.CLASS_NAMES


def test_where_it_is_missing_the_error_says_what_it_is_and_names_the_remedies(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DataNotFoundError, match="cannot be downloaded") as caught:
        cifar10_subset.load_data()
    message = str(caught.value)
    assert "cifar10.load_data()" in message and "shapes.load_data()" in message
    assert "cifar10-subset/cifar-10-subset-binary.tar.gz" in message
    assert caught.value.__suppress_context__, "one error, not a chain of them"


def test_a_truncated_archive_names_the_remedy(tmp_path, monkeypatch):
    path = tmp_path / cifar10_subset.ARCHIVE.folder / cifar10_subset.ARCHIVE.name
    path.parent.mkdir()
    path.write_bytes(b"\x1f\x8b" + bytes(1000))
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    with pytest.raises(CorruptDataError, match="Replace it by a good copy"):
        cifar10_subset.load_data()


def test_a_file_too_short_for_its_records_is_named_with_its_archive(tmp_path, monkeypatch):
    import hashlib
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(cifar10.TRAIN[0])
        member.size = cifar10.RECORD - 1
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    contents = packed.getvalue()
    known = replace(
        cifar10_subset.ARCHIVE, size=len(contents), sha256=hashlib.sha256(contents).hexdigest()
    )
    monkeypatch.setattr(cifar10_subset, "ARCHIVE", known)
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    path = tmp_path / known.folder / known.name
    path.parent.mkdir()
    path.write_bytes(contents)
    with pytest.raises(
        CorruptDataError, match=r"data_batch_1\.bin in cifar-10-subset.*3,072 bytes"
    ):
        cifar10_subset.load_data()
