# SPDX-License-Identifier: GPL-2.0
"""PID 1 of the guest once the root is mounted.

Talks with the host's runner over the virtio port "mgw.ctl", or the terminal that the
kernel's command line names (mgw_control), one JSON object a line. The host sends jobs; the agent runs one at a time, passes its output on
line by line, looks what it left behind, and answers with an "end" record.
"""
import base64
import fcntl
import glob
import json
import os
import re
import select
import signal
import subprocess
import time
import tty

BAD_LOG = re.compile(
    r"WARNING:|BUG:|Oops|RIP:|Call Trace|ref_tracker|unreferenced object"
    r"|suspected memory leaks|hw csum failure|unregister_netdevice: waiting"
    r"|suspicious RCU|possible .* deadlock|KCSAN|UBSAN|KASAN")
KCSAN_ACCESS = re.compile(r"(read|write|read-write|race|assert)\b.* (to|at) ")
KCSAN_FRAMES = 3
UNLOADED = re.compile(r"mgw: unloaded:(.*)")
PAIR = re.compile(r"(\S+) (\d+)/(\d+)")
KMEMLEAK = "/sys/kernel/debug/kmemleak"
LEAK_AGE = 5.2  # seconds; kmemleak reports no object younger than 5
GCOV = "/sys/kernel/debug/gcov"
GRACE_SECONDS = 10.0


def boot_words():
    """The NAME=VALUE words of the kernel's command line."""
    with open("/proc/cmdline") as f:
        return dict(word.split("=", 1) for word in f.read().split() if "=" in word)


class Port:
    """The control channel: JSON lines both ways."""

    def __init__(self, terminal):
        self.fd = os.open(terminal or self.virtio_port("mgw.ctl"),
                          os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
        if terminal:
            tty.setraw(self.fd)
        self.pending = b""

    @staticmethod
    def virtio_port(name):
        for path in glob.glob("/sys/class/virtio-ports/*/name"):
            with open(path) as f:
                if f.read().strip() == name:
                    return "/dev/" + path.split("/")[-2]
        raise RuntimeError("no virtio port " + name)

    def send(self, **record):
        data = json.dumps(record).encode() + b"\n"
        while data:
            data = data[os.write(self.fd, data):]

    def receive(self):
        while b"\n" not in self.pending:
            chunk = os.read(self.fd, 65536)
            if not chunk:  # the host has not opened its side yet
                select.select([], [], [], 0.02)
            self.pending += chunk
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)


class KernelLog:
    """The records that were logged since it was made."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(self.fd, 0, os.SEEK_END)

    def close(self):
        lines, lost = [], False
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                break
            except BrokenPipeError:
                lost = True
                continue
            lines.append(record.split(";", 1)[-1].split("\n", 1)[0])
        os.close(self.fd)
        return lines, lost


def say_kernel_log(text):
    with open("/dev/kmsg", "w") as f:
        f.write("mgw-vm: %s\n" % text)


def user_processes():
    """Every process but this one and the kernel's threads: {pid: name}."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or entry == "1":
            continue
        try:
            with open("/proc/%s/stat" % entry) as f:
                stat = f.read()
        except OSError:
            continue
        name = stat[stat.index("(") + 1:stat.rindex(")")]
        state, ppid = stat[stat.rindex(")") + 2:].split()[:2]
        if state not in "ZX" and ppid != "2" and entry != "2":
            found[int(entry)] = name
    return found


def reap():
    """Collect every dead child; PID 1 inherits the orphans. {pid: code}"""
    dead = {}
    while True:
        try:
            info = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return dead
        if info is None:
            return dead
        killed = info.si_code != os.CLD_EXITED
        dead[info.si_pid] = -info.si_status if killed else info.si_status


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        reap()
        time.sleep(0.02)
    return condition()


