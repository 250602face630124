#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Who may include whom in kmod/ (Documentation/overview.rst, "Layers").

A source file may include headers of its own layer and of those above it in
kmod/Kbuild; the control surface uses objects but no packet step; packet steps
never see generic netlink; kernel versions are tested in compat/ only; no chain
of includes leads from a file (NAME.c and NAME.h) back to it. Prints KTAP."""

import pathlib
import re
import sys

import findings

KMOD = pathlib.Path(__file__).resolve().parents[2] / "kmod"
INCLUDE = re.compile(r'^#include\s+([<"])([^>"]+)[>"]', re.M)

LAYERS = {
    "log hot dir csum addr version ports wheel table director tcp_track tcp_opt "
    "isn_clock live mode": 0,
    "objects owner notify counters traffic isn route mnet stats interest": 1,
    "rs sched sched_rr sched_wrr sched_wlc portmap laddr pool laddr_config host conntrack "
    "lport service service_rs session session_walk dev": 2,
    "packet skb steer source ipsec admit proto proto_tcp proto_udp toa nat_xlat nat tunnel xmit "
    "tcp_build reset expiry icmp_xlat icmp_quote icmp bridge netfilter forward walk entry prerouting ingress": 3,
    "netlink_msg netlink_attr netlink_info netlink_service netlink_rs netlink_laddr "
    "netlink_session netlink_stats netlink_dev netlink_event netlink": 4,
    "rehome netns main": 5,
}
FEWEST_FILES = 50
LEVEL = {name: level for names, level in LAYERS.items() for name in names.split()}
# Of the life of roots the control surface may see this much: mgw_net(), get, put.
UPWARD = {("netlink_msg", "netns"), ("netlink_service", "netns"), ("netlink_laddr", "netns"),
          ("netlink_info", "netns"), ("netlink_rs", "netns"), ("netlink_dev", "netns"),
          ("main", "netlink")}


def includes(path):
    return INCLUDE.findall(path.read_text())


def level_of(path):
    return LEVEL.get(path.stem)


def check_layers(files):
    for path in files:
        level = level_of(path)
        if level is None:
            yield f"{path.name}: is in no layer of layering.py"
            continue
        for kind, name in includes(path):
            stem = pathlib.PurePath(name).stem
            if kind == "<":
                if level != 4 and name.startswith("net/genetlink"):
                    yield f"{path.name}: includes <{name}>, which is for netlink*.c"
                if name == "linux/version.h":
                    yield f"{path.name}: tests the kernel version, which is for compat/"
                continue
            target = LEVEL.get(stem)
            if target is None:
                yield f"{path.name}: includes unknown \"{name}\""
            elif target > level and (path.stem, stem) not in UPWARD:
                yield f"{path.name} (layer {level}) includes {name} (layer {target})"
            elif level == 4 and target == 3:
                yield f"{path.name}: the control surface includes packet step {name}"


def check_circles(files):
    """X.c and X.h are one room: no chain of includes leads back into it."""
    graph = {}
    for path in files:
        rooms = {pathlib.PurePath(n).stem for k, n in includes(path) if k == '"'}
        graph.setdefault(path.stem, set()).update(rooms - {path.stem})
    done = set()

    def visit(room, path):
        if room in path:
            yield "a circle: " + " -> ".join(path[path.index(room):] + [room])
            return
        if room in done:
            return
        for target in sorted(graph.get(room, ())):
            yield from visit(target, path + [room])
        done.add(room)

    for room in sorted(graph):
        yield from visit(room, [])


def main():
    files = sorted(p for p in KMOD.glob("*.[ch]") if not p.name.endswith(".mod.c"))
    if len(files) < FEWEST_FILES:
        sys.exit(f"not ok 1 layering: found {len(files)} files only")
    checks = {
        "layering: includes follow the layers": list(check_layers(files)),
        "layering: no circle between files": list(check_circles(files)),
    }
    return findings.report(checks)


if __name__ == "__main__":
    sys.exit(main())
