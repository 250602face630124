# SPDX-License-Identifier: GPL-2.0
"""Which kernel to boot, and the initramfs that fits it."""
import glob
import hashlib
import lzma
import os
import re
import subprocess
import sys
import zlib
from typing import NamedTuple

import built


class Kernel(NamedTuple):
    release: str
    image: str
    module_root: str  # holds lib/modules/RELEASE; "-" when all is built in
    module_dir: str   # to mount over the guest's /lib/modules/RELEASE, or ""
    has_9p: bool = True


def version_key(release):
    return [int(word) if word.isdigit() else word for word in re.split(r"(\d+)", release)]


def built_for(module):
    """The release a module was built for, or None."""
    if not os.path.exists(module):
        return None
    magic = subprocess.run(["modinfo", "-F", "vermagic", module],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return magic.stdout.split()[0] if magic.stdout.strip() else None


def stock(repo):
    """The installed kernel that mgw.ko was built for; else the newest that
    has headers; else the newest."""
    releases = [os.path.basename(path) for path in glob.glob("/lib/modules/*")
                if os.path.exists("/boot/vmlinuz-" + os.path.basename(path))]
    if not releases:
        sys.exit("run: no kernel is installed (make deps)")
    module = os.environ.get("MGW_KO", os.path.join(repo, "kmod/mgw.ko"))
    wanted = built_for(module)
    release = wanted if wanted in releases else max(
        releases, key=lambda r: (os.path.exists("/lib/modules/%s/build" % r), version_key(r)))
    return Kernel(release, "/boot/vmlinuz-" + release, "/", "", has_9p("/lib/modules/" + release))


def release_of_image(image):
    """A bzImage names its release at an offset given in its header."""
    with open(image, "rb") as f:
        head = f.read(65536)
    if head[0x202:0x206] != b"HdrS":
        sys.exit("run: %s is not a bzImage" % image)
    at = int.from_bytes(head[0x20e:0x210], "little") + 0x200
    return head[at:head.index(b"\0", at)].split()[0].decode()


def has_9p(module_dir):
    if os.path.exists(module_dir + "/kernel/fs/9p"):
        return True
    with open(module_dir + "/modules.builtin") as f:
        return "kernel/fs/9p/9p.ko\n" in f


def choose(spec, repo):
    if spec == "stock":
        return stock(repo)
    if spec in built.KINDS:
        directory = built.kernel(spec)
        spec = "%s/arch/x86/boot/bzImage:%s/root" % (directory, directory)
    if spec in built.DEBIAN:
        root, release = built.debian(spec)
        spec = "%s/boot/vmlinuz-%s:%s" % (root, release, root)
    image, _, directory = spec.partition(":")
    image = os.path.abspath(image)
    release = release_of_image(image)
    if not directory:
        return Kernel(release, image, "-", "")
    root = os.path.abspath(directory)
    suffix = "/lib/modules/" + release
    if root.endswith(suffix):
        root = root[:-len(suffix)] or "/"
    module_dir = root.rstrip("/") + suffix
    if not os.path.isdir(module_dir):
        sys.exit("run: no %s in %s" % (suffix[1:], directory))
    return Kernel(release, image, root, "" if root == "/" else module_dir, has_9p(module_dir))


def payload(image):
    """The vmlinux inside a bzImage, or None when it cannot boot by itself."""
    with open(image, "rb") as f:
        data = f.read()
    start = (data[0x1f1] + 1) * 512 + int.from_bytes(data[0x248:0x24c], "little")
    packed = data[start:start + int.from_bytes(data[0x24c:0x250], "little")]
    try:
        if packed[:6] == b"\xfd7zXZ\0":
            elf = lzma.LZMADecompressor().decompress(packed)
        elif packed[:2] == b"\x1f\x8b":
            elf = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(packed)
        elif packed[:4] == b"\x28\xb5\x2f\xfd":
            elf = subprocess.run(["zstd", "-qdc"], input=packed, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL).stdout
        else:
            return None
    except (OSError, lzma.LZMAError, zlib.error):
        return None
    # XEN_ELFNOTE_PHYS32_ENTRY: QEMU enters the kernel there, 64-bit ELF and all.
    pvh = re.search(rb"\x04\0\0\0[\x04\x08]\0\0\0\x12\0\0\0Xen\0", elf)
    return elf if elf[:4] == b"\x7fELF" and pvh else None


def unpacked(kernel, cache):
    """What QEMU should load. Decompressing on the host, once, takes seconds
    off every emulated boot; a kernel without a PVH entry stays as it is, and so
    do our own: at that entry KASAN is not ready yet."""
    if kernel.image.endswith("/arch/x86/boot/bzImage"):
        return kernel.image
    stamp = os.stat(kernel.image)
    key = "%s|%d|%d" % (kernel.image, stamp.st_size, stamp.st_mtime_ns)
    out = os.path.join(cache, "vmlinux-%s-%s" %
                       (kernel.release, hashlib.sha256(key.encode()).hexdigest()[:16]))
    if not os.path.exists(out):
        elf = payload(kernel.image)
        if not elf:
            return kernel.image
        os.makedirs(cache, exist_ok=True)
        partial = "%s.%d" % (out, os.getpid())
        with open(partial, "wb") as f:
            f.write(elf)
        os.rename(partial, out)
    return out


def initramfs(kernel, cache):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    made = subprocess.run([os.path.join(here, "mkinitramfs"), kernel.release,
                           kernel.module_root, cache], stdout=subprocess.PIPE, text=True)
    if made.returncode:
        sys.exit("run: no initramfs")
    return made.stdout.strip()
