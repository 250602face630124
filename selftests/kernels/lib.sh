# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Sourced by the scripts that make what outlives a checkout: kernels, their source,
# roots of other releases. Owns the cache: $MGW_CACHE, else ~/.cache/mgw. An entry is
# a directory named by a hash of what it is made from; it is complete or absent (the
# stamp is written last), and made by one process at a time.

HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
MGW_CACHE=$(realpath -m "${MGW_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mgw}")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# Of entries that differ in the hash alone, the ones used last that stay.
CACHE_KEPT=2
# Minutes after which nothing that an entry was made or asked for runs any more.
CACHE_IN_USE=180

short_hash() { # stdin
	sha256sum | cut -c1-12
}

# Prints the directory of an entry, made by COMMAND DIRECTORY when it is not there.
cached() { # KIND NAME-HASH WHAT COMMAND...
	local kind=$1 name=$2 what=$3 out=$MGW_CACHE/$1/$2 lock
	shift 3
	mkdir -p "$MGW_CACHE/$kind"
	exec {lock}>"$out.lock"
	flock -n "$lock" || {
		echo "kernels: waiting for another run that makes $what" >&2
		flock "$lock"
	}
	if [ ! -e "$out/ready" ]; then
		rm -rf "$out"
		mkdir -p "$out"
		echo "kernels: $what, once (log: $out.log)" >&2
		"$@" "$out" >"$out.log" 2>&1 </dev/null || {
			tail -n 8 "$out.log" >&2
			return 1
		}
		touch "$out/ready"
		prune "$kind" "${name%-*}"
	fi
	touch -c "$out/ready"
	exec {lock}>&-
	echo "$out"
}

# Removes the entries NAME-HASH that were used longest ago; one that is made now is locked,
# and what began in the last hours may run still.
prune() { # KIND NAME
	local stamp out
	# shellcheck disable=SC2010,SC2012 # the names are ours
	ls -t "$MGW_CACHE/$1/$2"-*/ready 2>/dev/null | grep -E "/$2-[0-9a-f]{12}/ready$" |
		tail -n "+$((CACHE_KEPT + 1))" | while read -r stamp; do
		out=${stamp%/ready}
		[ -z "$(find "$stamp" -mmin "-$CACHE_IN_USE")" ] || continue
		flock -n "$out.lock" rm -rf "$out" "$out.log" "$out.lock"
	done
}

# This machine's package sources, of another Debian release, as lines for apt. A mirror
# may be a copy of an earlier day: what is old is signed all the same.
sources_of() { # SUITE
	local uri codename release=${1%-backports}
	# shellcheck disable=SC2016 # the placeholders are apt's
	apt-get indextargets 'Created-By: Packages' --format '$(REPO_URI) $(CODENAME)' | sort -u |
		while read -r uri codename; do
			case $codename in
			*-updates | *-backports*) ;;
			*-security) echo "deb [signed-by=$keyring] $uri $release-security main" ;;
			*)
				echo "deb [signed-by=$keyring] $uri $release main"
				[ "$1" = "$release" ] || echo "deb [signed-by=$keyring] $uri $1 main"
				;;
			esac
		done
}
