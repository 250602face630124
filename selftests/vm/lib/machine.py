# SPDX-License-Identifier: GPL-2.0
"""What a machine is to the runner, whichever engine it runs on: one process, a channel
of JSON lines to the agent in it, a console that is only a log, an end."""
import contextlib
import ctypes
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import time

TMPFS_DIRS = ("/tmp", "/run", "/var/log", "/var/tmp")
# Of every kernel: what no test may go on after.
STRICT = "panic=-1 oops=panic panic_on_warn=1 slab_nomerge"
# Of a machine among the host's processes (struct sched_attr of sched(7)).
NICE, NICE_EMULATED, SLICE_NS, SCHED_SETATTR = -10, -4, 300000, 314
DEATH = re.compile(r"Kernel panic|WARNING:|BUG:|Oops|mgw-vm: init:")
TIME_STAMP = re.compile(r"^\[[ .\d]*\] ")


class Gone(Exception):
    """The guest ended without having said so."""


class Late(Exception):
    """The guest did not answer in time."""


def end_with_parent():
    # PR_SET_PDEATHSIG: not even a SIGKILLed runner leaves a machine behind.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def be_quick(nice):
    """Each system call of a native guest is a switch between processes of the host: one
    that waits there for a slice of somebody else's builds stands still. An emulated one,
    which is never at rest, takes a quarter of a CPU beside it, and more than builds do.
    Best effort: it takes root, and slices of one's own Linux 6.12."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        with open("/proc/self/autogroup", "w") as f:  # else it counts in this session alone
            f.write(str(nice))
    with contextlib.suppress(OSError):
        libc = ctypes.CDLL(None, use_errno=True)
        attributes = struct.pack("IIQiIQQQ", 48, 0, 0, nice, 0, SLICE_NS, 0, 0)
        libc.syscall(SCHED_SETATTR, 0, attributes, 0)


def own_process(nice=NICE_EMULATED):
    """What each process of a machine does first."""
    end_with_parent()
    be_quick(nice)


def kept(repo, paths):
    """Directories that the guest must see, of those it has of its own otherwise."""
    return [d for d in TMPFS_DIRS
            if any(os.path.realpath(p).startswith(d + "/") for p in (repo, *paths))]


class Machine:
    """An engine sets console_path and, with start(), the process."""

    def __init__(self, log_dir):
        self.console_path = os.path.join(log_dir, "console.log")
        self.artifacts = os.path.join(log_dir, "artifacts")
        os.makedirs(self.artifacts, exist_ok=True)
        self.control, self.theirs = socket.socketpair()
        self.pending = b""

    def start(self, words, messages, terminal, preexec=own_process, pass_fds=(), env=None):
        """Messages: a file that has what the engine itself complains of."""
        self.messages = open(messages, "w")
        self.process = subprocess.Popen(
            words, pass_fds=[self.theirs.fileno(), *pass_fds], preexec_fn=preexec, env=env,
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=None if terminal else self.messages, stderr=self.messages)
        self.theirs.close()

    def send(self, **record):
        self.control.sendall(json.dumps(record).encode() + b"\n")

    def receive(self, seconds):
        """The next record. Raises Late or Gone."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late
            if not select.select([self.control], [], [], left)[0]:
                continue
            try:
                chunk = self.control.recv(65536)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise Gone
            self.pending += chunk
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def wait(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.control.close()
        self.messages.close()

    def console(self):
        try:
            with open(self.console_path, errors="replace") as f:
                return f.read().splitlines()
        except OSError:
            return []

    def last_words(self):
        """The console's first sign of death, else what the engine complained of, or ""."""
        for line in self.console():
            if DEATH.search(line):
                return TIME_STAMP.sub("", line)
        with open(self.messages.name, errors="replace") as f:
            return f.readline().strip()
