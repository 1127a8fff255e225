"""Train the networks of the demos with minidl, and write their weight files.

    python -m minidl_course.play.train              all of them
    python -m minidl_course.play.train digit dates  these

Seeds are fixed: the same machine writes the same bytes. Another machine rounds other last digits,
and comes to weights of the same strength; what was measured stands in each file. `digit` needs all
of MNIST (`minidl.datasets.mnist.load_data`), `connect_four` is benchmarks/connect_four.npz in 8
bits.
"""

import argparse
import importlib

NAMES = ("digit", "connect_four", "latent", "dates")


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    names = parser.parse_args().names or NAMES
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"no network {unknown[0]!r}; there are {', '.join(NAMES)}")
    for name in names:
        importlib.import_module(f"minidl_course.play.train_{name}").main()


if __name__ == "__main__":
    main()
