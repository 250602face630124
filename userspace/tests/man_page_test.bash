#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The manual knows every noun, verb, option and drop reason of the program.
set -u
mgwadm=$1
source=$2/mgwadm.8.rst
page=$3
failed=0

want() {
	if ! grep -qF -- "$1" "$source"; then
		echo "the manual lacks: $1"
		failed=1
	fi
}

[[ -s $page ]] || { echo "no page at $page"; exit 1; }
grep -q '^\.TH "\?MGWADM"\? "\?8' "$page" ||
	{ echo "the page has no title of section 8"; failed=1; }
if grep -n 'System Message\|Unknown' "$page"; then
	failed=1
fi

nouns=$("$mgwadm" --help | sed -n '/^Nouns:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[[ -n $nouns ]] || failed=1
for noun in $nouns; do
	help=$("$mgwadm" "$noun" --help)
	while read -r _ _ verb _; do
		if [[ $verb =~ ^[a-z]+$ ]]; then
			want "$noun $verb"
		else
			want "$noun"
		fi
	done < <(sed '/^Options:/,$d' <<<"$help" | grep '^  mgwadm ')
	while read -r option; do
		want "$option"
	done < <(grep -o -- '--[a-z-]*' <<<"$help" | sort -u)
done

# The kinds of errors, where they are named.
kinds=$(sed -n 's/^ *return "\([a-z_]*\)";$/\1/p' "$2/../userspace/libmgw/src/error.cpp"
	sed -n 's/.*complain({"\([a-z]*\)".*/\1/p' "$2/../userspace/mgwadm/app.cpp")
(($(wc -w <<<"$kinds") > 8)) || { echo "too few kinds: $kinds"; failed=1; }
for kind in $kinds; do
	[[ $kind == unknown ]] || want "*$kind*"
done

exit $failed
