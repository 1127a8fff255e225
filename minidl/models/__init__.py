"""Models: layers in a row, graphs of them, and how they are trained, kept and looked at.

sequential, model           what a reader builds
training, objective         the step and the loop; the loss of every output, and its metrics
data, team                  where batches come from; who trains the same model
saving, keras_files, onnx   as files
"""

from minidl.base.configurable import from_data, to_data
from minidl.models import keras_files, saving
from minidl.models.keras_files import model_from_json
from minidl.models.model import Model
from minidl.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json"]


def load_model(path, compile=True):
    """Return the model that `Model.save` wrote, or Keras; see `saving` and `keras_files`.

    Args:
        path: ends in .npz, or in Keras's .keras or .h5.
        compile: False leaves out loss, optimizer and metrics, which Keras's files never bring.
    """
    if keras_files.written_by_keras(path):
        return keras_files.load_model(path)
    return saving.load_model(path, compile)


def clone_model(model):
    """Return a new model with the same architecture and new weights, not compiled."""
    return from_data(to_data(model))
