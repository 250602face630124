# SPDX-License-Identifier: GPL-2.0
"""The two meters: a stock kernel that counts instructions, and a User-Mode
Linux kernel that runs at native speed. Each runs a plan and returns what the
packet source answered: {id: [{word: value}, one for each time]}."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.dirname(HERE)
REPO = os.path.dirname(os.path.dirname(BENCH))
sys.path.insert(0, os.path.join(REPO, "selftests/vm/lib"))

import built    # noqa: E402
import kernels  # noqa: E402

Failed = built.Failed
BUILD = os.path.join(built.BUILD, "bench")


def results(path):
    found = {}
    try:
        with open(path) as f:
            for line in f:
                name, *words = line.split()
                found.setdefault(name, []).append(dict(w.split("=", 1) for w in words))
    except OSError as error:
        raise Failed("no results: %s" % error) from error
    return found


def last(meter):
    return results(os.path.join(BUILD, meter, "artifacts/results"))


def environment(plan, work, modules):
    path = os.path.join(work, "plan")
    with open(path, "w") as f:
        f.write(plan)
    return {"MGW_BENCH_PLAN": path, "MGW_KO": modules[0], "MGW_BENCH_KO": modules[1]}


def icount(plan, timeout):
    """Cycles of the answer are instructions."""
    work = os.path.join(BUILD, "icount")
    os.makedirs(work, exist_ok=True)
    release = kernels.stock(REPO).release
    modules = built.modules("stock-" + release, "/lib/modules/%s/build" % release)
    built.command([os.path.join(REPO, "selftests/vm/run"), "--icount", "--cpus", "1", "--accel", "tcg",
                   "--mem", "3072", "--timeout", str(timeout), "--append", "slab_nomerge",
                   "--log-dir", work, os.path.join(BENCH, "guest")],
                  os.path.join(work, "run.log"), env={**os.environ, **environment(plan, work, modules)})
    return last("icount")


def uml(plan, timeout):
    """Nanoseconds of the answer are the host's."""
    kernel = built.kernel("uml")
    work = os.path.join(BUILD, "uml")
    artifacts = os.path.join(work, "artifacts")
    os.makedirs(artifacts, exist_ok=True)
    modules = built.modules(os.path.basename(kernel), kernel, "ARCH=um", "SUBARCH=x86_64")
    words = dict(environment(plan, work, modules), MGW_ARTIFACTS=artifacts,
                 MGWADM=os.environ.get("MGWADM", os.path.join(REPO, "build/userspace/mgwadm/mgwadm")))
    with open(os.path.join(work, "environment"), "w") as f:
        f.writelines("%s=%s\n" % pair for pair in words.items())
    verdict = os.path.join(artifacts, "verdict")
    if os.path.exists(verdict):
        os.unlink(verdict)
    built.command([os.path.join(kernel, "linux"), "mem=4096M", "root=none", "rootfstype=hostfs",
                   "rootflags=/", "ro", "quiet", "slab_nomerge",
                   "nf_conntrack.hashsize=1048576", "con=null", "con0=null,fd:1", "panic=-1",
                   "panic_on_warn=1", "init=" + os.path.join(BENCH, "uml/init"),
                   "bench=" + os.path.join(work, "environment")],
                  os.path.join(work, "console.log"), stdin=subprocess.DEVNULL, timeout=timeout)
    if not os.path.exists(verdict) or open(verdict).read().strip() != "0":
        with open(os.path.join(work, "console.log"), errors="replace") as f:
            raise Failed("User-Mode Linux:\n" + "".join(f.readlines()[-15:]))
    return last("uml")
