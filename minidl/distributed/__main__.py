"""`python -m minidl.distributed program.py arguments`: see `minidl.distributed.supervised`."""

import sys

from minidl.distributed.supervised import supervise

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: mpiexec -n 4 python -m minidl.distributed program.py [arguments]")
    sys.exit(supervise(sys.argv[1:]))
