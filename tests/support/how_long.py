"""The end of a run of pytest: how long which part took, and how to run alone what failed."""

import collections
import shlex
import time

import psutil
import pytest

_started = pytest.StashKey()


def pytest_configure(config):
    config.stash[_started] = time.monotonic(), psutil.cpu_times()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    reports = [
        report
        for listed in terminalreporter.stats.values()
        for report in listed
        if isinstance(report, pytest.TestReport)
    ]
    for text in told(reports):
        terminalreporter.write_line(text)
    if parts := seconds_of_parts(reports):
        start, before = config.stash[_started]
        wall, busy = time.monotonic() - start, share(before, psutil.cpu_times())
        workers = config.getoption("numprocesses", None)
        terminalreporter.write_line(line(parts, wall, workers, busy))
    if failed := failed_files(reports):
        terminalreporter.write_line(alone(failed))


def told(reports):
    """What fixtures and hooks left to be told: user properties of that name, once a test."""
    return [
        value
        for report in reports
        if report.when == "setup"
        for name, value in report.user_properties
        if name == "told"
    ]


def seconds_of_parts(reports):
    """{part: seconds}, the longest first: the notebooks, the folders of tests."""
    parts = collections.Counter()
    for report in reports:
        folder, *inside = report.nodeid.split("::")[0].split("/")
        part = "chapters" if folder == "notebooks" else "/".join([folder, *inside[:-1]][:2])
        parts[part] += report.duration
    return dict(parts.most_common())


def share(before, now):
    """Of the time of all cores of the machine, the share in which they computed."""
    spent = {name: getattr(now, name) - getattr(before, name) for name in now._fields}
    waited = spent["idle"] + spent.get("iowait", 0)
    return 1 - waited / max(sum(spent.values()), 1e-9)


def line(parts, wall, workers, busy):
    """One line of text, and each part that took a second or more."""
    listed = ", ".join(f"{part} {took:.0f} s" for part, took in parts.items() if took >= 1)
    rest = sum(took for took in parts.values() if took < 1)
    listed = ", ".join(filter(None, [listed, f"others {rest:.0f} s" if rest else ""]))
    several = f", added up over {workers} processes" if workers else ""
    return f"How long it took: {wall:.0f} s, cores {100 * busy:.0f} % busy{several}: {listed}"


def failed_files(reports):
    """The files in which something failed, in order."""
    return list(dict.fromkeys(r.nodeid.split("::")[0] for r in reports if r.failed))


def alone(files):
    """One sentence: the command that runs these files and nothing else."""
    shown = " ".join(shlex.quote(name) for name in files[:5])
    more = f" (and {len(files) - 5} other files)" if len(files) > 5 else ""
    return f'To run what failed alone: make test ARGS="-n 0 {shown}"{more}'
