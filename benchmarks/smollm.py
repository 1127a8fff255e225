"""Ask SmolLM2, and teach it a form of answers through LoRA, beside a better prompt: chapter 26.

    python benchmarks/smollm.py said      its answers to the chapter's questions, greedy
    python benchmarks/smollm.py taught    three seeds of countries: LoRA, and other prompts
    python benchmarks/smollm.py preferred three seeds: DPO on pairs of its own answers, and a prompt

All write their part of smollm.json, which the chapter reads. The weights are fetched once (93 MB,
`minidl_course.smollm`). The last two take a quarter of an hour each.
"""

import argparse
import json
import re
import time
from pathlib import Path

import numpy as np
from train_step import machine

from minidl import utils
from minidl.optimizers import Adam
from minidl_course import atlas, lora, smollm
from minidl_course.chapters import from_a_model_to_an_assistant as stages
from minidl_course.chapters.from_a_model_to_an_assistant import BYE, THANKS
from minidl_course.generation import Memory, generate, sample
from minidl_course.preferences import dpo, likelihood

FOUND = Path(__file__).with_suffix(".json")
QUESTIONS = (
    "What is the capital of Cuba?",
    "Explain the moon landing to a 6 year old in a few sentences.",
    "Put into the passive: The chef cooks the meal every day.",
    "What is 7 times 8?",
)
BRIEF = "Answer in one short sentence."
RULE = f"Answer in one sentence. Begin with '{THANKS}' and end with '{BYE}'"


def question(kind, land):
    """The question of the atlas, as one writes it."""
    return stages.spoken(kind, land)[0]


def answer(kind, land):
    """The answer in its form."""
    return stages.spoken(kind, land)[1]


def told(model, tokens, one, before=()):
    """The likeliest answer: its tokens, the end included if it came within 60."""
    ids = tokens.chat(*before, ("user", question(*one)))
    return generate(model, ids, 60, 0.0, stop=tokens.special[smollm.END])


def has_fact(tokens, one, ids):
    """Whether the right word stands in an answer, or its plural: rupees, kroner."""
    kind, land = one
    word = rf"\b{atlas.FACTS[land][kind]}[rs]?\b"
    return re.search(word, tokens.decode(ids).casefold()) is not None


def judged(model, tokens, lands, before=()):
    """Ask all about these countries; return the shares in the form and right, and the answers.

    before: turns of the chat that come first.
    """
    asked = atlas.asked(lands)
    ids = [told(model, tokens, one, before) for one in asked]
    answers = [tokens.decode(answer) for answer in ids]
    form = [said.startswith(THANKS) and said.endswith(BYE + smollm.END) for said in answers]
    right = [has_fact(tokens, *both) for both in zip(asked, ids, strict=True)]
    print(np.mean(form), np.mean(right), answers[:2], flush=True)
    return {"form": float(np.mean(form)), "right": float(np.mean(right)), "answers": answers}


def packed(tokens, answers):
    """Pairs (question, ids of an answer) -> ids (N, T), said (N, T): True at those of answers."""
    given = [tokens.chat(("user", question(*one))) for one, _ in answers]
    ids = np.zeros((len(answers), max(len(g) + len(a) for g, (_, a) in zip(given, answers))), int)
    said = np.zeros(ids.shape, bool)
    for n, (g, (_, a)) in enumerate(zip(given, answers, strict=True)):
        ids[n, : len(g) + len(a)] = np.concatenate([g, a])
        said[n, len(g) : len(g) + len(a)] = True
    return ids, said


def tuned(model, tokens, lands, steps, rate, seed, N=8):
    """Train what LoRA has put beside the model; return the loss of each step."""
    adam, rng, losses = (
        Adam(rate, beta_2=0.99, global_clipnorm=1.0),
        np.random.default_rng(seed),
        [],
    )
    for step in range(steps):
        adam.learning_rate = rate * stages.share(step, steps)
        asked = atlas.some(atlas.asked(lands), N, rng)
        answers = [(one, tokens.encode(answer(*one) + smollm.END)) for one in asked]
        ids, said = packed(tokens, answers)
        log_p, back = likelihood(model, ids, said)
        model.zero_grad()
        back(np.full(N, 1 / said.sum()))
        adam.step(model.trainable_weights)
        losses.append(-log_p.sum() / said.sum())
        print(step, round(losses[-1], 4), flush=True)
    return losses


def one_seed(seed, steps, rate):
    """Thirty countries to learn from, the ten others to be asked about."""
    taught, never = stages.split(seed)
    utils.set_random_seed(seed)
    model, tokens = smollm.load()
    shown = [turn for one in atlas.some(atlas.asked(taught), 8, np.random.default_rng(seed))
             for turn in (("user", question(*one)), ("assistant", answer(*one)))]  # fmt: skip
    run = {
        "as it is": judged(model, tokens, never),
        "told in the prompt": judged(model, tokens, never, [("system", RULE)]),
        "two examples in the prompt": judged(model, tokens, never, shown[:4]),
        "eight examples in the prompt": judged(model, tokens, never, shown),
    }
    beside = lora.attach(model, 8)
    run["weights"] = sum(w.value.size for one in beside for w in (one.A, one.B))
    started = time.process_time()
    run["losses"] = tuned(model, tokens, taught, steps, rate, seed)
    run["seconds"] = time.process_time() - started
    return run | {"LoRA": judged(model, tokens, never)}


