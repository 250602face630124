# SPDX-License-Identifier: GPL-2.0
# Targets for people. The module's objects are listed in kmod/Kbuild, the
# programs in userspace/CMakeLists.txt, the tests in selftests/.

BUILD := $(abspath build)
# Newest installed kernel that has headers: on most hosts the running one.
KVER ?= $(shell ls -d /lib/modules/*/build 2>/dev/null | grep -F "/$$(uname -r)/" | cut -d/ -f4 || true)
ifeq ($(strip $(KVER)),)
KVER := $(lastword $(sort $(notdir $(patsubst %/build,%,$(wildcard /lib/modules/*/build)))))
endif
KDIR ?= /lib/modules/$(KVER)/build
JOBS ?= $(shell nproc)

all: module userspace

help:
	@echo 'make deps        install what building and testing need (Debian 12, apt, root)'
	@echo 'make all         the module (kmod/mgw.ko), mgwadm and libmgw'
	@echo 'make demo        boot a VM and balance real traffic while you watch'
	@echo 'make check       lints, unit tests, every selftest in a VM (twenty minutes)'
	@echo 'make check-all   the rest: other kernels, data races, coverage (hours; it goes'
	@echo '                 on where it was interrupted)'
	@echo '                 STEP="NAME ..." of either: only these; selftests/check --list'
	@echo 'make bench       speed beside IPVS, nft and plain forwarding (forty minutes)'
	@echo 'make bench-gate  instructions per packet against the committed baseline'
	@echo 'make vm-shell    a root shell in a VM that sees this tree'
	@echo 'make install     module, programs, manual, completion, DKMS source'
	@echo 'make clean       remove what was built'
	@echo
	@echo 'KVER=$(KVER) chooses the kernel to build for.'

deps:
	@selftests/deps.sh

# Every target that needs a package asks for it first; silent when all is there.
need:
	@selftests/deps.sh --check >/dev/null || selftests/deps.sh

module: | need
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

userspace: | need
	@test -f $(BUILD)/userspace/CMakeCache.txt || \
		cmake -S userspace -B $(BUILD)/userspace -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
	$(MAKE) --no-print-directory -C $(BUILD)/userspace -j$(JOBS)

demo: module userspace
	@selftests/vm/demo

# Programs that tests use beside the scripts.
test-tools: | need
	$(MAKE) --no-print-directory -C selftests/tools MGW_BUILD=$(BUILD)

check: module userspace test-tools
	@selftests/check $(STEP:%=--step %)

check-all: module userspace test-tools
	@selftests/check --all $(STEP:%=--step %)

bench: module userspace
	@selftests/bench/run

bench-gate: module userspace
	@selftests/bench/run --gate

vm-shell: module userspace
	@selftests/vm/run --shell

install: module userspace
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=extra modules_install
	cmake --install $(BUILD)/userspace
	depmod -a $(KVER)

# The source for DKMS, which builds it for each new kernel.
install-dkms:
	install -d $(DESTDIR)/usr/src/mgw-0.1.0/include/uapi/linux
	install -m 644 Kbuild dkms.conf LICENSE $(DESTDIR)/usr/src/mgw-0.1.0/
	install -m 644 include/uapi/linux/mgw.h $(DESTDIR)/usr/src/mgw-0.1.0/include/uapi/linux/
	cp -r kmod $(DESTDIR)/usr/src/mgw-0.1.0/

clean:
	-$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	rm -rf $(BUILD)

.PHONY: all help deps need module userspace test-tools demo check check-all bench bench-gate vm-shell install install-dkms clean
.NOTPARALLEL:
