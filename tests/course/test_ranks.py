"""Functions of a page run in several processes, and whoever fails is heard."""

import contextlib

import numpy as np
import pytest

from minidl_course import ranks

MPI = pytest.importorskip("mpi4py", reason="ranks need MPI: pip install -e .[distributed]")


def doubled(x):
    return 2 * x


def everything(comm, x, word, number):
    print("hello")
    total = np.array([comm.rank])
    comm.Allreduce(MPI.IN_PLACE, total)
    return {"x": doubled(x), "word": word + "!", "number": number + comm.rank, "total": total}


def failing(comm, how):
    if comm.rank == 1 and how == "raise":
        raise ValueError("rank 1 cannot")
    if comm.rank == 1 and how == "sleep":
        time.sleep(600)  # noqa: F821
    if comm.rank == 1 and how == "kill":
        os.kill(os.getpid(), 9)  # noqa: F821
    comm.Barrier()


def test_values_go_in_and_come_back_and_what_is_printed_stands_by_rank(capsys):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = ranks.on_ranks(3, everything, doubled, x=x, word="so", number=7)
    for rank, made in enumerate(found):
        assert made["x"].dtype == np.float32
        np.testing.assert_array_equal(made["x"], 2 * x)
        assert (made["word"], made["number"], made["total"][0]) == ("so!", 7 + rank, 3)
    assert capsys.readouterr().out.splitlines() == [f"[{rank}] hello" for rank in range(3)]


FAILURES = [("raise", "rank 1 cannot"), ("kill", "rank 1 was killed")]


@pytest.mark.parametrize(("how", "said"), FAILURES)
def test_a_rank_that_fails_ends_the_job_with_its_words(how, said):
    with pytest.raises(RuntimeError, match=said):
        ranks.on_ranks(2, failing, supervised=True, how=how)


def test_its_words_come_though_mpi_loses_what_it_printed(monkeypatch):
    launch = ranks.dist.launch

    def speechless(*args, **options):
        with contextlib.suppress(RuntimeError):
            launch(*args, **options)
        raise RuntimeError("the job failed")

    monkeypatch.setattr(ranks.dist, "launch", speechless)
    with pytest.raises(RuntimeError, match="rank 1 cannot"):
        ranks.on_ranks(2, failing, how="raise")


def test_a_job_that_takes_too_long_is_ended():
    with pytest.raises(RuntimeError, match="longer than 3 s"):
        ranks.on_ranks(2, failing, seconds=3, how="sleep")
