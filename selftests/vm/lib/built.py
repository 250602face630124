# SPDX-License-Identifier: GPL-2.0
"""Test kernels built from Debian's source, and our modules for any kernel."""
import os
import shutil
import subprocess
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.path.abspath(os.environ.get("MGW_BUILD", os.path.join(REPO, "build")))
CACHE = os.path.join(BUILD, "kernels")


class Kind(NamedTuple):
    """A kernel for QEMU."""
    slow: int                # how many times slower than the stock one
    append: str = ""         # to the kernel command line
    make_words: tuple = ()   # for our modules


# Of the allocations in softirq, those of sessions are what a test makes fail.
SESSIONS_MAY_FAIL = "slub_debug=A,mgw_session"
KINDS = {
    "debug": Kind(6, append=SESSIONS_MAY_FAIL),
    # The kernel has races of its own: the agent tells them from ours.
    "kcsan": Kind(4, append="panic_on_warn=0"),
    "coverage": Kind(2, append=SESSIONS_MAY_FAIL, make_words=("GCOV_PROFILE=y",)),
}
# Debian's own kernels: suite and flavour.
DEBIAN = {
    "5.10": ("bullseye", "amd64"),
    "6.1-cloud": ("bookworm", "cloud-amd64"),
    "6.1-rt": ("bookworm", "rt-amd64"),
    "6.12": ("trixie", "amd64"),
    "newest": ("trixie-backports", "amd64"),
}
# Builds the module inside a release's own root: $0 root, $1 version, $2 jobs.
IN_ROOT = """
mount -t proc proc "$0/proc"
mount --bind /dev "$0/dev"
rm -f "$0"/mgw/kmod/*.o
exec chroot "$0" env LC_ALL=C make -C "/lib/modules/$1/build" M=/mgw -j"$2" modules
"""
MODULE = ("kmod", "include")
BENCH = ("selftests/bench/source",)


class Failed(Exception):
    """Something was not built; the text says what and why."""


def command(words, log, **more):
    with open(log, "w") as out:
        code = subprocess.run(words, stdout=out, stderr=out, **more).returncode
    if code:
        with open(log, errors="replace") as f:
            tail = "".join(f.readlines()[-15:])
        raise Failed("%s: exit code %d\n%s(%s)" % (words[0], code, tail, log))


def kernel(kind):
    """The build directory of a test kernel, built when it is not there."""
    return made("the %s kernel was not built" % kind, "build", kind, CACHE)


def debian(name):
    """The root directory with another Debian release's kernel, and its version."""
    suite, flavour = DEBIAN[name]
    root = made("there is no kernel %s" % name, "debian", suite, flavour, CACHE + "/debian")
    with open(os.path.join(root, "release")) as f:
        return root, f.read().strip()


def made(failure, script, *words):
    run = subprocess.run([os.path.join(REPO, "selftests/kernels", script), *words],
                         stdout=subprocess.PIPE, text=True)
    if run.returncode:
        raise Failed(failure)
    return run.stdout.strip()


def copy_sources(work, sources):
    """So that each kernel has objects of its own."""
    for source in sources:
        # Same time stamps: what has not changed is not built again.
        shutil.copytree(os.path.join(REPO, source), os.path.join(work, source), dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("*.o", "*.ko", "*.cmd", "*.mod", "*.mod.c"))
    with open(os.path.join(work, "Kbuild"), "w") as f:
        f.write("obj-m += %s\n" % " ".join(s + "/" for s in sources if s != "include"))


def modules(name, directory, *words):
    """mgw.ko and mgw_bench.ko for the kernel built in a directory."""
    work = os.path.join(CACHE, "modules", name)
    copy_sources(work, MODULE + BENCH)
    command(["make", "-C", directory, "M=" + work, "-j%d" % os.cpu_count(), *words, "modules"],
            work + ".log")
    return (os.path.join(work, "kmod/mgw.ko"),
            os.path.join(work, "selftests/bench/source/mgw_bench.ko"))


def debian_module(name):
    """mgw.ko for another Debian release's kernel, built there with the compiler of
    that release. A warning is a failure."""
    root, release = debian(name)
    log = root + "-module.log"
    copy_sources(root + "/mgw", MODULE)
    command(["unshare", "--mount", "sh", "-ec", IN_ROOT, root, release, str(os.cpu_count())], log)
    with open(log, errors="replace") as f:
        warnings = [line for line in f if "warning:" in line]
    if warnings:
        raise Failed("%s: warnings from the module's build:\n%s(%s)" % (name, "".join(warnings), log))
    return root + "/mgw/kmod/mgw.ko"
