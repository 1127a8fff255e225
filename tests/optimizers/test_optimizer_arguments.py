"""What optimizers are called, and what they refuse."""

import pytest

from minidl import optimizers


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("SGD", {"learning_rate": 0}, "learning_rate must be a finite number above 0; got 0"),
        ("SGD", {"learning_rate": float("nan")}, "learning_rate must be a finite number above 0"),
        ("SGD", {"learning_rate": "fast"}, "learning_rate must be .* above 0; got 'fast'"),
        ("SGD", {"momentum": 1.0}, "momentum must be a finite number of at least 0 and below 1"),
        ("SGD", {"nesterov": True}, "give a momentum above 0"),
        ("SGD", {"weight_decay": -0.1}, "weight_decay must be a finite number of at least 0"),
        ("SGD", {"clipnorm": 0}, "clipnorm must be a finite number above 0"),
        ("SGD", {"clipnorm": 1, "clipvalue": 2}, "one way only; got {'clipnorm': 1, 'clipvalue'"),
        ("Adagrad", {"initial_accumulator_value": -1}, "initial_accumulator_value must be"),
        ("Adagrad", {"epsilon": 0}, "epsilon must be a finite number above 0"),
        ("RMSprop", {"rho": 1}, "rho must be a finite number of at least 0 and below 1"),
        ("RMSprop", {"momentum": -0.1}, "momentum must be"),
        ("RMSprop", {"momentum": 1.0}, "momentum must be"),
        ("RMSprop", {"epsilon": 0}, "epsilon must be"),
        ("Adam", {"beta_1": 1}, "beta_1 must be a finite number of at least 0 and below 1"),
        ("Adam", {"beta_2": 1}, "beta_2 must be"),
        ("Adam", {"epsilon": 0}, "epsilon must be"),
    ],
)
def test_settings_that_cannot_work_are_refused(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(optimizers, name)(**arguments)


def test_an_argument_that_is_not_known_is_named():
    with pytest.raises(
        TypeError, match=r"Adam has no argument 'lr'.*beta_1.* called learning_rate"
    ):
        optimizers.Adam(lr=0.1, use_ema=True)
    with pytest.raises(TypeError, match="decoupled_weight_decay"):
        optimizers.AdamW(decoupled_weight_decay=False)


def test_names():
    for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW"):
        for written in (name, name.lower(), getattr(optimizers, name)):
            assert type(optimizers.get(written)) is getattr(optimizers, name)
    with pytest.raises(ValueError, match=r"unknown optimizer 'sgdd'. Did you mean 'sgd'"):
        optimizers.get("sgdd")
    for wrong in (3, None, ["sgd"]):
        with pytest.raises(TypeError, match="optimizer must be a name or an object"):
            optimizers.get(wrong)
