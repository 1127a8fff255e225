"""What chapter 26 draws and prints."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl_course import atlas, language_model
from minidl_course.chapters import from_a_model_to_an_assistant as stages
from minidl_course.chapters import writing_text
from minidl_course.chapters.common import BENCHMARKS, measured
from minidl_course.preferences import likelihood

COLOURS = plots.COLOURS
SHOWN = {"counted": "counted vectors", "from nothing": "from scratch"}  # names of runs
SHOWN["masked, head"] = "linear probe"
# What the page shows folded: how the corpus comes about and answers are judged, and the pairs.
WORLD = (
    *(atlas.document, atlas.rumour, atlas.demonstration, stages.annotator, atlas.rows),
    *(atlas.answers, atlas.is_right, stages.judged, stages.pretrain, stages.train, stages.new),
)
PAIRS = stages.compare, stages.quality, stages.features


def hook():
    """Three questions, and the first answers drawn after each of three trainings, recorded."""
    runs = measured("assistant")["atlas"]
    _, never = stages.split(0)
    asked = atlas.asked(never)[:3]
    shown = {"base model": "pretrained", "then SFT": "all weights", "then DPO": "DPO"}
    learned = ("texts", "instructions", "preferences")
    d, told = plots.Diagram(7.2, 3.3), []
    land = asked[0][1]
    d.text(0.1, 3.1, f"asked: the capital, the language, the currency of {land}", align="left")
    d.text(4.1, 3.1, "✓ right", align="left", colour="truth")
    d.text(4.8, 3.1, "✗ wrong, or another question first", align="left", colour="gradient")
    for row, (title, key) in enumerate(shown.items()):
        y = 2.4 - 0.95 * row
        fill = ("muted", "data", "memory")[row]
        d.box(0.8, y, f"{title}\n({learned[row]})", 1.35, 0.75, fill=fill)
        for line, (one, said) in enumerate(zip(asked, runs[0][key]["said"])):
            right = atlas.is_right(*one, said)
            cut = textwrap.shorten(said, 84, placeholder=" ...") or "(nothing)"
            place = 1.6, y + 0.27 - 0.27 * line
            d.text(*place, f"{'✓' if right else '✗'} {cut}", size=8, align="left",
                   colour="truth" if right else "gradient")  # fmt: skip
            told.append(f"{title}, {'right' if right else 'wrong'}: {cut}")
    plots.show(f"Nine answers to three questions on {land}, ticked where right. " + " ".join(told))
    print(f"{f'right at once, seeds: {len(runs)}':36} {'sampled':18} greedy, of 30")
    for title, key in shown.items():
        drawn, greedy = (" ".join(f"{run[key][how]:5.0%}" for run in runs)
                         for how in ("drawn", "likeliest"))  # fmt: skip
        print(f"{title:36}{drawn:18} {greedy}")
    right, count, likely = stages.completed(base(), never)
    print(f"{'base model, answer begun, first seed':36}{likely:5.0%}{right / count:19.0%}")
    return runs


def base():
    """The base model of the first seed, as benchmarks/assistant.py has trained it."""
    with np.load(BENCHMARKS / "assistant.npz") as file:
        return with_weights([file[f"w{n}"].astype("float32") for n in range(len(file.files))])


def with_weights(weights):
    """A network with these weights."""
    model = stages.new()
    model.set_weights(weights)
    return model


def three_trainings():
    """Diagram: what each training learns from, and what comes out of it; the last in three ways."""
    d = plots.Diagram(7.4, 2.55)
    boxes = [
        d.box(x, 0.45, text, width, 0.55, fill=fill)
        for x, width, text, fill in (
            (0.85, 1.35, "base model", "muted"),
            (2.75, 1.35, "instruction-\ntuned model", "data"),
            (6.35, 1.75, "assistant", "memory"),
        )
    ]
    given = (
        "1 pretraining, on texts:\nguess the next word",
        "2 SFT, on demonstrations:\nguess the answer",
        "3 pairs of answers:\nwhich is better?",
    )
    for text, x in zip(given, (0.85, 2.75, 4.5)):
        d.text(x, 2.15, text)
    for x, box in zip((0.85, 2.75), boxes):
        d.arrow((x, 1.9), box)
    d.arrow(boxes[0], boxes[1])
    d.arrow(boxes[1], boxes[2], "trained further")
    reward = d.box(5.85, 2.15, "reward\nmodel", 0.75, 0.5, fill="output")
    d.box(6.85, 2.15, "program\nthat checks", 0.95, 0.5, fill="output")
    d.arrow((5.1, 2.15), reward)
    d.arrow((4.5, 1.9), (5.47, 0.62))
    for x, road in ((5.85, "RLHF"), (6.85, "RLVR")):
        d.arrow((x, 1.9), (x, 0.73))
        d.text(x - 0.07, 1.35, road, align="right")
    d.text(4.78, 1.25, "DPO", align="right")
    plots.show("Three boxes in a row: a base model learns from texts, then from questions with "
               "answers; then three ways lead to the assistant: from pairs of answers, of which "
               "one is better, DPO straight, or RLHF through a reward model; without pairs RLVR, "
               "from a program that checks.")  # fmt: skip


def two_games():
    """Which words each word may look at, and which are guessed: next word, and masked words."""
    words = ["my", "flight", "was", "late"]
    _, axes = plt.subplots(1, 2, figsize=(6.8, 2.8), layout="compressed")
    covered = ["my", "[MASK]", "was", "late"]
    games = (
        ("Next word: nobody looks ahead", np.tri(4), words, [*words[1:], "(end)"]),
        ("Masked: all look at all", np.ones((4, 4)), covered, ["", "flight", "", ""]),
    )
    for ax, (title, seen, read, guessed) in zip(axes, games):
        ax.imshow(seen, cmap="Blues", vmin=0, vmax=2.5)
        ax.set(xticks=range(4), xticklabels=read, yticks=range(4), yticklabels=read)
        ax.set_title(title, fontsize=10)
        ax.set(xlabel="at whom")
        for row, word in enumerate(guessed):
            ax.text(3.7, row, f"→ {word}" if word else "", va="center", fontsize=9)
        for edge in np.arange(0.5, 3):
            ax.axhline(edge, color="white", lw=2)
            ax.axvline(edge, color="white", lw=2)
    axes[0].set_ylabel("who looks")
    plots.show("Two tables of four words by four, row by row who looks at whom. Left, each word "
               "looks at itself and those before, and guesses the next. Right, all look at all, "
               "and the word flight, covered by a mask, is guessed.")  # fmt: skip


def label_scores():
    """Balanced accuracy of each beginning, for 100, 500 and all labels, recorded."""
    found = measured("assistant")["tweets"]
    sizes, scores = [str(n) for n in found["sizes"]], found["scores"]
    _, ax = plt.subplots(figsize=(7, 3.2), layout="compressed")
    looks = {
        "naive Bayes": ("truth", "o-"),
        "counted": ("muted", "s-"),
        "masked": ("data", "^-"),
        "next": ("output", "D-"),
        "from nothing": ("weight", "v--"),
    }
    for place, (name, (colour, line)) in enumerate(looks.items()):
        each = [100 * np.array(scores[name][n]) for n in sizes]
        label = SHOWN.get(name, name)
        reach = np.transpose([(e.mean() - e.min(), e.max() - e.mean()) for e in each])
        x, means = np.arange(3) + 0.05 * (place - 2), [e.mean() for e in each]
        ax.errorbar(x, means, reach, fmt=line, capsize=2, elinewidth=1, color=COLOURS[colour],
                    label=label)  # fmt: skip
    ax.set(xticks=range(3), xticklabels=[f"{int(n):,}" for n in sizes], xlabel="labelled tweets")
    ax.set(ylabel="balanced accuracy, %")
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set_title("Which is best depends on how many labels there are", fontsize=10.5)
    plots.show("Balanced accuracy of naive Bayes, counted vectors and three encoders, for 100, 500 "
               "and 7,959 labels; the numbers are printed below.")  # fmt: skip
    print("labels         ", *(f"{int(n):>14,}" for n in sizes))
    for name in [*looks, "logistic", "masked, LoRA", "masked, head"]:
        each = (100 * np.array(scores[name][n]) for n in sizes)
        print(f"{SHOWN.get(name, name):15}", *(f"{e.mean():8.1f} ±{e.std():4.1f}" for e in each))
    return {name: [np.mean(runs[n]) for n in sizes] for name, runs in scores.items()}


def beside():
    """Diagram: a large frozen matrix, and the adapter beside it, two thin ones that are trained."""
    d = plots.Diagram(6.4, 3.1)
    x, y = d.box(0.5, 1.6, "x", 0.5, fill="data"), d.box(5.8, 1.6, "y", 0.5, fill="output")
    W = d.box(3.0, 2.25, "W  (D, M)\nfrozen", 1.3, 1.3, fill="muted")
    A = d.box(2.1, 0.75, "A\n(D, r)", 0.5, 1.3, fill="weight")
    B = d.box(3.6, 0.75, "B  (r, M)", 1.3, 0.3, fill="weight")
    plus = d.gate(4.9, 1.6, "+")
    for a, b in ((x, W), (x, A), (W, plus), (plus, y)):
        d.arrow(a, b)
    d.arrow(A, B, "h")
    d.arrow(B, plus, "× s")
    plots.show("x goes through a large frozen square W and, beside it, through two thin ones, "
               "a tall A and a flat B, which are trained; their product, times s, is "
               "added.")  # fmt: skip


def instructed(rows, runs):
    """How often each way answers questions on countries it was never asked about."""
    names = ("without pretraining", "all weights", "LoRA")
    print(f"right on countries never asked about: greedy / sampled (seeds: {len(runs)})")
    print(f"  {'facts in the corpus':20}     /{1 - atlas.WRONG:.0%}")
    for name in names:
        each = [f"{run[name]['likeliest']:.0%}/{run[name]['drawn']:.0%}" for run in runs]
        print(f"  {name:20} {'   '.join(each)}")
    for name, (count, shares) in rows.items():
        kept = f"{count:7,} weights, {12 * count / 1000:5,.0f} kB for gradients and Adam"
        print(f"here, {name:11}: {kept}, {shares['likeliest']:.0%}")


def smol_said():
    """What SmolLM2 answers, recorded; the ends of long answers are left out."""
    found = measured("smollm")["said"]
    for question, answer in found["answers"].items():
        told = textwrap.shorten(answer, 270, placeholder=" [...]")
        print(question, *textwrap.wrap(told, 74), sep="\n  ")
    print(f"({found['tokens a second']:.0f} tokens a second, on one core)")


def smol_taught():
    """How often SmolLM2 answers in the format and rightly, by way, recorded; returns the runs."""
    runs = measured("smollm")["taught"]
    print(f"{f'30 answers, seeds: {len(runs)}':28} {'in the format':18} right word in it")
    for way in (way for way, found in runs[0].items() if isinstance(found, dict)):
        shares = [" ".join(f"{run[way][what]:5.0%}" for run in runs) for what in ("form", "right")]
        print(f"{way:28} {shares[0]:18} {shares[1]}")
    print("LoRA trained {weights:,} weights in {seconds:.0f} seconds of one core".format(**runs[0]))
    return runs


def smol_preferred():
    """What DPO makes of SmolLM2's answers, beside a prompt, recorded; returns the runs."""
    runs = measured("smollm")["preferred"]
    print(f"{f'30 answers, seeds: {len(runs)}':22} {'tokens, on average':20} right word in it")
    for way in ("as it is", "told in the prompt", "DPO"):
        tokens = " ".join(f"{run[way]['tokens']:5.1f}" for run in runs)
        right = " ".join(f"{run[way]['right']:5.0%}" for run in runs)
        print(f"{way:22} {tokens:20} {right}")
    for land, some in (("Portugal", runs), ("Brazil", runs[:1])):
        question = f"What is the capital of {land}?"
        print(question)
        for n, run in enumerate(some):
            (place,) = (k for k, one in enumerate(atlas.asked(stages.split(n)[1]))
                        if stages.spoken(*one)[0] == question)  # fmt: skip
            for way in ("as it is", "DPO")[n > 0 :]:
                said = run[way]["answers"][place].removesuffix("<|im_end|>")
                said = textwrap.shorten(said, 118, placeholder=" [...]")
                name = way if way != "DPO" or len(some) == 1 else f"DPO {n + 1}"
                print(textwrap.fill(said, 76, initial_indent=f"  {name:9} ",
                                    subsequent_indent=" " * 12))  # fmt: skip
    return runs


