"""Summaries of docstrings: choose one, find one, write one. Other authors than those learned from.

    python benchmarks/summaries.py                          all three parts, three seeds
    python benchmarks/summaries.py --parts choose --seeds 1
    python benchmarks/summaries.py --tune                   judged where settings were chosen

choose  Which of the shuffled sentences is the summary line?
find    Which of ten summaries, nine of them of other docstrings, belongs to the text?
write   Write the line, word by word, with and without copying words from the text.

Prints a table for each part: the mean over seeds, the worst and the best seed, and processor
seconds of training (set NUMBA_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1). Every result depends on
the installed versions of the packages that are read: they are printed, too.
"""

import argparse

import numpy as np
from summaries_choosing import choose, find
from summaries_writing import write
from train_step import markdown

from minidl.datasets import docstrings

ROUGES = ["ROUGE-1", "ROUGE-2", "ROUGE-L"]
HEADS = {
    "choose": ["way", "accuracy (worst to best seed)", *ROUGES, "CPU-s"],
    "find": ["way", "accuracy (worst to best seed)", "CPU-s"],
    "write": ["way", "ROUGE-1 (worst to best seed)", *ROUGES[1:], "words", "copied", "CPU-s"],
}


def rows(results):
    """Return rows of a table of {title: [(score, ..., seconds) of each seed]}."""
    table = []
    for title, runs in results.items():
        first, *others, seconds = zip(*runs)
        means = [f"{np.mean(values):.3f}".replace("nan", "") for values in others]
        spread = f"{np.mean(first):.3f} ({min(first):.3f} to {max(first):.3f})"
        table.append([title, spread, *means, f"{np.mean(seconds):.1f}".replace("nan", "")])
    return table


def check(part, results):
    """Hold what a chapter says of these results."""
    first = {title: np.mean([run[0] for run in runs]) for title, runs in results.items()}
    if part == "choose":
        assert first["GRU, attention"] > 0.86 > 0.8 > first["bag, each by itself"]
        assert first["bag, attention"] > first["bag, each by itself"] + 0.04
        assert abs(first["GRU, attention"] - first["GRU, each by itself"]) < 0.03
        assert first["bag, attention"] > first["shortest"] + 0.1
        assert first["TextRank"] < first["first"] + 0.1 < first["shortest"]
    elif part == "find":
        assert first["TF-IDF, cosine"] > first["learned, both sides"] + 0.2
    else:
        assert first["generated or copied"] > first["generated"] + 0.04
        assert abs(first["generated or copied"] - first["first sentence of the text"]) < 0.04


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(HEADS), help="names, with commas")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--tune", action="store_true", help="judge on the validation packages")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(HEADS):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(HEADS)}")
    print(", ".join(f"{name} {version}" for name, version in docstrings.versions().items()))
    held_out = docstrings.VALIDATION if options.tune else docstrings.TEST
    train, held = docstrings.load_data(test=held_out)
    for part in parts:
        results, shown = PARTS[part](train, held, range(options.seeds))
        print(markdown(HEADS[part], rows(results)), flush=True)
        for lines in zip(*(lines for _, lines in shown)):
            print("", *(f"{title:22} {line}" for (title, _), line in zip(shown, lines)), sep="\n")
        if not options.tune:
            check(part, results)


PARTS = {
    "choose": lambda *data: (choose(*data), []),
    "find": lambda *data: (find(*data), []),
    "write": write,
}

if __name__ == "__main__":
    main()
