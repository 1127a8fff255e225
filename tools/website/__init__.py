"""The course as a website: what is committed becomes sources for Sphinx, its pages are checked.

`tools/build_site.py` is the command. Nothing is run and nothing is fetched.
"""
