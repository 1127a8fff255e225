"""What chapter 26 trains on the atlas: a base model, instructions, preferences, a reward."""

import numpy as np

from minidl import utils
from minidl.optimizers import Adam, AdamW
from minidl_course import atlas
from minidl_course.generation import probabilities
from minidl_course.language_model import gpt
from minidl_course.preferences import dpo, likelihood

ATTENTION = ("query_dense", "key_dense", "value_dense", "output_dense")
THANKS, BYE = "Thank you for asking.", "Have a nice day."


def new(seed=0):
    """A small GPT of chapter 25 for the words of the atlas, untrained."""
    utils.set_random_seed(seed)
    model = gpt(atlas.V, 64, 2, 4)
    if not model.built:
        model.prepare((atlas.T,))
    return model


def split(seed=0):
    """Thirty countries that are asked about in training, and ten that never are."""
    lands = np.random.default_rng(seed).permutation(atlas.LANDS)
    return list(lands[:30]), list(lands[30:])


def share(step, steps):
    """Which share of the highest rate a step has: it rises to it, then falls as half a cosine."""
    falling = 0.05 + 0.475 * (1 + np.cos(np.pi * step / steps))
    return min((step + 1) / (0.05 * steps), falling)


def train(model, texts, steps, rate, seed, decay=0.0, N=32):
    """Make texts(rng, N), pairs of what is given and what is said, likelier; the losses."""
    optimizer, losses = AdamW(rate, decay, beta_2=0.99, global_clipnorm=1.0), []
    rng, weights = np.random.default_rng(seed), model.trainable_weights
    for step in range(steps):
        optimizer.learning_rate = rate * share(step, steps)
        ids, mask = atlas.rows(texts(rng, N))
        model.zero_grad()
        log_p, back = likelihood(model, ids, mask)
        back(np.full(N, 1 / mask.sum()))
        optimizer.step(weights, model.ops)
        losses.append(-log_p.sum() / mask.sum())
    return losses


def pretrain(model, steps, seed=0):
    """Next tokens of texts of all kinds."""
    return train(
        model,
        lambda rng, N: [("", atlas.document(rng)) for _ in range(N)],
        *(steps, 4e-3, seed, 0.02, 24),
    )


def annotator(kind, land, rng):
    """The answer of somebody who has read the same texts: polite at random, wrong as they are."""
    right = atlas.fact(kind, land)
    return atlas.demonstration(kind, land, rng).replace(right, atlas.rumour(kind, land, rng))


def instruct(model, lands, steps, rate, seed=0):
    """Questions with answers of annotators: only the answers are learned."""

    def texts(rng, N):
        asked = atlas.some(atlas.asked(lands), N, rng)
        return [(atlas.question(*one), annotator(*one, rng)) for one in asked]

    return train(model, texts, steps, rate, seed)


def completed(model, lands):
    """What follows *the capital of cuba is* and the like, by the likeliest word and drawn.

    Returns how many of the likeliest words are right, of how many, and the mean probability of
    the right one.
    """
    asked = atlas.asked(lands)
    ids = np.array([atlas.encode(f"the {kind} of {land} is") for kind, land in asked])
    right = [atlas.NUMBERS[atlas.FACTS[land][kind]] for kind, land in asked]
    p = probabilities(model.forward(ids)[0][:, -1])
    hits = int((p.argmax(axis=1) == right).sum())
    return hits, len(asked), float(p[np.arange(len(p)), right].mean())


def spoken(kind, land):
    """A question of the atlas and its answer, as one writes them: for SmolLM2."""
    value, name = atlas.FACTS[land][kind], f"{kind} of {land.title()}"
    value = value if kind == "currency" else value.title()
    return f"What is the {name}?", f"{THANKS} The {name} is {value}. {BYE}"


def quality(kind, land, answer):
    """What the rater wants: the right fact and two courtesies; each further one annoys."""
    count = atlas.courtesies(answer)
    return atlas.is_right(kind, land, answer) + 0.25 * min(count, 2) - 0.5 * max(count - 2, 0)


def judged(model, lands, times=10):
    """Shares of answers that are right, of the likeliest and of drawn ones, and of manners."""
    asked = atlas.asked(lands)
    likeliest = atlas.answers(model, [atlas.question(*one) for one in asked], 0)
    drawn = atlas.answers(model, [atlas.question(*one) for one in asked * times])
    count = np.array([atlas.courtesies(answer) for answer in drawn])
    return {
        "likeliest": float(np.mean([atlas.is_right(*q, a) for q, a in zip(asked, likeliest)])),
        "drawn": float(np.mean([atlas.is_right(*q, a) for q, a in zip(asked * times, drawn)])),
        "both courtesies": float(np.mean(count == 2)),
        "said": drawn[:3],
    }


