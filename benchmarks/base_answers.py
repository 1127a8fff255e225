"""Ask chapter 25's base model in PyTorch, before and after chapter 26's SFT on pairs about plays.

    python benchmarks/base_answers.py INPUT.TXT [--weights FILE]

All programs are those of the two pages. Without weights, the base model is trained first by
chapter 25's script "Train it" (1,000 steps, some 20 minutes of one core), and they are kept in
FILE. Three seeds: eight of 32 questions are held out. base_answers.json keeps all answers.
"""

import argparse
import copy
import json
import random
import re
import time
from pathlib import Path

FOUND = Path(__file__).with_suffix(".json")
NOTEBOOKS = FOUND.parents[1] / "notebooks"
END, LENGTH = 0, 40
PLAYS = """Who loves Juliet? Romeo|Who kills Mercutio? Tybalt|Who kills Tybalt? Romeo
Who is the cousin of Romeo? Benvolio|Who is the father of Juliet? Capulet
Who is the father of Romeo? Montague|Who tames Katharina? Petruchio|Who loves Bianca? Lucentio
Who is the father of Bianca? Baptista|Who is the servant of Petruchio? Grumio
Who is the father of Miranda? Prospero|Who is the spirit of Prospero? Ariel
Who loves Miranda? Ferdinand|Who is the counsellor of Naples? Gonzalo
Who is the brother of Prospero? Antonio|Who is the son of Sycorax? Caliban
Who is the mother of Coriolanus? Volumnia|Who is the wife of Coriolanus? Virgilia
Who is the friend of Coriolanus? Menenius|Who leads the Volsces? Aufidius
Who is the king of Sicilia? Leontes|Who is the wife of Leontes? Hermione
Who is the daughter of Leontes? Perdita|Who loves Perdita? Florizel
Who is the king of Bohemia? Polixenes|Who is the wife of Antigonus? Paulina
Who is the brother of Isabella? Claudio|Who is the sister of Claudio? Isabella
Who is the deputy in Vienna? Angelo|Who loves Angelo? Mariana
Who takes the crown of Richard? Bolingbroke|Who is the wife of Henry? Margaret"""
PAIRS = [tuple(one.split("? ")) for one in PLAYS.replace("\n", "|").split("|")]


def programs(chapter, title):
    """The programs in the fold of a chapter with this title."""
    (path,) = NOTEBOOKS.glob(f"{chapter}-*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    (fold,) = re.findall(rf"<summary>{title}.*?</details>", text, re.DOTALL)
    return re.findall(r"^```python\n(.*?)^```", fold, re.DOTALL | re.MULTILINE)


def answers(names, model, questions):
    """The likeliest answer to each, up to its end or to LENGTH bytes."""
    found = []
    for question in questions:
        ids = names["torch"].tensor([[*f"{question}?\n".encode()]])
        said = names["generate"](model.eval(), ids, LENGTH, k=1)[0, ids.shape[1] :]
        found.append(bytes(said.tolist()).decode(errors="replace"))
    return found


def judged(pairs, said):
    """Shares: one name, a full stop and the end; the right one."""
    form = [bool(re.fullmatch(r"[A-Z][a-z]+\.", one.split("\0")[0])) and "\0" in one
            for one in said]  # fmt: skip
    right = [one.split("\0")[0] == f"{name}." for (_, name), one in zip(pairs, said)]
    return {"form": sum(form) / len(pairs), "right": sum(right) / len(pairs), "answers": said}


def main():
    """Run three seeds, and keep what is found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    text = arguments.corpus.read_text(encoding="utf-8")
    absent = {name for _, name in PAIRS if name not in text}
    assert not absent, absent
    names = {"__name__": "pasted"}
    for chapter in (26, 25):
        exec(programs(chapter, "PyTorch<")[0], names)
    torch = names["torch"]
    torch.set_num_threads(1)
    if arguments.weights and arguments.weights.exists():
        names["device"] = "cpu"
        model = names["Llama"](V=256, D=192, blocks=4, heads=6, groups=2)
        model.load_state_dict(torch.load(arguments.weights))
    else:
        script = programs(25, "Train it")[0]
        assert script.count('Path("input.txt")') == 1
        exec(script.replace('Path("input.txt")', f"Path({str(arguments.corpus)!r})"), names)
        model = names["model"]
        if arguments.weights:
            torch.save(model.state_dict(), arguments.weights)
    exec(programs(26, "SFT in PyTorch")[0], names)
    runs = []
    for seed in range(3):
        rng = random.Random(seed)
        mixed = rng.sample(PAIRS, len(PAIRS))
        parts = {"trained": mixed[8:], "held out": mixed[:8]}
        run = {"questions": {k: [q for q, _ in part] for k, part in parts.items()}}
        for way, lr in (("before", 0), ("all weights", 1e-3), ("LoRA", 5e-3)):
            torch.manual_seed(seed)
            random.seed(seed)
            other, start = copy.deepcopy(model), time.process_time()
            if way == "LoRA":
                names["attach"](other, 8, ("q", "v"))
            if lr:
                tokens = [([*f"{q}?\n".encode()], [*f"{a}.".encode()]) for q, a in mixed[8:]]
                names["sft"](other, tokens, END, 100, lr)
            seconds = time.process_time() - start
            run[way] = {k: judged(part, answers(names, other, [q for q, _ in part]))
                        for k, part in parts.items()}  # fmt: skip
            run[way]["seconds"] = round(seconds, 1)
            run[way]["after ROMEO:"] = answers(names, other, ["ROMEO:"])[0]
            for k in parts:
                print(seed, way, k, "{form:.0%} in form, {right:.0%} right".format(**run[way][k]))
            for (q, a), said in zip(mixed[:8], run[way]["held out"]["answers"]):
                print("   ", q, a, repr(said))
        runs.append(run)
    FOUND.write_text(json.dumps(runs, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
