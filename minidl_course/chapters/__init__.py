"""What the pages draw, play and format, a module a chapter: `chapters.one_neuron` for 01.

A page shows what a student should read or type; what only makes a picture of it is here.
"""
