"""A translator without a network, for chapter 23: it counts phrases and strings them together.

Which words belong together: IBM's model 1 (Brown et al., "The mathematics of statistical machine
translation", 1993), both ways. Phrases are the pieces that such links do not leave (Koehn, Och and
Marcu, "Statistical phrase-based translation", 2003). How English goes on: trigrams, smoothed as by
Witten and Bell ("The zero-frequency problem", 1991).

Texts are words with blanks between them. Both logarithms that are added have weight 1.
"""

import math
from collections import Counter, defaultdict

import numpy as np

NONE, START, STOP = "<none>", "<", ">"
MOST = 5  # words of a phrase
LEFT_OUT = math.log(1e-3)  # what it costs to leave out a French word that has no translation


def chances(pairs, rounds=8):
    """Model 1: P(target word | source word), {(target, source): p}, of words that met in a pair.

    pairs: (source words, target words) of each sentence. A target word comes from a source word or
    from none. It is shared out among them by the chances so far, and these are counted anew.
    """
    chance = defaultdict(lambda: 1.0)
    for _ in range(rounds):
        count, total = defaultdict(float), defaultdict(float)
        for source, target in pairs:
            for word in target:
                whole = sum(chance[word, one] for one in (NONE, *source))
                for one in (NONE, *source):
                    count[word, one] += chance[word, one] / whole
                    total[one] += chance[word, one] / whole
        chance = {pair: n / total[pair[1]] for pair, n in count.items()}
    return chance


def links(french, english, to_english, to_french):
    """The places {(i, j)} of French and English words that belong together.

    Each word chooses its likeliest partner. If both choose each other, that is a link. Then what
    one side alone has chosen is added, if it lies beside a link and one of its words has none yet.
    """

    def chosen(words, others, chance):
        return [int(np.argmax([chance[word, one] for one in others])) for word in words]

    of_english = {(i, j) for j, i in enumerate(chosen(english, french, to_english))}
    of_french = set(enumerate(chosen(french, english, to_french)))
    found, open_ones = of_english & of_french, sorted(of_english ^ of_french)
    for i, j in open_ones * len(open_ones):  # again, since each new link may let in others
        beside = any(abs(i - k) <= 1 and abs(j - m) <= 1 for k, m in found)
        if beside and not (any(i == k for k, _ in found) and any(j == m for _, m in found)):
            found.add((i, j))
    return found


def phrases_of(french, english, found):
    """Pairs of pieces of both sentences: at least one link inside, and none leads out."""

    def pieces(n):
        return [(a, b) for a in range(n) for b in range(a + 1, min(a + MOST, n) + 1)]

    for a, b in pieces(len(french)):
        for c, d in pieces(len(english)):
            inside = {(a <= i < b, c <= j < d) for i, j in found}
            if (True, True) in inside and inside <= {(True, True), (False, False)}:
                yield french[a:b], english[c:d]


class Trigrams:
    """P(word | the two before it), mixed with what one word before, and none, would say."""

    def __init__(self, sentences):
        self.next = defaultdict(Counter)  # {the words before: how often each word followed}
        for sentence in sentences:
            words = (START, START, *sentence, STOP)
            for k in range(2, len(words)):
                for before in (words[k - 2 : k], words[k - 1 : k], ()):
                    self.next[before][words[k]] += 1
        self.total = {before: each.total() for before, each in self.next.items()}

    def p(self, before, word):
        """The more different words have followed, the more weight have the shorter ones."""
        p = 1 / (len(self.next[()]) + 1)  # one more, for all words that were never seen
        for short in ((), before[1:], before):
            if short in self.total:
                each, different = self.next[short], len(self.next[short])
                p = (each[word] + different * p) / (self.total[short] + different)
        return p

    def log_p(self, before, words):
        """How likely these words go on after those."""
        total = 0.0
        for word in words:
            total += math.log(self.p(before[-2:], word))
            before = (*before, word)
        return total


class PhraseTranslator:
    """Learns from French and English texts, by counting."""

    def __init__(self, french, english):
        pairs = [(tuple(f.split()), tuple(e.split())) for f, e in zip(french, english)]
        to_english, to_french = chances(pairs), chances([(e, f) for f, e in pairs])
        count = defaultdict(Counter)
        for f, e in pairs:
            for source, target in phrases_of(f, e, links(f, e, to_english, to_french)):
                count[source][target] += 1
        self.phrases = {
            source: [(target, math.log(n / each.total())) for target, n in each.items()]
            for source, each in count.items()
        }
        self.trigrams = Trigrams(e for _, e in pairs)
        self.likeliest = {}  # {French word: (chance, English word)}
        for (word, source), p in to_english.items():
            self.likeliest[source] = max(self.likeliest.get(source, (0, "")), (p, word))

    def word_by_word(self, text):
        """The likeliest English word for each French one that model 1 has seen."""
        known = [word for word in text.split() if word in self.likeliest]
        return " ".join(self.likeliest[word][1] for word in known)

    def translate(self, text, width=20):
        """The likeliest row of phrases that a beam finds, by their own and the trigrams' log P.

        Phrases stay in the order of the French. Of all beginnings that have come to the same
        French word with the same last two English ones, only the best can win.
        """
        words = tuple(text.split())
        reached = [{} for _ in range(len(words) + 1)]  # {last two words: (score, all words)}
        reached[0][START, START] = 0.0, (START, START)
        for i, here in enumerate(reached[:-1]):
            for score, written in sorted(here.values(), reverse=True)[:width]:
                for k in range(i + 1, min(i + MOST, len(words)) + 1):
                    left_out = [((), LEFT_OUT)] if k == i + 1 else []
                    for phrase, log_p in self.phrases.get(words[i:k], left_out):
                        longer = written + phrase
                        new = score + log_p + self.trigrams.log_p(written, phrase), longer
                        old = reached[k].get(longer[-2:], new)
                        reached[k][longer[-2:]] = max(old, new)
        ends = reached[-1].values()
        _, written = max((s + self.trigrams.log_p(w, (STOP,)), w) for s, w in ends)
        return " ".join(written[2:])
