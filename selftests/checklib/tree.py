# SPDX-License-Identifier: GPL-2.0
"""Which files a check has seen."""
import hashlib
import os
import subprocess


def git(repo, *words):
    done = subprocess.run(["git", "-C", repo, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        raise SystemExit("check: git %s: %s" % (words[0], done.stderr.decode().strip()))
    return done.stdout


def commit(repo):
    """The commit's name, with "+" when files differ from it."""
    changed = git(repo, "status", "--porcelain")
    return git(repo, "rev-parse", "HEAD").decode().strip() + ("+" if changed else "")


def key(repo):
    """A hash of every file that git knows or would add: commits of the same files have
    the same one, and a changed file another."""
    names = git(repo, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split(b"\0")
    total = hashlib.sha256()
    for name in sorted(set(filter(None, names))):
        path = os.path.join(os.fsencode(repo), name)
        if os.path.isfile(path):
            with open(path, "rb") as f:
                total.update(name + b"\0" + hashlib.sha256(f.read()).digest())
    return total.hexdigest()[:16]
