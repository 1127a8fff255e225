"""Two controls of chapter 30: more epochs for the GAN of digits, and WGAN-GP as in its paper.

    python benchmarks/gan_controls.py --seeds 3
    python benchmarks/gan_controls.py --ring

The networks, the step and the batches are those of the page: this program takes the classes and
functions of its cells and of its module, and trains as it does, with other seeds and longer. One
`Judge`, made before, measures 1,000 digits of the same noise at each stop. For comparison, the same
judge on a mixture of 30 Gaussians fitted to 32 numbers of PCA, with as many seeds.

`--ring` plays the page's two games, five seeds each, with a penalty of weight 10 and five turns of
the detective for one of the forger, as Gulrajani et al. (2017) have them; the page has 1 and two.
"""

import argparse
import ast
import datetime
import pathlib
import time

import nbformat
import numpy as np
from sklearn.mixture import GaussianMixture
from train_step import markdown

from minidl import losses, utils
from minidl.datasets import mnist
from minidl.optimizers import Adam
from minidl_course.chapters import gans_digits
from minidl_course.judging import Judge

CHAPTER = pathlib.Path(__file__).parents[1] / "notebooks" / "30-gans.ipynb"
STOPS = (11, 20)
KEPT = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef)


def chapter():
    """Return the classes and functions of the chapter's cells; nothing is trained."""
    names = {}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            tree.body = [part for part in tree.body if isinstance(part, KEPT)]
            exec(compile(tree, cell.id, "exec"), names)
    return names


def ring(names):
    """Print the share of good points in the quiet and in the sick game."""

    class AsInThePaper(names["Wasserstein"]):
        turns = 5

        def towards_one(self, g):
            return 10 * super().towards_one(g)

    for title, kind in (("page", names["Wasserstein"]), ("paper", AsInThePaper)):
        betas = names["betas"]
        spots, good = names["judged"](names["play"](kind(betas(0.5, 0.5), betas(0.5, 0.9))))
        for game, found, share in zip(("quiet", "sick"), spots.reshape(2, 5), good.reshape(2, 5)):
            print(f"as in the {title:5}  {game:5}  spots {found}  good points {share.mean():.0%}")
    assert share.mean() < 0.2  # the sick game stays sick


def trained(x, seed, stops):
    """Yield (epoch, 1,000 digits, CPU seconds of training so far) at each stop."""
    utils.set_random_seed(seed)
    generator, discriminator = gans_digits.forger_and_detective(seed=seed)
    discriminator.compile(loss=losses.BinaryCrossentropy(from_logits=True))
    gan = gans_digits.Gan(generator, discriminator, noise=32)
    gan.compile(Adam(2e-3, beta_1=0.5))
    noise = np.random.default_rng(9).standard_normal((1000, 32)).astype("float32")
    spent = 0.0
    for epoch in range(1, max(stops) + 1):
        began = time.process_time()
        gan.fit(x.reshape(-1, 28, 28, 1), batch_size=50, epochs=1, verbose=0)
        spent += time.process_time() - began
        if epoch in stops:
            yield epoch, generator.predict(noise, verbose=0).reshape(-1, 784), spent


def mixtures(x, seeds):
    """Yield 1,000 draws from a mixture on 32 numbers of PCA, as on the page, for each seed."""
    mean = x.mean(axis=0)
    axes = np.linalg.svd(x - mean, full_matrices=False)[2][:32]
    code = ((x - mean) @ axes.T).astype("float64")
    for seed in range(seeds):
        fitted = GaussianMixture(30, reg_covar=1e-3, max_iter=50, random_state=seed).fit(code)
        yield np.clip(mean + fitted.sample(1000)[0] @ axes, 0, 1).astype("float32")


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--stops", default=",".join(map(str, STOPS)), help="epochs, by commas")
    parser.add_argument(
        "--ring", action="store_true", help="WGAN-GP as in its paper, and no digits"
    )
    options = parser.parse_args()
    if options.ring:
        return ring(chapter())
    stops = [int(stop) for stop in options.stops.split(",")]
    (x, labels), _ = mnist.load_sample()
    x = x.reshape(-1, 784).astype("float32") / 255
    judge, found, seconds = Judge(x, labels), {}, {}
    bells = [judge(made) for made in mixtures(x, options.seeds)]
    for seed in range(options.seeds):
        for epoch, made, spent in trained(x, seed, stops):
            found.setdefault(epoch, []).append(judge(made))
            seconds.setdefault(epoch, []).append(spent)
            print(
                f"seed {seed}  epoch {epoch:3}  {found[epoch][-1]}  {spent:4.0f} CPU-s", flush=True
            )
    rows = []
    for name, verdicts in [(f"GAN, {epoch} epochs", found[epoch]) for epoch in stops] + [
        ("PCA with 32, mixture of 30", bells)
    ]:
        each = " ".join(f"{verdict.distance:.1f}" for verdict in verdicts)
        sure = " ".join(f"{verdict.sure:.0%}" for verdict in verdicts)
        rows.append([name, each, f"{np.mean([v.distance for v in verdicts]):.1f}", sure])
    print(f"{datetime.date.today()}, {options.seeds} seeds")
    print(markdown(["", "distance of each seed", "mean", "sure"], rows))
    if {11, 20} <= set(stops) and options.seeds >= 3:  # what the page says
        early, late, simple = (
            np.mean([v.distance for v in part]) for part in (found[11], found[20], bells)
        )
        assert late < early - 3 and late < simple + 5, (early, late, simple)


if __name__ == "__main__":
    main()