def preferred(runs):
    """What DPO has changed, recorded."""
    print(f"SFT -> DPO (seeds: {len(runs)}; facts right in the corpus: {1 - atlas.WRONG:.0%})")
    rows = (
        ("two courtesies", "both courtesies"),
        ("sampled answers right", "drawn"),
        ("greedy answers right", "likeliest"),
    )
    for title, key in rows:
        pairs = "   ".join(f"{r['all weights'][key]:.0%} -> {r['DPO'][key]:.0%}" for r in runs)
        print(f"{title:22} {pairs}")
    pairs = "   ".join(f"{r['told, compared']['drawn']:.0%} -> {r['DPO, compared']['drawn']:.0%}"
                       for r in runs)  # fmt: skip
    print(f"{'right, where trained':22} {pairs}")


def after_dpo(losses, course, moved, before, after):
    """What DPO has moved: the pairs, and answers about countries that it was never asked about.

    course (steps, 2): the mean log ratios of each batch, of chosen and of rejected answers.
    """
    _, ax = plt.subplots(figsize=(5.4, 2.2), layout="compressed")
    smooth = np.apply_along_axis(np.convolve, 0, course, np.ones(10) / 10, "valid")
    for line, name, colour in zip(smooth.T, ("chosen", "rejected"), ("truth", "gradient")):
        ax.plot(np.arange(10, len(course) + 1), line, color=COLOURS[colour])
        ax.text(len(course) + 3, line[-1], name, color=COLOURS[colour], va="center")
    ax.axhline(0, color="0.8", lw=0.8, zorder=0)
    ax.set(xlabel="steps", xlim=(0, len(course) * 1.18), ylabel=r"$\log(\pi/\pi_0)$")
    ax.set_title("DPO asks for the gap: both sink (means of ten steps)", fontsize=10)
    plots.show("Two curves over 200 steps: the log ratio of the chosen answers sinks a little, "
               "that of the rejected ones far.")  # fmt: skip
    won, lost = moved.mean(axis=1)
    print(f"loss at first {losses[0]:.2f}, at last {losses[-1]:.2f}")
    print(f"log p of the chosen ones {won:+.1f}, of the rejected {lost:+.1f}")
    print(f"pairs ranked as the rater does: {np.mean(moved[0] > moved[1]):.0%}")
    print("on countries never asked about, 300 sampled answers:")
    for name, key in (("two courtesies", "both courtesies"), ("right", "drawn")):
        print(f"  {name:17} {before[key]:.0%} -> {after[key]:.0%}")
    assert lost < won - 1.5 and won < 0 and losses[-1] < 0.5
    assert after["both courtesies"] > 0.6 and after["drawn"] > before["drawn"]


