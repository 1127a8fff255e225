"""A backup of a training on several ranks: one file, written by the first, from which all go on."""

import json
import pathlib
import tempfile

from minidl.base import folders, npz
from minidl.base.configurable import to_data
from minidl.callbacks import BackupAndRestore
from minidl.distributed.world import allgather_texts, broadcast_bytes, is_first, rank
from minidl.models import saving


class Backup(BackupAndRestore):
    """`BackupAndRestore` for several ranks, which takes its place in `fit` by itself.

    Weights and the optimizer's state are equal on all ranks; random generators are not, so the
    file has those of every rank. Only rank 0 reads and writes it: the folder may be on a disk of
    its own. Resumed on as many ranks, the run ends with the same bits; on fewer it goes on with the
    generators of the first ones, on more with new ones for the others.
    """

    def on_train_begin(self, logs=None):
        """Go on from the backup, if rank 0 finds one."""
        self.in_epoch = False
        if is_first():
            folders.refuse_read_only(self.path, "BackupAndRestore")
        found = broadcast_bytes(self.path.read_bytes() if is_first() and self.found() else b"")
        if found:
            with tempfile.TemporaryDirectory() as folder:
                copy = pathlib.Path(folder) / self.path.name
                copy.write_bytes(found)
                arrays, facts = npz.load(copy, "backup")
            with npz.of_file(self.path):
                self.restore(arrays, facts)

    def restore(self, arrays, facts):
        """Take over the state of this rank; a rank that there was not keeps its own draws."""
        ranks = facts.get("ranks", [facts["generators"]])
        states = saving.generator_states(self.model)
        root = {key: state for key, state in facts["generators"].items() if key == ".rng"}
        mine = ranks[rank()] if rank() < len(ranks) else states | root
        super().restore(arrays, facts | {"generators": mine})

    def on_epoch_end(self, epoch, logs=None):
        """Write the backup."""
        if any(layer.memory for _, layer in self.model.walk()):
            raise NotImplementedError(
                "a stateful layer remembers other sequences on every rank, which a backup does "
                "not hold: train it without BackupAndRestore"
            )
        said = json.dumps(to_data(saving.generator_states(self.model)))
        ranks = [json.loads(text) for text in allgather_texts(said)]
        arrays, facts = self.collected(epoch)
        if is_first():
            self.write(arrays, facts | {"ranks": ranks})
        self.in_epoch = False

    def on_train_end(self, logs=None):
        """Delete the backup, unless an epoch was cut off."""
        if is_first():
            super().on_train_end(logs)
