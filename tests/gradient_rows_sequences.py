"""Rows of the gradient table: recurrent layers and their kin, on sequences."""

LAYERS = {}
