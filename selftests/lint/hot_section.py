#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The established path takes no lock: objdump shows it.

Disassembles .text.mgw_hot of mgw.ko. Fails on an instruction with a lock
prefix (or xchg with memory, which locks by itself), on a call of anything that
takes a lock, and on a call of any function outside the section that is not in
the list below. Prints KTAP."""

import pathlib
import re
import subprocess
import sys
import tempfile

import findings

REPO = pathlib.Path(__file__).resolve().parents[2]
SECTION = ".text.mgw_hot"

# Functions the hot section may call. "cold": only on paths an established
# packet does not take (first packet, error, wrong CPU, change of state).
ALLOWED = {
    # The stack: header access and output, whose own locks are the device's.
    "skb_ensure_writable", "__pskb_pull_tail", "dst_release", "ip_output",
    "ip6_output", "ipv4_dst_check", "ip6_dst_check", "ipv4_mtu", "ip6_mtu",
    "csum_partial",
    # Straight to the neighbour: queueing discipline and device have their locks.
    "__dev_queue_xmit", "__neigh_create", "__xfrm_route_forward", "kfree_skb_reason",
    # Hashing.
    "hsiphash_4u32", "__hsiphash_unaligned", "__hsiphash_aligned", "hsiphash_1u32",
    "__siphash_unaligned", "__siphash_aligned", "memcpy", "memset",
    # cold
    "session_miss", "reopen_session", "ttl_exceeded", "too_big", "check_mtu",
    "route_renew", "mgw_bridge_hands_on", "mtu_of_wrapped", "mgw_ipsec_lacks", "forget_conntrack", "trim", "mgw_session_restate",
    "mgw_wheel_advance", "mgw_nat_xlat", "mgw_nat_xlat_checksum",
    "edit_options", "mgw_tcp_opt_shift_sack",
    "mgw_toa_add",
    "ipv6_ext_hdr", "ipv6_skip_exthdr", "track_syn", "track_rst",
    "mgw_tcp_track_one_way", "renew_id", "not_parsed", "mgw_entry_not_sent", "mgw_entry_from_process", "forward_whole",
    "mgw_admit_is_unknown", "mgw_source_check_flow",
    # Compiler and mitigations.
    "__stack_chk_fail", "__fentry__", "__x86_return_thunk", "__warn_printk",
    "preempt_schedule_thunk", "__SCT__preempt_schedule",
}
ALLOWED_PREFIX = ("__x86_indirect_thunk", "__SCT__", "__SCK__")
FORBIDDEN = re.compile(r"lock_bh|spin_(un)?lock|mutex_|read_lock|write_lock|queued_spin|mod_timer|atomic_")
XCHG_MEM = re.compile(r"\bxchg\b.*\(")


def disassemble(ko):
    out = subprocess.run(["objdump", "-dr", "-j", SECTION, "--no-show-raw-insn", str(ko)],
                         check=True, capture_output=True, text=True).stdout
    symbol = None
    for line in out.splitlines():
        match = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        if match:
            symbol = match.group(1)
        elif symbol and line.strip():
            yield symbol, line


def judge(ko):
    symbols, locks, calls = set(), [], []
    pending_call = False
    for symbol, line in disassemble(ko):
        symbols.add(symbol)
        text = line.split(":", 1)[-1].strip()
        reloc = re.search(r"R_X86_64_(PLT32|PC32)\s+([^\s+-]+)", line)
        if reloc:
            if pending_call:
                calls.append((symbol, reloc.group(2)))
            pending_call = False
            continue
        # Alternatives patched at boot are replaced by no lock on SMP.
        if text.startswith("lock ") or XCHG_MEM.search(text):
            locks.append(f"{symbol}: {text}")
        pending_call = text.startswith(("call", "jmp"))
    inside = symbols
    bad_calls = sorted({
        f"{symbol} calls {target}" for symbol, target in calls
        if FORBIDDEN.search(target)
        or (re.sub(r"\.(constprop|isra|part)\.\d+", "", target) not in ALLOWED | inside
            and not target.startswith(ALLOWED_PREFIX) and not target.startswith("."))})
    return symbols, locks, bad_calls


PLANTED = """
.section .text.mgw_hot,"ax"
.globl planted
planted:
    lock incl (%rdi)
    call _raw_spin_lock
    call some_new_function
    xchg %rax, (%rdi)
    ret
"""


def sees_planted():
    """The judge itself is judged: what is planted must be found."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "planted.s")
        source.write_text(PLANTED)
        target = source.with_suffix(".o")
        subprocess.run(["as", "--64", "-o", str(target), str(source)], check=True)
        _, locks, bad_calls = judge(target)
    found = len(locks) + len(bad_calls)
    return [] if found == 4 else [f"of 4 planted faults {found} were found"]


def main():
    ko = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else REPO / "kmod" / "mgw.ko"
    symbols, locks, bad_calls = judge(ko)
    wanted = {"prerouting", "mgw_ingress", "mgw_walk", "mgw_forward", "mgw_session_lookup", "mgw_nat_rewrite", "mgw_xmit_send"}
    # Inlined ones are inside others; the hooks themselves must be there.
    missing = [] if {"prerouting", "mgw_ingress", "mgw_nat_rewrite", "mgw_xmit_send"} <= symbols else sorted(wanted - symbols)
    checks = {
        "hot section: planted faults are found": sees_planted(),
        f"hot section: {len(symbols)} functions, the walk among them": missing,
        "hot section: no locked instruction": locks,
        "hot section: no lock taken, no unknown function called": bad_calls,
    }
    return findings.report(checks)


if __name__ == "__main__":
    sys.exit(main())
