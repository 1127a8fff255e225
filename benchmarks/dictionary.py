"""A translator without a network, for chapter 23's sentences: word by word, by counting.

    python benchmarks/dictionary.py

IBM's model 1 (Brown and others, 1993): which French word an English one came
from is shared out by the chances so far, and the chances are counted anew, eight times. Then each
French word becomes its likeliest English one, in the order of the French; words that were never
seen are left out. Prints BLEU on the page's test. NOTES.md has what came out.
"""

from collections import defaultdict

from sacrebleu import corpus_bleu
from translation import plain

from minidl.datasets import fra_eng, fra_eng_subset


def chances(pairs, rounds=8):
    """P(English word | French word) for each pair of them that met in a sentence."""
    chance = defaultdict(lambda: 1.0)
    for _ in range(rounds):
        count, total = defaultdict(float), defaultdict(float)
        for french, english in pairs:
            for word in english:
                whole = sum(chance[word, source] for source in french)
                for source in french:
                    count[word, source] += chance[word, source] / whole
                    total[source] += chance[word, source] / whole
        chance = {pair: n / total[pair[1]] for pair, n in count.items()}
    return chance


def main():
    (x, y), test = fra_eng_subset.load_data()
    pairs = [(["<none>", *plain(a).split()], plain(b).split()) for a, b in zip(x, y)]
    best = {}
    for (word, source), p in chances(pairs).items():
        best[source] = max(best.get(source, (0, "")), (p, word))
    asked, answers = fra_eng.references(*test)
    written = [[best[w][1] for w in plain(text).split() if w in best] for text in asked]
    columns = [
        [plain(each[i]) if i < len(each) else None for each in answers]
        for i in range(max(map(len, answers)))
    ]
    bleu = corpus_bleu(list(map(" ".join, written)), columns, tokenize="none", force=True).score
    print(f"word by word: BLEU {bleu:.1f}")
    assert abs(bleu - 13.7) < 0.5


if __name__ == "__main__":
    main()
