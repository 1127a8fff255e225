"""What kernels of several folders share, and no contract of its own.

gemm, fast_tanh          compiled, called from compiled loops: a matrix product, tanh and sigmoid
tile                     the innermost part of a product, in registers
recurrent_panels         compiled: rnn, lstm and gru, but for the cell
through_time             the same three, in NumPy
options                  how loops are compiled, and those that only compiled ones call
arguments                what compiled loops are given: looked at, and laid out for them
threads, blas, memory    the cores, OpenBLAS's claim on them, and what a step frees
"""
