"""Copies of a question in one notebook know nothing of each other."""

from stacking import FORGET, KEEP


def test_a_copy_finds_nothing_of_the_one_before():
    names = {"shared": 1}
    exec(KEEP, names)
    exec("helper = 2\nshared = 3", names)
    exec(FORGET, names)
    assert names["shared"] == 1 and "helper" not in names