def run(job, port, wakeup):
    """Run one script. Returns (exit code or -signal, timed out)."""
    env = dict(job["env"], PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               HOME="/root", LANG="C.UTF-8", MGW_VM="1", MGW_ARTIFACTS="/run/artifacts")
    out, child_out = os.pipe()
    child = subprocess.Popen([job["script"]], cwd=os.path.dirname(job["script"]),
                             env=env, stdin=subprocess.DEVNULL, stdout=child_out,
                             stderr=child_out, start_new_session=True)
    os.close(child_out)
    fcntl.fcntl(out, fcntl.F_SETFL, os.O_NONBLOCK)
    deadline = time.monotonic() + job["timeout"]
    partial, code, timed_out, open_pipe = b"", None, False, True

    while True:
        if code is None:
            code = reap().get(child.pid)
        if open_pipe:
            try:
                chunk = os.read(out, 65536)
                open_pipe = bool(chunk)
                *lines, partial = (partial + chunk).split(b"\n")
                for line in lines:
                    port.send(event="out", line=line.decode(errors="replace"))
                if chunk:
                    continue
            except BlockingIOError:
                pass
        if code is not None:
            break
        left = deadline - time.monotonic()
        if left <= 0:
            timed_out = True
            break
        ready, _, _ = select.select([out, wakeup] if open_pipe else [wakeup], [], [], left)
        if wakeup in ready:
            os.read(wakeup, 512)
    if partial:
        port.send(event="out", line=partial.decode(errors="replace"))
    os.close(out)
    child.returncode = code if code is not None else -signal.SIGKILL
    return child.returncode, timed_out


def tell_kmemleak(word):
    with open(KMEMLEAK, "w") as f:
        f.write(word)


def leaks_are_watched():
    """Not with "kmemleak=off", which leaves the file and refuses words like this one,
    which says what is so."""
    try:
        tell_kmemleak("stack=on")
    except OSError:
        return False
    return True


def look_for_leaks():
    # Twice: a pointer that was in a register only is in memory the next time.
    for _ in range(2):
        tell_kmemleak("scan")


def wait_for_old_leaks():
    """The kernel itself loses some memory while it boots, which counts as lost when it is
    old enough and has been looked at twice."""
    time.sleep(max(1.5 * LEAK_AGE - time.clock_gettime(time.CLOCK_BOOTTIME), 0))
    look_for_leaks()


def kmemleak_report():
    time.sleep(LEAK_AGE)
    look_for_leaks()
    with open(KMEMLEAK) as f:
        return f.read()


def leftovers():
    """Remove what a script left in the machine; say what it was."""
    problems = []
    if not wait_until(lambda: not user_processes(), GRACE_SECONDS):
        for pid, name in user_processes().items():
            problems.append("leftover process: %s (pid %d)" % (name, pid))
        wait_until(kill_all, 5)
    for name in sorted(os.listdir("/run/netns")):
        problems.append("leftover network namespace: " + name)
        subprocess.call(["ip", "netns", "del", name])
    if os.path.isdir("/sys/module/mgw"):
        problems.append("module mgw left loaded")
        tried = subprocess.run(["rmmod", "mgw"], stderr=subprocess.PIPE, text=True)
        if tried.returncode:
            problems.append("rmmod mgw: " + tried.stderr.strip())
    return problems


def kill_all():
    for pid in user_processes():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return not user_processes()


def split_races(lines):
    """KCSAN's reports apart from the rest of the log: (ours, others', rest). One
    is ours when an access to what two CPUs shared was made by, or on call of,
    our code: in the first frames of a stack. Deeper, we are under any packet."""
    ours, others, rest = [], [], []
    lines = iter(lines)
    for line in lines:
        if "BUG: KCSAN:" not in line:
            rest.append(line)
            continue
        title, is_ours, depth = line, "[mgw]" in line, KCSAN_FRAMES
        for line in lines:
            if line.startswith("====="):
                break
            rest.append(line)
            depth = 0 if KCSAN_ACCESS.match(line) else depth + 1
            is_ours |= 0 < depth <= KCSAN_FRAMES and "[mgw]" in line
        (ours if is_ours else others).append(title)
    return ours, others, rest


