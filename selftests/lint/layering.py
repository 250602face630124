#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Who may include whom in kmod/ (Documentation/overview.rst, "Layers").

A source file may include headers of its own layer and of those above it in
kmod/Kbuild; the control surface uses objects but no packet step; packet steps
never see generic netlink; kernel versions are tested in compat/ only; no two
files include each other, and headers form no circle. Prints KTAP."""

import pathlib
import re
import sys

KMOD = pathlib.Path(__file__).resolve().parents[2] / "kmod"
INCLUDE = re.compile(r'^#include\s+([<"])([^>"]+)[>"]', re.M)

LAYERS = {
    "log hot dir csum addr version ports wheel table director tcp_track tcp_opt": 0,
    "objects stats netns route interest notify": 1,
    "sched sched_rr sched_wrr sched_wlc service rs pool laddr portmap isn session session_walk": 2,
    "packet steer admit proto proto_tcp proto_udp nat nat_xlat xmit hook": 3,
    "netlink netlink_attr netlink_info netlink_service netlink_rs netlink_laddr netlink_session netlink_stats": 4,
    "rehome main": 5,
}
LEVEL = {name: level for names, level in LAYERS.items() for name in names.split()}
# The ladders of a namespace and of objects reach down on purpose.
ROOTS = {"netns.c": 5, "rehome.c": 5, "interest.c": 2, "stats.c": 2, "route.c": 1}


def includes(path):
    return INCLUDE.findall(path.read_text())


def level_of(path):
    if path.suffix == ".c" and path.name in ROOTS:
        return ROOTS[path.name]
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
            elif target > level:
                yield f"{path.name} (layer {level}) includes {name} (layer {target})"
            elif level == 4 and target == 3:
                yield f"{path.name}: the control surface includes packet step {name}"


def check_circles(headers):
    graph = {p.name: [n for k, n in includes(p) if k == '"'] for p in headers}
    done = set()

    def visit(name, path):
        if name in path:
            yield "headers in a circle: " + " -> ".join(path[path.index(name):] + [name])
            return
        if name in done:
            return
        for target in graph.get(name, ()):
            yield from visit(target, path + [name])
        done.add(name)

    for name in graph:
        yield from visit(name, [])


def main():
    files = sorted(p for p in KMOD.glob("*.[ch]") if not p.name.endswith(".mod.c"))
    checks = {
        "layering: includes follow the layers": list(check_layers(files)),
        "layering: no header circle": list(check_circles([p for p in files if p.suffix == ".h"])),
    }
    print(f"TAP version 13\n1..{len(checks)}")
    for number, (name, problems) in enumerate(checks.items(), 1):
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ok' if problems else 'ok'} {number} {name}")
    return any(checks.values())


if __name__ == "__main__":
    sys.exit(main())
