"""Two machines, pretended by network namespaces: everything goes through the cable between them."""

import pytest
import ranks
import ranks_cable
import two_hosts

reason = "" if ranks.missing else two_hosts.missing()
pytestmark = [ranks.needs_ranks, pytest.mark.skipif(bool(reason), reason=reason or "-")]


def test_a_sum_and_a_training_over_a_cable():
    with two_hosts.TwoHosts(mbit=200, milliseconds=1) as hosts:
        how = {"options": hosts.options, "prefix": hosts.command, "variables": hosts.variables}
        _, said = ranks.run("ranks_cable.py", 2, **how)
        sent = hosts.sent()
    _, here = ranks.run("ranks_cable.py", 2)
    assert [mine["machines"] for mine in said] == [2, 2]
    assert [mine["machines"] for mine in here] == [1, 1]
    assert said[0]["sum"] == 3 * (ranks_cable.NUMBERS - 1)
    assert said[0]["digest"] == said[1]["digest"] == here[0]["digest"]
    least = 4 * ranks_cable.NUMBERS  # 2 (p - 1) / p of the bytes, for p = 2
    assert all(least < bytes_sent < 2 * least + 300_000 for bytes_sent in sent), sent