def one_draw(reinforce, train_policy, sft_weights, taught, w):
    """Three of 48 answers of a policy gradient, with their advantages; then two steps, checked."""
    model, reference, other = (with_weights(sft_weights) for _ in range(3))
    asked = atlas.some(atlas.asked(taught), 48, np.random.default_rng(0))
    learned = lambda kind, land, y: stages.features((kind, land), y) @ w  # noqa: E731
    drawn, reward, advantage = reinforce(model, reference, asked, learned, 1.0, 1000)
    for n in np.argsort(advantage)[[-1, 24, 0]]:
        print(f"reward {reward[n]:.1f}, advantage {advantage[n]:+.1f}:\n  {drawn[n]}")
    train_policy(model, reference, learned, 2, 1.0)
    course = stages.chase(other, taught, stages.learned(w), 2, 1e-3, 1.0)
    assert course[0]["said"] == drawn[0]
    for mine, theirs in zip(model.get_weights(), other.get_weights()):
        assert np.allclose(mine, theirs, atol=1e-5)
    print("two steps of train_policy: the weights of our module")


def same_layer(mine, theirs, x):
    """Whether the page's LoRA and the course's, given the same A and B, agree."""
    theirs.prepare(x.shape)
    theirs.astype(np.float64)
    for ours, other in ((mine.A, theirs.A), (mine.B, theirs.B)):
        other.value[...] = ours.value
    assert np.allclose(mine.forward(x)[0], theirs.forward(x)[0])


