# SPDX-License-Identifier: GPL-2.0
"""The figure: bars of the rows that matter, for each meter two panels. A bar is as long
as the median; a thin line goes from the lowest to the highest of all rounds."""
from xml.sax.saxutils import escape

import cases
import report
import section

COLOURS = {"forward": "#9a9a9a", "ipvs_nat": "#c8553d", "ipvs_dr": "#e8a87c", "nft_nat": "#5b7c99",
           "nft_flowtable": "#8fb1cc", "mgw": "#2f7d4f",
           "mgw_ingress": "#1d4d31"}
KINDS = {"sessions that exist": ("udp_client", "udp_client_8", "udp_client_64", "udp_rs", "tcp_client", "tcp_rs"),
         "new sessions": ("udp_new", "syn")}
BAR, GAP, LEFT, WIDTH, PANEL = 11, 14, 280, 980, 46
# Seen on bars of any colour, and beyond them.
SPREAD = (("#ffffff", 3), ("#202020", 1))


def text(x, y, words, size=12, anchor="start", weight="normal"):
    return ('<text x="%d" y="%d" font-size="%d" text-anchor="%s" font-weight="%s">%s</text>'
            % (x, y, size, anchor, weight, escape(words)))


def bars(table, kinds):
    """(label, [(balancer, entry)]) for IPv4 and the largest flow count there is."""
    best = {}
    for family, kind, flows, entries in report.rows(table):
        if family == 4 and kind in kinds and flows <= cases.MANY:
            best[kind] = (flows, entries)
    for kind in kinds:
        if kind in best:
            flows, entries = best[kind]
            label = cases.KINDS[kind].title
            if cases.KINDS[kind].prime:
                label += ", %s flows" % report.flows_word(kind, flows)
            yield label, [(b, entries[b]) for b in cases.BALANCERS if "value" in entries.get(b, {})]


def bar(balancer, entry, y, scale):
    """Its length, its spread, its figure."""
    low, high, middle = (round(entry[word] * scale) for word in ("low", "high", "value"))
    yield ('<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>'
           % (LEFT, y, max(1, middle), BAR - 1, COLOURS[balancer]))
    if entry["rounds"] > 1:
        for colour, width in SPREAD:
            yield ('<path d="M%d %dh%dm0 -2v4m%d 0v-4" stroke="%s" stroke-width="%d" fill="none"/>'
                   % (LEFT + low, y + BAR // 2, high - low, low - high, colour, width))
    yield text(LEFT + high + 4, y + BAR - 2, section.cell(entry), 10)


def panel(title, groups, top):
    scale = (WIDTH - LEFT - 110) / max((e["high"] for _, g in groups for _, e in g), default=1)
    parts = [text(10, top + 20, title + ", IPv4", 14, weight="bold")]
    y = top + PANEL
    for label, group in groups:
        parts.append(text(LEFT - 8, y + BAR * len(group) // 2 + 4, label, anchor="end"))
        for balancer, entry in group:
            parts += bar(balancer, entry, y, scale)
            y += BAR
        y += GAP
    return parts, y


def titled(tables):
    if "icount" in tables:
        yield "Instructions per packet, stock kernel", tables["icount"]
    for meter in report.NANOSECONDS:
        if meter in tables:
            yield "ns per packet, User-Mode Linux " + report.linux(tables[meter]), tables[meter]


def svg(tables, stated):
    parts, y = [], 10
    x = 10
    for balancer, title in cases.BALANCERS.items():
        parts.append('<rect x="%d" y="%d" width="10" height="10" fill="%s"/>' % (x, y, COLOURS[balancer]))
        parts.append(text(x + 15, y + 9, title))
        x += 35 + 7 * len(title)
    y += 20
    for title, table in titled(tables):
        for traffic, kinds in KINDS.items():
            groups = list(bars(table, kinds))
            if groups:
                more, y = panel("%s: %s" % (title, traffic), groups, y)
                parts += more
    parts.append(text(10, y + 8, "Making and freeing the packet is subtracted. Thin lines: lowest to highest "
                      "round. Commit %s." % stated["commit"], 10))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif">\n'
            '<!-- SPDX-License-Identifier: GPL-2.0 -->\n'
            '<rect width="100%%" height="100%%" fill="#ffffff"/>\n%s\n</svg>\n'
            % (WIDTH, y + 20, "\n".join(parts)))
