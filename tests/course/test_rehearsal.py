"""Trying an experiment on images that were held out."""

import numpy as np
import pytest

from minidl_course.rehearsal import rehearse

x, y = np.arange(40.0)[:, None], np.arange(40) % 10


def test_nothing_held_out_is_known_labels_are_exchanged_and_every_seed_differs(capsys):
    calls = []

    def score(images, labels, others, names):
        calls.append((others, names))
        assert len(images) == len(labels) == 28 and len(others) == len(names) == 12
        assert not {*images.ravel()} & {*others.ravel()}
        found = {int(a) % 10: b for a, b in zip(images.ravel(), labels)}
        assert all(found[int(a) % 10] == b for a, b in zip(others.ravel(), names))
        return len(calls)

    assert rehearse(score, x, y, held_out=12) == [1.0, 2.0, 3.0]
    assert len({others.tobytes() for others, _ in calls}) == 3
    assert any((others.ravel() % 10 != names).any() for others, names in calls)
    assert "mean 2.000, standard error 0.577" in capsys.readouterr().out
    rehearse(lambda *arrays: 0.5, x, y, held_out=12, what="mean of the margins")
    assert "mean of the margins 0.500, standard error" in capsys.readouterr().out


@pytest.mark.parametrize("options", [{"held_out": 40}, {"held_out": 0}, {"seeds": 0}])
def test_it_refuses_what_leaves_nothing(options):
    with pytest.raises(ValueError, match="40 images and 40 labels"):
        rehearse(lambda *a: 0, x, y, **({"held_out": 10} | options))
