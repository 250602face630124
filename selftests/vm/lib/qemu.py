# SPDX-License-Identifier: GPL-2.0
"""One QEMU process: its command line, its control channel, its end."""
import hashlib
import os
import re

import machine
import shares

PROBE_SECONDS = 20


class Machine(machine.Machine):
    def __init__(self, kernel, initrd, accel, cpus, mem, log_dir, repo, paths=(), append="",
                 terminal=False, icount=False, extra=()):
        super().__init__(log_dir)
        command_line = " ".join([
            "console=ttyS0 quiet net.ifnames=0 nokaslr mitigations=off", machine.STRICT,
            "log_buf_len=4M rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=30",
            "no_timer_check tsc=reliable" if accel == "tcg" else "",
            "mgw_repo=%s mgw_keep=%s" % (repo, ",".join(machine.kept(repo, paths))),
            "mgw_terminal=/dev/ttyS1",
            "mgw_moddir=" + kernel.module_dir if kernel.module_dir else "", append])
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
                            shares.Share("artifacts", self.artifacts)], mem,
                           machine.own_process)
        args += [*self.shares.args, "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
                 "-chardev", "socket,id=ctl,fd=%d" % self.theirs.fileno(),
                 "-device", "virtserialport,chardev=ctl,name=mgw.ctl", *extra]
        self.start(args, os.path.join(log_dir, "qemu.log"), terminal)

    def close(self):
        super().close()
        self.shares.close()


def kvm_works(kernel, initrd, cache, repo):
    """A /dev/kvm alone proves nothing and can hang: boot once and see. The answer
    holds until this machine boots again."""
    with open("/proc/cpuinfo") as f:
        cpu = f.read()
    if not re.search(r"^flags.*\b(vmx|svm)\b", cpu, re.M) or not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    model = re.search(r"^model name.*", cpu, re.M)
    with open("/proc/sys/kernel/random/boot_id") as f:
        boot = f.read().strip()
    key = hashlib.sha256("|".join([model[0] if model else "", boot, kernel.release]).encode()
                         ).hexdigest()[:16]
    answer = os.path.join(cache, "kvm-" + key)
    if not os.path.exists(answer):
        log_dir = os.path.join(cache, "kvm-probe")
        os.makedirs(log_dir, exist_ok=True)
        probe = Machine(kernel, initrd, "kvm", 1, 1024, log_dir, repo)
        try:
            works = probe.receive(PROBE_SECONDS)["event"] == "hello"
        except (machine.Gone, machine.Late):
            works = False
        finally:
            probe.close()
        with open(answer + ".new", "w") as f:
            f.write("yes" if works else "no")
        os.rename(answer + ".new", answer)
    with open(answer) as f:
        return f.read() == "yes"
