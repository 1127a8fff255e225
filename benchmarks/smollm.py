"""Ask SmolLM2, and teach it a form of answers through LoRA, beside a better prompt: chapter 26.

    python benchmarks/smollm.py said      its answers to the chapter's questions, greedy
    python benchmarks/smollm.py taught    three seeds of countries: LoRA, and two other prompts

Both write their part of smollm.json, which the chapter reads. The weights are fetched once (93 MB,
`minidl_course.smollm`); the library gguf has to be installed. `taught` takes a quarter of an hour.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from train_step import machine

from minidl import utils
from minidl.optimizers import Adam
from minidl_course import atlas, lora, smollm
from minidl_course.chapters import from_a_model_to_an_assistant as stages
from minidl_course.generation import generate
from minidl_course.preferences import likelihood

FOUND = Path(__file__).with_suffix(".json")
QUESTIONS = (
    "What is the capital of Cuba?",
    "Explain the moon landing to a 6 year old in a few sentences.",
    "Put into the passive: The chef cooks the meal every day.",
    "What is 7 times 8?",
)
THANKS, BYE = "Thank you for asking.", "Have a nice day."
RULE = f"Answer in one sentence. Begin with '{THANKS}' and end with '{BYE}'"


def question(kind, land):
    """The question of the atlas, as one writes it."""
    return f"What is the {kind} of {land.title()}?"


def answer(kind, land):
    """The answer in its form."""
    value = atlas.FACTS[land][kind]
    value = value if kind == "currency" else value.title()
    return f"{THANKS} The {kind} of {land.title()} is {value}. {BYE}"


def judged(model, tokens, lands, before=()):
    """Ask all about these countries; return the shares in the form and right, and the answers.

    before: turns of the chat that come first.
    """
    end, answers = tokens.special[smollm.END], []
    for one in atlas.asked(lands):
        ids = tokens.chat(*before, ("user", question(*one)))
        answers.append(tokens.decode(generate(model, ids, 60, 0, stop=end)))
    form = [said.startswith(THANKS) and said.endswith(BYE + smollm.END) for said in answers]
    right = [atlas.FACTS[land][kind] in said.casefold()
             for (kind, land), said in zip(atlas.asked(lands), answers, strict=True)]  # fmt: skip
    print(np.mean(form), np.mean(right), answers[:2], flush=True)
    return {"form": float(np.mean(form)), "right": float(np.mean(right)), "answers": answers}


def rows(tokens, asked):
    """Return (ids (N, T), said (N, T)), said True at the tokens of the answers, their end too."""
    given = [tokens.chat(("user", question(*one))) for one in asked]
    told = [tokens.encode(answer(*one) + smollm.END) for one in asked]
    ids = np.full((len(asked), max(map(len, given)) + max(map(len, told))), 0)
    said = np.zeros(ids.shape, bool)
    for n, (g, t) in enumerate(zip(given, told, strict=True)):
        ids[n, : len(g) + len(t)] = np.concatenate([g, t])
        said[n, len(g) : len(g) + len(t)] = True
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
        ids, said = rows(tokens, atlas.some(atlas.asked(lands), N, rng))
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
    return [one_seed(seed, options.steps, options.rate) for seed in range(3)]


def of_said(options):
    """The answers to four questions, and how many tokens a second."""
    model, tokens = smollm.load()
    smollm.ask(model, tokens, "Hello", 2)  # compiles
    answers, started, written = {}, time.perf_counter(), 0
    for one in QUESTIONS:
        answers[one] = smollm.ask(model, tokens, one)
        written += len(tokens.encode(answers[one])) + 1
    return {"answers": answers, "tokens a second": written / (time.perf_counter() - started)}


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["said", "taught"])
    parser.add_argument("--steps", type=int, default=40, help="of LoRA")
    parser.add_argument("--rate", type=float, default=1e-3, help="of LoRA, at its highest")
    options = parser.parse_args()
    options.backend, options.threads = "cpu", 1
    found = {"said": of_said, "taught": of_taught}[options.part](options)
    known = json.loads(FOUND.read_text("utf-8")) if FOUND.exists() else {}
    known |= {options.part: found, "machine": machine(options)}
    text = json.dumps(known, indent=1, ensure_ascii=False)
    FOUND.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