def check_log(lines):
    problems = ["kernel log: " + line for line in lines if BAD_LOG.search(line)]
    for line in lines:
        unloaded = UNLOADED.search(line)
        for name, created, destroyed in PAIR.findall(unloaded[1]) if unloaded else ():
            if created != destroyed:
                problems.append("leaked %s: %s created, %s destroyed"
                                % (name, created, destroyed))
    return problems


def send_coverage(port):
    """What gcov has counted since the boot; the kernel keeps it when a module
    goes. Nothing on a kernel without it."""
    for path in glob.glob(GCOV + "/**/*.gcda", recursive=True):
        with open(path, "rb") as f:
            data = base64.b64encode(f.read()).decode()
        port.send(event="file", name=os.path.basename(path), data=data)
    port.send(event="files-end")


def serve(port, wakeup):
    """Jobs until the host says so."""
    port.send(event="hello", release=os.uname().release, cpus=os.cpu_count(),
              uptime=time.clock_gettime(time.CLOCK_BOOTTIME))
    watched = leaks_are_watched()
    if watched:
        wait_for_old_leaks()
    while True:
        job = port.receive()
        if job["do"] == "coverage":
            send_coverage(port)
            continue
        if job["do"] == "poweroff":
            return
        if job["do"] == "shell":
            shell(job, boot_words().get("mgw_terminal"))
            return
        name = os.path.basename(job["script"])
        say_kernel_log("start " + name)
        if watched:
            tell_kmemleak("clear")  # what is lost already is no fault of this script
        log = KernelLog()
        start = time.monotonic()
        try:
            code, timed_out = run(job, port, wakeup)
            problems = []
        except OSError as error:
            code, timed_out, problems = 126, False, ["cannot run: %s" % error]
        seconds = time.monotonic() - start
        if timed_out:
            # What it had running is the timeout's fault, not a second one.
            wait_until(kill_all, 5)
            problems.append("timed out after %g s" % job["timeout"])
        problems += leftovers()
        reap()
        if watched:
            leaks = kmemleak_report()
            problems += ["kmemleak: " + line.strip() for line in leaks.splitlines()[:40]]
        say_kernel_log("end %s code %d" % (name, code))
        lines, lost = log.close()
        ours, others, lines = split_races(lines)
        problems += ["kernel log: " + line for line in ours] + check_log(lines)
        for line in others:
            port.send(event="out", line="# not ours: " + line)
        if lost:
            problems.append("kernel log overran: some lines were not checked")
        port.send(event="end", code=code, seconds=round(seconds, 3), timed_out=timed_out,
                  problems=problems)


def shell(job, device):
    """An interactive shell on the terminal kept for it."""
    terminal = os.open(device, os.O_RDWR | os.O_NOCTTY)
    subprocess.call(["stty", "sane", "rows", str(job["rows"]), "cols", str(job["cols"])], stdin=terminal)

    def own_terminal():
        os.setsid()
        fcntl.ioctl(0, 0x540E, 1)  # TIOCSCTTY

    subprocess.call(["/bin/bash", "-i"], stdin=terminal, stdout=terminal, stderr=terminal, cwd=job["cwd"],
                    preexec_fn=own_terminal, env=dict(job["env"], HOME="/root", MGW_VM="1",
                    MGW_ARTIFACTS="/run/artifacts", PATH=os.defpath + ":/usr/sbin:/sbin",
                    TERM=job["term"], LANG="C.UTF-8"))
    subprocess.call(["stty", "drain"], stdin=terminal, stderr=subprocess.DEVNULL)


def main():
    read_end, write_end = os.pipe()
    for fd in (read_end, write_end):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    with open("/proc/sys/kernel/printk", "w") as f:
        f.write("8")
    port = Port(boot_words().get("mgw_control"))
    try:
        serve(port, read_end)
    except Exception:  # PID 1 must not end by itself: that would look like a panic
        import traceback
        port.send(event="broken", text=traceback.format_exc())
    os.sync()
    subprocess.call(["/bin/busybox", "poweroff", "-f"])
    while True:
        signal.pause()


main()
