"""What several ranks cost and gain: all-reduce by bytes and ranks, training against PyTorch's DDP.

    python benchmarks/distributed.py                 # writes benchmarks/distributed.json
    python benchmarks/distributed.py --rounds 3 --seconds 1 --parts reduce,cable

Parts: `reduce`, the seconds of an all-reduce on 2 and 4 ranks of this machine, and the cost model
alpha + beta bytes fitted to them; `ddp`, the efficiency on 2 ranks (the time of a step alone over
that of a step with another rank, which has as many samples) here and in PyTorch's
DistributedDataParallel over Gloo, in turns; `cable`, all-reduce and training over a network of set
speed between two namespaces (root on Linux only), with the bytes that really went through it
against 2 (p - 1) / p of the gradients, and sums that overlap with the backward pass against sums
that begin after it. One thread a rank. Ratios are taken round by round.
"""

import argparse
import json
import pathlib
import statistics
import sys

import numpy as np
from train_step import machine, markdown

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "tools"))

import two_hosts  # noqa: E402

import minidl.distributed as dist  # noqa: E402

PARTS = ("reduce", "ddp", "cable")


def ranks(count, *arguments, **how):
    """Return what rank 0 of a job says."""
    run = dist.launch(HERE / "distributed_worker.py", count, arguments, 300, **how)
    return json.loads(run.out[0])


def fitted(seconds, least=0):
    """Return alpha (s), beta (s a byte) of seconds = alpha + beta bytes, relative errors equal.

    Sizes below `least` are left out: a slow cable lets the first 64 KiB pass at once.
    """
    seconds = {int(size): time for size, time in seconds.items() if int(size) >= least}
    sizes, times = np.array(list(seconds), float), np.array(list(seconds.values()))
    rows = np.stack([np.ones_like(sizes), sizes], axis=1) / times[:, None]
    (alpha, beta), *_ = np.linalg.lstsq(rows, np.ones_like(times), rcond=None)
    errors = rows @ [alpha, beta] - 1
    return {"alpha": alpha, "beta": beta, "worst": float(np.abs(errors).max())}


def reduced(count, rounds, least=0, **how):
    """Return the medians over rounds of all-reduce times by bytes, with the model."""
    found = [ranks(count, "reduce", **how)["seconds"] for _ in range(rounds)]
    seconds = {size: statistics.median(one[size] for one in found) for size in found[0]}
    return {"seconds": seconds} | fitted(seconds, least)


def against_ddp(rounds, seconds):
    """Return efficiencies on 2 ranks of this machine, and their ratio."""
    found = {side: [] for side in ("minidl", "torch")}
    for k in range(rounds):
        for side in found:
            port = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(29500 + k)}
            one, two = (ranks(p, side, seconds, variables=port)["ms"] for p in (1, 2))
            found[side].append((one, two, one / two))
    ratios = sorted(a[2] / b[2] for a, b in zip(*found.values()))
    names = ("one rank ms", "two ranks ms", "efficiency")
    figures = {
        side: dict(zip(names, map(statistics.median, zip(*rows)))) for side, rows in found.items()
    }
    spread = [ratios[0], ratios[-1]]
    return figures | {"ratio": statistics.median(ratios), "spread": spread, "rounds": rounds}


def over_a_cable(rounds, seconds, mbit):
    """Return what the network between two namespaces takes, and what overlap gives."""
    with two_hosts.TwoHosts(mbit) as hosts:
        how = {"options": hosts.options, "prefix": hosts.command, "variables": hosts.variables}
        found = {"cable": hosts.cable, "reduce": reduced(2, rounds, 2**17, **how)}
        times = {0: [], 1: []}
        for _ in range(rounds):
            for overlap in times:
                before = hosts.sent()
                said = ranks(2, "minidl", seconds, 512, 512, overlap, **how)
                times[overlap].append(said["ms"])
                sent = hosts.sent()[0] - before[0]
        steps = said["steps"] + 5 + 1  # with those that warm up
        found |= {
            "step ms": {
                "after": statistics.median(times[0]),
                "overlap": statistics.median(times[1]),
            },
            "gain": statistics.median(a / b for a, b in zip(times[0], times[1])),
            "gradients": said["bytes"],
            "bound": 2 * (2 - 1) / 2 * said["bytes"],
            "sent a step": sent / steps,
            "early buckets": said["early"],
        }
    return found


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS), help="names, with commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--mbit", type=int, default=400, help="speed of the cable")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "distributed.json")
    said = parser.parse_args()
    said.backend, said.threads = "numba", 1
    found = {"machine": machine(said)}
    if said.output.exists():
        found = json.loads(said.output.read_text()) | found
    parts = said.parts.split(",")
    if "reduce" in parts:
        found["reduce"] = {str(p): reduced(p, said.rounds) for p in (2, 4)}
    if "ddp" in parts:
        found["ddp"] = against_ddp(said.rounds, said.seconds)
    if "cable" in parts:
        found["cable"] = {"missing": two_hosts.missing()}
        if not found["cable"]["missing"]:
            found["cable"] = over_a_cable(said.rounds, said.seconds, said.mbit)
    said.output.write_text(json.dumps(found, indent=1) + "\n")
    print(found["machine"])
    rows = [
        [name, f"{1e6 * one['alpha']:.0f}", f"{1e-9 / one['beta']:.2f}"]
        for name, one in _models(found)
    ]
    print(markdown(["all-reduce", "alpha us", "GB a second"], rows))
    print(json.dumps({k: v for k, v in found.items() if k == "ddp"}, indent=1))
    print(json.dumps({k: v for k, v in found.get("cable", {}).items() if k != "reduce"}, indent=1))


def _models(found):
    yield from ((f"{p} ranks", one) for p, one in found.get("reduce", {}).items())
    if "reduce" in found.get("cable", {}):
        yield "over the cable", found["cable"]["reduce"]


if __name__ == "__main__":
    main()