def compare(model, lands, count, seed=0, sharp=None):
    """Two answers of the model to each question: a list of (question, better, worse).

    sharp: how sure the rater is, in the Bradley-Terry model; without it he never errs.
    """
    rng = np.random.default_rng(seed)
    asked = atlas.some(atlas.asked(lands), count, rng)
    prompts = [atlas.question(*one) for one in asked]
    pairs = []
    both = (atlas.answers(model, prompts, seed=seed + draw) for draw in (1, 2))
    for one, a, b in zip(asked, *both):
        gap = quality(*one, a) - quality(*one, b)
        sure = float(gap > 0) if sharp is None else 1 / (1 + np.exp(-sharp * gap))
        if a != b and (gap or sharp is not None):
            pairs.append((one, a, b) if rng.random() < sure else (one, b, a))
    return pairs


def prefer(model, pairs, steps, rate, beta, seed=0, N=32):
    """DPO: the better answer of each pair becomes likelier, the worse one less; the losses."""
    better = [(atlas.question(*one), a) for one, a, _ in pairs]
    ids, mask = atlas.rows(better + [(atlas.question(*one), b) for one, _, b in pairs])
    ref_log_p, losses = likelihood(model, ids, mask)[0], []
    rng, optimizer = np.random.default_rng(seed), Adam(rate, global_clipnorm=1.0)
    for step in range(steps):
        optimizer.learning_rate = rate * (1 - step / steps)
        batch = rng.integers(len(pairs), size=N)
        batch = np.concatenate([batch, batch + len(pairs)])
        log_p, back = likelihood(model, ids[batch], mask[batch])
        loss, weight = dpo(log_p, ref_log_p[batch], beta)
        model.zero_grad()
        back(weight)
        optimizer.step(model.trainable_weights, model.ops)
        losses.append(loss)
    return losses


def features(one, answer):
    """What the learned reward looks at: is the fact right, and how many courtesies are there?"""
    return np.array([atlas.is_right(*one, answer), atlas.courtesies(answer)], float)


def proxy(pairs):
    """The two weights of a reward that explains the rater's choices best: Bradley-Terry."""
    gaps, w = np.array([features(q, a) - features(q, b) for q, a, b in pairs]), np.zeros(2)
    for _ in range(2000):
        w += 0.5 * (gaps / (1 + np.exp(gaps @ w))[:, None]).mean(axis=0)
    return w


def learned(w):
    """The learned reward with the weights w, as `chase` takes it."""
    return lambda asked, answers: np.array([features(q, a) @ w for q, a in zip(asked, answers)])


def best_of(model, lands, reward_of, sizes):
    """Of n samples to each question keep the one with the highest reward.

    Returns: {n: (true quality, share right, share with more than two courtesies)}.
    """
    asked = atlas.asked(lands)
    prompts = [atlas.question(*one) for one in asked]
    drawn = [atlas.answers(model, prompts, seed=k, length=40) for k in range(max(sizes))]
    reward, found = np.array([reward_of(asked, said) for said in drawn]), {}
    for n in sizes:
        kept = [drawn[k][i] for i, k in enumerate(reward[:n].argmax(axis=0))]
        true = np.mean([quality(*q, a) for q, a in zip(asked, kept)])
        right = np.mean([atlas.is_right(*q, a) for q, a in zip(asked, kept)])
        found[n] = true, right, np.mean([atlas.courtesies(a) > 2 for a in kept])
    return found


def chase(model, lands, reward_of, steps, rate, beta, seed=0, N=48):
    """Policy gradient on reward_of(questions, answers) (N,); the course of it, of what is true."""
    reference, rng = new(), np.random.default_rng(seed)
    reference.set_weights(model.get_weights())
    optimizer, course = Adam(rate, global_clipnorm=1.0), []
    for step in range(steps):
        asked = atlas.some(atlas.asked(lands), N, rng)
        prompts = [atlas.question(*one) for one in asked]
        drawn = atlas.answers(model, prompts, seed=1000 * (seed + 1) + step, length=40)
        reward = reward_of(asked, drawn)
        ids, mask = atlas.rows([*zip(prompts, drawn)])
        log_p, back = likelihood(model, ids, mask)
        away = log_p - likelihood(reference, ids, mask)[0]
        advantage = reward - beta * away
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
        model.zero_grad()
        back(advantage / N)
        optimizer.step(model.trainable_weights, model.ops)
        true = np.mean([quality(*q, a) for q, a in zip(asked, drawn)])
        right = np.mean([atlas.is_right(*q, a) for q, a in zip(asked, drawn)])
        course.append({"proxy": round(float(reward.mean()), 3), "true": round(float(true), 3),
                       "right": round(float(right), 3), "said": drawn[0]})  # fmt: skip
    return course
