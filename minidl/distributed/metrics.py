"""Metrics that keep count, over all ranks: what they count are sums, so the sums are added."""

import copy
import json

import numpy as np

from minidl.base.arrays import to_numpy
from minidl.distributed.world import allgather_texts


def joined(metric):
    """Return a metric that has counted what this metric has counted on all ranks.

    Raises:
        TypeError: its `reset_state` starts from something else than zeros, so that nobody knows
            whether states may be added.
    """
    names = state_of(metric)
    said = json.dumps({name: to_numpy(getattr(metric, name)).tolist() for name in names})
    states = [json.loads(text) for text in allgather_texts(said)]
    together = copy.copy(metric)
    for name in names:
        parts = [np.asarray(state[name]) for state in states]
        total = sum(parts[1:], parts[0])  # one that has seen nothing has 0 for an array
        setattr(together, name, total if total.ndim else total.item())
    return together


def state_of(metric):
    """Return the names of the attributes that `reset_state` sets."""
    unset, names = object(), []
    for name in vars(metric):
        probe = copy.copy(metric)
        setattr(probe, name, unset)
        try:
            probe.reset_state()
        except Exception:
            continue  # it reads this one, so it is an option
        if getattr(probe, name) is not unset:
            names.append(name)
            if np.any(getattr(probe, name)):
                raise TypeError(
                    f"the metric {metric.name!r} does not start from zero ({name}), so it cannot "
                    "be added up over ranks: let its state be sums, and its result what follows"
                )
    return names
