# SPDX-License-Identifier: GPL-2.0
# Targets for people. The module's objects are listed in kmod/Kbuild, the
# programs in userspace/CMakeLists.txt, the tests in selftests/.

BUILD := $(abspath build)
PREFIX ?= /usr/local
ROOT := $(filter-out /,$(abspath $(DESTDIR)))
JOBS ?= $(shell nproc)
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

# Users who are not root find neither modinfo nor depmod otherwise.
export PATH := $(PATH):/usr/sbin:/sbin

# The running kernel when its headers are installed, else the newest that has
# some. Looked for when it is used: a target before may have installed them.
KVER ?= $(shell cd /lib/modules 2>/dev/null && \
	{ ls -d "$$(uname -r)/build/Makefile" 2>/dev/null || \
	  ls -d */build/Makefile 2>/dev/null | sort -V; } | tail -n 1 | cut -d/ -f1)
KDIR ?= /lib/modules/$(KVER)/build
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR)
BUILT_FOR = $$(modinfo -F vermagic kmod/mgw.ko | cut -d' ' -f1)

# What DKMS builds the module from.
VERSION = $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
DKMS_DIR = $(ROOT)/usr/src/mgw-$(VERSION)
DKMS_FILES = dkms.conf LICENSE $(shell find Kbuild include kmod -type f \
	\( -name '*.[ch]' -o -name '*.mk' -o -name Kbuild \) ! -name '*.mod.c')

all: have-build module userspace

help:
	@echo 'make all         the module (kmod/mgw.ko), mgwadm and libmgw; installs no package'
	@echo 'make deps-build  install the packages that building needs (Debian, root)'
	@echo 'make deps        these, and what the tests need'
	@echo
	@echo 'make install     module, mgwadm, mgw-toa, their manual pages and bash completion'
	@echo 'make uninstall   remove what install put there'
	@echo '                 DESTDIR=DIR of both: below DIR, without depmod'
	@echo '                 PREFIX=$(PREFIX): where all but the module goes'
	@echo 'make install-dkms    the module'\''s source for DKMS, in /usr/src'
	@echo 'make clean       remove what was built'
	@echo
	@echo 'These install the packages they need when they run as root:'
	@echo 'make demo        boot a VM and balance real traffic while you watch'
	@echo 'make check       lints, unit tests, every selftest in a VM (half an hour)'
	@echo 'make check-all   the rest: other kernels, data races, coverage (hours; it goes'
	@echo '                 on where it was interrupted)'
	@echo '                 STEP="NAME ..." of either: only these; selftests/check --list'
	@echo 'make bench       speed beside IPVS, nft and plain forwarding (fifty minutes)'
	@echo 'make bench-gate  instructions per packet against the committed baseline'
	@echo 'make vm-shell    a root shell in a VM that sees this tree'
	@echo
	@echo 'KVER=$(KVER) chooses the kernel to build for, KDIR=DIR its build directory.'

deps-build:
	@selftests/deps.sh build
deps:
	@selftests/deps.sh all

# Building says what is missing, and running tests installs it.
have-build have-module have-userspace:
	@KDIR=$(KDIR) selftests/deps.sh --check $(@:have-%=%)
need-vm need-all:
	@KDIR=$(KDIR) selftests/deps.sh $(@:need-%=%)

module: have-module
	$(KBUILD) $(PARALLEL) modules
	@[ "$(BUILT_FOR)" = "$$(uname -r)" ] || echo "kmod/mgw.ko is for Linux $(BUILT_FOR)," \
		"and $$(uname -r) is running: boot the one, or install the headers of the other" \
		"and run make again."

userspace: have-userspace
	@cmake -S userspace -B $(BUILD)/userspace -DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	$(MAKE) --no-print-directory -C $(BUILD)/userspace $(PARALLEL)

# Programs that tests use beside the scripts.
test-tools:
	$(MAKE) --no-print-directory -C selftests/tools MGW_BUILD=$(BUILD)

demo: need-vm module userspace
	@selftests/vm/demo

check: need-all
	@selftests/check $(STEP:%=--step %)

check-all: need-all
	@selftests/check --all $(STEP:%=--step %)

bench: need-all module userspace
	@selftests/bench/run

bench-gate: need-all module userspace
	@selftests/bench/run --gate

vm-shell: need-vm module userspace
	@selftests/vm/run --shell

# The kernel's own call of depmod depends on what is among the headers: none, then.
# Nor does it sign without its key, which distributions keep, but complains.
UNSIGNED = $(if $(wildcard $(KDIR)/certs/signing_key.x509),,CONFIG_MODULE_SIG_ALL=)

install: module userspace
	$(KBUILD) INSTALL_MOD_PATH=$(ROOT) INSTALL_MOD_DIR=extra DEPMOD=true $(UNSIGNED) modules_install
	DESTDIR=$(ROOT) cmake --install $(BUILD)/userspace
	$(if $(ROOT),,depmod -a $(BUILT_FOR))

# What an install into an empty directory brings is what goes, and the module for every
# kernel that an install was made for. The system's own directories stay, those of a
# DESTDIR go when they are empty.
uninstall: STAGE := $(BUILD)/uninstall
uninstall:
	@rm -rf $(STAGE)
	@set -e; trap 'rm -rf $(STAGE)' EXIT; \
	$(MAKE) --no-print-directory install DESTDIR=$(STAGE) >/dev/null; \
	[ -d $(ROOT)/ ] || exit 0; \
	cd $(STAGE); \
	find . ! -type d ! -path './lib/modules/*' | (cd $(ROOT)/ && xargs -r rm -fv); \
	for module in $(ROOT)/lib/modules/*/extra/kmod/mgw.ko*; do \
		[ -e "$$module" ] || continue; \
		[ "$$(modinfo -F description "$$module" 2>/dev/null)" = \
			"$$(modinfo -F description $(CURDIR)/kmod/mgw.ko)" ] || \
			{ echo "$$module is not of this project, and stays"; continue; }; \
		rm -v "$$module"; \
		release=$${module#$(ROOT)/lib/modules/}; release=$${release%%/*}; \
		(cd $(ROOT)/ && rmdir -p --ignore-fail-on-non-empty "lib/modules/$$release/extra/kmod"); \
		$(if $(ROOT),,[ ! -d "/lib/modules/$$release" ] || depmod -a "$$release";) \
	done; \
	$(if $(ROOT),find . -mindepth 1 -depth -type d | \
		(cd $(ROOT) && while read -r directory; do \
			[ ! -d "$$directory" ] || rmdir --ignore-fail-on-non-empty "$$directory"; \
		done))

install-dkms:
	rm -rf $(DKMS_DIR)
	install -d $(DKMS_DIR)
	cp --parents -t $(DKMS_DIR) $(DKMS_FILES)

clean:
	-[ ! -e $(KDIR)/Makefile ] || $(KBUILD) clean
	rm -rf $(BUILD)

.PHONY: all help deps deps-build have-build have-module have-userspace need-vm need-all \
	module userspace test-tools demo check check-all bench bench-gate vm-shell \
	install uninstall install-dkms clean
.NOTPARALLEL:
