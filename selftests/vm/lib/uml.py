# SPDX-License-Identifier: GPL-2.0
"""One User-Mode Linux process: a kernel that runs natively, a host thread for each CPU,
and a process of the host for each address space, which does as the thread tells it.

Its memory is a file in a tmpfs; its root is the host's, by hostfs. The control
channel is its second console, a shell's terminal the third."""
import glob
import os
import resource

import machine

CONTROL, TERMINAL = "/dev/tty1", "/dev/tty2"
MEMORY = "/dev/shm"
STACK = 8 << 20
# A CPU that waits for the host is not a hung one.
PATIENCE = "rcupdate.rcu_cpu_stall_timeout=120"


def own_process():
    machine.own_process(machine.NICE)
    # The first to go when the host's memory ends, before what started it.
    with open("/proc/self/oom_score_adj", "w") as f:
        f.write("800")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A CPU's first trace reads its host thread's stack up to a multiple of THREAD_SIZE.
    # With the guard page, which the C library adds, all stacks end at such a one; with
    # 8 MiB and the page the third CPU's trace ran into the next one's guard page.
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (STACK - resource.getpagesize(), hard))


class Machine(machine.Machine):
    """Directory: of a kernel that selftests/kernels/build made."""

    def __init__(self, directory, cpus, mem, log_dir, repo, paths=(), append="", terminal=False):
        super().__init__(log_dir)
        module_dir, = glob.glob(directory + "/root/lib/modules/*")
        # By number: a path may have what a kernel's command line cannot say.
        artifacts_fd = os.open(self.artifacts, os.O_RDONLY | os.O_DIRECTORY)
        with open(self.console_path, "wb") as console:
            control, console_fd = self.theirs.fileno(), console.fileno()
            words = [
                directory + "/linux", "mem=%dM" % mem, "ncpus=%d" % cpus, "seccomp=on", "noreboot",
                "rootfstype=hostfs", "rootflags=/", "ro", "init=%s/selftests/vm/init" % repo,
                "con=null", "con0=null,fd:%d" % console_fd, "con1=fd:%d,fd:%d" % (control, control),
                *(["con2=fd:0,fd:1"] if terminal else []),
                *machine.STRICT.split(), PATIENCE, "log_buf_len=4M", "loglevel=8",
                "mgw_moddir=" + module_dir, "mgw_repo=" + repo,
                "mgw_keep=" + ",".join(machine.kept(repo, (*paths, module_dir))),
                "mgw_control=" + CONTROL, "mgw_terminal=" + TERMINAL,
                "mgw_artifacts=/proc/self/fd/%d" % artifacts_fd, *append.split()]
            self.start(words, os.path.join(log_dir, "uml.log"), terminal, own_process,
                       [console_fd, artifacts_fd], env={**os.environ, "TMPDIR": MEMORY})
        os.close(artifacts_fd)
        self.held = False

    def receive(self, seconds):
        record = super().receive(seconds)
        if not self.held:
            self.hold_cpus()
        return record

    def hold_cpus(self):
        """Each CPU's thread, and so what it starts from now on, stays on one CPU of the
        host. A system call or a page fault of the guest is a switch from process to thread
        and back: 6 us on one CPU of the host, 44 us between two, one of which wakes up."""
        self.held = True
        cpus = sorted(os.sched_getaffinity(0))
        threads = sorted(map(int, os.listdir("/proc/%d/task" % self.process.pid)))
        for number, thread in enumerate(threads, self.process.pid):
            os.sched_setaffinity(thread, {cpus[number % len(cpus)]})
