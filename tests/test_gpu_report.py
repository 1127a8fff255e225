"""The one command for whoever has a GPU for ten minutes: no part takes another with it."""

import gpu_report


def test_a_part_that_fails_or_hangs_is_said_to_and_what_it_printed_is_kept():
    failing = "print('| a | b |'); raise SystemExit(3)"
    assert gpu_report.run(["-c", failing], 20) == ("| a | b |\n", "failed (exit code 3)")
    hanging = "import time; print('begun', flush=True); time.sleep(60)"
    assert gpu_report.run(["-c", hanging], 2) == ("begun\n", "not done after 2 s")


def test_tables_are_taken_from_what_was_printed_and_else_the_last_line():
    assert gpu_report.tables("first\n| a |\n| --- |\nlast") == "| a |\n| --- |"
    assert gpu_report.tables("first\n3 passed") == "3 passed"


def test_the_parts_share_the_time_and_run_what_is_there(tmp_path):
    for rehearse in (False, True):
        parts = gpu_report.parts(tmp_path, rehearse)
        assert sum(share for share, _ in parts.values()) == 1
        for _, arguments in parts.values():
            paths = [text for text in arguments if text.startswith(("tests/", "benchmarks/"))]
            assert paths and all((gpu_report.ROOT / path).exists() for path in paths)
