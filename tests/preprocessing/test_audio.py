"""Sound: files as they come, the Fourier transform against SciPy's, bands by hand."""

import io
import struct
import wave

import numpy as np
import pytest
from scipy import signal

from minidl.datasets import audio


def _wav(samples, width=2, channels=1, rate=8000):
    """A WAV file's bytes; samples (n,) or (n, channels) of integers."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", None))
        whole = np.asarray(samples).astype("<i4")
        if width == 1:
            file.writeframes((whole + 128).astype(np.uint8).tobytes())
        else:
            file.writeframes(whole.reshape(-1, 1).view(np.uint8)[:, :width].tobytes())
    return stream.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_of_every_width_lie_between_minus_1_and_1(width, tmp_path):
    largest = 2 ** (8 * width - 1)
    samples = [0, largest // 2, -largest // 2, -largest, largest // 4] + [0] * 200
    x, rate = audio.read_wav(_wav(samples, width))
    assert rate == 8000 and x.dtype == np.float32
    np.testing.assert_array_equal(x[:5], [0, 0.5, -0.5, -1, 0.25])
    path = tmp_path / "sound.wav"
    path.write_bytes(_wav(samples, width))
    np.testing.assert_array_equal(audio.read_wav(path)[0], x)


def test_channels_become_their_mean():
    x, _ = audio.read_wav(_wav([[8192, 0], [-8192, 8192]], channels=2))
    np.testing.assert_allclose(x, [0.125, 0])


def test_another_rate_is_computed():
    t = np.arange(48_000) / 48_000
    x, rate = audio.read_wav(_wav(8000 * np.sin(2 * np.pi * 440 * t), rate=48_000), rate=8000)
    assert rate == 8000 and len(x) == 8000
    expected = 8000 / 32768 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    np.testing.assert_allclose(x[200:-200], expected[200:-200], atol=1e-3)


def test_a_clipped_sound_is_pointed_out():
    with pytest.warns(UserWarning, match="is clipped"):
        audio.read_wav(_wav(np.clip(60_000 * np.sin(np.arange(900)), -32768, 32767)))


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", r"no WAV file of plain PCM samples \(it ends too early\)"),
        (b"ID3 this is an mp3 file", "no WAV file"),
        (_wav([]), "0 samples of 2 bytes, and 0 bytes are there"),
        (_wav([1, 2, 3, 4])[:-3], "4 samples of 2 bytes, and 5 bytes are there"),
        (_wav([1, 2])[:20] + struct.pack("<H", 3) + _wav([1, 2])[22:], "no WAV file of plain PCM"),
    ],
    ids=["nothing", "not a WAV", "no samples", "cut off", "floats"],
)
def test_other_files_are_refused(contents, message):
    with pytest.raises(ValueError, match=message):
        audio.read_wav(contents)


def _changed(contents, at, form, value):
    """A WAV file with another number at a place of its header."""
    return contents[:at] + struct.pack(form, value) + contents[at + struct.calcsize(form) :]


@pytest.mark.parametrize(
    ("at", "form", "value", "message"),
    [
        (16, "<I", 5000, "no WAV file of plain PCM"),
        (22, "<H", 0, "bad # of channels"),
        (24, "<I", 0, "0 samples a second of 16 bits; expected 1,000 to 1,000,000"),
        (24, "<I", 4_000_000_000, "4,000,000,000 samples a second"),
        (34, "<H", 0, "bad sample width"),
        (34, "<H", 64, "8,000 samples a second of 64 bits; expected .* of 8, 16, 24 or 32"),
        (40, "<I", 4_000_000_000, "2,000,000,000 samples of 2 bytes, and 40 bytes are there"),
    ],
)
def test_a_header_that_lies_is_found_out(at, form, value, message):
    wav = _changed(_wav(range(20)), at, form, value)
    with pytest.raises(ValueError, match=message):
        audio.read_wav(wav, rate=8000)


@pytest.mark.filterwarnings("ignore:these bytes is clipped")
def test_any_file_is_a_sound_or_a_value_error():
    wav, rng = _wav(range(100, 120)), np.random.default_rng(0)
    assert len(audio.read_wav(wav)[0]) == 20
    files = [wav[:n] for n in range(len(wav))]
    files += [
        _changed(wav, at, "B", value)
        for at in range(44)
        for value in (0, 1, 3, 127, 255, *rng.integers(256, size=3))
    ]
    read = 0
    for contents in files:
        try:
            x, rate = audio.read_wav(contents)
        except ValueError as error:
            assert str(error).startswith("these bytes: ")
        else:
            read += 1
            assert x.ndim == 1 and x.size and np.isfinite(x).all() and 1000 <= rate <= 1_000_000
    assert read > 20


def test_a_voice_from_a_telephone_or_a_music_studio_becomes_what_a_network_heard():
    t = np.arange(44_100) / 44_100
    tone = (6000 * np.sin(2 * np.pi * 500 * t)).astype(int)
    x, rate = audio.read_wav(_wav(np.stack([tone, tone // 2], 1), 3, 2, 44_100), rate=8000)
    assert rate == 8000 and x.dtype == np.float32 and len(x) == 8000
    here = audio.log_mel(x, rate).argmax(axis=1)
    there = audio.log_mel(np.sin(2 * np.pi * 500 * np.arange(8000) / 8000), 8000).argmax(axis=1)
    np.testing.assert_array_equal(here, there)
    for wrong in (0, -8000, 8000.5):
        with pytest.raises(ValueError, match="rate must be an integer of at least 1"):
            audio.read_wav(_wav(tone), wrong)


@pytest.mark.parametrize(("size", "hop", "n"), [(256, 128, 1000), (64, 10, 500), (32, 32, 32)])
def test_the_spectrum_is_scipy_s(size, hop, n):
    x = np.random.default_rng(0).standard_normal(n)
    options = {"nperseg": size, "noverlap": size - hop, "boundary": None, "padded": False}
    _, _, theirs = signal.stft(x, **options)  # divided by the window's sum, size / 2
    np.testing.assert_allclose(audio.stft(x, size, hop), theirs.T * size / 2, atol=1e-10)


def test_a_short_sound_is_filled_up_and_an_empty_one_refused():
    assert audio.stft(np.ones(10), 64, 32).shape == (1, 33)
    for bad in (np.zeros(0), np.zeros((3, 2)), np.array([1, np.nan])):
        with pytest.raises(ValueError, match="row of finite samples"):
            audio.stft(bad)


def test_bands_are_triangles_that_add_to_one_between_their_first_and_last_middle():
    filters = audio.mel_filters(20, 512, 8000)
    assert filters.shape == (257, 20) and filters.min() >= 0 and filters.max() <= 1
    middles = audio.mel(np.arange(257) * 8000 / 512)
    ends = np.linspace(0, audio.mel(4000), 22)
    inside = (middles >= ends[1]) & (middles <= ends[-2])
    np.testing.assert_allclose(filters[inside].sum(axis=1), 1)
    assert audio.mel(0) == 0 and audio.mel(1000) == pytest.approx(1000, abs=0.1)
    with pytest.raises(ValueError, match="fewer bands or longer frames"):
        audio.mel_filters(80, 64, 8000)
    with pytest.raises(ValueError, match="between 0 and rate / 2"):
        audio.mel_filters(20, 256, 8000, high=5000)


def test_a_tone_lies_in_its_band_and_twice_the_pressure_is_four_times_the_power():
    t = np.arange(8000) / 8000
    tone = 0.1 * np.sin(2 * np.pi * 1000 * t)
    quiet, loud = (audio.log_mel(a * tone, 8000, floor=0.0) for a in (1, 2))
    assert quiet.shape == (61, 40) and quiet.dtype == np.float32
    middles = np.linspace(0, audio.mel(4000), 42)[1:-1]
    assert set(quiet.argmax(axis=1)) == {int(np.abs(middles - audio.mel(1000)).argmin())}
    band = quiet[0].argmax()
    np.testing.assert_allclose(loud[:, band] - quiet[:, band], np.log(4), rtol=1e-5)
    assert np.isfinite(audio.log_mel(np.zeros(1000), 8000)).all()


def test_noise_has_the_power_that_its_decibels_say():
    rng = np.random.default_rng(0)
    x, noise = (a.astype("f4") for a in (0.1 * rng.standard_normal(500), rng.random(500)))
    for snr in (-10, 0, 20):
        y = audio.add_noise(x, noise, snr)
        assert y.dtype == np.float32
        added = y.astype(float) - x
        assert 10 * np.log10(np.mean(x**2) / np.mean(added**2)) == pytest.approx(snr, abs=1e-3)
        assert np.corrcoef(added, noise)[0, 1] > 0.9999 and (added @ noise) > 0
    np.testing.assert_array_equal(audio.add_noise(np.zeros(5), np.ones(5), 0), 0)
    with pytest.raises(ValueError, match="not all of them 0; got 500"):
        audio.add_noise(x, 0 * noise, 10)
    with pytest.raises(ValueError, match="500 samples of x, not all of them 0; got 499"):
        audio.add_noise(x, noise[1:], 10)
    with pytest.raises(ValueError, match="row of finite samples"):
        audio.add_noise(x[:0], noise[:0], 10)
    with pytest.raises(ValueError, match="snr must be a finite number"):
        audio.add_noise(x, noise, np.nan)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (0, [1, 2, 3, 4]),
        (1, [0, 1, 2, 3]),
        (-1, [2, 3, 4, 0]),
        (3, [0, 0, 0, 1]),
        (4, [0, 0, 0, 0]),
        (-9, [0, 0, 0, 0]),
    ],
)
def test_a_shifted_sound_is_as_long_as_before(samples, expected):
    x = np.array([1, 2, 3, 4], np.float32)
    y = audio.shift(x, samples)
    np.testing.assert_array_equal(y, expected)
    assert y.dtype == np.float32 and x.tolist() == [1, 2, 3, 4]
