"""Files that Keras wrote: weights, whole models, and architectures as JSON.

| file | written by | holds |
|---|---|---|
| `x.weights.h5` | Keras 3, `save_weights` | weights, placed by the classes of the layers |
| `x.keras` | Keras 3, `save` | a zip: the architecture as JSON, and such weights |
| `x.h5` | Keras 2 and 3, `save`; Keras 2, `save_weights` | weights under the layers' names |

`hdf5` opens files, `weights` finds each array's place in a model, `architecture` turns Keras's JSON
into layers of ours. What is read is data: numbers and text. Nothing in a file is run, nothing is
unpickled, and no link to another file is followed; a `Lambda`, which is code, is refused.

The package h5py is needed to read any of these files, and loads when one is read.
"""

from minidl.models.keras_files.architecture import model_from_json, to_json
from minidl.models.keras_files.files import load_model, load_weights, written_by_keras

__all__ = ["load_model", "load_weights", "model_from_json", "to_json", "written_by_keras"]
