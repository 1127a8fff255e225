"""Train what chapter 26 tells of: encoders of tweets, and the stages to an assistant.

    python benchmarks/assistant.py atlas     pretraining, instructions, preferences, a reward hacked
    python benchmarks/assistant.py tweets    two games of pretraining beside counting, three seeds
    python benchmarks/assistant.py checked   GRPO with a reward that a program checks, and a coin's

The first two write their part of assistant.json, which the chapter reads; `atlas` also
assistant.npz, the weights of the first seed after pretraining. The clock counts processor time.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from language_controls import page

from minidl_course import atlas, lora
from minidl_course.chapters import from_a_model_to_an_assistant as stages
from minidl_course.chapters import from_a_model_to_an_assistant_tweets as encoders
from minidl_course.chapters import word_vectors

FOUND = Path(__file__).parent / "assistant.json"
SEEDS, DRAWS = range(3), range(5)
SIZES = (100, 500, 7959)


def keep(part, found):
    """Put a part into assistant.json and leave the others."""
    known = json.loads(FOUND.read_text("utf-8")) if FOUND.exists() else {}
    text = json.dumps(known | {part: found}, indent=1, ensure_ascii=False)
    FOUND.write_text(text + "\n", encoding="utf-8")


def of_stages():
    """Three seeds of everything on the atlas."""
    runs = []
    for seed in SEEDS:
        model = stages.new(seed)
        stages.pretrain(model, 4000, seed)
        before = model.get_weights()
        if seed == 0:
            halves = {f"w{n}": w.astype("float16") for n, w in enumerate(before)}
            np.savez_compressed(FOUND.with_suffix(".npz"), **halves)
        runs.append(one_seed(model, before, seed))
        print(json.dumps(runs[-1])[:1500], flush=True)
        keep("atlas", runs)


def one_seed(model, before, seed):
    """What the stages of one seed reach."""
    taught, never = stages.split(seed)
    found = {"pretrained": stages.judged(model, never)}
    blank = stages.new(seed + 10)
    stages.instruct(blank, taught, 600, 1e-3, seed)
    found["without pretraining"] = stages.judged(blank, never)
    beside = stages.new(seed)
    beside.set_weights(before)
    lora.attach(beside, 2, names=stages.ATTENTION)
    stages.instruct(beside, taught, 600, 5e-3, seed)
    found["LoRA"] = stages.judged(beside, never)
    stages.instruct(model, taught, 600, 1e-3, seed)
    found["all weights"] = stages.judged(model, never)
    told = model.get_weights()
    pairs = stages.compare(model, taught, 1600, seed)
    stages.prefer(model, pairs, 200, 2e-4, 0.5, seed)
    found["DPO"] = stages.judged(model, never)
    found["DPO, compared"] = stages.judged(model, taught)
    model.set_weights(told)
    found["told, compared"] = stages.judged(model, taught)
    proxy = stages.proxy(stages.compare(model, taught, 800, seed, sharp=4.0))
    found["proxy"] = proxy.tolist()
    for beta in (0.0, 1.0):
        model.set_weights(told)
        found[f"hacked, beta {beta}"] = stages.chase(model, taught, proxy, 100, 1e-3, beta, seed)
    return found


def of_checked():
    """The chapter's GRPO after instructions, three seeds: right answers before and after."""
    for seed in SEEDS:
        model, (taught, _) = stages.new(seed), stages.split(seed)
        stages.pretrain(model, 4000, seed)
        stages.instruct(model, taught, 600, 1e-3, seed)
        of_rewards(model, seed)


def of_rewards(model, seed):
    """From one instructed model: the checked reward, and the toss of a coin in its place."""
    lands, coin = stages.split(seed), np.random.default_rng(seed)
    found, start = page("26", "setup likelihood pg"), stages.new()
    start.set_weights(model.get_weights())
    found["taught"] = lands[0]
    rewards = {
        "before": None,
        "checked": atlas.is_right,
        "coin": lambda *_: coin.random() < 0.5,
    }
    for name, reward in rewards.items():
        model.set_weights(start.get_weights())
        if reward:
            found["train_policy"](model, start, reward, 60, 0.0, 8)
        print(f"seed {seed}, {name}:", end="")
        for where, part in zip(("thirty", "ten"), lands):
            shares = {k: round(v, 3) for k, v in stages.judged(model, part).items() if k != "said"}
            known = round(stages.completed(model, part)[2], 3)
            print(f" {where} {shares}, without a question {known};", end="")
        print(flush=True)


def of_tweets(seconds):
    """Counting, and encoders from three beginnings, each fine-tuned on few labels and on all."""
    tweets, scores = encoders.load(), by_counting()
    hide = page("26", "setup hide")["hide"]
    for name, causal in (("masked", False), ("next", True)):
        for seed in SEEDS:
            body = encoders.body(causal, seed=seed)
            args = (body, tweets.more, causal, hide, seconds, time.process_time)
            losses = encoders.pretrain(*args, seed=seed)
            print(name, seed, len(losses), np.mean(losses[-100:]), flush=True)
            weights = body.get_weights()
            tuned(scores, name, tweets, causal, weights, seed, "all")
            if name == "masked":
                for train in ("LoRA", "head"):
                    tuned(scores, f"masked, {train}", tweets, causal, weights, seed, train)
                tuned(scores, "from nothing", tweets, causal, None, seed, "all")
            keep("tweets", {"seconds": seconds, "sizes": SIZES, "scores": scores})


def tuned(scores, name, tweets, causal, weights, seed, train):
    """Fine-tune one body on each number of labels; draws of the labels differ, too."""
    rate = {"all": 1e-3, "LoRA": 5e-3, "head": 1e-2}[train]
    for size in SIZES:
        for draw in DRAWS if size < SIZES[-1] else DRAWS[:1]:
            body = encoders.body(causal, seed=seed)
            if weights:
                body.set_weights(weights)
            model = encoders.judge(body, train, seed=seed)
            epochs = 3 if size == SIZES[-1] else 6
            score = encoders.fine_tune(model, tweets, size, epochs, rate, draw)
            scores.setdefault(name, {}).setdefault(str(size), []).append(round(float(score), 4))
    print(name, seed, {k: round(np.mean(v), 3) for k, v in scores[name].items()}, flush=True)


def by_counting():
    """What chapter 21 does with the same tweets: words, and counted vectors of words."""
    imported = "seeds = range(3)\nfrom minidl_course.chapters import word_vectors as page"
    changes = (
        ("seeds = range(3)", imported),
        ('tables = {"word2vec": [into for into, _ in trained]}', "tables = {}"),
    )
    found = page("21", "setup data more-text counted few", changes)
    labels, scores = [found[name] for name in ("y", "y_val", "y_test")], {}
    for name in ("naive Bayes", "logistic", "counted"):
        fit, settings, seeds = found["methods"][name]
        for size in SIZES:
            runs = [word_vectors.with_labels(size, fit, settings, x, labels)[1] for x in seeds]
            scores.setdefault(name, {})[str(size)] = np.round(np.concatenate(runs), 4).tolist()
    print(scores, flush=True)
    return scores


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["atlas", "tweets", "checked"])
    parser.add_argument("--seconds", type=float, default=100, help="of each pretraining on tweets")
    options = parser.parse_args()
    if options.part == "tweets":
        of_tweets(options.seconds)
    else:
        {"atlas": of_stages, "checked": of_checked}[options.part]()


if __name__ == "__main__":
    main()
