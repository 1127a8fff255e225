"""The share of wrong answers that the graders caught, at the end of a run."""


def pytest_terminal_summary(terminalreporter):
    """Add up what test_every_wrong_answer_... of each chapter recorded."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    counts = [v for r in reports for name, v in r.user_properties if name == "caught"]
    if counts:
        caught, all_of_them = map(sum, zip(*counts))
        share = f"{caught / all_of_them:.1%}"
        terminalreporter.write_line(f"{caught} of {all_of_them} wrong answers caught: {share}")
