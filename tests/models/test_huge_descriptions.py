"""Descriptions of models, too large to be any: one clear error each, in no time and no memory."""

import json

import pytest
from forged import promptly

from minidl import Input, Model, Sequential, configurable, models, roles
from minidl.keras_files import architecture
from minidl.layers import Dense

LIMITS = {"seconds": 30.0, "nbytes": 400_000_000}  # a text of 10 MB is read whole


def row(*layers, shape=(3,)):
    """Our own description of a Sequential."""
    return {"class": "Sequential", "name": "m", "layers": [*layers], "input_shape": [*shape]}


def keras(*layers):
    """Keras's."""
    first = {"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "name": "i"}}
    return {"class_name": "Sequential", "config": {"name": "m", "layers": [first, *layers]}}


def nested(inner, outer, depth):
    """`inner` in `outer` in `outer` ..., as JSON: Python has no room for such a thing."""
    before, after = outer.split("HERE")
    return before * depth + inner + after * depth


def graph(calls):
    """One layer, called again and again."""
    layers = {"a": {"class": "Flatten"}}
    ends = {"inputs": [{"shape": [3], "name": "i"}], "outputs": 1, "output_keys": None}
    return {"class": "Model", "name": "m", "layers": layers, "calls": [["a", 0]] * calls, **ends}


DENSE, KERAS = {"class": "Dense", "units": 10**9}, {"name": "d", "units": 10**9}
NUMBERS = "more numbers than the 268,435,456 that a description alone may ask for"
IN_KERAS = '{"class_name": "Sequential", "config": {"name": "m", "layers": [HERE]}}'
LEVELS = "more than 100 levels|nested too deep"
HUGE = {
    "a long text": ("[" + " " * 10**7 + "]", "a text of 10,000,002 characters; .* 10,000,000"),
    "a long name": (json.dumps({"class": "x" * 9_000_000}), r"no class 'xxx+ \.\.\. xx"),
    "lists": (nested("", "[HERE]", 10_000), LEVELS),
    "lists, fewer": (nested("", '{"class": "Model", "a": [HERE]}', 400), LEVELS),
    "models": (nested("", IN_KERAS, 10_000), LEVELS),
    "models, fewer": (nested("", IN_KERAS, 100), LEVELS),
    "our models": (nested('{"a": 1}', '{"class": "Sequential", "layers": [HERE]}', 400), LEVELS),
    "layers": (row(*[{"class": "Flatten"}] * 30_000), "more than 5,000 layers and parts"),
    "Keras's": (keras(*[{"class_name": "Flatten"}] * 30_000), "more than 5,000 layers and parts"),
    "calls": (graph(900_000), "more than 100,000 lists and dicts"),
    "units": (row(DENSE), rf"layer 'dense' has an array \(3, 1000000000\): .* {NUMBERS}"),
    "more units": (row({"class": "Dense", "units": 10**40}), NUMBERS),
    "Keras's units": (keras({"class_name": "Dense", "config": KERAS}), NUMBERS),
    "units together": (row(*[{"class": "Dense", "units": 2**14}] * 3), NUMBERS),
    "cells": (row({"class": "LSTM", "units": 10**6}, shape=(2, 2)), NUMBERS),
    "heads": (
        row({"class": "MultiHeadAttention", "num_heads": 10**6, "key_dim": 10**6}, shape=(2, 3)),
        NUMBERS,
    ),
    "filters": (
        row({"class": "Conv1D", "filters": 10**9, "kernel_size": 3}, shape=(4, 2)),
        NUMBERS,
    ),
    "images": (row({"class": "RepeatVector", "n": 10**12}, {"class": "Flatten"}, DENSE), NUMBERS),
    "inputs": (row({"class": "BatchNormalization"}, shape=(10**10,)), NUMBERS),
    "features": (row({"class": "Normalization"}, shape=(10**10,)), NUMBERS),
}


def refused(read, given, said):
    """`read(given)` ends in a ValueError of bounded length, and takes neither time nor memory."""
    assert len(str(promptly(read, given, said, **LIMITS))) < 3000


@pytest.mark.parametrize(("given", "said"), HUGE.values(), ids=HUGE)
def test_json_that_no_model_has_is_refused(given, said):
    refused(models.model_from_json, given if isinstance(given, str) else json.dumps(given), said)


CONFIGS = {k: v for k, v in HUGE.items() if isinstance(v[0], dict) and v[0].get("name") == "m"}


@pytest.mark.parametrize(("given", "said"), CONFIGS.values(), ids=CONFIGS)
def test_so_is_a_config_of_it(given, said):
    kind = Model if "calls" in given else Sequential
    refused(kind.from_config, {k: v for k, v in given.items() if k != "class"}, said)


def test_so_is_one_that_is_nested_in_any_argument():
    deep = []
    for _ in range(10_000):
        deep = [deep]
    for kind in (Dense, Sequential, Model):
        refused(kind.from_config, {"units": deep, "layers": deep}, "more than 100 levels")


@pytest.mark.parametrize("config", [{}, {"layers": 5}, {"layers": "dense"}, [], None], ids=repr)
def test_a_row_without_layers_is_no_row(config):
    with pytest.raises(ValueError, match="needs 'layers', a list of them; got"):
        Sequential.from_config(config)


def test_a_model_at_each_limit_is_made(monkeypatch):
    """The limits refuse nothing that is smaller, and a block around them keeps its own."""
    model = Sequential([Input((3,)), Dense(4), Dense(2)], name="m")
    text, needed = model.to_json(), 3 * 4 + 4 + 4 * 2 + 2
    for numbers, characters in ((needed, len(text)), (needed - 1, len(text)), (needed, 9)):
        monkeypatch.setattr(roles, "MOST", numbers)
        monkeypatch.setattr(architecture, "MOST", characters)
        if (numbers, characters) == (needed, len(text)):
            assert models.model_from_json(text).count_params() == needed
        else:
            with pytest.raises(ValueError, match=r"more numbers than|characters; the desc"):
                models.model_from_json(text)
    assert models.clone_model(model).count_params() == needed  # of a model that is there
    limits = {"levels, one in the other": 3, "lists and dicts": 5, "layers and parts": 2}
    for what, most in limits.items():
        monkeypatch.setattr(configurable, "MOST", configurable.MOST | {what: most})
        Sequential.from_config(model.get_config())
        monkeypatch.setattr(configurable, "MOST", configurable.MOST | {what: most - 1})
        with pytest.raises(ValueError, match=f"more than {most - 1} {what}"):
            Sequential.from_config(model.get_config())
        monkeypatch.undo()
