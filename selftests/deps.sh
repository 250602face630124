#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs what a bare Debian 12 lacks to build and test mgw. Owns the list of
# packages. dpkg is asked each time, so it is right after an upgrade too.
#
# usage: deps.sh            install what is missing (as root)
#        deps.sh --check    name what is missing; exit 1 when something is
set -euo pipefail

# Package and why it is needed.
packages() {
	sed 's/#.*//' <<-'END'
		linux-headers-amd64	# builds mgw.ko
		linux-image-amd64	# boots in the VM
		linux-source-6.1	# kselftest, debug kernels, UML
		build-essential		# compiler, make
		cmake			# userspace
		pkg-config		# finds libnl
		libnl-3-dev		# libmgw: netlink
		libnl-genl-3-dev	# libmgw: generic netlink
		libcli11-dev		# mgwadm: command line
		libfmt-dev		# mgwadm, mgwd: text
		nlohmann-json3-dev	# mgwadm: JSON
		libgtest-dev		# userspace unit tests
		libgmock-dev		# userspace unit tests
		flex			# kernel builds
		bison			# kernel builds
		bc			# kernel builds
		libelf-dev		# kernel builds: objtool
		libssl-dev		# kernel builds: certificates; health checks over TLS
		zstd			# packed kernels and modules
		qemu-system-x86		# the VM
		busybox-static		# the VM's initramfs; ping
		mmdebstrap		# kernels of other Debian releases
		debian-archive-keyring	# their signatures
		cpio			# the VM's initramfs
		kmod			# modprobe, modinfo
		iproute2		# namespaces, links, ss
		procps			# sysctl
		nginx-light		# a real server for the tests
		curl			# a client for the tests
		wrk			# a client that measures
		iperf3			# throughput
		socat			# odd clients and servers
		netcat-openbsd		# odd clients and servers
		tcpdump			# captures
		python3			# VM runner, test tools
		python3-scapy		# packets no stack would send
		python3-yaml		# the netlink specification
		python3-docutils	# manual pages from rst
		jq			# JSON in test scripts
		ethtool			# offloads, steering rules
		ipvsadm			# migration from IPVS, comparison
		nftables		# comparison, coexistence
		sparse			# lint: kernel code
		shellcheck		# lint: scripts
		clang-tidy		# lint: userspace
		clang-format		# lint: userspace
		man-db			# lint: manual pages
	END
}

mapfile -t wanted < <(packages | awk 'NF { print $1 }')
mapfile -t missing < <(
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
		awk -v want="${wanted[*]}" '
			$1 == "installed" { have[$2] = 1 }
			END { n = split(want, w); for (i = 1; i <= n; i++) if (!(w[i] in have)) print w[i] }')

if [ "${#missing[@]}" -eq 0 ]; then
	echo "deps: all ${#wanted[@]} packages are installed"
	exit 0
fi
case ${1:-} in
--check)
	printf 'deps: missing: %s\n' "${missing[@]}"
	exit 1
	;;
'') ;;
*)
	echo "usage: deps.sh [--check]" >&2
	exit 2
	;;
esac
[ "$(id -u)" -eq 0 ] || { echo "deps: installing needs root; missing: ${missing[*]}" >&2; exit 1; }

# No package may start a service here: not nginx, not iperf3. A guard that
# somebody else put there stays.
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ]; then
	trap 'rm -f "$guard"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$guard"
	chmod 755 "$guard"
fi

echo "deps: installing ${#missing[@]} packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}"
echo "deps: done"
