#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# checkpatch of the installed linux-source package over kmod/, the uapi
# header, the packet source of the bench and the BPF programs. Rules not adopted: long strings
# are kept whole (they can be searched for), trailing comments of the uapi header
# may be long, blank lines around
# end markers of enums, British spelling, comments beside each lock (the
# kernel-doc of the struct says what it protects).
set -u
repo=$(cd "$(dirname "$0")/../.." && pwd)
read -r _ source < <("$repo/selftests/kernels/source" tools)
[ -x "${source:-}/scripts/checkpatch.pl" ] || { echo "not ok 1 checkpatch is not there"; exit 1; }
cd "$repo" || exit 1
mapfile -t files < <(git ls-files --cached --others --exclude-standard \
	'kmod/*.c' 'kmod/*.h' 'include/uapi/linux/*.h' 'selftests/bench/source/*.[ch]' \
	'userspace/*.[ch]')
[ "${#files[@]}" -gt 50 ] || { echo "not ok 1 checkpatch: found ${#files[@]} files only"; exit 1; }
ignored=LINUX_VERSION_CODE,FILE_PATH_CHANGES,LONG_LINE_STRING,LINE_SPACING
ignored+=,UNCOMMENTED_DEFINITION,CONSTANT_COMPARISON,TYPO_SPELLING,PREFER_FALLTHROUGH
perl "$source/scripts/checkpatch.pl" --no-tree --strict --no-summary --terse --file \
	--max-line-length=80 --ignore "$ignored,LONG_LINE_COMMENT" "${files[@]}" && echo "ok 1 checkpatch --strict over ${#files[@]} files" && exit 0
echo "not ok 1 checkpatch --strict"
exit 1
