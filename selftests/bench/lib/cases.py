# SPDX-License-Identifier: GPL-2.0
"""What is measured: balancers, kinds of traffic, and the plan for the guest."""
import re
from typing import NamedTuple

BALANCERS = {
    "forward": "plain forwarding",
    "ipvs_nat": "IPVS NAT",
    "ipvs_dr": "IPVS DR",
    "nft_nat": "nft DNAT",
    "nft_flowtable": "nft flowtable",
    "mgw": "MGW PRE_ROUTING",
    "mgw_ingress": "MGW ingress",
}
ONE, MANY, MOST = 1, 1 << 16, 1 << 20
PAYLOAD = 10  # TCP over IPv4: a frame of 64 bytes


class Kind(NamedTuple):
    title: str
    steps: str   # what a flow does in one turn, see source/make.h
    prime: str   # what it did before, "" for a new flow
    leaves: str  # the device packets leave by: inside, outside, both, any
    only: tuple = ()      # balancers, () for all
    target: int = 0       # destination other than the balancer's service
    port: int = 80
    burst: int = 1        # packets that come with one poll; 1: each by itself


UDP, TCP = "uUuU", "sSadDdD"
KINDS = {
    "udp_client": Kind("UDP from client", "u", UDP, "inside"),
    "udp_client_8": Kind("UDP from client, polls of 8", "u", UDP, "inside", burst=8),
    "udp_client_64": Kind("UDP from client, polls of 64", "u", UDP, "inside", burst=64),
    "udp_rs": Kind("UDP from rs", "U", UDP, "outside"),
    "tcp_client": Kind("TCP data from client", "d", TCP, "inside"),
    "tcp_rs": Kind("TCP data from rs", "D", TCP, "outside"),
    "udp_new": Kind("UDP, new session", "u", "", "inside"),
    "syn": Kind("SYN, new session", "s", "", "inside"),
    "open": Kind("SYN, SYN-ACK, ACK", "sSa", "", "both"),
    "life": Kind("TCP session, 8 packets", "sSadDfFa", "", "both"),
    "unknown": Kind("SYN to unknown port", "s", "", "any", ("ipvs_nat", "mgw", "mgw_ingress"), 0, 81),
    "not_ours": Kind("UDP not ours", "u", "", "inside",
                     ("ipvs_nat", "ipvs_dr", "nft_nat", "nft_flowtable", "mgw", "mgw_ingress"), 200),
}
ONE_BY_ONE = [name for name, kind in KINDS.items() if kind.burst == 1]
# A million flows take long to set up, as do several rounds of machines: only
# those that say most.
MOST_KINDS = ("udp_client", "udp_rs")
MOST_BALANCERS = ("forward", "ipvs_nat", "mgw", "mgw_ingress")
# The rs of a DR service answers the client without passing here.
ONE_WAY = {"uUuU": "uu", "sSadDdD": "sadd"}


class Case(NamedTuple):
    balancer: str
    family: int
    kind: str
    flows: int

    def id(self):
        return "%s.%d.%s.%d" % self

    def words(self, turns, first):
        kind = KINDS[self.kind]
        target = kind.target or (11 if self.balancer == "forward" else 1)
        return "steps=%s family=%d target=%d port=%d payload=%d flows=%d first=%d turns=%d" % (
            kind.steps, self.family, target, kind.port, PAYLOAD, self.flows, first, turns)


def applies(balancer, kind):
    if KINDS[kind].only and balancer not in KINDS[kind].only:
        return False
    return balancer != "ipvs_dr" or not re.search("[A-Z]", KINDS[kind].steps)


def cases(balancers, families, kinds, flow_counts):
    """Every case; new sessions are as many as flows, so ONE is not for them."""
    return [Case(balancer, family, kind, flows)
            for family in families for balancer in balancers for flows in flow_counts
            for kind in kinds
            if applies(balancer, kind) and (KINDS[kind].prime or flows == MANY or flow_counts == [flows])]


