# SPDX-License-Identifier: GPL-2.0
"""What a reader wants first: the rows and balancers that say most, in one table."""
import cases
import report
from section import Section, cell, ratio

BALANCERS = ("forward", "ipvs_nat", "nft_flowtable", "mgw", "mgw_ingress")
ROWS = (("udp_client", cases.MANY), ("udp_client_64", cases.MANY), ("udp_client", cases.MOST),
        ("tcp_client", cases.MANY), ("udp_new", None), ("syn", None), ("life", None))
RATIOS = [words for words in report.RATIOS if words[0] == "mgw_ingress"]
TITLE = "Cost of a packet, or of a session where a row is one; IPv4"


def meters(tables):
    """(what is counted, table) in order."""
    for meter, table in tables.items():
        if meter in report.NANOSECONDS:
            yield ("ns, Linux " + report.linux(table)).removesuffix(" Linux "), table
        elif meter == "icount":
            yield "instructions", table


def entries_of(table, kind, flows):
    for family, found, count, entries in report.rows(table):
        if family == 4 and found == kind and flows in (None, count):
            return entries
    return {}


def sections(tables):
    lines = []
    for kind, flows in ROWS:
        for unit, table in meters(tables):
            entries = entries_of(table, kind, flows)
            if entries:
                lines.append([cases.KINDS[kind].title, report.flows_word(kind, flows), unit] +
                             [cell(entries.get(b)) for b in BALANCERS] +
                             [ratio(entries, ours, other) for ours, other, _ in RATIOS])
    if lines:
        yield Section(TITLE, ["traffic", "flows", "unit"] + [cases.BALANCERS[b] for b in BALANCERS] +
                      [head for _, _, head in RATIOS], lines)
