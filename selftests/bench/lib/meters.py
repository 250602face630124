# SPDX-License-Identifier: GPL-2.0
"""The meters: a stock kernel that counts instructions, one with several CPUs,
one with programs, and User-Mode Linux kernels that run at native speed. last()
has what a meter's guest wrote: {id: [{word: value}, one for each time]}."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.dirname(HERE)
REPO = os.path.dirname(os.path.dirname(BENCH))
sys.path.insert(0, os.path.join(REPO, "selftests/vm/lib"))

import built     # noqa: E402
import kernels   # noqa: E402
import progress  # noqa: E402

Failed = built.Failed
BUILD = os.path.join(built.BUILD, "bench")
# Kinds of selftests/kernels/build, and words that not all of them know.
UML = {"uml": (), "uml-newest": ("seccomp=on",)}
ROUNDS = "rounds"  # what the guests of all rounds wrote, each a boot


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
    return results(os.path.join(BUILD, meter, ROUNDS if meter in UML else "artifacts/results"))


def environment(plan, work, modules):
    path = os.path.join(work, "plan")
    with open(path, "w") as f:
        f.write(plan)
    return {"MGW_BENCH_PLAN": path, "MGW_KO": modules["mgw.ko"],
            "MGW_BENCH_KO": modules["mgw_bench.ko"]}


def working_directory(meter):
    work = os.path.join(BUILD, meter)
    os.makedirs(work, exist_ok=True)
    return work


def stock_modules():
    release = kernels.stock(REPO).release
    return built.modules("bench-" + release, "/lib/modules/%s/build" % release,
                         sources=built.MODULE + built.BENCH)


def machine(meter, script, env, steps, timeout, *options):
    """A script of the bench in the stock kernel."""
    work = working_directory(meter)
    progress.command(meter, steps, [
        os.path.join(REPO, "selftests/vm/run"), "--accel", "tcg", "--timeout", str(timeout),
        "--log-dir", work, *options, os.path.join(BENCH, script)],
        os.path.join(work, "run.log"), env={**os.environ, **env})
    return last(meter)


def icount(plan, timeout, meter="icount"):
    """Cycles of the answer are instructions."""
    env = environment(plan, working_directory(meter), stock_modules())
    return machine(meter, "guest", env, plan.count("setup "), timeout,
                   "--icount", "--cpus", "1", "--mem", "3072")


def scaling(plan, cpus, timeout):
    """One host thread for each CPU."""
    env = environment(plan, working_directory("scaling"), stock_modules())
    return machine("scaling", "guest", env, plan.count("setup "), timeout,
                   "--cpus", str(cpus), "--mem", "3072")


def programs(env, steps, cpus, timeout):
    return machine("programs", "programs", {**env, "MGW_KO": stock_modules()["mgw.ko"]}, steps, timeout,
                   "--cpus", str(cpus))


def huge_mb(process):
    """How much memory of a process is in huge pages of a tmpfs."""
    try:
        with open("/proc/%d/smaps_rollup" % process.pid) as f:
            return int(re.search(r"^ShmemPmdMapped:\s+(\d+) kB", f.read(), re.M)[1]) // 1024
    except (OSError, TypeError):
        return 0


def uml(kind, plan, timeout, first):
    """Nanoseconds of the answer are the host's. Adds one round to those of last()."""
    kernel = built.kernel(kind)
    work = working_directory(kind)
    artifacts = os.path.join(work, "artifacts")
    os.makedirs(artifacts, exist_ok=True)
    modules = built.modules("bench-" + kind, kernel, *built.UML,
                            sources=built.MODULE + built.BENCH)
    words = dict(environment(plan, work, modules), MGW_ARTIFACTS=artifacts,
                 MGWADM=os.environ.get("MGWADM", os.path.join(REPO, "build/userspace/mgwadm/mgwadm")))
    with open(os.path.join(work, "environment"), "w") as f:
        f.writelines("%s=%s\n" % pair for pair in words.items())
    verdict = os.path.join(artifacts, "verdict")
    if os.path.exists(verdict):
        os.unlink(verdict)
    huge = [0]
    progress.command(kind, plan.count("setup "), [
        os.path.join(BENCH, "uml/start"), os.path.join(work, "memory"),
        os.path.join(kernel, "linux"), "mem=4096M", "root=none", "rootfstype=hostfs", "rootflags=/",
        "ro", "quiet", "slab_nomerge", "nf_conntrack.hashsize=1048576", "con=null", "con0=null,fd:1",
        "panic=-1", "panic_on_warn=1", *UML[kind], "init=" + os.path.join(BENCH, "uml/init"),
        "bench=" + os.path.join(work, "environment")],
        os.path.join(work, "console.log"), timeout, lambda process: huge.append(huge_mb(process)),
        stdin=subprocess.DEVNULL)
    if not os.path.exists(verdict) or open(verdict).read().strip() != "0":
        with open(os.path.join(work, "console.log"), errors="replace") as f:
            raise Failed("User-Mode Linux:\n" + "".join(f.readlines()[-15:]))
    with open(os.path.join(artifacts, "results")) as f, \
            open(os.path.join(work, ROUNDS), "w" if first else "a") as rounds:
        rounds.write(f.read() + "memory huge_mb=%d\n" % max(huge))
