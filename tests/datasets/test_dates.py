"""Written dates: Babel's own words, one meaning each, no day in both parts, pieces in place."""

import datetime
import sys

import numpy as np
import pytest
from babel.dates import format_date

from minidl.datasets import dates

MARCH = datetime.date(1998, 3, 3)


@pytest.mark.parametrize(
    ("language", "style", "text"),
    [
        ("fr", "full", "mardi 3 mars 1998"),
        ("en", "full", "Tuesday, March 3, 1998"),
        ("de", "long", "3. März 1998"),
        ("de", "medium", "03.03.1998"),
        ("es", "long", "3 de marzo de 1998"),
        ("ja", "full", "1998年3月3日火曜日"),
    ],
)
def test_known_dates(language, style, text):
    assert dates.write([(MARCH, language, style)]).text == text


@pytest.mark.parametrize("language", [*dates.LANGUAGES, "en_GB", "tr", "hu", "ko", "ar", "th"])
def test_every_day_of_a_year_is_written_as_babel_writes_it(language):
    for style in dates.STYLES:
        for day in range(0, 366, 5):
            date = datetime.date(2024, 1, 1) + datetime.timedelta(day)
            expected = format_date(date, style, language)
            for odd, plain in (("\u202f", " "), ("\xa0", " "), ("\u200f", ""), ("\u200e", "")):
                expected = expected.replace(odd, plain)
            assert dates.write([(date, language, style)]).text == expected


def test_a_text_has_one_meaning_in_all_languages_together():
    meaning = {}
    for month in range(1, 13):
        for day in range(1, 29):
            date = datetime.date(2003, month, day)
            for language in dates.LANGUAGES:
                for style in dates.STYLES:
                    text = dates.write([(date, language, style)]).text
                    assert meaning.setdefault(text, date) == date, text


def test_no_day_of_the_test_part_is_ever_trained_on():
    train, test = ({pair.iso for pair in dates.draw(5000, 1, part)} for part in ("train", "test"))
    assert len(train) > 4500 and len(test) > 2900 and not train & test
    several = dates.draw(500, 7, "test", several=3)
    assert not {day for pair in several for day in pair.iso.split()} & train
    every = [set(dates._days(part).tolist()) for part in ("train", "test")]
    assert not every[0] & every[1] and sum(map(len, every)) == 73_049
    assert len(every[1]) == 7304


def test_load_data_returns_pairs_of_str_which_a_seed_chooses():
    (x, y), (x_test, y_test) = dates.load_data(300, 100, seed=3)
    assert x.shape == y.shape == (300,) and x_test.shape == y_test.shape == (100,)
    assert {type(text) for text in [*x, *y, *x_test, *y_test]} == {str}
    assert [datetime.date.fromisoformat(day) for day in y]
    again = dates.load_data(300, 100, seed=3)
    assert (again[0][0] == x).all() and (again[1][0] == x_test).all()
    assert (dates.load_data(300, 100, seed=4)[0][0] != x).mean() > 0.9
    assert [pair.text for pair in dates.draw(300, 3)] == x.tolist()


def test_languages_and_styles_take_their_turns_and_only_those_asked_for():
    drawn = dates.draw(3000, 0)
    counts = np.unique([pair.languages[0] for pair in drawn], return_counts=True)[1]
    assert len(counts) == len(dates.LANGUAGES) and counts.min() > 290
    for pair in dates.draw(50, 0, languages=["fr"], styles=["long"]):
        date = datetime.date.fromisoformat(pair.iso)
        assert pair.text == format_date(date, "long", "fr") and pair.languages == ("fr",)


@pytest.mark.parametrize("several", [1, 3])
def test_pieces_say_what_became_of_what(several):
    for pair in dates.draw(300, 5, several=several):
        assert len(pair.languages) == several == len(pair.iso.split(dates.JOIN[1]))
        assert len(pair.text.split(dates.JOIN[0])) == several
        assert [name for name, _, _ in pair.pieces] == ["year", "month", "day"] * several
        for name, (start, stop), (first, last) in pair.pieces:
            read, said = pair.text[start:stop], pair.iso[first:last]
            if name != "month" or read.isdigit():
                assert int(read) == int(said)
            else:
                assert read.rstrip(".").isalpha()
    pair = dates.write([(MARCH, "fr", "full"), (datetime.date(2004, 12, 25), "en", "medium")])
    assert (pair.text, pair.iso) == ("mardi 3 mars 1998; Dec 25, 2004", "1998-03-03 2004-12-25")
    assert pair.pieces[1] == ("month", (8, 12), (5, 7))
    assert pair.pieces[4] == ("month", (19, 22), (16, 18))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"part": "held out"}, 'part must be "train" or "test"'),
        ({"styles": ["short"]}, "'short' is not one of full, long, medium"),
        ({"languages": ["klingon"]}, "no language 'klingon'"),
        ({"languages": []}, "at least one language"),
        ({"several": 0}, "several"),
        ({"n": 0}, "^n"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        dates.draw(**{"n": 2, **arguments})


def test_without_babel_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "babel", None)
    dates._pattern.cache_clear()
    with pytest.raises(ImportError, match="pip install Babel"):
        dates.draw(1)
