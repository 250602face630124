# SPDX-License-Identifier: GPL-2.0
"""A table with a title, as plain text and as reStructuredText."""
import statistics
from typing import NamedTuple


class Section(NamedTuple):
    title: str
    header: list
    lines: list
    left: int = 3  # columns of words, before those of figures


def spread(values):
    """The entry of a row that was measured in several rounds."""
    return {"value": round(statistics.median(values), 1), "low": round(min(values), 1),
            "high": round(max(values), 1), "rounds": len(values)}


def cell(entry):
    """A figure, with its lowest and highest where it was measured more than once."""
    if entry is None:
        return ""
    if "problem" in entry:
        return "-"
    text = "%.0f" % entry["value"]
    if entry["rounds"] > 1:
        text += " (%.0f\u2013%.0f)" % (entry["low"], entry["high"])
    return text


def ratio(entries, ours, other):
    try:
        return "%.2f" % (entries[ours]["value"] / entries[other]["value"])
    except (KeyError, ZeroDivisionError):
        return ""


def widths(section):
    return [max(len(line[i]) for line in [section.header] + section.lines)
            for i in range(len(section.header))]


def aligned(section, lines):
    return ["  ".join(word.ljust(w) if i < section.left else word.rjust(w)
                      for i, (word, w) in enumerate(zip(line, widths(section)))).rstrip()
            for line in lines]


def text(section):
    return ["", section.title, ""] + aligned(section, [section.header] + section.lines)


def rst(section):
    """Simple tables need a word in the first column only; "\\" marks an empty one."""
    rule = "  ".join("=" * w for w in widths(section))
    marked = [[word or "\\" for word in line] for line in section.lines]
    return [section.title, "-" * len(section.title), "", rule, *aligned(section, [section.header]),
            rule, *aligned(section, marked), rule, ""]
