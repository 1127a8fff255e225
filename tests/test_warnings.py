"""Under `python -X dev -W error` everything is imported, and a model is trained, saved and read."""

import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys
import numpy as np
import minidl

LACKING = {"cupy", "h5py", "onnx", "mpi4py", "gymnasium"}  # what a module may need beyond NumPy
for module in pkgutil.walk_packages(minidl.__path__, "minidl."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            assert error.name.partition(".")[0] in LACKING, error
print(sum(name.startswith("minidl.") for name in sys.modules), "modules")

from minidl import Sequential, layers, models
x, y = np.random.default_rng(0).standard_normal((20, 6, 6, 1)), np.arange(20) % 3
row = [layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dropout(0.2)]
model = Sequential([*row, layers.Dense(3, "softmax")], seed=0)
model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
model.fit(x, y, epochs=2, validation_split=0.2, verbose=2)
model.save(sys.argv[1])
again = models.load_model(sys.argv[1])
assert np.array_equal(again.predict(x), model.predict(x))
again.fit(x, y, verbose=0)
print("read")
"""


def test_nothing_warns_and_nothing_is_left_open(tmp_path):
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, tmp_path / "model.npz"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""  # where a file that was not closed would be told, and raise nothing
    lines = run.stdout.splitlines()
    assert int(lines[0].split()[0]) > 150 and lines[-1] == "read"