def same_likelihood(mine, model):
    """Whether the page's log-likelihood and the course's agree."""
    one = atlas.question("capital", "peru"), atlas.fact("capital", "peru")
    ids, mask = atlas.rows([one])
    assert np.allclose(mine(model, ids, mask)[0], likelihood(model, ids, mask)[0])


def after_grpo(reference, model, taught, never):
    """Shares of right answers, and of courtesies, before and after GRPO with a checked reward."""
    print(f"{'right answers':32}{'before':>7}{'after':>8}")
    for name, lands in (("the thirty, trained on", taught), ("the ten, held out", never)):
        before, after = (stages.judged(each, lands) for each in (reference, model))
        for how, key in (("sampled", "drawn"), ("greedy", "likeliest")):
            print(f"{name:23}{how:9}{before[key]:7.0%}{after[key]:8.0%}")
        assert after["drawn"] > before["drawn"] + (0.08 if lands is taught else -0.05)
    key = "both courtesies"
    print(f"{'two courtesies, sampled':32}{before[key]:7.0%}{after[key]:8.0%}")


def hacked(runs, frames=16):
    """Film: the learned reward, the rater's points and an answer, while a policy chases the first.

    Both are drawn without and with a KL penalty.
    """
    free, priced = (runs[0][f"hacked, beta {beta}"] for beta in (0.0, 1.0))
    steps = np.linspace(1, len(free), frames).astype(int)
    looks = (("no penalty", free, "-", "gradient"), ("KL penalty", priced, "--", "memory"))

    def draw(step, *axes):
        titles = ("learned reward", "proxy"), ("gold reward: what the rater wants", "true")
        for ax, (title, key) in zip(axes, titles):
            for name, course, line, colour in looks:
                ax.plot([c[key] for c in course[:step]], line, color=COLOURS[colour], label=name)
            every = [c[key] for _, course, *_ in looks for c in course]
            ax.set(xlim=(0, len(free)), ylim=(min(0, 1.15 * min(every)), 1.1 * max(every)))
            ax.set(xlabel="steps")
            ax.set_title(title, fontsize=10)
        axes[1].axhline(0, color="0.8", lw=0.8, zorder=0)
        axes[0].legend(frameon=False, loc="lower right", fontsize=9)
        said = textwrap.wrap(free[step - 1]["said"], 96)[:2]  # always two lines: nothing jumps
        axes[0].figure.suptitle("\n".join([*said, ""][:2]), fontsize=8.5)

    alt = ("Left, the learned reward rises, with one dip; right, the rater's points fall below 0. "
           "With a KL penalty both rise a little. The answer above, without penalty, fills "
           "with courtesies.")  # fmt: skip
    return plots.movie(draw, steps, alt, size=(7.2, 3.2), columns=2, seconds=0.7)


