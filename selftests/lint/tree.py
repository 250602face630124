#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""What the tree promises about itself: file and function sizes of kmod/, no
kernel version outside compat/, one release number, every source with a
license line, nothing left for later or half merged. Prints KTAP."""

import pathlib
import re
import subprocess
import sys

import findings

REPO = pathlib.Path(__file__).resolve().parents[2]
FILE_MAX, FUNCTION_MAX = 600, 80


def tracked(*patterns, at_least=50):
    """Files that git knows or would add. A pattern that finds next to nothing has
    stopped fitting the tree, and would let everything pass."""
    out = subprocess.run(["git", "-C", str(REPO), "ls-files", "--cached", "--others",
                          "--exclude-standard", *patterns],
                         check=True, capture_output=True, text=True).stdout
    found = [REPO / name for name in out.split("\n") if name and (REPO / name).is_file()]
    if len(found) < at_least:
        raise SystemExit(f"not ok 1 git knows {len(found)} files only of {' '.join(patterns)}")
    return found


def sizes():
    for path in tracked("kmod/*.c", "kmod/*.h", "userspace/*.cpp", "userspace/*.hpp",
                        "userspace/*.c", "userspace/*.h"):
        lines = path.read_text().splitlines()
        if len(lines) > FILE_MAX:
            yield f"{path.name}: {len(lines)} lines, at most {FILE_MAX}"
        if path.suffix != ".c":
            continue
        start = None
        for number, line in enumerate(lines):
            if line == "{":
                start = number
            elif line == "}" and start is not None:
                if number - start > FUNCTION_MAX:
                    yield f"{path.name}:{start}: a function of {number - start} lines"
                start = None


def versions():
    for path in tracked("kmod/*.c", "kmod/*.h"):
        if "compat" in path.parts:
            continue
        if re.search(r"LINUX_VERSION_CODE|KERNEL_VERSION\(", path.read_text()):
            yield f"{path.name}: tests the kernel version outside compat/"


def release():
    patterns = {
        "kmod/version.h": r'MGW_VERSION\s+"([^"]+)"',
        "userspace/CMakeLists.txt": r"VERSION\s+([0-9]+\.[0-9]+\.[0-9]+)",
        "dkms.conf": r'PACKAGE_VERSION="([^"]+)"',
    }
    seen = {}
    for name, pattern in patterns.items():
        text = re.sub(r"cmake_minimum_required\([^)]*\)", "", (REPO / name).read_text())
        match = re.search(pattern, text)
        seen[name] = match.group(1).rstrip(".") if match else None
    if len(set(seen.values())) != 1:
        yield f"release numbers differ: {seen}"


def licenses():
    for path in tracked("kmod/*", "userspace/*", "selftests/*", "include/*", "Documentation/*.rst"):
        if path.suffix in {".json", ".txt", ".svg", ".hex"} or path.name in {"README", ".clang-format", ".clang-tidy", ".shellcheckrc", "config", "settings"}:
            continue
        if "SPDX-License-Identifier" not in "\n".join(path.read_text(errors="replace").splitlines()[:5]):
            yield f"{path.relative_to(REPO)}: no SPDX line"


def unfinished():
    for path in tracked("kmod/*", "userspace/*", "selftests/*", "include/*"):
        if path.name == "tree.py":
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                yield f"{path.relative_to(REPO)}:{number}: left for later"


def conflicts():
    for path in tracked("*"):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if re.match(r"(<{7}|>{7}) ", line):
                yield f"{path.relative_to(REPO)}:{number}: two versions of these lines"


def main():
    checks = {
        f"sizes: files up to {FILE_MAX} lines, functions up to {FUNCTION_MAX}": list(sizes()),
        "kernel versions are tested in compat/ only": list(versions()),
        "one release number": list(release()),
        "every source names its license": list(licenses()),
        "nothing is left for later": list(unfinished()),
        "no merge is left half done": list(conflicts()),
    }
    return findings.report(checks)


if __name__ == "__main__":
    sys.exit(main())
