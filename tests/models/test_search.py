"""Greedy and beam search against trying everything, and against sums by hand."""

import itertools
import math

import numpy as np
import pytest

from minidl_course import decoding

V, START, STOP = 4, 0, 1


def table(seed=0, spread=2.0):
    """A decoder that knows all it wrote: logits (V,) drawn for each source and beginning."""

    def logits_after(source, written):
        key = [seed, int(source), *map(int, written)]
        return spread * np.random.default_rng(key).normal(size=V)

    def step(tokens, state):
        source, (written, count) = state
        assert len(tokens) == len(source) == len(written) == len(count)
        written = written.copy()
        written[np.arange(len(tokens)), count] = tokens
        rows = zip(source, written, count)
        z = np.array([logits_after(s, w[: c + 1]) for s, w, c in rows])
        return z, (source, (written, count + 1))

    def log_p(source, ids):
        """The sum of log p over ids, by the same table."""
        beginnings = [(START, *ids[:i]) for i in range(len(ids))]
        each = [decoding.log_probabilities(logits_after(source, b)[None])[0] for b in beginnings]
        return sum(row[token] for row, token in zip(each, ids))

    return step, log_p


def state(*sources):
    N = len(sources)
    return np.array(sources), (np.full((N, 12), -1), np.zeros(N, np.int64))


def everything(log_p, source, length, alpha):
    """All sequences that end in time as (score, ids), the best first."""
    others = [token for token in range(V) if token != STOP]
    found = []
    for T in range(length):
        for ids in itertools.product(others, repeat=T):
            score = log_p(source, (*ids, STOP)) / ((5 + T + 1) / 6) ** alpha
            found.append((score, ids))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.5])
@pytest.mark.parametrize("seed", range(4))
def test_a_beam_as_wide_as_everything_finds_the_best(seed, alpha):
    step, log_p = table(seed)
    found = decoding.beam(step, state(seed), START, STOP, 4, width=V**4, alpha=alpha)[0]
    ended = [one for one in found if one.ended]
    expected = everything(log_p, seed, 4, alpha)
    assert [tuple(one.ids) for one in ended] == [ids for _, ids in expected]
    np.testing.assert_allclose([one.score for one in ended], [score for score, _ in expected])
    for one in ended:
        assert one.log_p == pytest.approx(log_p(seed, (*one.ids, STOP)))
    assert len(found) == len(ended) + 3**4 and all(len(one.ids) == 4 for one in found[len(ended) :])


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_sources_do_not_disturb_each_other(width):
    step, _ = table(7)
    several = decoding.beam(step, state(*range(6)), START, STOP, 6, width)
    for source, found in enumerate(several):
        (alone,) = decoding.beam(step, state(source), START, STOP, 6, width)
        assert [one.ids.tolist() for one in found] == [one.ids.tolist() for one in alone]
        np.testing.assert_allclose([one.score for one in found], [one.score for one in alone])
        assert 1 <= len(found) <= width


def test_greedy_is_a_beam_of_one_and_takes_the_likeliest_token():
    step, log_p = table(3)
    rows = decoding.greedy(step, state(*range(20)), START, STOP, 6)
    for source, (ids, (found,)) in enumerate(
        zip(rows, decoding.beam(step, state(*range(20)), START, STOP, 6, width=1))
    ):
        assert ids.dtype == np.int64 and ids.tolist() == found.ids.tolist()
        whole = [*ids, STOP] if found.ended else [*ids]
        assert found.ended or len(ids) == 6
        for i in range(len(whole)):
            best = max(range(V), key=lambda token: log_p(source, (*whole[:i], token)))
            assert best == whole[i]
    assert len({len(ids) for ids in rows}) > 3, "they end at different times"


def markov(rows):
    """A decoder that knows its last token only; rows of probabilities."""
    with np.errstate(divide="ignore"):
        logits = np.log(np.array(rows))
    return lambda tokens, state: (logits[tokens], state)


# 0 start, 1 stop. 2 looks better than 3 at first: 0.6 * 0.4 = 0.24 against 0.4 * 0.9 = 0.36.
TRAP = [[0, 0, 0.6, 0.4], [0, 1, 0, 0], [0, 0.4, 0.3, 0.3], [0, 0.9, 0.1, 0]]


