"""What every run of pytest has, whatever it is told to run: see the modules named here."""

pytest_plugins = ("notebook_kernels", "how_long")
