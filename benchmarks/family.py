"""Train the networks of chapter 12's family on the same images, and write down what they reach.

    python benchmarks/family.py --data cifar10-subset,digits --save benchmarks/family.json

The networks are those of the page: this script runs the chapter's cells that are tagged `family`.
All get the same number of epochs, the same optimizer and the same seeds. The accuracy that counts
is the one after the last epoch, on test images that no choice was made by.

"training" is what `fit` reports: a mean over the last epoch, under dropout and augmentation, while
the weights still change. "training_clean" is measured after it, on the training images as they
are. What an older run left in the file stays there, unless the same network is run again.
"""

import argparse
import json
import time
from pathlib import Path

import nbformat

from minidl import Model, optimizers, utils
from minidl.datasets import cifar10_subset, mnist
from minidl.layers import Conv2D, Dense, DepthwiseConv2D, Input
from minidl.optimizers import schedules

CHAPTER = Path(__file__).parents[1] / "notebooks" / "12-residual-networks.ipynb"
EPOCHS, BATCH, RATE = 6, 64, 4e-3


def family():
    """Return {name: a function from the image to the probabilities} as the chapter defines it."""
    names = {}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if "family" in cell.metadata.get("tags", []):
            exec(compile(cell.source, cell.id, "exec"), names)
    return names["family"]


def images(name):
    """Return x, y, x_test, y_test of a data set; pixels from -0.5 to 0.5."""
    if name == "digits":
        (x, y), (x_test, y_test) = mnist.load_sample()
        x, x_test = x[..., None], x_test[..., None]
    else:
        (x, y), (x_test, y_test) = cifar10_subset.load_data()
    x, x_test = (a.astype("float32") / 255 - 0.5 for a in (x, x_test))
    return x, y.ravel(), x_test, y_test.ravel()


def multiply_adds(model):
    """Return how many multiplications with an addition one image takes."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, Conv2D | DepthwiseConv2D):
            P, Q, _ = layer.output_shape
            total += P * Q * layer.w.value.size
        elif isinstance(layer, Dense):
            total += layer.W.value.size
    return total


def run(build, data, seed):
    """Train one network; return the model and its accuracies, as the file names them."""
    x, y, x_test, y_test = data
    utils.set_random_seed(seed)
    image = Input(x.shape[1:])
    model = Model(image, build(image))
    rate = schedules.OneCycle(RATE, EPOCHS * -(-len(x) // BATCH))
    model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", ["accuracy"])
    history = model.fit(x, y, BATCH, EPOCHS, verbose=0).history
    return model, {
        "training": history["accuracy"][-1],
        "training_clean": model.evaluate(x, y, verbose=0)[1],
        "test": model.evaluate(x_test, y_test, verbose=0)[1],
    }


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="cifar10-subset,digits", help="names, with commas")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--networks", help="names, with semicolons; all if left out")
    parser.add_argument("--save", type=Path, help="a JSON file for the results")
    options = parser.parse_args()
    networks = family()
    chosen = options.networks.split(";") if options.networks else list(networks)
    results = {}
    if options.save and options.save.exists():
        results = json.loads(options.save.read_text(encoding="utf-8"))["results"]
    for part in options.data.split(","):
        data = images(part)
        results.setdefault(part, {})
        for name in chosen:
            reached = {"training": [], "training_clean": [], "test": []}
            started = time.process_time()
            for seed in range(options.seeds):
                model, accuracies = run(networks[name], data, seed)
                for what, accuracy in accuracies.items():
                    reached[what].append(round(accuracy, 4))
            row = {"parameters": model.count_params(), "multiply_adds": multiply_adds(model)}
            row |= reached
            results[part][name] = row
            seconds = time.process_time() - started
            print(f"{part} {name}: {row} in {seconds:.0f} s of processor time", flush=True)
            if options.save:
                settings = {"epochs": EPOCHS, "batch_size": BATCH, "rate": RATE}
                text = json.dumps(settings | {"results": results}, indent=1)
                options.save.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