def test_a_beam_gets_out_of_a_trap_that_greedy_is_caught_in():
    decoder, memory = markov(TRAP), np.zeros((1, 1))
    assert decoding.greedy(decoder, memory, START, STOP, 2)[0].tolist() == [2]
    best, second = decoding.beam(decoder, memory, START, STOP, 5, width=2, alpha=0)[0]
    assert best.ids.tolist() == [3] and best.log_p == pytest.approx(math.log(0.36))
    assert second.ids.tolist() == [2] and second.log_p == pytest.approx(math.log(0.24))
    assert best.ended and best.score == best.log_p


def test_alpha_lets_a_longer_sequence_win():
    # [2] has 0.5 * 0.5 = 0.25; [3, 3, 3] has 0.5 * 0.7 * 0.7 * 0.3 = 0.07 and is longer.
    rows = [[0, 0, 0.5, 0.5], [0, 1, 0, 0], [0, 0.5, 0, 0.5], [0, 0.3, 0, 0.7]]
    decoder, memory = markov(rows), np.zeros((1, 2))
    for alpha, T in ((0, 1), (5, 3)):
        found = decoding.beam(decoder, memory, START, STOP, 4, width=3, alpha=alpha)[0]
        lengths = [len(one.ids) for one in found if one.ended]
        assert lengths[0] == T
        for one in found:
            written = len(one.ids) + one.ended
            assert one.score == pytest.approx(one.log_p / ((5 + written) / 6) ** alpha)
    assert decoding.length_penalty(1, 0.7) == 1 and decoding.length_penalty(7, 1) == 2


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_to_end_early_changes_nothing(alpha, monkeypatch):
    step, _ = table(11, spread=3.0)
    calls = []

    def counted(tokens, state):
        calls.append(len(tokens))
        return step(tokens, state)

    def run():
        calls.clear()
        found = decoding.beam(counted, state(*range(30)), START, STOP, 8, width=3, alpha=alpha)
        return [[(tuple(one.ids), one.ended) for one in row] for row in found], sum(calls)

    early, fewer = run()
    monkeypatch.setattr(decoding, "_decided", lambda *arguments: False)
    late, more = run()
    assert early == late and fewer < more


def test_what_cannot_come_never_comes():
    rows = [[0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0]]
    found = decoding.beam(markov(rows), np.zeros((1, 1)), START, STOP, 5, width=4)[0]
    assert [one.ids.tolist() for one in found] == [[2, 3]] and found[0].log_p == 0


def test_equals_go_to_the_first_token_and_large_logits_do_not_overflow():
    decoder = lambda tokens, state: (np.full((len(tokens), 3), 1e5), state)  # noqa: E731
    assert decoding.greedy(decoder, np.zeros((2, 1)), 0, 2, 3)[1].tolist() == [0, 0, 0]
    found = decoding.beam(decoder, np.zeros((1, 1)), 0, 2, 2, width=2, alpha=0)[0]
    assert [one.ids.tolist() for one in found] == [[0, 0], [0, 1]] and not found[0].ended
    assert found[0].log_p == pytest.approx(-2 * math.log(3))


@pytest.mark.parametrize("run", [decoding.greedy, decoding.beam])
@pytest.mark.parametrize(
    ("memory", "message"),
    [
        (np.zeros((1, 0, 8)), r"empty array, of shape \(1, 0, 8\): is the source empty"),
        (np.zeros((0, 3)), "is the source empty"),
        ((np.zeros((2, 3)), np.zeros((3, 3))), "2 rows holds an array of 3"),
        ((), "must be an array"),
        (3.0, "must be an array"),
    ],
)
def test_a_state_of_another_form_is_refused(run, memory, message):
    with pytest.raises(ValueError, match=message):
        run(markov(TRAP), memory, START, STOP, 4)


@pytest.mark.parametrize("run", [decoding.greedy, decoding.beam])
@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (np.zeros(3), r"must be \(2, V\); got \(3,\)"),
        (np.zeros((1, 3)), r"must be \(2, V\); got \(1, 3\)"),
        (np.full((2, 3), np.nan), "NaN"),
        (np.full((2, 3), -np.inf), "nothing can follow"),
    ],
)
def test_logits_of_another_form_are_refused(run, logits, message):
    with pytest.raises(ValueError, match=message):
        run(lambda tokens, state: (logits, state), np.zeros((2, 1)), START, STOP, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"width": 0}, "width"), ({"length": 0}, "length"), ({"alpha": -1}, "alpha")],
)
def test_a_beam_of_nothing_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        decoding.beam(markov(TRAP), np.zeros((1, 1)), START, STOP, **{"length": 3, **arguments})
