"""Archives that are none, are cut short, or unpack to more than they should."""

import gzip
import io
import tarfile
import zipfile
from dataclasses import replace

import pytest
from forged import claiming, encrypted, zipped
from mirrors import CONTENTS, GOOD, NAME, kept_in, wanted

from minidl.base import archives
from minidl.datasets import CorruptDataError, DataNotFoundError, cifar10, files, fra_eng, fsdd
from minidl.datasets.files import fetch


def _tar(members, mode="w:gz"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, contents in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            archive.addfile(member, io.BytesIO(contents))
    return packed.getvalue()


def _link():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(cifar10.TEST[0])
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    return packed.getvalue()


RECORDS = {name: bytes(2 * cifar10.RECORD) for name in (*cifar10.TRAIN, *cifar10.TEST)}
SOUND = _tar(RECORDS)
ODD_LABEL = bytes(cifar10.RECORD) + bytes([99]) + bytes(cifar10.RECORD - 1)
TARS = {
    "a page": (b"<html>sign in</html>", "no .tar.gz archive as it should be"),
    "nothing": (b"", "no .tar.gz archive as it should be"),
    "gzip, no tar": (gzip.compress(b"hello " * 999), "no .tar.gz archive as it should be"),
    "tar, no gzip": (_tar(RECORDS, "w"), "no .tar.gz archive as it should be"),
    "cut short": (SOUND[:-40], "no .tar.gz archive as it should be"),
    "damaged": (SOUND[:100] + bytes(50) + SOUND[150:], "no .tar.gz archive as it should be"),
    "a tar cut short": (
        gzip.compress(gzip.decompress(SOUND)[: 9 * cifar10.RECORD]),
        "no .tar.gz archive as it should be",
    ),
    "unpacks": (gzip.compress(bytes(3 * 10**7)), "would unpack to more than"),
    "a link": (_link(), "holds no file"),
    "label 99": (_tar(RECORDS | {cifar10.TEST[0]: ODD_LABEL}), "has a label 99; .* from 0 to 9"),
}


@pytest.mark.parametrize(("contents", "said"), TARS.values(), ids=TARS)
def test_an_archive_of_photographs_is_refused(contents, said, monkeypatch):
    monkeypatch.setattr(cifar10, "fetch", lambda file: contents)  # its checksum is right
    monkeypatch.setattr(cifar10, "UNPACKED", 10**7)
    with pytest.raises(CorruptDataError, match=said) as caught:
        cifar10.load_data()
    assert cifar10.ARCHIVE.name in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("contents", [c for c, _ in TARS.values()], ids=TARS)
def test_an_archive_of_recordings_is_refused(contents, monkeypatch, tmp_path):
    monkeypatch.setattr(fsdd, "UNPACKED", 10**7)
    monkeypatch.setattr(fsdd, "ARCHIVE", replace(fsdd.ARCHIVE, mirrors=()))
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    (tmp_path / "fsdd").mkdir()
    (tmp_path / "fsdd" / fsdd.LOCAL_NAME).write_bytes(contents)
    with pytest.raises(CorruptDataError, match="not the expected file") as caught:
        fsdd.load_data()
    assert fsdd.LOCAL_NAME in str(caught.value)


def _sparse():
    """A tar whose only file says that it has a gigabyte of zeros which are not there."""
    member = tarfile.TarInfo("holes")
    member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    member.pax_headers |= {"GNU.sparse.name": "holes", "GNU.sparse.realsize": str(10**9)}
    contents = b"1\n0\n0\n".ljust(512, b"\0")
    member.size = len(contents)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(contents))
    return packed.getvalue()


def test_a_file_of_holes_is_not_filled():
    assert archives.tarred(io.BytesIO(_sparse()), lambda name: True, 10**6) == {}


def _sentences(path):
    return zipped(path, {"fra.txt": b"Go.\tVa !\n" * 10**6}, zipfile.ZIP_DEFLATED)


ZIPS = {
    "another file": (lambda path: zipped(path, {"deu.txt": b"Go.\tGeh!"}), "it has no fra.txt"),
    "encrypted": (lambda path: encrypted(zipped(path, {"fra.txt": b"Go.\tVa !"})), "is encrypted"),
    "unpacks": (_sentences, "would unpack to 9,000,000 bytes; at most 1,000 can be"),
    "lies": (lambda path: claiming(_sentences(path), 999), "CRC|cut short"),
    "bzip2": (lambda p: zipped(p, {"fra.txt": b"Go."}, zipfile.ZIP_BZIP2), "packed in a way"),
    "cut short": (lambda path: path.write_bytes(b"PK\x03\x04 and so on"), "not a zip"),
    "no text": (lambda path: zipped(path, {"fra.txt": b"\xff\xfe\x00"}), "codec can't decode"),
}


@pytest.mark.parametrize(("write", "said"), ZIPS.values(), ids=ZIPS)
def test_a_zip_of_sentences_is_refused(write, said, monkeypatch, tmp_path):
    monkeypatch.setattr(fra_eng, "MOST", 1000)
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    path = tmp_path / "fra-eng" / "fra-eng.zip"
    path.parent.mkdir()
    write(path)
    with pytest.raises(CorruptDataError, match=said) as caught:
        fra_eng.load_data()
    assert str(path) in str(caught.value) and fra_eng.PAGE in str(caught.value)


LENGTHS = {"no number": "many", "too small": "100", "too large": "999999"}


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS)
def test_a_wrong_content_length_costs_one_mirror(length, mirrors, cache, monkeypatch):
    monkeypatch.setattr(files, "TIMEOUT", 1)
    bad = mirrors.serve("bad", announced=length)
    with pytest.raises(DataNotFoundError, match=f"bad/{NAME}: "):
        fetch(wanted(bad))
    assert kept_in(cache) == []
    assert fetch(wanted(bad, mirrors.serve("good"))) == CONTENTS


def test_a_packed_file_that_is_too_long_is_not_read_to_its_end(own, monkeypatch):
    with own.open("r+b") as file:
        file.truncate(10**11)  # it takes no room on the disk
    monkeypatch.setattr(files, "PACKING", 0)
    with pytest.raises(CorruptDataError, match=f"found: {2 * len(GOOD):,} bytes"):
        fetch(replace(wanted(), size=len(GOOD), packed=True))
