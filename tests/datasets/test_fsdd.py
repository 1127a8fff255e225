"""Spoken digits: the real archive where it is, a small one in its form elsewhere; made vowels."""

import io
import os
import tarfile
import wave
from dataclasses import replace

import numpy as np
import pytest

from minidl.datasets import CorruptDataError, DataNotFoundError, fsdd, vowels

here = pytest.mark.skipif(not os.environ.get("MINIDL_DATA"), reason="real file: set MINIDL_DATA")


def _archive(folder="", speakers=fsdd.SPEAKERS):
    """An archive of seven short recordings of two digits by each speaker."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for speaker in speakers:
            for digit in (3, 8):
                for index in range(7):
                    sound = io.BytesIO()
                    with wave.open(sound, "wb") as file:
                        file.setparams((1, 2, fsdd.RATE, 0, "NONE", None))
                        loud = 100 * digit + 10 * fsdd.SPEAKERS.index(speaker) + index
                        file.writeframes(np.full(20, loud, "<i2").tobytes())
                    name = f"{folder}recordings/{digit}_{speaker}_{index}.wav"
                    member = tarfile.TarInfo(name)
                    member.size = len(sound.getvalue())
                    archive.addfile(member, io.BytesIO(sound.getvalue()))
    return packed.getvalue()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small archive where the loader looks, and the checksum of its recordings."""
    path = tmp_path / "fsdd" / fsdd.LOCAL_NAME
    path.parent.mkdir()
    path.write_bytes(_archive())
    checksum = fsdd.ARCHIVE.checksum(io.BytesIO(_archive())).removeprefix("SHA-256 ")
    monkeypatch.setattr(fsdd, "ARCHIVE", replace(fsdd.ARCHIVE, sha256=checksum, mirrors=()))
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    return path


@here
def test_the_recordings_have_their_documented_form():
    (x, y), (x_test, y_test) = fsdd.load_data()
    assert np.bincount(y).tolist() == [270] * 10 and np.bincount(y_test).tolist() == [30] * 10
    assert y.dtype == np.int64 and {sound.dtype for sound in [*x, *x_test]} == {np.dtype("f4")}
    seconds = np.array([len(sound) for sound in [*x, *x_test]]) / fsdd.RATE
    assert 0.14 < seconds.min() < 0.15 and 2.2 < seconds.max() < 2.3
    assert all(np.abs(sound).max() <= 1 for sound in x)


