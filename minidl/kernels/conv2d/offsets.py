"""Where the numbers of a convolution lie: tables for `im2col`, whose symbols these are.

A source, images with zeros around them, is read at rows[t] + columns[k], and what belongs to row t
is written from places[t] on. Several jobs share a source: one for each group, and in the
input's gradient one for each phase. Along an axis dx[i] gets dy[p] w[r] where p s + r d = i + top.
Let a be the rest of i + top divided by the stride s; then only taps whose r d has the same rest
take part, and always the same ones for the same a. So dx falls into s phases, each of which is a
convolution of dy, at stride 1, with a part of the taps, and no number of dx is touched twice.
"""

import functools
from typing import NamedTuple

import numpy as np

from minidl.kernels.common.tile import ROWS, tile_width


class Axis(NamedTuple):
    """One axis of a source: zeros `before` it, its `length` with all zeros, and its phases.

    A phase is (first index in the source, index in the target, taps, index of each tap).
    """

    before: int
    length: int
    phases: list


class Plan(NamedTuple):
    """Tables for a block of images; the first axis of each is the job."""

    images: int  # in a block
    before: tuple  # zeros above and left of an image
    size: tuple  # of an image with its zeros
    counts: np.ndarray  # rows of an image
    depths: np.ndarray  # how many numbers of `columns` count
    rows: np.ndarray
    places: np.ndarray
    columns: np.ndarray
    taps: list  # of each phase: the taps along both axes
    complete: bool  # whether every number of the target has a place


@functools.lru_cache(256)
def windows(images, size, target, kernel_size, stride, before, dilation, groups):
    """The plan of y, (P, Q, M) = target, for images x, (H, W, C) = size; and of dw."""
    axes = []
    for H, P, R, s, top, d in zip(size, target, kernel_size, stride, before, dilation):
        first, taps = np.arange(P) * s, np.arange(R)
        length = max(top + H, first[-1] + (R - 1) * d + 1)
        axes.append(Axis(top, length, [(first, np.arange(P), taps, taps * d)]))
    return _plan(axes, images, size[2], target, groups)


@functools.lru_cache(256)
def phases(images, size, target, kernel_size, stride, before, dilation, groups):
    """The plan of dx, (H, W, C) = target, for images dy, (P, Q, M) = size."""
    axes = []
    for P, H, R, s, top, d in zip(size, target, kernel_size, stride, before, dilation):
        last = (R - 1) * d // s
        ahead = max(0, last - top // s)
        found = []
        for a in range(s):
            taps = np.array([r for r in range(R) if r * d % s == a], int)
            i = np.arange((a - top) % s, H, s)
            if len(taps) and len(i):
                found.append(((i + top) // s + ahead - last, i, taps, last - taps * d // s))
        axes.append(Axis(ahead, ahead + max(P, (H - 1 + top) // s + 1), found))
    return _plan(axes, images, size[2], target, groups)


def _plan(axes, images, C, target, groups):
    (H, W, M), size, D, jobs = target, tuple(axis.length for axis in axes), C // groups, []
    taps, covered = [], 0
    for first_i, i, taps_i, r in axes[0].phases:
        for first_j, j, taps_j, s in axes[1].phases:
            columns = _combined(_combined(r, s, size[1]) * C, np.arange(D), 1)
            rows, places = _combined(first_i, first_j, size[1]) * C, _combined(i, j, W) * M
            block = np.arange(images)
            rows = _combined(block, rows, size[0] * size[1] * C)
            places = _combined(block, places, H * W * M)
            jobs += [(rows + g * D, places + g * (M // groups), columns) for g in range(groups)]
            taps.append((taps_i, taps_j))
            covered += len(i) * len(j)
    jobs = jobs or [([], [], [])]  # of windows that the stride leaves out
    rows, places, columns = (_table(arrays) for arrays in zip(*jobs))
    lengths = [[len(rows) // images, len(columns)] for rows, _, columns in jobs]
    counts, depths = np.array(lengths).T.copy()
    before = axes[0].before, axes[1].before
    tables = counts, depths, rows, places, columns
    return Plan(images, before, size, *tables, taps, covered == H * W)


def _combined(a, b, step):
    """All sums a step + b, those of one a side by side."""
    return (np.multiply.outer(a, step)[..., None] + b).reshape(-1)


def _table(arrays):
    """Arrays of integers as rows of one matrix; 0 fills it up, to whole tiles."""
    longest = max(map(len, arrays))
    table = np.zeros((len(arrays), -(-longest // ROWS) * ROWS), np.int64)
    for row, array in zip(table, arrays):
        row[: len(array)] = array
    return table


def widened(parts):
    """List of (G, K, J), K may differ -> (jobs, K, columns of whole tiles): zeros fill it up."""
    groups, _, J = parts[0].shape
    tile, K = tile_width(parts[0].dtype), max(part.shape[1] for part in parts)
    if len(parts) == 1 and J % tile == 0:
        return np.ascontiguousarray(parts[0])
    wide = np.zeros((len(parts), groups, K, -(-J // tile) * tile), parts[0].dtype)
    for k, part in enumerate(parts):
        wide[k, :, : part.shape[1], :J] = part
    return wide.reshape(-1, *wide.shape[2:])
