"""Build the wheel and the sdist in dist/, and use them where nothing else is installed.

    python tools/dist_check.py            what `make dist-check` does
    python tools/dist_check.py v0.2.0     also: ready to be published under this tag

Looked at: that the wheel holds every file of the packages and nothing else, that a wheel made of
the sdist is the same, and that a network trains in an empty environment with the wheel alone.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("minidl", "minidl_course")
PLACEHOLDER = "github.com/OWNER"
PROGRAM = """
import numpy as np, minidl
from minidl import Sequential
from minidl.layers import Dense
x = np.random.default_rng(0).standard_normal((64, 5)).astype("float32")
model = Sequential([Dense(8, "relu"), Dense(1)], seed=0)
model.compile("adam", "mse")
losses = model.fit(x, x.sum(axis=1, keepdims=True), epochs=20, verbose=0).history["loss"]
assert losses[-1] < losses[0], losses
print(minidl.__version__, minidl.__file__)
"""


def version():
    """The version, from the one place that has it."""
    text = (ROOT / "minidl" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)[1]


def committed():
    """The files of the packages, as git knows them."""
    command = ["git", "ls-files", "-z", *PACKAGES]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(filter(None, listed.stdout.split("\0")))


def faults_of_wheel(wheel, expected):
    """What is wrong with the files in `wheel`, as messages."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith("/LICENSE")]
    found = [f"{wheel.name} lacks {name}" for name in sorted(expected - inside)]
    found += [f"{wheel.name} has {name}, which is not committed" for name in inside - expected]
    return found if licences else [*found, f"{wheel.name} has no LICENSE"]


def build(source, folder, *kinds):
    """Build `kinds` ("--wheel", "--sdist") of `source` into `folder`."""
    command = ["uv", "build", "--quiet", *kinds, "--out-dir", str(folder), str(source)]
    subprocess.run([sys.executable, "-m", *command], check=True)


def try_out(wheel, folder):
    """Install `wheel` in a new environment in `folder`, train a network, return what it prints."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    quiet = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*quiet, str(wheel)], check=True)
    alone = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [python, "-W", "error", "-c", PROGRAM]
    run = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def main(arguments=None):
    """The command: 0 where both can be published."""
    parser = argparse.ArgumentParser(description="Build and check wheel and sdist.")
    parser.add_argument("tag", nargs="?", default="", help="such as v0.2.0")
    tag = parser.parse_args(arguments).tag
    if tag and tag != f"v{version()}":
        print(f"the tag is {tag}, the version {version()}: change minidl/__init__.py or the tag")
        return 1
    if tag and PLACEHOLDER in (ROOT / "pyproject.toml").read_text(encoding="utf-8"):
        print(f"pyproject.toml still has {PLACEHOLDER}: write the address of your repository")
        return 1
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    build(ROOT, dist, "--wheel", "--sdist")
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    found = faults_of_wheel(wheel, committed())
    with tempfile.TemporaryDirectory() as folder:
        build(sdist, folder, "--wheel")
        (again,) = Path(folder).glob("*.whl")
        if again.read_bytes() != wheel.read_bytes():
            found.append(f"the wheel made of {sdist.name} is not {wheel.name}")
        if not found:
            print("in an empty environment:", try_out(wheel, Path(folder) / "empty"))
    (dist / ".gitignore").unlink(missing_ok=True)  # uv's; what is in dist is uploaded whole
    for message in found:
        print(message, file=sys.stderr)
    print(*(f"{path.name}: {path.stat().st_size:,} bytes" for path in (wheel, sdist)), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