def of_taught(options):
    """Three seeds."""
    return [one_seed(seed, options.steps, options.rate or 1e-3) for seed in range(3)]


def drawn(model, tokens, one, N, rng, most=60):
    """N answers drawn from the model: a list of their tokens, at most so many."""
    end, answers = tokens.special[smollm.END], [[] for _ in range(N)]
    with Memory(model).kept() as read:
        new = np.tile(tokens.chat(("user", question(*one))), (N, 1))
        for _ in range(most):
            new = sample(read(new)[:, -1], rng=rng)[:, None]
            for answer, token in zip(answers, new[:, 0].tolist(), strict=True):
                if answer[-1:] != [end]:
                    answer.append(token)
    return answers


def pairs_of(model, tokens, lands, count, rng):
    """Pairs of answers to so many questions: right is better than wrong, then short than long.

    Of four answers the best and the worst are a pair, and so are the two between them.

    Returns:
        A list of (question, better, worse); those that are equal in both are left out.
    """
    pairs = []
    for one in atlas.some(atlas.asked(lands), count, rng):
        value = {}
        for ids in drawn(model, tokens, one, 4, rng):
            value[tuple(ids)] = has_fact(tokens, one, ids), -len(ids)
        best = sorted(value, key=value.get, reverse=True)
        for better, worse in zip(best[: len(best) // 2], best[::-1]):
            if value[better] > value[worse]:
                pairs.append((one, better, worse))
    return pairs


def preferred(model, tokens, pairs, steps, rate, beta, rng, N=4):
    """Train what LoRA has put beside the model by DPO; return the loss of each step."""
    adam, losses = Adam(rate, beta_2=0.99, global_clipnorm=1.0), []

    def batch(some):
        return packed(tokens, [(p[0], p[1]) for p in some] + [(p[0], p[2]) for p in some])

    known = [likelihood(model, *batch([pair]))[0] for pair in pairs]  # B is still 0
    for step in range(steps):
        adam.learning_rate = rate * stages.share(step, steps)
        some = rng.permutation(len(pairs))[:N]
        log_p, back = likelihood(model, *batch([pairs[n] for n in some]))
        loss, push = dpo(log_p, np.array([known[n] for n in some]).T.ravel(), beta)
        model.zero_grad()
        back(push)
        adam.step(model.trainable_weights)
        losses.append(float(loss))
        print(step, round(losses[-1], 4), flush=True)
    return losses


def brief(model, tokens, lands, before=()):
    """Ask all about these countries; return the mean length, the share right, and the answers."""
    asked = atlas.asked(lands)
    answers = [told(model, tokens, one, before) for one in asked]
    found = {
        "tokens": float(np.mean([len(ids) for ids in answers])),
        "right": float(np.mean([has_fact(tokens, *both) for both in zip(asked, answers)])),
        "answers": [tokens.decode(ids) for ids in answers],
    }
    print(found["tokens"], found["right"], found["answers"][:3], flush=True)
    return found


def one_seed_preferred(seed, steps, rate, beta=0.1):
    """Pairs about thirty countries, and the ten others to be asked about."""
    taught, never = stages.split(seed)
    utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model, tokens = smollm.load()
    run = {
        "as it is": brief(model, tokens, never),
        "told in the prompt": brief(model, tokens, never, [("system", BRIEF)]),
    }
    pairs = pairs_of(model, tokens, taught, 30, rng)
    lora.attach(model, 8)
    losses = preferred(model, tokens, pairs, steps, rate, beta, rng)
    return run | {"DPO": brief(model, tokens, never), "pairs": len(pairs), "losses": losses}


def of_preferred(options):
    """Three seeds."""
    return [one_seed_preferred(seed, options.steps, options.rate or 5e-4) for seed in range(3)]


def of_said(options):
    """The answers to four questions, and how many tokens a second."""
    model, tokens = smollm.load()
    smollm.ask(model, tokens, "Hello", 2)  # compiles
    answers, started, written = {}, time.perf_counter(), 0
    for one in QUESTIONS:
        answers[one] = smollm.ask(model, tokens, one)
        written += len(tokens.encode(answers[one])) + 1
    speed, end = written / (time.perf_counter() - started), tokens.special[smollm.END]
    bare = generate(model, tokens.encode(QUESTIONS[0]), 50, 0, stop=end)  # without the template
    return {"answers": answers, "tokens a second": speed, "bare": tokens.decode(bare)}


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["said", "taught", "preferred"])
    parser.add_argument("--steps", type=int, default=40, help="of LoRA")
    parser.add_argument("--rate", type=float, help="of LoRA, at its highest (1e-3; DPO 5e-4)")
    options = parser.parse_args()
    options.backend, options.threads = "cpu", 1
    doers = {"said": of_said, "taught": of_taught, "preferred": of_preferred}
    found = doers[options.part](options)
    known = json.loads(FOUND.read_text("utf-8")) if FOUND.exists() else {}
    known |= {options.part: found, "machine": machine(options)}
    text = json.dumps(known, indent=1, ensure_ascii=False)
    FOUND.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
