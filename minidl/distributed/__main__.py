"""`python -m minidl.distributed program.py arguments`: see `minidl.distributed.launch`."""

import sys

from minidl.distributed.launch import supervise

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: mpiexec -n 4 python -m minidl.distributed program.py [arguments]")
    sys.exit(supervise(sys.argv[1:]))
