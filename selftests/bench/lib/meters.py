# SPDX-License-Identifier: GPL-2.0
"""The two meters: a stock kernel that counts instructions, and a User-Mode
Linux kernel that runs at native speed. Each runs a plan and returns what the
packet source answered: {id: [{word: value}, one for each time]}."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.dirname(HERE)
REPO = os.path.dirname(os.path.dirname(BENCH))
BUILD = os.path.join(os.path.abspath(os.environ.get("MGW_BUILD", os.path.join(REPO, "build"))), "bench")


class Failed(Exception):
    """A meter did not measure."""


def command(words, log, **more):
    with open(log, "w") as out:
        code = subprocess.run(words, stdout=out, stderr=out, **more).returncode
    if code:
        with open(log, errors="replace") as f:
            tail = "".join(f.readlines()[-15:])
        raise Failed("%s: exit code %d\n%s(%s)" % (words[0], code, tail, log))


def build_module(source, name, kernel, *words):
    """A copy, so that each kernel has objects of its own."""
    work = os.path.join(BUILD, name)
    for directory in source:
        shutil.copytree(os.path.join(REPO, directory), os.path.join(work, directory),
                        dirs_exist_ok=True)
    with open(os.path.join(work, "Kbuild"), "w") as f:
        f.write("obj-m += kmod/ selftests/bench/source/\n")
    command(["make", "-C", kernel, "M=" + work, "-j%d" % os.cpu_count(), *words, "modules"],
            os.path.join(BUILD, name + ".log"))
    return (os.path.join(work, "kmod/mgw.ko"),
            os.path.join(work, "selftests/bench/source/mgw_bench.ko"))


SOURCES = ("kmod", "include", "selftests/bench/source")


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


def stock_kernel():
    sys.path.insert(0, os.path.join(REPO, "selftests/vm/lib"))
    import kernels
    return kernels.stock(REPO)


def icount(plan, timeout):
    """Cycles of the answer are instructions."""
    work = os.path.join(BUILD, "icount")
    os.makedirs(work, exist_ok=True)
    release = stock_kernel().release
    modules = build_module(SOURCES, "stock-" + release, "/lib/modules/%s/build" % release)
    command([os.path.join(REPO, "selftests/vm/run"), "--icount", "--cpus", "1", "--accel", "tcg",
             "--mem", "3072", "--timeout", str(timeout), "--append", "slab_nomerge",
             "--log-dir", work, os.path.join(BENCH, "guest")],
            os.path.join(work, "run.log"), env={**os.environ, **environment(plan, work, modules)})
    return last("icount")


def uml_kernel():
    made = subprocess.run([os.path.join(BENCH, "uml/build"), BUILD], stdout=subprocess.PIPE, text=True)
    if made.returncode:
        raise Failed("the User-Mode Linux kernel was not built")
    return made.stdout.strip()


def uml(plan, timeout):
    """Nanoseconds of the answer are the host's."""
    kernel = uml_kernel()
    work = os.path.join(BUILD, "uml")
    artifacts = os.path.join(work, "artifacts")
    os.makedirs(artifacts, exist_ok=True)
    modules = build_module(SOURCES, os.path.basename(kernel) + "-modules", kernel,
                           "ARCH=um", "SUBARCH=x86_64")
    words = dict(environment(plan, work, modules), MGW_ARTIFACTS=artifacts,
                 MGWADM=os.environ.get("MGWADM", os.path.join(REPO, "build/userspace/mgwadm/mgwadm")))
    with open(os.path.join(work, "environment"), "w") as f:
        f.writelines("%s=%s\n" % pair for pair in words.items())
    verdict = os.path.join(artifacts, "verdict")
    if os.path.exists(verdict):
        os.unlink(verdict)
    command([os.path.join(kernel, "linux"), "mem=4096M", "root=none", "rootfstype=hostfs",
             "rootflags=/", "ro", "quiet", "slab_nomerge",
             "nf_conntrack.hashsize=1048576", "con=null", "con0=null,fd:1", "panic=-1",
             "panic_on_warn=1", "init=" + os.path.join(BENCH, "uml/init"),
             "bench=" + os.path.join(work, "environment")],
            os.path.join(work, "console.log"), stdin=subprocess.DEVNULL, timeout=timeout)
    if not os.path.exists(verdict) or open(verdict).read().strip() != "0":
        with open(os.path.join(work, "console.log"), errors="replace") as f:
            raise Failed("User-Mode Linux:\n" + "".join(f.readlines()[-15:]))
    return last("uml")
