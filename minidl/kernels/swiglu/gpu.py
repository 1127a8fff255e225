"""SwiGLU's product by CuPy: the reference's lines, which CuPy runs as NumPy does.

Their fusion is a matter of a processor's caches. On a GPU a step of a small model waits for none of
them.
"""

from minidl.kernels.swiglu.reference import backward, forward  # noqa: F401
