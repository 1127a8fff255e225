"""What every run of pytest has, whatever it is told to run: see the modules named here."""

import warnings

pytest_plugins = ("notebook_kernels", "how_long")

# What minidl has to say of this user's folders is said above the tests, and ends no run of them.
with warnings.catch_warnings(record=True) as _said:
    warnings.simplefilter("always")
    import minidl  # noqa: F401


def pytest_report_header():
    return [str(warning.message) for warning in _said]