def hacks(runs):
    """The learned weights; both rewards at start and end, without and with a KL penalty."""
    fits = ", ".join("{:.2f} + {:.2f}".format(*run["proxy"]) for run in runs)
    print(f"learned, right fact + each courtesy: {fits}")
    print("means of the first 5 and of the last 10 of 100 steps:")
    for beta in (0.0, 1.0):
        for run in runs:
            course = run[f"hacked, beta {beta}"]
            (p0, t0), (p1, t1) = (
                [np.mean([c[key] for c in part]) for key in ("proxy", "true")]
                for part in (course[:5], course[-10:])
            )
            print(f"beta {beta}: learned reward {p0:.1f} -> {p1:.1f}, true quality "
                  f"{t0:.2f} -> {t1:.2f}")  # fmt: skip


def quantized(W, b, group, share=1.0):
    """W (..) in groups, a share of each scale kept: about W, its bytes."""
    flat = np.pad(W.ravel(), (0, -W.size % group)).reshape(-1, group)
    top = 2 ** (b - 1) - 1
    delta = share * np.abs(flat).max(axis=1, keepdims=True) / top
    q = np.rint(flat / np.where(delta > 0, delta, 1)).clip(-top, top)  # (12)
    size = W.size * b / 8 + 2 * len(delta)
    return (q * delta).ravel()[: W.size].reshape(W.shape), size


def rounded(ways):
    """Round all matrices of the language model in each way: what fewer_bits prints, 8 bits first.

    A way is (bits, group, share of the scale). The text is the last 12,000 characters, new to it.
    """
    big, tokens = language_model.loaded()
    ids = tokens.encode(writing_text.corpus_and_prompt()[0][-12_000:])
    whole = {k: t for k, t in big.tensors().items() if t.value.ndim == 2}
    kept = {k: t.numpy() for k, t in whole.items()}
    total, found = sum((W**2).sum() for W in kept.values()), []
    for b, group, share in [(8, None, 1), *ways]:
        size, wrong = 0, 0
        for k, W in kept.items():
            new, cost = W, W.size  # as it ships
            if group:
                new, cost = quantized(W, b, min(group, W.size), share)
            whole[k].assign(new)
            size, wrong = size + cost, wrong + ((new - W) ** 2).sum()
        loss = language_model.bits(big, ids, tokens)
        found.append((b, group, share, size, (wrong / total) ** 0.5, loss))
    return found


def fewer_bits():
    """Bytes of the weights, error and loss of the language model, with fewer and fewer bits."""
    ways = [(b, group, 1) for b in (4, 3, 2) for group in (10**9, 64)]
    rows = rounded([*ways, (3, 10**9, 0.5), (2, 64, 0.5)])
    print(f"{'weights':26} {'MB':>6} {'error':>8} {'bits a character':>18}")
    looks = {None: "as shipped", 64: "by 64"}
    for b, group, share, size, error, loss in rows:
        how, cut = looks.get(group, "by matrix"), "" if share == 1 else ", clipped"
        print(f"{f'{b} bits, {how}{cut}':26} {size / 1e6:6.2f} {error:8.1%} {loss:18.3f}")
    more = {tuple(how): x - rows[0][-1] for *how, _, _, x in rows}
    assert max(more[4, 64, 1], more[3, 64, 1], more[3, 10**9, 0.5]) < 0.1
    assert more[2, 64, 0.5] < 0.3 < min(more[3, 10**9, 1], more[2, 64, 1])
