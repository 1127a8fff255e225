"""Train the networks of chapter 08's family on the same images, and write down what they reach.

    python benchmarks/family.py --data cifar10-subset,digits --save benchmarks/family.json

The networks are those of the page: this script runs the chapter's cells that are tagged `family`.
All get the same number of epochs, the same optimizer and the same seeds. The accuracy that counts
is the one after the last epoch, on test images that no choice was made by.
"""

import argparse
import json
import time
from pathlib import Path

import nbformat

from minidl import Model, optimizers, schedules, utils
from minidl.datasets import cifar10_subset, mnist
from minidl.layers import Conv2D, Dense, Input

CHAPTER = Path(__file__).parents[1] / "notebooks" / "08-convolutional-networks.ipynb"
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
        if isinstance(layer, Conv2D):
            P, Q, _ = layer.output_shape
            total += P * Q * layer.w.value.size
        elif isinstance(layer, Dense):
            total += layer.W.value.size
    return total


def run(build, data, seed):
    """Train one network; return (the model, its training and test accuracy)."""
    x, y, x_test, y_test = data
    utils.set_random_seed(seed)
    image = Input(x.shape[1:])
    model = Model(image, build(image))
    rate = schedules.OneCycle(RATE, EPOCHS * -(-len(x) // BATCH))
    model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", ["accuracy"])
    history = model.fit(x, y, BATCH, EPOCHS, verbose=0).history
    return model, history["accuracy"][-1], model.evaluate(x_test, y_test, verbose=0)[1]


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="cifar10-subset,digits", help="names, with commas")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--networks", help="names, with commas; all if left out")
    parser.add_argument("--save", type=Path, help="a JSON file for the results")
    options = parser.parse_args()
    networks = family()
    chosen = options.networks.split(",") if options.networks else list(networks)
    results = {}
    for part in options.data.split(","):
        data = images(part)
        results[part] = {}
        for name in chosen:
            row = {"parameters": 0, "multiply_adds": 0, "training": [], "test": []}
            started = time.process_time()
            for seed in range(options.seeds):
                model, training, test = run(networks[name], data, seed)
                row["training"].append(round(training, 4))
                row["test"].append(round(test, 4))
            row["parameters"], row["multiply_adds"] = model.count_params(), multiply_adds(model)
            results[part][name] = row
            seconds = time.process_time() - started
            print(f"{part} {name}: {row} in {seconds:.0f} s of processor time", flush=True)
            if options.save:
                settings = {"epochs": EPOCHS, "batch_size": BATCH, "rate": RATE}
                text = json.dumps(settings | {"results": results}, indent=1)
                options.save.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
