"""Rows of the gradient table: convolution, pooling and their kin, on images."""

LAYERS = {}
