"""Where chapter 28's simple opponent cuts a string of words."""

import numpy as np

from minidl_course.chapters.speech_trials import pieces, widened


def test_a_word_is_loud_and_a_short_pause_does_not_end_it():
    level = np.array([0, 9, 9, 0, 9, 0, 0, 0, 0, 9, 0, 9, 9, 9.0])
    assert pieces(level, 0, 10, 0.5, least=3, gap=2) == [(1, 5), (9, 14)]
    assert pieces(level, 0, 10, 0.5, least=3, gap=1) == [(11, 14)]


def test_margins_end_at_the_middle_of_a_pause_and_of_the_string():
    assert widened([(3, 8), (20, 24)], 2, 30) == [(1, 10), (18, 26)]
    assert widened([(3, 8), (11, 24)], 4, 26) == [(0, 9), (9, 26)]
    assert widened([(3, 8)], 0, 9) == [(3, 8)]
    assert widened([], 4, 9) == []
