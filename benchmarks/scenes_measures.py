"""How good are boxes, marked ink and masks of digits? For `scenes.py`."""

import numpy as np

from minidl import metrics
from minidl_course import detection

C = 10


def mean_ap(found, data, limit):
    """Mean over classes of the average precision; `found` as `centers.decode` returns it."""
    of_class = []
    for c in range(C):
        right, scores = [], []
        for (b, k, s), truth, classes in zip(found, data.boxes, data.classes):
            right.append(detection.match(b[k == c], s[k == c], truth[classes == c], limit))
            scores.append(s[k == c])
        right, scores = np.concatenate(right), np.concatenate(scores)
        of_class.append(detection.average_precision(right, scores, np.sum(data.classes == c)))
    return float(np.mean(of_class))


def suppressed(found, across=False):
    """Non-maximum suppression within each class, or across classes: one name for each digit."""
    thinned = []
    for b, k, s in found:
        group = np.zeros_like(k) if across else k
        keep = [
            np.flatnonzero(group == c)[
                detection.non_maximum_suppression(b[group == c], s[group == c])
            ]
            for c in range(C)
        ]
        keep = np.concatenate(keep)
        thinned.append(detection.Found(b[keep], k[keep], s[keep]))
    return thinned


def mean_iou(truth, said):
    """Mean of the IoU of ink and of background."""
    metric = metrics.MeanIoU(2)
    metric.update_state(truth, said.astype(int))
    return metric.result()


def given_to(found, ink, moved, least=0.3):
    """Masks of the digits found, and their classes: each pixel of ink goes to one of them."""
    sure = np.flatnonzero(found.scores >= least)
    y, x = np.nonzero(ink)
    if not len(sure) or not len(y):
        return [], found.classes[:0]
    middle = (found.boxes[sure, :2] + found.boxes[sure, 2:]) / 2
    points = np.stack([x, y], axis=1) + 0.5 + moved[y, x]
    owner = ((points[:, None] - middle) ** 2).sum(axis=-1).argmin(axis=1)
    masks = np.zeros((len(sure), *ink.shape), bool)
    masks[owner, y, x] = True
    return masks, found.classes[sure]


def shares_found(answers, data, least=0.5):
    """Share of digits that have a mask of IoU `least`: with the right class, and at all."""
    right, good = [], []
    for (masks, classes), truth, expected in zip(answers, data.masks, data.classes):
        for k, c in enumerate(expected[expected >= 0]):
            mine = truth == k + 1
            agree = [(m & mine).sum() / max((m | mine).sum(), 1) for m in masks]
            best = int(np.argmax(agree)) if agree else 0
            good.append(bool(agree) and agree[best] >= least)
            right.append(good[-1] and classes[best] == c)
    return float(np.mean(right)), float(np.mean(good))
