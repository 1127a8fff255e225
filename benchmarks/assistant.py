"""Train what chapter 26 tells of: encoders of tweets, and the stages to an assistant.

    python benchmarks/assistant.py atlas     pretraining, instructions, preferences, a reward hacked
    python benchmarks/assistant.py tweets    two pretraining objectives beside counting, three seeds
    python benchmarks/assistant.py checked   GRPO with a reward that a program checks, and a coin's
    python benchmarks/assistant.py reader    a reward model that reads: best of n, and chased

The first two write their part of assistant.json, which the chapter reads; `atlas` also
assistant.npz, the weights of the first seed after pretraining. The clock counts processor time.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from language_controls import page

from minidl.optimizers import Adam
from minidl_course import atlas, lora
from minidl_course.chapters import from_a_model_to_an_assistant as stages
from minidl_course.chapters import from_a_model_to_an_assistant_drawn as drawn
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
    found["proxy"], reward = proxy.tolist(), stages.learned(proxy)
    for beta in (0.0, 1.0):
        model.set_weights(told)
        found[f"hacked, beta {beta}"] = stages.chase(model, taught, reward, 100, 1e-3, beta, seed)
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
    found, start = page("26", "setup likelihood pg"), drawn.with_weights(model.get_weights())
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


def scores(model, texts):
    """The reward (N,) of pairs (question, answer), what `back` needs: one logit at the end."""
    ids, said = atlas.rows(texts)
    last = said.shape[1] - 1 - said[:, ::-1].argmax(axis=1)
    z, cache = model.forward(ids)
    return z[np.arange(len(z)), last, 0].astype(float), (z, last, cache)


def ranked(model, pairs):
    """Of (question, better, worse) the two rewards, as rows."""
    better, worse = ([(atlas.question(*p[0]), p[n]) for p in pairs] for n in (1, 2))
    return np.stack([scores(model, side)[0] for side in (better, worse)])


def fit_reader(model, pairs, steps=400, rate=5e-4, N=32, seed=0):
    """A reward model: a network whose one logit ranks pairs as the rater does (Bradley-Terry)."""
    rng, adam = np.random.default_rng(seed), Adam(rate, global_clipnorm=1.0)
    for step in range(steps):
        adam.learning_rate = rate * (1 - step / steps)
        batch = [pairs[n] for n in rng.integers(len(pairs), size=N)]
        texts = [(atlas.question(*p[0]), p[n]) for n in (1, 2) for p in batch]
        r, (z, last, cache) = scores(model, texts)
        push = 1 / (1 + np.exp(r[:N] - r[N:])) / N
        dz = np.zeros_like(z)
        dz[np.arange(2 * N), last, 0] = np.concatenate([-push, push])
        model.zero_grad()
        model.backward(dz, cache)
        adam.step(model.trainable_weights)


def of_reader(seeds=SEEDS):
    """Fit a reward model that reads, judge it, take its best of n, let a policy chase it.

    All seeds have the page's base model. Best of n by the page's learned reward stands beside it.
    """
    for seed in seeds:
        (lands, never), reader = stages.split(seed), drawn.base()
        stages.instruct(reader, lands, 600, 1e-3, seed)
        sft_weights = reader.get_weights()
        pairs = stages.compare(reader, lands, 2300, seed, sharp=4.0)
        fit_reader(reader, pairs[:-300], seed=seed)
        a, b = ranked(reader, pairs[-300:])
        facts = []
        for kind, land in atlas.asked(lands):
            right, value = atlas.fact(kind, land), atlas.FACTS[land][kind]
            other = next(v for v in atlas.VALUES[kind] if v != value)
            facts.append(((kind, land), right, atlas.fact(kind, land, other)))
        right, wrong = ranked(reader, facts)
        plain = [(q, " ".join([y] + ["have a nice day ."] * 5), y) for q, y, _ in facts]
        wishes = np.subtract(*ranked(reader, plain)).mean()
        print(f"seed {seed}: {len(pairs) - 300} pairs; of 300 others ranked {(a > b).mean():.3f};"
              f" right over wrong {(right > wrong).mean():.3f}; five wishes {wishes:+.2f}",
              flush=True)  # fmt: skip
        policy = drawn.with_weights(sft_weights)
        w = stages.proxy(stages.compare(policy, lands, 800, seed, sharp=4.0))
        for name, reward in (("reader", read_by(reader)), ("learned", stages.learned(w))):
            for where, part in (("thirty", lands), ("ten", never)):
                for n, shares in stages.best_of(policy, part, reward, (1, 4, 8, 32)).items():
                    print(f"  best of {n}, {name}, {where}:", *np.round(shares, 3), flush=True)
        for beta in (0.0, 1.0):
            chased(reader, sft_weights, lands, never, beta, seed)


def read_by(reader):
    """The reward of a reader, as `stages.chase` takes it."""
    return lambda asked, answers: scores(
        reader, [(atlas.question(*q), a) for q, a in zip(asked, answers)]
    )[0]


def chased(reader, sft_weights, lands, never, beta, seed):
    """Sixty steps of policy gradient on the reward of a reader: rewards, and an answer."""
    policy = drawn.with_weights(sft_weights)
    course = stages.chase(policy, lands, read_by(reader), 60, 1e-3, beta, seed)
    for step in (0, 29, 59):
        at = course[step]
        print(f"  beta {beta}, step {step + 1}: reward {at['proxy']:.2f}, true {at['true']:.2f},"
              f" right {at['right']:.2f}: {at['said']}", flush=True)  # fmt: skip
    share = stages.judged(policy, never)["drawn"]
    print(f"  beta {beta}, the ten held out: right {share:.2f}", flush=True)


def of_tweets(seconds):
    """Counting, and encoders from three beginnings, each fine-tuned on few labels and on all."""
    tweets, scores = encoders.load(), by_counting()
    for name, causal in (("masked", False), ("next", True)):
        for seed in SEEDS:
            body = encoders.body(causal, seed=seed)
            args = (body, tweets.more, causal, seconds, time.process_time)
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
    parser.add_argument("part", choices=["atlas", "tweets", "checked", "reader"])
    parser.add_argument("--seconds", type=float, default=100, help="of each pretraining on tweets")
    options = parser.parse_args()
    if options.part == "tweets":
        of_tweets(options.seconds)
    else:
        {"atlas": of_stages, "checked": of_checked, "reader": of_reader}[options.part]()


if __name__ == "__main__":
    main()
