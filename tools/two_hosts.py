"""Two pretended machines on this one, joined by a cable whose speed is set: for MPI over a network.

    with TwoHosts(mbit=200, milliseconds=1) as hosts:
        dist.launch(program, 2, options=hosts.options, ...)     # rank 0 here, rank 1 there

Each is a network namespace of Linux: a process in it sees one network card, an end of a virtual
cable (veth), and no other machine. `tc` holds back what is sent, so that bytes take their time.
mpiexec starts its ranks there by `ip netns exec` in place of ssh; files and processor are shared,
and ranks can reach each other through the cable alone.

Needs Linux, root, and `ip` and `tc` (iproute2). Latency needs the kernel's netem, which some do not
have: `cable` says what was set.
"""

import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

ADDRESS = "10.77.{}.{}"


def missing():
    """Return why there can be no such machines here; "" if there can."""
    if os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "two network namespaces need Linux and root"
    if not (_tool("ip") and _tool("tc")):
        return "two network namespaces need ip and tc (iproute2)"
    probe = f"minidl-{os.getpid()}-p"
    if _run("ip", "netns", "add", probe).returncode:
        return "this kernel, or this container, lets nobody make network namespaces"
    _run("ip", "netns", "del", probe)
    return ""


class TwoHosts:
    """Two namespaces and the cable between them.

    Args:
        mbit: how many million bits a second go each way.
        milliseconds: latency of one way, where the kernel can hold packets back.

    Attributes:
        options: for mpiexec, which must itself run in the first namespace: see `command`.
        variables: for its environment.
        cable: what was set, in words.
    """

    def __init__(self, mbit=200, milliseconds=0.5):
        self.mbit, self.milliseconds = mbit, milliseconds
        self.names = [f"minidl-{os.getpid()}-{k}" for k in (0, 1)]
        self.cards = [f"ml{os.getpid() % 100000}v{k}" for k in (0, 1)]
        slot = os.getpid() % 250  # two such pairs do not meet
        self.addresses = [ADDRESS.format(slot, k + 1) for k in (0, 1)]

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.names:
            _run("ip", "netns", "del", name)  # the cable goes with its ends
        self.folder.cleanup()

    def _make(self):
        a, b = self.cards
        for name in self.names:
            _must("ip", "netns", "add", name)
        _must("ip", "link", "add", a, "type", "veth", "peer", "name", b)
        for name, card, address in zip(self.names, self.cards, self.addresses):
            _must("ip", "link", "set", card, "netns", name)
            inside = ("ip", "netns", "exec", name)
            _must(*inside, "ip", "addr", "add", f"{address}/24", "dev", card)
            _must(*inside, "ip", "link", "set", card, "up")
            _must(*inside, "ip", "link", "set", "lo", "up")
            self.cable = self._slow_down(inside, card)
        script = pathlib.Path(self.folder.name) / "enter.sh"
        script.write_text(
            "#!/bin/sh\n"
            "# mpiexec calls this as it would call ssh: options, a host, and what to run there.\n"
            'while [ "${1#-}" != "$1" ]; do shift; done\n'
            'host="$1"; shift\n'
            f'case "$host" in {self.addresses[0]}) name={self.names[0]};; '
            f"*) name={self.names[1]};; esac\n"
            f'exec {_tool("ip")} netns exec "$name" /bin/sh -c "$*"\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.options = [
            *("-hosts", ",".join(f"{address}:1" for address in self.addresses)),
            *("-launcher", "ssh", "-launcher-exec", str(script)),
            *("-localhost", self.addresses[0]),
        ]
        self.command = [_tool("ip"), "netns", "exec", self.names[0]]
        self.variables = {"FI_PROVIDER": "tcp", "UCX_TLS": "tcp,self"}

    def _slow_down(self, inside, card):
        """Let the card send at its speed; return in words what was set."""
        add = (*inside, _tool("tc"), "qdisc", "add", "dev", card, "root")
        delay, rate = f"{self.milliseconds}ms", f"{self.mbit}mbit"
        if self.milliseconds and not _run(*add, "netem", "delay", delay, "rate", rate).returncode:
            return f"{self.mbit} Mbit/s, {self.milliseconds} ms"
        _must(*add, "tbf", "rate", rate, "burst", "64kb", "latency", "200ms")
        return f"{self.mbit} Mbit/s; this kernel has no netem, so no latency was added"

    def sent(self):
        """Return how many bytes each end has sent so far, headers included."""
        found = []
        for name, card in zip(self.names, self.cards):
            path = f"/sys/class/net/{card}/statistics/tx_bytes"
            found.append(int(_must("ip", "netns", "exec", name, "cat", path).stdout))
        return found


def _tool(name):
    """Where a tool is; /usr/sbin is not on everybody's path."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _run(name, *arguments):
    return subprocess.run([_tool(name), *arguments], capture_output=True, text=True)


def _must(*command):
    done = _run(*command)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done
