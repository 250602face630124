#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs what a bare Debian lacks to build and test mgw. Owns the list of packages.
# dpkg is asked each time, so it is right after an upgrade too. Silent when nothing is
# missing.
#
# usage: deps.sh GROUP...            install what is missing (as root)
#        deps.sh --check GROUP...    say in a sentence what is missing; exit 1 then
#   GROUP  module, userspace    what building these needs; build: both
#          vm                   what running a VM needs besides
#          check                what the tests need besides; all: everything
#
# Headers: those in $KDIR will do. Without it the running kernel's are wanted, and
# any when there are none of them.
set -euo pipefail

# Its groups, a package, and why it is needed.
packages() {
	sed 's/#.*//' <<-'END'
		module,userspace build-essential	# compiler, make
		module		kmod			# depmod, modinfo
		userspace	cmake			# builds it
		userspace	pkg-config		# finds libnl
		userspace	libnl-3-dev		# libmgw: netlink
		userspace	libnl-genl-3-dev	# libmgw: generic netlink
		userspace	libcli11-dev		# mgwadm: command line
		userspace	libfmt-dev		# mgwadm: text
		userspace	nlohmann-json3-dev	# mgwadm: JSON
		userspace	libbpf-dev		# mgw-toa: loads its BPF programs
		userspace	clang			# mgw-toa: compiles them
		userspace	python3-docutils	# manual pages from rst
		vm	linux-image-amd64	# boots in the VM
		vm	linux-headers-amd64	# mgw.ko for it
		vm	zstd			# packed kernels and modules
		vm	qemu-system-x86		# the VM
		vm	busybox-static		# the VM's initramfs; ping
		vm	cpio			# the VM's initramfs
		vm	iproute2		# namespaces, links, ss
		vm	procps			# sysctl
		vm	nginx-light		# a real server for the tests
		vm	curl			# a client for the tests
		vm	wrk			# a client that measures
		vm	iperf3			# throughput
		vm	socat			# odd clients and servers
		vm	netcat-openbsd		# odd clients and servers
		vm	tcpdump			# captures
		vm	python3			# VM runner, test tools
		vm	python3-scapy		# packets no stack would send
		vm	jq			# JSON in test scripts
		vm	ethtool			# offloads, steering rules
		vm	ipvsadm			# migration from IPVS, comparison
		vm	nftables		# comparison, coexistence
		check	linux-source-6.1	# kselftest, debug kernels, UML
		check	ccache			# compiles each file once for all clones
		check	flex			# kernel builds
		check	bison			# kernel builds
		check	bc			# kernel builds
		check	libelf-dev		# kernel builds: objtool
		check	libssl-dev		# kernel builds: certificates
		check	mmdebstrap		# kernels and roots of Debian releases
		check	debian-archive-keyring	# their signatures
		check	libgtest-dev		# unit tests
		check	libgmock-dev		# unit tests
		check	python3-yaml		# lint: the netlink specification
		check	sparse			# lint: kernel code
		check	shellcheck		# lint: scripts
		check	clang-tidy		# lint: userspace
		check	clang-format		# lint: userspace
		check	man-db			# lint: manual pages
	END
}

usage() {
	sed -n 's/^# usage: /usage: /p; s/^#  \( *deps.sh --check\)/\1/p' "$0" >&2
	exit 2
}

check_only='' groups='' way=
[ "${1:-}" != --check ] || { check_only=1; shift; }
for word; do
	case $word in
	module | userspace) groups+=" $word" ;;
	build) groups+=" module userspace" ;;
	vm) groups+=" module userspace vm" ;;
	check | all) groups+=" module userspace vm check" ;;
	*) usage ;;
	esac
done
[ "$groups" ] || usage
case $groups in *" vm"*) way="make deps" ;; *) way="make deps-build" ;; esac

# Elsewhere than on Debian the compiler says what it lacks.
command -v dpkg-query >/dev/null || exit 0

have_headers() { # KERNEL_DIRECTORY
	compgen -G "$1/Makefile" >/dev/null
}

missing_packages() {
	local wanted
	mapfile -t wanted < <(packages | awk -v groups="$groups" '
		BEGIN { n = split(groups, g, " "); for (i = 1; i <= n; i++) want[g[i]] = 1 }
		NF { n = split($1, g, ","); for (i = 1; i <= n; i++) if (g[i] in want) { print $2; break } }')
	{ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true; } |
		awk -v want="${wanted[*]}" '
			$1 == "installed" { have[$2] = 1 }
			END { n = split(want, w); for (i = 1; i <= n; i++) if (!(w[i] in have)) print w[i] }'
}

# What to install when no headers that will do are there: perhaps nothing.
header_package() {
	if apt-cache show "linux-headers-$(uname -r)" >/dev/null 2>&1; then
		echo "linux-headers-$(uname -r)"
	elif ! have_headers '/lib/modules/*/build'; then
		echo linux-headers-amd64
	fi
}

mapfile -t missing < <(missing_packages)
no_headers=''
case $groups in
*module*) have_headers "${KDIR:-/lib/modules/$(uname -r)/build}" || no_headers=1 ;;
esac
[ "${#missing[@]}" -gt 0 ] || [ "$no_headers" ] || exit 0

if [ "$check_only" ] || [ "$(id -u)" -ne 0 ]; then
	[ -z "$no_headers" ] || mapfile -t -O "${#missing[@]}" missing < <(header_package)
	if [ "${#missing[@]}" -gt 0 ]; then
		mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
		echo "deps: missing: ${missing[*]}; as root, \"$way\" installs what is missing" >&2
		exit 1
	elif [ "${KDIR:-}" ]; then
		echo "deps: no kernel headers in $KDIR; KVER or KDIR names others" >&2
		exit 1
	fi
	exit 0
fi

# No package may start a service here: not nginx, not iperf3. A guard that
# somebody else put there stays.
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ]; then
	trap 'rm -f "$guard"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$guard"
	chmod 755 "$guard"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
[ -z "$no_headers" ] || mapfile -t -O "${#missing[@]}" missing < <(header_package)
[ "${#missing[@]}" -gt 0 ] || exit 0
echo "deps: installing ${#missing[@]} packages: ${missing[*]}"
apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}"
