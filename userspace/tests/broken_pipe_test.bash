#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A reader that stops reading is no error and no noise; a full disk is both.
set -u
mgwadm=$1
failed=0

errors=$( { "$mgwadm" --help; echo "code $?" >&2; } 2>&1 >/dev/null | cat)
[[ $errors == "code 0" ]] || { echo "plain: $errors"; failed=1; }

errors=$( { { sleep 0.2; "$mgwadm" --help; echo "code $?" >&2; } | true; } 2>&1)
[[ $errors == "code 0" ]] || { echo "closed pipe: $errors"; failed=1; }

errors=$( { "$mgwadm" --help >/dev/full; echo "code $?"; } 2>&1)
[[ $errors == "mgwadm: cannot write the output: No space left on device
code 1" ]] || { echo "full disk: $errors"; failed=1; }

exit $failed