class Layout:
    """Gives each group of flows its numbers."""

    def __init__(self):
        self.next, self.primed = 0, {}

    def take(self, count):
        first = -(-self.next // count) * count
        self.next = first + count
        return first


def plan(wanted, turns, fresh):
    """Orders for the guest: each balancer in a namespace of its own."""
    lines = []
    for setup in dict.fromkeys((c.balancer, c.family) for c in wanted):
        balancer, family = setup
        layout = Layout()
        mine = [c for c in wanted if (c.balancer, c.family) == setup]
        lines.append("setup %s %d" % setup)
        for case in mine:
            prime = KINDS[case.kind].prime
            if balancer == "ipvs_dr":
                prime = ONE_WAY.get(prime, prime)
            if not prime:
                continue
            key = (prime, case.flows)
            if key in layout.primed:
                continue
            first = layout.primed[key] = layout.take(case.flows)
            words = case.words(case.flows, first).split(" ", 1)[1]
            lines.append("send prime.%s steps=%s learn=1 %s" % (case.id(), prime, words))
        lines.append("slab slab.%s.%d %s" % (balancer, family, SLABS.get(balancer, "-")))
        lines.append("settle")
        for case in mine:
            kind = KINDS[case.kind]
            prime = ONE_WAY.get(kind.prime, kind.prime) if balancer == "ipvs_dr" else kind.prime
            if prime:
                words = case.words(turns, layout.primed[prime, case.flows])
            else:
                case = case._replace(flows=fresh)
                words = case.words(fresh, layout.take(fresh))
                if kind.leaves == "both":
                    words += " learn=1"
            if kind.burst > 1:
                words += " burst=%d" % kind.burst
            lines.append("send null.%s %s null=1" % (case.id(), words))
            lines.append("send %s %s" % (case.id(), words))
        lines.append("end")
    return "".join(line + "\n" for line in lines)


SLABS = {"ipvs_nat": "ip_vs_conn", "ipvs_dr": "ip_vs_conn", "nft_nat": "nf_conntrack",
         "nft_flowtable": "nf_conntrack", "mgw": "mgw_session",
         "mgw_ingress": "mgw_session"}
VIP = {4: "10.9.0.1", 6: "fd09::1"}
RS = {4: "10.2.0.11", 6: "fd02::b"}
CLIENT = {4: r"11\.", 6: r"fd0b::"}
LADDR = {4: r"10\.2\.0\.1[0-3]\d$", 6: r"fd02::1[0-2][0-9a-f]$"}


def wrong(case, got):
    """Why a result does not show what it should, or ""."""
    kind, family, balancer = KINDS[case.kind], case.family, case.balancer
    sent, out = int(got["sent"]), int(got["inside"]) + int(got["outside"])
    if kind.leaves == "any":
        return ""
    if out != sent:
        return "%d sent, %d came out" % (sent, out)
    if kind.leaves in ("inside", "outside") and int(got[kind.leaves]) != sent:
        return "they left by the wrong device"
    if got["checksum"] != "good":
        return "a checksum is wrong"
    if balancer != "ipvs_dr" and got["hops"] != "63" and balancer != "ipvs_nat":
        return "%s hops left" % got["hops"]
    if kind.target:
        return ""
    last_inside = kind.steps[-1].islower()
    if last_inside:
        source = LADDR if balancer.startswith("mgw") else CLIENT
        target = VIP if balancer == "ipvs_dr" else RS
        good = re.match(source[family], got["from"]) and got["to"] == target[family]
    else:
        source = RS if balancer == "forward" else VIP
        good = got["from"] == source[family] and re.match(CLIENT[family], got["to"])
    if not good:
        return "came out from %s to %s" % (got["from"], got["to"])
    slow = int(got["slow"])
    if balancer == "nft_nat" and slow < sent:
        return "%d of %d passed the forward chain" % (slow, sent)
    if balancer == "nft_flowtable" and kind.prime and slow > sent // 100:
        return "%d of %d did not take the flowtable" % (slow, sent)
    return ""
