"""How far does connected ink come? Cut at one grey, and at five, and read by a better network.

    python benchmarks/scenes_ink.py             three seeds
    python benchmarks/scenes_ink.py --seeds 1

The pages are those of chapters 15 and 16, the first row is their opponent. Cut at five greys, a
page has more blobs: two digits that touch at one grey come apart at a darker one. Blobs below 10
pixels in height are left out, and LeNet learns from all others. In the last row the detector's own
convolutions read them, after two epochs in place of three. For masks, how sure a blob must be,
how far its ink reaches and how much two blobs may overlap are chosen on 300 other training pages.
Prints mAP of boxes, at an IoU of 0.5 and 0.75, and the share of the digits with a mask, and with a
mask of the right class: the mean over seeds, the worst and the best seed.
"""

import argparse
import functools
import itertools

import numpy as np
from scenes_measures import mean_ap, shares_found
from train_step import markdown

from minidl.datasets import scenes
from minidl_course import detection
from minidl_course.chapters.common import lenet_layers
from minidl_course.chapters.detection import (
    APART,
    FIVE,
    LEAST,
    crops,
    detector_layers,
    pieces,
    read_blobs,
    reader,
    thinned,
)
from minidl_course.chapters.segmentation import with_fainter_ink

SETTINGS = [*itertools.product((0.02, 0.1, 0.3), (2, 3, 4), (0.3, 0.5))]
COLUMNS = "mAP@.5", "mAP@.75", "masks", "and class", "masks at .75", "and class at .75"


def masks(image, found, cut, score, reach, overlap):
    """Masks and classes of one page: the ink nearest to each blob that is kept."""
    boxes, scores, classes = (part[found[1] >= score] for part in found)
    keep = detection.non_maximum_suppression(boxes, scores, overlap)
    blob_of = dict(zip(map(tuple, cut[0]), cut[1]))
    owner = np.zeros(image.shape[:2], int)
    for k in keep[np.argsort(scores[keep])]:  # the surest is last, and takes what others have
        owner[blob_of[tuple(boxes[k])]] = k + 1
    grown = with_fainter_ink(owner, image, reach)
    return [grown == k + 1 for k in keep], classes[keep]


def shares(data, found, cuts, setting, least=0.5):
    """Shares of the digits with a mask, and with one of the right class."""
    pages = zip(data.images, found, cuts)
    right, good = shares_found([masks(*page, *setting) for page in pages], data, least)
    return good, right


def run(greys, least, make, epochs, seed, train, chosen, test):
    """A row of the table."""
    cut = functools.partial(crops, boxes_of=lambda image: pieces(image, greys, least)[0])
    model = reader(train, epochs=epochs, seed=seed, cut=cut, make=make)
    answers = []
    for data in (chosen, test):
        cuts = [pieces(image, greys, least) for image in data.images]
        answers.append((data, thinned(read_blobs(model, data, cut)), cuts))
    setting = max(SETTINGS, key=lambda setting: sum(shares(*answers[0], setting)))
    data, found, _ = answers[1]
    named = [(b, k, s) for b, s, k in found]
    return [
        *(mean_ap(named, data, limit) for limit in (0.5, 0.75)),
        *shares(*answers[1], setting),
        *shares(*answers[1], setting, 0.75),
    ]


def check(one, five, better):
    """Hold what chapters 15 and 16 say of these results."""
    assert (one[:, 0] < 0.55).all() and (five[:, 0] > 0.6).all()
    assert (better[:, 0] > 0.67).all() and (better[:, 0] > five[:, 0] + 0.02).all()
    assert min(five[:, 1].min(), better[:, 1].min()) > 0.4, "ahead of chapter 15's detector"
    assert (five[:, 2] > 0.7).all() and (five[:, 3] > 0.57).all()


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    seeds = range(parser.parse_args().seeds)
    train = scenes.load_data(3000, 48, objects=(1, 3), seed=1)
    chosen = scenes.load_data(300, 48, objects=(1, 3), seed=77)
    test = scenes.load_data(300, 48, objects=(1, 3), part="test", seed=2)
    ways = {
        "one grey": ((APART,), 0, lenet_layers, 3),
        "five greys": (FIVE, LEAST, lenet_layers, 3),
        "five greys, the detector's layers": (FIVE, LEAST, detector_layers, 2),
    }
    results = {
        name: np.array([run(*way, seed, train, chosen, test) for seed in seeds])
        for name, way in ways.items()
    }
    rows = []
    for name, runs in results.items():
        spread = [f"{v.mean():.3f} ({v.min():.3f} to {v.max():.3f})" for v in runs.T]
        rows.append([name, *spread])
    print(markdown(["connected ink", *COLUMNS], rows), flush=True)
    check(*results.values())


if __name__ == "__main__":
    main()
