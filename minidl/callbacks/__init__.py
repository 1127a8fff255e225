"""Callbacks: what else happens while a model trains.

`fit` calls their methods at the moments in the methods' names. `logs` is a dict from a name
("loss", "val_accuracy") to its float; what a callback adds to it in `on_epoch_end` gets into the
history.
"""

from minidl.callbacks.base import Callback, LambdaCallback, prepare_callbacks
from minidl.callbacks.files import BackupAndRestore, ModelCheckpoint
from minidl.callbacks.history import CSVLogger, History
from minidl.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from minidl.callbacks.progress import ProgressLog, progress_bar
from minidl.callbacks.stopping import EarlyStopping, TerminateOnNaN, WarnOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgressLog",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
    "WarnOnNaN",
    "prepare_callbacks",
    "progress_bar",
]
