"""The course as a website: what is committed becomes the sources of Sphinx, and Sphinx's pages are checked.

`tools/build_site.py` is the command. Nothing is run and nothing is fetched.
"""
