"""Opponents, judges and proofs of the chapter on speech; its networks stand on the page."""

import itertools
import math
import time
from typing import NamedTuple

import numpy as np
from IPython.display import display
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from minidl import gradcheck, kernels, utils
from minidl.datasets import audio, fsdd
from minidl.kernels.ctc import reference
from minidl.losses import SparseCategoricalCrossentropy
from minidl.metrics.edits import word_error_rate
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import decoding
from minidl_course.chapters import common
from minidl_course.chapters.speech import BLANK, RATE, Walk, names_of

WATCHED = (0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 96, 128, 255)  # batches


def said_in(strings):
    """What was said in each string: lists of labels."""
    return [labels[labels > 0].tolist() for labels in strings.labels]


def fixed(m):
    """(T, 40) -> (64, 40): its middle, or zeros on both sides."""
    m = m[max(0, (len(m) - 64) // 2) :][:64]
    whole, begin = np.zeros((64, m.shape[1]), m.dtype), (64 - len(m)) // 2
    whole[begin : begin + len(m)] = m
    return whole


def stretched(m, steps=16):
    """(T, 40) -> (640,): slow and quick words brought to one length, for the neighbours."""
    at = np.linspace(0, len(m) - 1, steps)
    return np.array([np.interp(at, np.arange(len(m)), band) for band in m.T]).ravel()


def as_objects(pictures):
    """Arrays of different lengths as one array of objects, from which a mask can choose."""
    pictures = list(pictures)
    found = np.empty(len(pictures), object)
    found[:] = pictures
    return found


def wrong(model, pictures, y):
    """Percent of the words that a network gets wrong."""
    found = model.predict(np.stack([fixed(m) for m in pictures])).argmax(axis=1)
    return 100 * np.mean(found != y)


class Opponents:
    """Logistic regression and the nearest neighbour, on pictures stretched to one length."""

    def __init__(self, data, pictures):
        self.data = data
        self.flat = np.stack([stretched(m) for m in pictures]).astype(np.float32)

    def wrong(self, test):
        """{name: percent wrong} on the recordings of a mask, after learning from the rest."""
        models = {
            "logistic regression": LogisticRegression(C=0.01, max_iter=200),
            "nearest neighbour": KNeighborsClassifier(1),
        }
        x, y = self.flat, self.data.digits
        for model in models.values():
            model.fit(x[~test], y[~test])
        return {name: 100 * np.mean(m.predict(x[test]) != y[test]) for name, m in models.items()}

    def without_somebody(self, official):
        """{who is missing: percents wrong of the neighbour}, one for each person tested."""
        x, y, speakers = self.flat, self.data.digits, self.data.speakers
        without = {"that person": [], "another person": []}
        for n, name in enumerate(fsdd.SPEAKERS):
            tested = official & (speakers == name)
            for whom, gone in zip(without, (name, fsdd.SPEAKERS[n - 1])):
                learned = ~official & (speakers != gone)
                neighbour = KNeighborsClassifier(1).fit(x[learned], y[learned])
                without[whom].append(100 - 100 * neighbour.score(x[tested], y[tested]))
        return without


def judge_words(opponents, models, pictures, official):
    """Prints who gets how many words wrong on the official split; the networks' percents."""
    data = opponents.data
    scores = [wrong(m, pictures[official], data.digits[official]) for m in models]
    others, without = opponents.wrong(official), opponents.without_somebody(official)
    learned, tested = (~official).sum(), official.sum()
    print(f"{learned:,} recordings to learn from, {tested} to be tested on")
    for name, share in others.items():
        print(f"{name:20} {share:4.1f} % wrong")
    for whom, shares in without.items():
        print(f"nearest neighbour, without {whom}: {np.mean(shares):.1f} % wrong")
    low, high = min(scores), max(scores)
    print(f"convolutions         {np.mean(scores):4.1f} % wrong ({low:.1f} to {high:.1f})")
    assert tested == 300
    if data.real:
        assert np.mean(without["that person"]) > 3 * np.mean(without["another person"])
        assert high < 3 < others["nearest neighbour"] < others["logistic regression"]
    else:
        assert high < 60
    return scores


def judge_voices(opponents, unheard, heard):
    """A table of percents wrong for six voices, none of them heard in training; its means."""
    data = opponents.data
    others = [opponents.wrong(data.speakers == speaker) for speaker in fsdd.SPEAKERS]
    table = {"convolutions": list(unheard.values())}
    table |= {name: [one[name] for one in others] for name in others[0]}
    print(f"wrong, in %         {' '.join(f'{name:>8}' for name in fsdd.SPEAKERS)} mean")
    for name, shares in table.items():
        cells = " ".join(f"{share:8.1f}" for share in shares)
        print(f"{name:19} {cells} {np.mean(shares):4.1f}")
    means = {name: np.mean(shares) for name, shares in table.items()}
    if data.real:
        network, *rest = means.values()
        assert network > 8 * np.mean(heard) and network + 4 < min(rest)
    return means


def against_every_path(ctc, collapse, rng):
    """The largest relative error of P against the sum over all paths of six steps."""
    worst = 0.0
    for y in ([1, 2], [1, 1], [2], [], [2, 1, 2]):
        z = rng.standard_normal((6, 3))
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        paths = [path for path in itertools.product(range(3), repeat=6) if collapse(path) == y]
        P = sum(np.prod(p[np.arange(6), path]) for path in paths)
        worst = max(worst, abs(np.exp(-ctc(z, np.array(y, int))[0]) / P - 1))
    return worst


def against_small_steps(ctc, rng):
    """The largest relative error of dz against finite differences, times a random number."""
    z, y, upstream = rng.standard_normal((12, 4)), np.array([3, 1, 1, 2]), rng.standard_normal()
    dz = upstream * ctc(z, y)[1]
    by_steps = gradcheck.numeric(lambda: float(upstream * ctc(z, y)[0]), z)
    return gradcheck.relative_error(dz, by_steps).max()


def against_the_package(ctc, rng):
    """Checks loss and gradient: repeats, an empty string, and one too long for its sound."""
    labels = np.array([[3, 1, 1, 2], [2, 2, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
    lengths, steps = np.array([4, 2, 0, 4]), np.array([12, 9, 12, 6])
    Z = rng.standard_normal((4, 12, 4))
    loss, dZ = kernels.load("numba").ctc.loss(Z, labels, steps, lengths)
    for n in range(3):
        one, d_one, _ = ctc(Z[n, : steps[n]], labels[n, : lengths[n]])
        np.testing.assert_allclose([loss[n], *dZ[n, : steps[n]].ravel()], [one, *d_one.ravel()])
    assert loss[3] == np.inf and not dZ[3].any() and not dZ[1, 9:].any()


def prove(ctc, collapse):
    """Prints how wrong ctc(z, y) is, by three checks; returns their source, folded."""
    rng = np.random.default_rng(0)
    worst = against_every_path(ctc, collapse, rng)
    print(f"sum over every path: relative error {worst:.0e}")
    error = against_small_steps(ctc, rng)
    print(f"small steps: largest relative error of the gradient {error:.0e}")
    assert worst < 1e-10 and error < 1e-5
    against_the_package(ctc, rng)
    saddle = np.full((3, 11), -60.0)  # of "Check yourself", question 4
    saddle[:, BLANK] = saddle[[0, 2], 5] = 0
    loss, dz, _ = ctc(saddle, np.array([5]))
    np.testing.assert_allclose(loss, np.log(2))
    np.testing.assert_allclose(dz, 0, atol=1e-12)
    walk = Walk()
    np.testing.assert_allclose(ctc(walk.z, np.array(walk.y))[2], walk.both, atol=1e-9)
    print("by hand and by the package: the same losses and gradients")
    checks = against_every_path, against_small_steps, against_the_package
    display(common.folded("The three checks", *checks))
    return common.folded("The package's own CTC", reference.loss, reference._one)


def batches(strings, features, size=32):
    """[(X (size, T, 40), labels (size, 7), which), ...]: strings of similar length together."""
    pictures = [features(x) for x in strings.sounds]
    order = np.argsort([len(m) for m in pictures], kind="stable")
    found = []
    for some in np.split(order, range(size, len(order), size)):
        T = max(len(pictures[n]) for n in some) + 24  # at the end, silence goes on
        X = [np.pad(pictures[n], ((0, T - len(pictures[n])), (0, 0)), "edge") for n in some]
        found.append((np.stack(X), strings.labels[some], some))
    return found


def read(model, data, reader):
    """What a network hears in each string of the batches, by reader(z), and what was said."""
    pairs = [(z, labels) for X, Y, _ in data for z, labels in zip(model.predict(X), Y)]
    return [reader(z) for z, _ in pairs], [labels[labels > 0].tolist() for _, labels in pairs]


class Snapshot(NamedTuple):
    """After n batches: logits for one string; of 50 others the blanks, errors and loss."""

    n: int
    z: np.ndarray
    blanks: float
    errors: float
    loss: float


class Watch:
    """Called before each batch of a training; keeps what the network says now."""

    def __init__(self, data, x, features, best_path):
        self.x, self.best_path = features(x)[None], best_path
        self.few = batches(data.load_strings(50, "test"), features, 50)[0]  # of all lengths
        self.count, self.snapshots, self.half_trained = itertools.count(), [], []

    def __call__(self, model):
        """Keep a snapshot, if it is time."""
        n = next(self.count)
        if n not in WATCHED:
            return
        z, (X, Y, _) = model.predict(self.x)[0], self.few
        Z = model.predict(X)
        said = [labels[labels > 0] for labels in Y]
        errors = word_error_rate(list(map(self.best_path, Z)), said)
        steps, lengths = np.full(len(Z), Z.shape[1]), (Y > 0).sum(axis=1)
        loss = kernels.load("numba").ctc.loss(Z, Y, steps, lengths)[0].mean()
        blanks = (Z.argmax(axis=2) == BLANK).mean()
        self.snapshots.append(Snapshot(n, z, blanks, errors, loss))
        if n == 48:
            self.half_trained.extend(Z)


def judge_strings(data, found, expected):
    """Prints a recognizer's word error rate and its first three mistakes; the rate."""
    rate = 100 * word_error_rate(found, expected)
    faultless = 100 * np.mean([a == b for a, b in zip(found, expected)])
    print(f"word error rate            {rate:5.1f} %")
    print(f"strings without a mistake  {faultless:5.1f} %")
    assert rate < (4 if data.real else 80)
    for one, said in [(a, b) for a, b in zip(found, expected) if a != b][:3]:
        print(f"\nsaid  {names_of(data, said)}\nread  {names_of(data, one)}")
    return rate


def judge_search(data, watch, model, prefix_search, ctc):
    """Prints what prefix search changes, half trained and trained; checks it by the package."""
    X, Y, _ = watch.few
    expected = [labels[labels > 0].tolist() for labels in Y]
    trained = model.predict(X)
    for name, Z in (("half trained", watch.half_trained), ("trained", trained)):
        greedy, beams = [watch.best_path(z) for z in Z], list(map(prefix_search, Z))
        searched = [max(beam, key=lambda s, b=beam: np.logaddexp(*b[s])) for beam in beams]
        package = [labels.tolist() for ((labels, _), *_) in decoding.prefix_search(Z)]
        assert [list(labels) for labels in searched] == package
        changed = sum(list(a) != b for a, b in zip(searched, greedy))
        best, plain = (100 * word_error_rate(found, expected) for found in (searched, greedy))
        assert not data.real or best < plain + 0.5
        print(f"{name:12} WER greedy {plain:4.1f} %, ", end="")
        print(f"prefix search {best:4.1f} %; {changed} of {len(Z)} strings changed")
    likely = []
    for z, labels in zip(trained.astype(float), greedy):
        log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        likely.append(np.exp([log_p.max(axis=1).sum(), -ctc(z, np.array(labels, int))[0]]))
    path, string = np.median(likely, axis=0)
    print(f"trained, medians: best path {path:.2f}, all that read like it {string:.3f}")
    print("by hand and by the package: the same strings")
    assert not data.real or (changed < 5 and path < 0.85 and string > 0.8)  # of the trained one
    beam = prefix_search(np.log([[0.6, 0.4], [0.6, 0.4]]))
    np.testing.assert_allclose([np.exp(np.logaddexp(*beam[s])) for s in [(1,), ()]], [0.64, 0.36])


def loudness(m):
    """Of each step of a log-mel spectrogram m (T, 40); of its quiet tenth, and the loudest."""
    level = np.logaddexp.reduce(m, axis=1)
    return level, np.quantile(level, 0.1), level.max()


def pieces(level, low, high, loud, least, gap):
    """Where a sound of such `loudness` is loud: [(begin, end), ...]."""
    edges = np.diff(level > low + loud * (high - low), prepend=False, append=False)
    found = []
    for begin, end in np.flatnonzero(edges).reshape(-1, 2):
        if found and begin - found[-1][1] < gap:
            begin = found.pop()[0]  # too short a pause: one word, such as si-x
        found.append((begin, end))
    return [(begin, end) for begin, end in found if end - begin >= least]


def widened(cut, margin, T):
    """Pieces with up to `margin` steps more on both sides, at most to the middle of a pause."""
    middles = [(end + begin) // 2 for (_, end), (begin, _) in itertools.pairwise(cut)]
    ends = zip([0, *middles], [*middles, T])
    return [(max(b - margin, low), min(e + margin, high)) for (b, e), (low, high) in zip(cut, ends)]


def best_setting(strings):
    """Log-mel spectrograms, what was said, and how to cut most strings into as many pieces."""
    raw, said = [audio.log_mel(x, RATE) for x in strings.sounds], said_in(strings)
    settings = list(itertools.product((0.2, 0.3, 0.4, 0.5), (3, 5, 8), (2, 4, 6, 8)))
    levels = [(loudness(m), labels) for m, labels in zip(raw, said)]
    right = [sum(len(pieces(*m, *s)) == len(labels) for m, labels in levels) for s in settings]
    return raw, said, settings[int(np.argmax(right))]


class CutAndClassify:
    """The simple way: cut a string where it is quiet, and give each piece to `network()`.

    It learns from what `best_setting` returns.
    """

    def __init__(self, lessons, network, margin, seed=0, mean_over=0):
        raw, said, self.setting = lessons
        self.margin, self.mean_over = margin, mean_over
        both = [(self.words_of(m), labels) for m, labels in zip(raw, said)]
        matching = [(cut, labels) for cut, labels in both if len(cut) == len(labels)]
        self.cut_right = len(matching) / len(both)
        x = np.stack([one for cut, _ in matching for one in cut])
        y = np.array([label for _, labels in matching for label in labels])
        utils.set_random_seed(seed)
        self.classifier = network()
        rate = CosineDecay(3e-3, 8 * math.ceil(len(y) / 32))
        self.classifier.compile(Adam(rate), SparseCategoricalCrossentropy(from_logits=True))
        begin_at = time.process_time()
        self.classifier.fit(x, y - 1, 32, epochs=8, verbose=0)
        self.seconds = time.process_time() - begin_at

    def words_of(self, m):
        """What the cutting finds in a string, each as the network for words wants it."""
        cut = widened(pieces(*loudness(m), *self.setting), self.margin, len(m))
        words = [m[begin:end] for begin, end in cut]
        return [fixed((one - one.mean(axis=self.mean_over)) / 3) for one in words]

    def read(self, strings):
        """What it hears in each string: lists of labels."""
        found = [self.words_of(audio.log_mel(x, RATE)) for x in strings.sounds]
        x = np.stack([one for cut in found for one in cut])
        labels = self.classifier.predict(x).argmax(axis=1) + 1
        ends = np.cumsum([len(cut) for cut in found])[:-1]
        return [part.tolist() for part in np.split(labels, ends)]

    def wrong(self, strings):
        """The word error rate, in percent."""
        return 100 * word_error_rate(self.read(strings), said_in(strings))


def judge_cutting(data, sets, network, trained, read, ctc_rate, ctc_seconds):
    """Prints word error rates of cutting, without and with a margin, and of CTC; the second."""
    train_set, test_set = sets
    lessons = best_setting(train_set)
    ways = [CutAndClassify(lessons, network, n, mean_over=data.mean_over) for n in (0, 4)]
    strings = {
        "with pauses": test_set,
        "without any pause": data.load_strings(200, "test", pauses=0),
    }
    tight_ctc = 100 * word_error_rate(*read(trained, strings["without any pause"]))
    print(f"training strings cut into the right number of words: {100 * ways[1].cut_right:.0f} %")
    print(f"processor seconds of training: CTC {ctc_seconds:.1f}, simple {ways[1].seconds:.1f}")
    print("word error rate, in %     cut   cut with a margin   CTC")
    rates = [
        [*(way.wrong(one) for way in ways), ctc]
        for one, ctc in zip(strings.values(), (ctc_rate, tight_ctc))
    ]
    for name, (bare, margin, ctc) in zip(strings, rates):
        print(f"{name:23}{bare:6.1f} {margin:19.1f} {ctc:5.1f}")
    if data.real:
        assert all(margin < bare < 20 for bare, margin, _ in rates)
    display(common.folded("How a string is cut", loudness, pieces, widened))
    return rates[0][1]
