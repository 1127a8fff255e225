"""What must not be given for an argument: by the kind of the argument, and its kind by its name.

Every name of an argument of a public class stands here once. A new one fails a test until it does.
"""

NAN, INFINITE = float("nan"), float("inf")
_NO_COUNT = (0, -1, 2.5, "3", True, NAN, b"3", [[]])
_NO_NUMBER = ("a", NAN, INFINITE, [1.0, "a"], b"1", 1j)

# kind -> values that no argument of that kind takes
BAD = {
    "flag": ("False", 2, None, b"x", 0.5, [True]),
    "count": _NO_COUNT,
    "count or none": _NO_COUNT,
    "number of": (-1, 2.5, "3", NAN, b"3"),
    "lengths": (*_NO_COUNT, (0, 1), (2.5, 2), ("a", "b"), (1, 2, 3, 4, 5)),
    "number": _NO_NUMBER,
    "positive": (*_NO_NUMBER, -1.0),
    "above zero": (*_NO_NUMBER, -1.0, 0),
    "share": (*_NO_NUMBER, -0.1, 1.5),
    "name": (3, b"x", ["a"]),
    "choice": ("nonsense", 3, b"x", ["valid"]),
    "seed": (-1, "a", 2.5, NAN),
    "shape": (3, "a", (0,), (2.5,), ("a",), (True,), (-3,)),
    "one length": (0, -3, 2.5, "a", True, (3,)),
    "activation": ("nonsense", 3, b"relu", [], 0.5),
    "initializer": ("nonsense", 3, b"zeros", [], 0.5),
    "penalty": ("nonsense", 3, b"l2", [], 0.5),
    "axis": (2.5, "a", NAN, 99),
    "integer": (2.5, "a", NAN),
    "layer": (None, "dense", 3, [], 0.5),
    "rate": ("a", NAN, INFINITE, -1.0, 0, None, b"1", 1j),
    "not looked at": (),
}

_BY_KIND = {
    "count": "units filters num_heads key_dim intermediate_dim output_dim decay_steps total_steps "
    "depth_multiplier groups power_iterations n num_classes num_thresholds k extra",
    "count or none": "value_dim num_key_value_heads sequence_length max_tokens "
    "output_sequence_length",
    "number of": "frequency_masks time_masks frequency_width time_width warmup_steps",
    "lengths": "kernel_size pool_size strides size dilation_rate",
    "number": "offset fill_value mask_value value mean variance minval maxval negative_slope "
    "gain alpha factor",
    "positive": "kl_weight l1 l2 stddev beta gamma weight_decay "
    "initial_accumulator_value warmup_target",
    "above zero": "epsilon delta clipnorm clipvalue global_clipnorm max_value layer_norm_epsilon "
    "decay_rate initial_learning_rate max_learning_rate max_wavelength div_factor final_div_factor",
    "share": "dropout recurrent_dropout label_smoothing momentum beta_1 beta_2 rho pct_start "
    "time_share rate",
    "name": "name",
    "choice": "padding data_format mode distribution interpolation merge_mode score_mode fill_mode "
    "reduction average output_mode split standardize norm",
    "seed": "seed",
    "shape": "input_shape batch_input_shape shape",
    "one length": "input_dim",
    "activation": "activation recurrent_activation",
    "axis": "axis",
    "integer": "MaxNorm.axis",
    "layer": "layer",
    "rate": "learning_rate",
    # Where several forms are right, or the class says itself what it takes.
    "not looked at": "ZeroPadding2D.padding Dice.axis "
    "Model.inputs Model.outputs Sequential.inputs "
    "Sequential.outputs Sequential.layers args axes block cropping height_factor "
    "width_factor ignore_class input_length output_padding output_shape projection scale "
    "target_shape threshold thresholds vocabulary",
}
_ENDINGS = {"initializer": "initializer", "regularizer": "penalty", "constraint": "penalty"}
KINDS = {name: kind for kind, names in _BY_KIND.items() for name in names.split()}


def kind_of(name, default, cls):
    """Return the kind of an argument of a class, None if nobody has said what it is."""
    if isinstance(default, bool):
        return "flag"
    return KINDS.get(f"{cls}.{name}") or KINDS.get(name) or _ENDINGS.get(name.rpartition("_")[2])
