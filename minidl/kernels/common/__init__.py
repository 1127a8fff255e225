"""What kernels of several folders share, and no contract of its own.

gemm, fast_tanh          compiled, called from compiled loops: a matrix product, tanh and sigmoid
tile                     the innermost part of a product, in registers
recurrent_panels         compiled: rnn, lstm and gru, but for the cell
through_time             the same three in NumPy; CUDA: lstm and gru, but for the cell
fast_exp                 compiled: exp of many numbers
folding                  CUDA: the sum and the maximum of a block of threads
column_sums              CUDA: the sums of columns
options, compiling       how loops are compiled, and what is said meanwhile
arguments                what compiled loops are given: looked at, and laid out for them
threads, blas            the cores, and OpenBLAS's claim on them
"""
