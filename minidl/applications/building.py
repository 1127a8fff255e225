"""What networks of images share: arguments, their checks, the top, where the weights come from."""

import numbers
import pathlib
import warnings

from minidl.base.npz import MisfitError
from minidl.base.structure import matches, parts
from minidl.datasets.files import DataFile, fetch_path
from minidl.layers import Dense, GlobalAveragePooling2D, GlobalMaxPooling2D, Input, activations
from minidl.layers.calls import Value
from minidl.models.keras_files import hdf5
from minidl.models.model import Model

SIZE, SMALLEST = 224, 32  # pixels
SOURCE = "https://storage.googleapis.com/tensorflow/keras-applications/"
POOLING = {"avg": GlobalAveragePooling2D, "max": GlobalMaxPooling2D}


def published(network, part, size, md5, other):
    """Describe a file of weights that Keras publishes.

    Args:
        network: its name.
        part: "" for the whole, "_notop".
        size: in bytes.
        md5: Keras checks it, and publishes nothing better.
        other: another address of the same file.
    """
    return DataFile(
        folder="models",
        name=f"{network}_weights_tf_dim_ordering_tf_kernels{part}.h5",
        size=size,
        sha256="",
        md5=md5,
        mirrors=(f"{SOURCE}{network}/", other),
        offline="weights=None, which begins with random weights",
        packed=True,
    )


def network(
    body,
    files,
    include_top,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    classifier_activation,
    name,
):
    """Return a Model of images.

    Args:
        body: function of (image, include_top), Values -> what is classified or pooled, a Value.
        files: (whole, without top), of `published`.
        include_top: see `VGG16`.
        weights: see there.
        input_tensor: see there.
        input_shape: see there.
        pooling: see there.
        classes: see there.
        classifier_activation: see there.
        name: see there.
    """
    if pooling not in (None, *POOLING):
        raise ValueError(f"pooling is None, 'avg' or 'max'; got {pooling!r}")
    imagenet = weights == "imagenet"
    if imagenet and include_top and classes != 1000:
        raise ValueError(
            f"the published weights tell 1000 classes apart; got classes={classes}. Take "
            "include_top=False and put a Dense layer of your own on it, or weights=None"
        )
    if include_top and weights is not None:
        _check_activation(classifier_activation)
    if input_tensor is not None:
        input_shape = _shape_of(input_tensor, input_shape)
    shape = image_shape(input_shape, include_top, imagenet)
    path = _path(weights, files[0] if include_top else files[1])

    image = Input(shape) if input_tensor is None else input_tensor
    x = body(image, include_top)
    if include_top:
        x = Dense(classes, classifier_activation, name="predictions")(x)
    elif pooling:
        x = POOLING[pooling]()(x)
    model = Model(sources(image), x, name=name)
    if path is not None:
        _load(model, path, include_top, shape, classes)
    return model


def image_shape(given, include_top, imagenet):
    """Return the shape (H, W, C) of an image; None in it is any length.

    Args:
        given: what the caller said, or None.
        include_top: the size must be known, because the top has a weight for every place.
        imagenet: the weights are those for ImageNet, of three channels.

    Raises:
        ValueError: it is no such shape, too small, or another than the weights are for.
    """
    if given is None:
        return (SIZE, SIZE, 3) if include_top else (None, None, 3)
    given = tuple(given) if isinstance(given, tuple | list) else (given,)
    whole = all(length is None or isinstance(length, numbers.Integral) for length in given)
    if len(given) != 3 or given[2] is None or not whole:
        raise ValueError(
            f"input_shape is that of one image, (H, W, 3), without the batch axis; got {given}"
        )
    if imagenet and include_top and given != (SIZE, SIZE, 3):
        raise ValueError(
            f"the published weights of the top are for images of shape {(SIZE, SIZE, 3)}; got "
            f"input_shape={given}. Take include_top=False, or weights=None"
        )
    if imagenet and given[2] != 3:
        raise ValueError(f"the published weights are for three channels; got input_shape={given}")
    if any(length is not None and length < SMALLEST for length in given[:2]):
        raise ValueError(
            f"images (H, W, 3) must have at least {SMALLEST} x {SMALLEST} pixels, because they are "
            f"halved five times; got input_shape={given}"
        )
    if include_top and None in given:
        raise ValueError(
            "with include_top=True every length of input_shape must be known, because the top has "
            f"a weight for every place; got {given}"
        )
    if given[2] not in (1, 3):
        warnings.warn(
            f"images have 1 or 3 channels, and come last; got input_shape={given}", stacklevel=4
        )
    return given


def sources(value):
    """Return the inputs that a Value is made from: one, or a tuple."""
    found, seen, waiting = {}, set(), [value]
    while waiting:
        value = waiting.pop()
        if value in seen:
            continue
        seen.add(value)
        if value.call is None:
            found[value] = None
        else:
            waiting += reversed(parts(value.call.inputs))
    return list(found) if len(found) > 1 else next(iter(found))


def _shape_of(input_tensor, input_shape):
    if not isinstance(input_tensor, Value):
        raise TypeError(
            "input_tensor is what Input(shape) or a layer returned; give an array to the model "
            f"itself. Got {type(input_tensor).__name__}"
        )
    shape = input_tensor.sample_shape
    if input_shape is not None and not matches(shape, tuple(input_shape)):
        raise ValueError(f"input_tensor has shape {shape}, and input_shape={input_shape}")
    return shape


def _check_activation(given):
    kept = activations.Softmax, activations.Linear
    if not isinstance(activations.get(given), kept):
        raise ValueError(
            "weights that were trained go with classifier_activation='softmax', or None for what "
            f"goes into it; got {given!r}"
        )


def _path(weights, file):
    """Return the path of the file that `weights` stands for, or None; download it if need be."""
    if weights is None:
        return None
    if weights == "imagenet":
        hdf5.library(file.name)  # without h5py no download is of any use
        return fetch_path(file)
    path = pathlib.Path(weights).expanduser()
    if not path.is_file():
        raise ValueError(
            f"weights is None, 'imagenet' or the path of a file; there is no file {str(path)!r}"
        )
    return path


def _load(model, path, include_top, shape, classes):
    try:
        model.load_weights(path)
    except MisfitError as error:
        top = f"with classes={classes}, for images of {shape}" if include_top else "without its top"
        raise MisfitError(
            f"{error}\n{model.name!r} was built {top}. It must be as the one that wrote the file: "
            "the same include_top, and with it the same classes, which decide the shape of "
            "'predictions', and the same input_shape, which decides that of 'fc1'. To take of a "
            "file of Keras's only the layers whose names are here too: weights=None, then "
            "load_weights(path, by_name=True)"
        ) from None