def test_the_first_five_of_each_are_for_testing(small):
    (x, _), (x_test, y_test) = fsdd.load_data()
    assert (len(x), len(x_test)) == (6 * 2 * 2, 6 * 2 * 5)
    loudness = np.array([round(sound[0] * 32768) for sound in x_test])
    assert set(loudness % 10) == set(range(5)) and (loudness // 100 == y_test).all()


def test_a_speaker_can_be_held_out(small):
    for held_out, count in (("theo", 1), (["theo", "george"], 2)):
        (x, _), (x_test, _) = fsdd.load_data(held_out)
        assert (len(x), len(x_test)) == ((6 - count) * 14, count * 14)
    numbers = {round(sound[0] * 32768) // 10 % 10 for sound in fsdd.load_data("theo")[1][0]}
    assert numbers == {fsdd.SPEAKERS.index("theo")}
    for wrong in ("nobody", ["theo", "nobody"], fsdd.SPEAKERS):
        with pytest.raises(ValueError, match="held_out must be some of george, jackson"):
            fsdd.load_data(wrong)


def test_recordings_are_known_however_they_were_packed(small):
    small.write_bytes(_archive(folder="free-spoken-digit-dataset-1.0.10/"))
    assert len(fsdd.load_recordings()[0]) == 84
    small.write_bytes(_archive(speakers=fsdd.SPEAKERS[:5]))
    with pytest.raises(CorruptDataError, match="not the expected file"):
        fsdd.load_data()
    small.write_bytes(b"no archive")
    with pytest.raises(CorruptDataError, match="not the expected file"):
        fsdd.load_data()


def test_without_the_archive_the_error_says_what_helps(small):
    small.unlink()
    with pytest.raises(DataNotFoundError, match=r"vowels\.load_data"):
        fsdd.load_data()


def test_vowels_are_sounds_and_follow_their_seed():
    (x, y), (x_test, y_test) = vowels.load_data(60, 20)
    assert np.bincount(y).tolist() == [6] * 10 and np.bincount(y_test).tolist() == [2] * 10
    assert all(sound.dtype == np.float32 and np.abs(sound).max() <= 0.5 for sound in x)
    assert {0.2 <= len(sound) / vowels.RATE <= 0.45 for sound in x_test} == {True}
    again, other = vowels.load_data(60, 20)[0][0], vowels.load_data(60, 20, seed=1)[0][0]
    assert (again[0] == x[0]).all() and (len(other[0]) != len(x[0]) or (other[0] != x[0]).any())


def test_a_vowel_has_its_pitch_and_its_formants():
    rng = np.random.default_rng(0)
    x = vowels.synthesise(100, (500, 1500, 2500), 1.0, rng)
    power = np.abs(np.fft.rfft(x)) ** 2  # one hertz a place
    spectrum = np.convolve(power, np.ones(101) / 101, "same")  # blind to the single overtones
    for formant in (500, 1500, 2500):
        near = spectrum[formant - 100 : formant + 100].max()
        assert near > 2 * max(spectrum[formant - 400], spectrum[formant + 400])
    pulses = np.correlate(x, x, "full")[len(x) - 1 :]
    assert abs(pulses[60:120].argmax() + 60 - 80) <= 3  # 8,000 / 100 samples apart


def _spoken(strings):
    """(digit, speaker, index) of every word of strings made from the small archive."""
    said = []
    for x, labels, places in zip(*strings):
        for label, (begin, end) in zip(labels, places):
            if label:
                (loud,) = {round(float(v) * 32768) for v in x[begin:end]}
                digit, rest = divmod(loud, 100)
                assert digit == label - 1
                said.append((digit, *divmod(rest, 10)))
    return np.array(said)


def test_one_speaker_says_a_string_and_no_test_recording_is_learned(small):
    options = {"words": 4, "pauses": (0.01, 0.02), "snr": None}
    for part, indices in (("train", {5, 6}), ("test", {0, 1, 2, 3, 4})):
        said = _spoken(fsdd.load_strings(60, part, **options))
        assert set(said[:, 2]) == indices and set(said[:, 0]) == {3, 8}
        assert set(said[:, 1]) == set(range(6))
        assert all(len(set(said[i : i + 4, 1])) == 1 for i in range(0, 240, 4))
    one, two = (fsdd.load_strings(60, part, **options).labels for part in ("train", "test"))
    assert not np.array_equal(one, two)


def test_a_speaker_held_out_is_never_learned(small):
    options = {"held_out": ["theo", "lucas"], "pauses": 0.01, "snr": None}
    held_out = {fsdd.SPEAKERS.index(name) for name in options["held_out"]}
    assert set(_spoken(fsdd.load_strings(60, "test", **options))[:, 1]) == held_out
    learned = _spoken(fsdd.load_strings(60, "train", **options))
    assert set(learned[:, 1]) == set(range(6)) - held_out and set(learned[:, 2]) == set(range(7))
    with pytest.raises(ValueError, match="held_out must be some of"):
        fsdd.load_strings(3, held_out="nobody")
    with pytest.raises(ValueError, match='part must be "train" or "test"'):
        fsdd.load_strings(3, "validation")


@here
def test_strings_of_real_digits_have_their_documented_form():
    strings = fsdd.load_strings(40, seed=1)
    counts = (strings.labels > 0).sum(axis=1)
    assert set(counts) == {3, 4, 5, 6, 7} and strings.labels.max() == 10
    seconds = np.array([len(x) for x in strings.sounds]) / fsdd.RATE
    assert seconds.min() > 0.6 and seconds.max() < 12
