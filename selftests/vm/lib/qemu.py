# SPDX-License-Identifier: GPL-2.0
"""One QEMU process: its command line, its control channel, its end."""
import ctypes
import hashlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

import shares

PROBE_SECONDS = 20
TMPFS_DIRS = ("/tmp", "/run", "/var/log", "/var/tmp")


class Gone(Exception):
    """The guest ended without having said so."""


class Late(Exception):
    """The guest did not answer in time."""


def end_with_parent():
    # PR_SET_PDEATHSIG: not even a SIGKILLed runner leaves a machine behind.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Machine:
    def __init__(self, kernel, initrd, accel, cpus, mem, log_dir, repo, paths=(), append="",
                 terminal=False, icount=False, extra=()):
        self.console_path = os.path.join(log_dir, "console.log")
        artifacts = os.path.join(log_dir, "artifacts")
        os.makedirs(artifacts, exist_ok=True)
        keep = [d for d in TMPFS_DIRS
                if any(os.path.realpath(p).startswith(d + "/") for p in (repo, *paths))]
        command_line = " ".join([
            "console=ttyS0 quiet panic=-1 oops=panic panic_on_warn=1 net.ifnames=0 nokaslr",
            "mitigations=off slab_nomerge log_buf_len=4M rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=30",
            "no_timer_check tsc=reliable" if accel == "tcg" else "",
            "mgw_repo=%s mgw_keep=%s" % (repo, ",".join(keep)),
            "mgw_moddir=" + kernel.module_dir if kernel.module_dir else "", append])
        ours, theirs = socket.socketpair()
        self.control = ours
        self.pending = b""
        args = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot",
                "-display", "none", "-nic", "none", "-M", "q35",
                "-accel", "tcg,thread=" + ("multi" if cpus > 1 else "single")
                if accel == "tcg" else accel,
                "-cpu", "max" if accel == "tcg" else "host",
                "-smp", str(cpus), "-m", str(mem),
                "-kernel", kernel.image, "-initrd", initrd,
                "-append", " ".join(command_line.split()),
                "-chardev", "file,id=console,path=" + shares.escaped(self.console_path),
                "-serial", "chardev:console"]
        if icount:  # one instruction is one nanosecond of the guest
            args += ["-icount", "shift=0,sleep=off"]
        if terminal:
            args += ["-chardev", "stdio,id=tty,signal=off", "-serial", "chardev:tty"]
        kind = shares.NineP if kernel.has_9p else shares.VirtioFs
        self.shares = kind([shares.Share("hostroot", "/", read_only=True),
                            shares.Share("artifacts", artifacts)], mem, end_with_parent)
        args += [*self.shares.args, "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
                 "-chardev", "socket,id=ctl,fd=%d" % theirs.fileno(),
                 "-device", "virtserialport,chardev=ctl,name=mgw.ctl", *extra]
        self.messages = open(os.path.join(log_dir, "qemu.log"), "w")
        self.process = subprocess.Popen(
            args, pass_fds=[theirs.fileno()], preexec_fn=end_with_parent,
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=None if terminal else self.messages, stderr=self.messages)
        theirs.close()

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
        self.shares.close()
        self.control.close()
        self.messages.close()

    def console(self):
        try:
            with open(self.console_path, errors="replace") as f:
                return f.read().splitlines()
        except OSError:
            return []

    def last_words(self):
        """The console's first sign of death, else what QEMU complained of, or ""."""
        for line in self.console():
            if re.search(r"Kernel panic|WARNING:|BUG:|Oops|mgw-vm: init:", line):
                return re.sub(r"^\[[ .\d]*\] ", "", line)
        with open(self.messages.name, errors="replace") as f:
            return f.readline().strip()


def kvm_works(kernel, initrd, cache, repo):
    """A /dev/kvm alone proves nothing and can hang: boot once and see."""
    with open("/proc/cpuinfo") as f:
        cpu = f.read()
    if not re.search(r"^flags.*\b(vmx|svm)\b", cpu, re.M) or not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    model = re.search(r"^model name.*", cpu, re.M)
    key = hashlib.sha256("|".join([model[0] if model else "", os.uname().release,
                                   kernel.release]).encode()).hexdigest()[:16]
    answer = os.path.join(cache, "kvm-" + key)
    if not os.path.exists(answer):
        log_dir = os.path.join(cache, "kvm-probe")
        os.makedirs(log_dir, exist_ok=True)
        machine = Machine(kernel, initrd, "kvm", 1, 1024, log_dir, repo)
        try:
            works = machine.receive(PROBE_SECONDS)["event"] == "hello"
        except (Gone, Late):
            works = False
        finally:
            machine.close()
        with open(answer, "w") as f:
            f.write("yes" if works else "no")
    with open(answer) as f:
        return f.read() == "yes"
