# SPDX-License-Identifier: GPL-2.0
"""How the guest sees directories of the host: by 9p, or by virtiofs where the
guest's kernel has no 9p (Debian's cloud kernels), which a daemon serves."""
import os
import shutil
import subprocess
import tempfile
import time
from typing import NamedTuple

VIRTIOFSD = "/usr/lib/qemu/virtiofsd"
START_SECONDS = 10


class Share(NamedTuple):
    tag: str
    path: str
    read_only: bool = False


def escaped(path):
    """A path as a value among QEMU's options."""
    return path.replace(",", ",,")


class NineP:
    def __init__(self, shares, _mem, _preexec):
        self.args = []
        for share in shares:
            self.args += [
                "-fsdev", "local,id=%s,path=%s,security_model=none,multidevs=remap%s" % (
                    share.tag, escaped(share.path), ",readonly=on" if share.read_only else ""),
                "-device", "virtio-9p-pci,fsdev=%s,mount_tag=%s" % (share.tag, share.tag)]

    def close(self):
        pass


class VirtioFs:
    """The guest alone keeps a read-only share so: it mounts it that way."""

    def __init__(self, shares, mem, preexec):
        self.directory = tempfile.mkdtemp(prefix="mgw-vm-")
        self.daemons = []
        self.args = ["-object", "memory-backend-memfd,id=ram,size=%dM,share=on" % mem,
                     "-machine", "memory-backend=ram"]
        for share in shares:
            socket = os.path.join(self.directory, share.tag)
            self.daemons.append(subprocess.Popen(
                [VIRTIOFSD, "--socket-path=" + socket, "-f", "-o", "source=" + share.path.replace(",", "\\,"),
                 "-o", "sandbox=chroot", "-o", "cache=%s" % ("always" if share.read_only else "none")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                preexec_fn=preexec))
            end = time.monotonic() + START_SECONDS
            while not os.path.exists(socket) and time.monotonic() < end:
                time.sleep(0.01)
            self.args += ["-chardev", "socket,id=%s,path=%s" % (share.tag, escaped(socket)),
                          "-device", "vhost-user-fs-pci,chardev=%s,tag=%s" % (share.tag, share.tag)]

    def close(self):
        for daemon in self.daemons:
            daemon.kill()
            daemon.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
