# SPDX-License-Identifier: GPL-2.0
"""Test kernels built from Debian's source, and our modules for any kernel."""
import glob
import os
import subprocess
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.path.abspath(os.environ.get("MGW_BUILD", os.path.join(REPO, "build")))


class Kind(NamedTuple):
    """A kernel built here."""
    slow: int                # how many times slower than the stock one in QEMU
    config: str = ""         # of ../kernels, when it has another name
    append: str = ""         # to the kernel command line
    make_words: tuple = ()   # for our modules
    engine: str = "qemu"


UML = ("ARCH=um", "SUBARCH=x86_64")


# Of the allocations in softirq, those of sessions are what a test makes fail.
SESSIONS_MAY_FAIL = "slub_debug=A,mgw_session"
# Where a pair of words cannot be exchanged at once, BPF's allocations (kmalloc_nolock)
# only work from caches that are checked. Those of a memory cgroup have their own names.
BPF_SIZES = (64, 96, 128, 192, 256, 512)
BPF_CACHES = ",".join("kmalloc-%d,kmalloc-cg-%d" % (n, n) for n in BPF_SIZES)
NATIVE = SESSIONS_MAY_FAIL + ";F," + BPF_CACHES
MEMORY_ALONE = "lockdep=off no_debug_objects kmemleak=off"
KINDS = {
    "debug": Kind(6, append=SESSIONS_MAY_FAIL),
    # The kernel has races of its own: the agent tells them from ours.
    "kcsan": Kind(4, append="panic_on_warn=0"),
    "coverage": Kind(2, append=SESSIONS_MAY_FAIL, make_words=("GCOV_PROFILE=y",)),
    "native": Kind(1, append=NATIVE, make_words=UML, engine="uml"),
    "native-debug": Kind(2, append=NATIVE, make_words=UML, engine="uml"),
    # The same kernel, where only memory is watched.
    "native-kasan": Kind(1, config="native-debug", append=NATIVE + " " + MEMORY_ALONE,
                         make_words=UML, engine="uml"),
}
# Debian's own kernels: suite and flavour.
DEBIAN = {
    "5.10": ("bullseye", "amd64"),
    "6.1-cloud": ("bookworm", "cloud-amd64"),
    "6.1-rt": ("bookworm", "rt-amd64"),
    "6.12": ("trixie", "amd64"),
    "newest": ("trixie-backports", "amd64"),
    "newest-rt": ("trixie-backports", "rt-amd64"),
}
MODULE = ("kmod", "include")
BENCH = ("selftests/bench/source",)


def of_engine(engine):
    return [name for name, kind in KINDS.items() if kind.engine == engine]


class Failed(Exception):
    """Something was not built; the text says what and why."""


def config_of(kind):
    """By which a kernel and the modules for it are known, whatever it is told to do."""
    return (kind in KINDS and KINDS[kind].config) or kind


def kernel(kind):
    """The build directory of a test kernel, built when it is not there."""
    return made("the %s kernel was not built" % config_of(kind), "build", config_of(kind))


def debian(name):
    """The root directory with another Debian release's kernel, and its version."""
    suite, flavour = DEBIAN[name]
    root = made("there is no kernel %s" % name, "debian", suite, flavour)
    with open(os.path.join(root, "release")) as f:
        return root, f.read().strip()


def made(failure, script, *words):
    run = subprocess.run([os.path.join(REPO, "selftests/kernels", script), *words],
                         stdout=subprocess.PIPE, text=True)
    if run.returncode:
        raise Failed(failure)
    return run.stdout.strip()


def modules(name, directory, *words, sources=MODULE):
    """Our modules for the kernel built in a directory: {file name: path}."""
    found = made("the modules for %s were not built" % name, "module", config_of(name), directory,
                 *sources, "--", *words)
    return {os.path.basename(path): path
            for path in glob.glob(found + "/**/*.ko", recursive=True)}


def debian_module(name):
    """mgw.ko for another Debian release's kernel, built there with the compiler of
    that release. A warning is a failure."""
    root, release = debian(name)
    return made("mgw.ko for %s was not built" % release, "module", "--root", name, root, release,
                *MODULE) + "/mgw.ko"
