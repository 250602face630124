# SPDX-License-Identifier: GPL-2.0
"""The figure: bars of the rows that matter, for each meter one panel."""
from xml.sax.saxutils import escape

import cases
import report

COLOURS = {"forward": "#9a9a9a", "ipvs_nat": "#c8553d", "ipvs_dr": "#e8a87c", "nft_nat": "#5b7c99",
           "nft_flowtable": "#8fb1cc", "mgw": "#2f7d4f",
           "mgw_ingress": "#1d4d31"}
KINDS = ("udp_client", "udp_rs", "tcp_client", "tcp_rs", "udp_new", "syn")
BAR, GAP, LEFT, WIDTH, PANEL = 11, 14, 190, 860, 46


def text(x, y, words, size=12, anchor="start", weight="normal"):
    return ('<text x="%d" y="%d" font-size="%d" text-anchor="%s" font-weight="%s">%s</text>'
            % (x, y, size, anchor, weight, escape(words)))


def bars(table):
    """(label, [(balancer, entry)]) for IPv4 and the largest flow count there is."""
    best = {}
    for family, kind, flows, entries in report.rows(table):
        if family == 4 and kind in KINDS and flows <= cases.MANY:
            best[kind] = (flows, entries)
    for kind in KINDS:
        if kind in best:
            flows, entries = best[kind]
            label = cases.KINDS[kind].title
            if cases.KINDS[kind].prime:
                label += ", %s flows" % report.flows_word(kind, flows)
            yield label, [(b, entries[b]) for b in cases.BALANCERS if "value" in entries.get(b, {})]


def panel(meter, table, top):
    groups = list(bars(table))
    scale = (WIDTH - LEFT - 70) / max((e["value"] for _, g in groups for _, e in g), default=1)
    parts = [text(10, top + 20, report.WHAT[meter] + ", IPv4", 14, weight="bold")]
    y = top + PANEL
    for label, group in groups:
        parts.append(text(LEFT - 8, y + BAR * len(group) // 2 + 4, label, anchor="end"))
        for balancer, entry in group:
            length = max(1, round(entry["value"] * scale))
            parts.append('<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>'
                         % (LEFT, y, length, BAR - 1, COLOURS[balancer]))
            parts.append(text(LEFT + length + 4, y + BAR - 2, "%.0f" % entry["value"], 10))
            y += BAR
        y += GAP
    return parts, y


def svg(tables, stated):
    parts, y = [], 10
    x = 10
    for balancer, title in cases.BALANCERS.items():
        parts.append('<rect x="%d" y="%d" width="10" height="10" fill="%s"/>' % (x, y, COLOURS[balancer]))
        parts.append(text(x + 15, y + 9, title))
        x += 35 + 7 * len(title)
    y += 20
    for meter in [m for m in report.WHAT if m in tables]:
        more, y = panel(meter, tables[meter], y)
        parts += more
    parts.append(text(10, y + 8, "Making and freeing the packet is subtracted. %s, commit %s."
                      % (stated["stock kernel"], stated["commit"]), 10))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif">\n'
            '<!-- SPDX-License-Identifier: GPL-2.0 -->\n'
            '<rect width="100%%" height="100%%" fill="#ffffff"/>\n%s\n</svg>\n'
            % (WIDTH, y + 20, "\n".join(parts)))
