# SPDX-License-Identifier: GPL-2.0
"""Under which conditions the figures were taken."""
import os
import platform
import re
import subprocess

import cases
import meters
import programs
import scaling

import kernels  # found by way of meters


def says(*words):
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              cwd=meters.REPO).stdout.strip()
    except OSError:
        return ""


def cpu():
    with open("/proc/cpuinfo") as f:
        info = f.read()
    words = [re.search(r"^%s\s*:\s*(.*)" % name, info, re.M) for name in ("model name", "cpu family", "model", "cpu MHz")]
    model, family, number, mhz = (w[1] if w else "?" for w in words)
    return "%s (family %s, model %s), %s MHz" % (model, family, number, mhz)


def version(package):
    return "%s %s" % (package, says("dpkg-query", "-W", "-f", "${Version}", package))


def stated(rounds):
    """{word: text}; the rounds of each meter that has any."""
    return {
        "commit": says("git", "describe", "--always", "--dirty", "--exclude", "*"),
        "stock kernel": kernels.stock(meters.REPO).release + ", slab_nomerge; 1 CPU where instructions are counted",
        "QEMU": says("qemu-system-x86_64", "--version").split("\n")[0]
                + ", -cpu max; -icount shift=0,sleep=off where instructions are counted",
        "compiler": says("gcc", "--version").split("\n")[0],
        "host CPU": "%d of %s, host kernel %s" % (os.cpu_count(), cpu(), platform.release()),
        "packets": "own skb each, %d bytes of data: a 64-byte frame for TCP over IPv4; "
                   "checksum verified by the NIC; netif_receive_skb() 64 times in a row, "
                   "or netif_receive_skb_list() by each poll" % cases.PAYLOAD,
        "flows": "a client address each, in pseudo-random order",
        "IPVS": "conn_tab_bits 20, rr", "conntrack": "hashsize 1048576",
        "rounds": ", ".join("%s %d" % pair for pair in rounds.items())
                  + ", alternating; median (lowest\u2013highest)",
        "several CPUs": "QEMU, a thread for each of %d CPUs of the guest, 1, 2 or all of them at work; "
                        "the host has %d for them and for QEMU itself. Wall clock, the making of the packets "
                        "counted in, from the common start until the first CPU is done"
                        % (scaling.CPUS, os.cpu_count()),
        "programs": "QEMU, a thread for each of %d CPUs of the guest; namespaces and veth; %d s each; %s, %s, %s; "
                    "wrk with 1 thread and %d connections"
                    % (programs.CPUS, programs.SECONDS, *map(version, ("iperf3", "wrk", "nginx-light")),
                       programs.CONNECTIONS),
        "load average when it began": "%.1f" % os.getloadavg()[0],
    }


def memory(kernel):
    return "huge pages (%d MB mapped huge)" % kernel["huge_mb"] if kernel["huge_mb"] else "4 KiB pages"


def of_kernels(tables):
    """The same of the kernels that ran natively, which say it themselves."""
    found = [table["kernel"] for table in tables.values() if "kernel" in table]
    if not found:
        return {}
    return {
        "UML kernel": ", ".join("Linux " + kernel["release"] for kernel in found)
                      + ", selftests/kernels/uml.config, 1 CPU",
        "UML memory": ", ".join(map(memory, found)),
    }


# What a reader must know of the first table.
FIRST = ("commit", "stock kernel", "UML kernel", "UML memory", "rounds")


def lines(words, chosen=None):
    return ["%s: %s" % (name, words[name]) for name in chosen or words if name in words]
