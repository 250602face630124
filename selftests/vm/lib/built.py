# SPDX-License-Identifier: GPL-2.0
"""Test kernels built from Debian's source, and our modules for any kernel."""
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.path.abspath(os.environ.get("MGW_BUILD", os.path.join(REPO, "build")))
CACHE = os.path.join(BUILD, "kernels")
# Kernels for QEMU, and how many times slower than the stock one each is.
KINDS = {"debug": 6, "kcsan": 4}
SOURCES = ("kmod", "include", "selftests/bench/source")


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
    made = subprocess.run([os.path.join(REPO, "selftests/kernels/build"), kind, CACHE],
                          stdout=subprocess.PIPE, text=True)
    if made.returncode:
        raise Failed("the %s kernel was not built" % kind)
    return made.stdout.strip()


def modules(name, directory, *words):
    """mgw.ko and mgw_bench.ko for the kernel built in a directory: a copy of the
    sources, so that each kernel has objects of its own."""
    work = os.path.join(CACHE, "modules", name)
    for source in SOURCES:
        # Same time stamps: what has not changed is not built again.
        shutil.copytree(os.path.join(REPO, source), os.path.join(work, source), dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("*.o", "*.ko", "*.cmd", "*.mod", "*.mod.c"))
    with open(os.path.join(work, "Kbuild"), "w") as f:
        f.write("obj-m += kmod/ selftests/bench/source/\n")
    command(["make", "-C", directory, "M=" + work, "-j%d" % os.cpu_count(), *words, "modules"],
            work + ".log")
    return (os.path.join(work, "kmod/mgw.ko"),
            os.path.join(work, "selftests/bench/source/mgw_bench.ko"))
