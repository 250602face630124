#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""One netlink contract in four places: Documentation/netlink/specs/mgw.yaml, the
uapi header, the policies and operations of kmod/netlink*.c, and the tables of
libmgw. Says a sentence for each difference. Prints KTAP.

What the dialect of the spec can't say is a rule here: in a request, add and set
take the NOUN-spec subset of their own noun's nest, another command that of its
own name, if there is one; every other nest is a NOUN-key subset; NAME-ntf is the
event with the number of command NAME.

It also plants differences in a copy, and must find each of them.

  netlink_spec.py [--root DIR]      another tree than the one this file is in"""

import argparse
import pathlib
import re
import shutil
import sys
import tempfile

import yaml

import findings

SPEC = "Documentation/netlink/specs/mgw.yaml"
HEADER = "include/uapi/linux/mgw.h"
LIBRARY = "userspace/libmgw/src"
TOP = "mgw"
S16_MAX = 32767  # NLA_POLICY_RANGE and its kin hold no more: the rest is code

NLA_TYPES = {"NLA_U32": "u32", "NLA_U64": "u64", "NLA_BE16": "be16", "NLA_FLAG": "flag",
             "NLA_BINARY": "binary", "NLA_NUL_STRING": "string", "NLA_NESTED": "nest"}
PUTS = {"nla_put_u32": "u32", "nla_put_u64_64bit": "u64", "nla_put_be16": "be16",
        "nla_put_string": "string", "nla_put_flag": "flag", "nla_nest_start": "nest",
        "mgw_nl_put_addr": "binary", "mgw_nl_put_traffic": "nest"}
CXX_CALLS = {"u32": "u32", "u64": "u64", "be16": "be16", "string": "string", "has": None,
             "address": "binary", "nest": "nest", "put_u32": "u32", "put_be16": "be16",
             "put_string": "string", "put_address": "binary", "put_nest": "nest"}


# What only requests have.
ASKED = {"MGW_A_LADDR_LAST"}


class Unreadable(Exception):
    """Something in a source is written in a way this lint does not know."""


def c_name(prefix, name):
    return (prefix + name).upper().replace("-", "_")


def strip_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


def split_top(text):
    """Parts between commas that are in no bracket."""
    parts, depth, part = [], 0, ""
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return [p for p in parts + [part.strip()] if p]


def block_after(text, start):
    """The text between the first brace from start on and the one that ends it."""
    depth, begin = 0, text.index("{", start)
    for i in range(begin, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if not depth:
            return text[begin + 1:i]
    raise Unreadable("a brace is not closed")


# The spec -------------------------------------------------------------------

class Attr:
    def __init__(self, raw, owner, number):
        self.raw, self.name = raw, raw["name"]
        self.number = raw.get("value", number)
        self.c = c_name(owner["name-prefix"], self.name)
        self.checks = raw.get("checks", {})
        self.kind = raw["type"]
        if self.kind == "u16" and raw.get("byte-order") == "big-endian":
            self.kind = "be16"

    @property
    def real(self):
        return self.kind not in ("unused", "pad")


class Spec:
    def __init__(self, root):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.raw = yaml.load((root / SPEC).read_text(), Loader=loader)
        self.sets, self.subsets = {}, {}
        for raw in self.raw["attribute-sets"]:
            if "subset-of" in raw:
                self.subsets[raw["name"]] = (raw["subset-of"], [a["name"] for a in raw["attributes"]])
                continue
            attrs, number = {}, 1
            for item in raw["attributes"]:
                attr = Attr(item, raw, number)
                attrs[attr.name] = attr
                number = attr.number + 1
            self.sets[raw["name"]] = (raw, attrs)
        self.defs = {d["name"]: d for d in self.raw["definitions"]}
        self.ops, number = {}, 0
        for op in self.raw["operations"]["list"]:
            number = op.get("value", number)
            self.ops[op["name"]] = (number, op)
            number += 1
        self.by_c = {a.c: (name, a) for name, (_, attrs) in self.sets.items() for a in attrs.values()}

    def entries(self, name):
        """Words and numbers of an enum."""
        number, found = 0, {}
        for entry in self.defs[name]["entries"]:
            entry = {"name": entry} if isinstance(entry, str) else entry
            number = entry.get("value", number)
            found[entry["name"]] = number
            number += 1
        return found

    def commands(self):
        """What has a number of its own: all but the -ntf entries."""
        return {n: (v, op) for n, (v, op) in self.ops.items() if "notify" not in op}

    def request(self, op):
        return {a for way in ("do", "dump") if way in op
                for a in op[way].get("request", {}).get("attributes", [])}

    def nest_subset(self, command, noun):
        """Names that nest NOUN may hold in a request of COMMAND."""
        if noun not in {whole for whole, _ in self.subsets.values()}:
            return {a.name for a in self.sets[noun][1].values() if a.real}
        if self.subsets.get(command, ("",))[0] == noun:
            return set(self.subsets[command][1])
        whole = command in (f"{noun}-add", f"{noun}-set")
        return set(self.subsets[f"{noun}-{'spec' if whole else 'key'}"][1])


# The header -----------------------------------------------------------------

class Header:
    def __init__(self, root):
        text = (root / HEADER).read_text()
        self.enums, self.comments, self.numbers = {}, {}, {}
        self.defines = dict(re.findall(r"^#define[ \t]+(MGW_\w+)[ \t]+(.+?)(?:[ \t]*/\*.*)?$", text, re.M))
        for name, body in re.findall(r"enum (\w+) \{(.*?)\};", text, re.S):
            number, members = 0, []
            for line in re.split(r"\n", body):
                match = re.match(r"\s*(\w+)(?:\s*=\s*(\d+))?,?\s*(?:/\*\s*(.*?)\s*\*/)?\s*$", line)
                if not match or not match[1].lstrip("_").startswith("MGW_"):
                    continue
                number = int(match[2]) if match[2] else number
                members.append((match[1], number))
                self.numbers[match[1]] = number
                self.comments[match[1]] = match[3] or ""
                number += 1
            self.enums[name] = members

    def value(self, text):
        """A number from what C would call a constant expression."""
        text = str(text).strip()
        if re.fullmatch(r"\d+", text):
            return int(text)
        if text == "U16_MAX":
            return 65535
        if match := re.fullmatch(r"\(?(\w+) - 1\)?", text):
            return self.value(match[1]) - 1
        if text in self.numbers:
            return self.numbers[text]
        if text in self.defines:
            return self.value(self.defines[text])
        raise Unreadable(f"the value of {text} is not known")


def check_members(what, want, have):
    """Both lists of (name, number), in order."""
    have = [m for m in have if not m[0].startswith("__")]
    for name, number in want:
        if name not in dict(have):
            yield f"{what}: {name} is in the spec, not in the header"
        elif dict(have)[name] != number:
            yield f"{what}: {name} is {number} in the spec, {dict(have)[name]} in the header"
    for name, _ in have:
        if name not in dict(want):
            yield f"{what}: {name} is in the header, not in the spec"


def spec_and_header(spec, header):
    raw = spec.raw
    for key, macro in (("name", raw["c-family-name"]), ("version", raw["c-version-name"])):
        want, have = str(raw.get(key, 1)), header.defines.get(c_name("", macro), "nothing").strip('"')
        if want != have:
            yield f"{key} of the family is {want} in the spec, {have} in the header"
    for name, (set_raw, attrs) in spec.sets.items():
        enum = set_raw["enum-name"].replace("-", "_")
        if enum not in header.enums:
            yield f"attribute set {name}: the header has no enum {enum}"
            continue
        yield from check_members(f"attribute set {name}", [(a.c, a.number) for a in attrs.values()], header.enums[enum])
        if not re.fullmatch(rf"\({c_name('', set_raw['attr-cnt-name'])} - 1\)",
                            header.defines.get(c_name("", set_raw["attr-max-name"]), "")):
            yield f"attribute set {name}: the header has no {c_name('', set_raw['attr-max-name'])}"
        yield from header_types(attrs.values(), header)
    yield from header_definitions(spec, header)
    commands = [(c_name(raw["operations"]["name-prefix"], n), v) for n, (v, _) in spec.commands().items()]
    yield from check_members("commands", commands, header.enums[raw["operations"]["enum-name"].replace("-", "_")])
    known = {c_name("", s["enum-name"]) for s, _ in spec.sets.values()}
    known |= {c_name("", d.get("enum-name", "")) for d in spec.defs.values()}
    known.add(c_name("", raw["operations"]["enum-name"]))
    for enum in header.enums:
        if enum.upper() not in known:
            yield f"enum {enum} is in the header, not in the spec"
    for group in raw["mcast-groups"]["list"]:
        if header.defines.get(c_name("mgw-genl-mcgrp-", group["name"]), "").strip('"') != group["name"]:
            yield f"multicast group {group['name']} is in the spec, not in the header"


def header_types(attrs, header):
    """Where a comment of the header begins with a type, it is the spec's."""
    for attr in attrs:
        match = re.match(r"(nest|u32|u64|be16|binary|string|flag)\b(?: mgw_attr_(\w+))?", header.comments.get(attr.c, ""))
        if not match:
            continue
        if match[1] != attr.kind:
            yield f"{attr.c} is {attr.kind} in the spec, {match[1]} in the header's comment"
        nested = attr.raw.get("nested-attributes")
        if match[2] and nested != match[2]:
            yield f"{attr.c} nests {nested} in the spec, {match[2]} in the header's comment"
        to_user = "kernel to user" in header.comments[attr.c]
        if to_user and "checks" in attr.raw:
            yield f"{attr.c} has checks in the spec, but the kernel never reads it"


def header_definitions(spec, header):
    for name, definition in spec.defs.items():
        if "header" in definition:
            continue
        if definition["type"] == "const":
            macro = c_name("mgw-", name)
            have = header.defines.get(macro, "nothing").strip('"')
            if have != str(definition["value"]):
                yield f"{macro} is {definition['value']} in the spec, {have} in the header"
            continue
        enum = definition["enum-name"].replace("-", "_")
        want = [(c_name(definition["name-prefix"], w), n) for w, n in spec.entries(name).items()]
        yield from check_members(f"enum {name}", want, header.enums.get(enum, []))
    consts = {c_name("mgw-", n) for n, d in spec.defs.items() if d["type"] == "const"}
    for macro in header.defines:
        if not re.match(r"MGW_(GENL_|A_|CMD_)", macro) and macro not in consts \
                and not re.match(r"\(__|MGW_COUNTER_", header.defines[macro]):
            yield f"{macro} is in the header, not in the spec"


# The kernel -----------------------------------------------------------------

class Kernel:
    def __init__(self, root):
        files = sorted(root.glob("kmod/netlink*.[ch]"))
        files = [f for f in files if not f.name.endswith(".mod.c")]
        if not files:
            raise Unreadable("there is no kmod/netlink*.c")
        self.text = "\n".join(strip_comments(f.read_text()) for f in files)
        joined = self.text.replace("\\\n", " ")
        self.simple = dict(re.findall(r"^#define[ \t]+(MGW_NLA_\w+)[ \t]+(.+)$", joined, re.M))
        self.functions = {m[1]: (split_top(m[2]), m[3]) for m in
                          re.finditer(r"^#define[ \t]+(\w+)\(([^)]*)\)[ \t]+(.+)$", joined, re.M)}
        self.policies, self.sizes = {}, {}
        for match in re.finditer(r"const struct nla_policy (\w+)\[(\w*)\]\s*(=|;)", self.text):
            name = match[1]
            if match[3] == "=":
                self.policies[name] = self.read_policy(name, block_after(self.text, match.end()))
            else:
                self.policies.setdefault(name, {})
            self.sizes[name] = match[2]
        self.ops = self.read_ops()

    def expand(self, text):
        """Macros of the netlink files, with arguments and ##."""
        for name, (params, body) in self.functions.items():
            while match := re.search(rf"\b{name}\(", text):
                end = self.closing(text, match.end() - 1)
                args = dict(zip(params, split_top(text[match.end():end])))
                done = re.sub(r"\w+", lambda m: args.get(m[0], m[0]), body)
                text = text[:match.start()] + re.sub(r"\s*##\s*", "", done) + text[end + 1:]
        return text

    @staticmethod
    def closing(text, start):
        depth = 0
        for i in range(start, len(text)):
            depth += (text[i] == "(") - (text[i] == ")")
            if not depth:
                return i
        raise Unreadable("a parenthesis is not closed")

    def read_policy(self, name, body):
        policy = {}
        for part in split_top(body):
            match = re.fullmatch(r"\[(.+?)\]\s*=\s*(.+)", part, re.S)
            if not match:
                raise Unreadable(f"{name}: can't read \"{part}\"")
            rule = self.read_rule(name, " ".join(match[2].split()))
            first, _, last = (s.strip() for s in match[1].partition("..."))
            for index in ([first] if not last else [(first, last)]):
                policy[index] = rule
        return policy

    def read_rule(self, name, text):
        text = self.simple.get(text, text).strip()
        if match := re.fullmatch(r"NLA_POLICY_NESTED\((\w+)\)", text):
            return {"type": "nest", "nested": match[1]}
        if match := re.fullmatch(r"NLA_POLICY_(MIN|MAX|RANGE|EXACT_LEN)\((.+)\)", text):
            args = split_top(match[2])
            rule = {"type": NLA_TYPES.get(args[0])}
            limits = {"MIN": ("min",), "MAX": ("max",), "RANGE": ("min", "max")}.get(match[1])
            if rule["type"] and limits:
                return rule | dict(zip(limits, args[1:]))
        if match := re.fullmatch(r"\{ \.type = (\w+)(?:, \.len = ([^}]+?))? \}", text):
            if match[1] in NLA_TYPES:
                return {"type": NLA_TYPES[match[1]]} | ({"len": match[2]} if match[2] else {})
        raise Unreadable(f"{name}: can't read the policy \"{text}\"")

    def read_ops(self):
        match = re.search(r"struct genl_ops \w+\[\]\s*=", self.text)
        if not match:
            raise Unreadable("kmod/netlink*.c has no struct genl_ops")
        ops = {}
        for part in split_top(block_after(self.text, match.end())):
            fields = dict(re.findall(r"\.(\w+)\s*=\s*([^,}]+?)\s*(?=,|\}|$)", self.expand(part)))
            if "cmd" not in fields:
                raise Unreadable(f"an operation has no .cmd: {' '.join(part.split())}")
            if fields["cmd"] in ops:
                raise Unreadable(f"{fields['cmd']} is there twice")
            ops[fields["cmd"]] = fields
        return ops


def expand_ranges(spec, policy):
    """[A ... B] of a policy, written out in the spec's names."""
    found = {}
    for index, rule in policy.items():
        if isinstance(index, str):
            found[index] = rule
            continue
        owner = spec.by_c.get(index[0])
        attrs = spec.sets[owner[0]][1].values() if owner else ()
        last = spec.by_c[index[1]][1].number if owner and index[1] in spec.by_c else \
            max((a.number for a in attrs), default=0)
        for attr in attrs:
            if owner[1].number <= attr.number <= last:
                found[attr.c] = rule
    return found


def check_policy(spec, header, kernel, command, name, set_name, allowed):
    """Policy NAME against the ALLOWED names of a set, and the policies it nests."""
    if name not in kernel.policies:
        yield f"policy {name} is not in kmod/netlink*.c"
        return
    set_raw, attrs = spec.sets[set_name]
    size = c_name("", set_raw["attr-cnt-name"])
    if kernel.sizes[name] != size:
        yield f"{name} has [{kernel.sizes[name]}] entries, not [{size}]"
    policy = expand_ranges(spec, kernel.policies[name])
    by_c = {attrs[a].c: attrs[a] for a in allowed}
    for c in policy:
        if c not in by_c:
            yield f"{name} takes {c}, which the spec does not allow there"
    for c, attr in by_c.items():
        if c not in policy:
            yield f"{name} lacks {c}, which the spec allows"
            continue
        yield from check_rule(spec, header, name, attr, policy[c])
        nested = attr.raw.get("nested-attributes")
        if attr.kind == "nest" and "nested" in policy[c]:
            yield from check_policy(spec, header, kernel, command, policy[c]["nested"], nested,
                                    spec.nest_subset(command, nested))


def check_rule(spec, header, name, attr, rule):
    if rule["type"] != attr.kind:
        yield f"{name}: {attr.c} is {attr.kind} in the spec, {rule['type']} in the policy"
        return
    if attr.kind == "string":
        want = header.value(attr.checks["max-len"]) if "max-len" in attr.checks else None
        have = header.value(rule["len"]) if "len" in rule else None
        if want != have:
            yield f"{name}: {attr.c} has at most {want} letters in the spec, {have} in the policy"
        return
    want = {key.removesuffix("-len"): limit(spec, header, value) for key, value in attr.checks.items()}
    if "enum" in attr.raw:
        numbers = list(spec.entries(attr.raw["enum"]).values())
        if numbers == list(range(len(numbers))):
            want["max"] = numbers[-1]
    have = {key: header.value(rule[key]) for key in ("min", "max") if key in rule}
    # More than the policy can say is said in code: see code_limits().
    in_code = want.get("max", 0) > S16_MAX
    if any(want.get(key) != have[key] for key in have) or (not in_code and want != have):
        yield f"{name}: {attr.c} has limits {want or 'none'} in the spec, {have or 'none'} in the policy"


def limit(spec, header, value):
    if value in spec.defs:
        return int(spec.defs[value]["value"])
    return header.value(value)


def spec_and_ops(spec, header, kernel):
    prefix = spec.raw["operations"]["name-prefix"]
    want = {c_name(prefix, n): (n, op) for n, (_, op) in spec.commands().items() if "do" in op or "dump" in op}
    for c, (name, op) in want.items():
        if c not in kernel.ops:
            yield f"{c} is in the spec, not among the operations"
            continue
        yield from check_op(spec, header, kernel, name, op, kernel.ops[c])
    for c in kernel.ops:
        if c not in want:
            yield f"{c} is an operation, but not in the spec"
    if [c for c in want if c in kernel.ops] != [c for c in kernel.ops if c in want]:
        yield "the operations are in another order than in the spec"


def check_op(spec, header, kernel, name, op, fields):
    c = fields["cmd"]
    if op.get("flags") != ["uns-admin-perm"]:
        yield f"{name} of the spec has not the flag uns-admin-perm"
    if fields.get("flags") != "GENL_UNS_ADMIN_PERM":
        yield f"{c} has flags {fields.get('flags', 'none')}, not GENL_UNS_ADMIN_PERM"
    if "validate" in fields or "dont-validate" in op:
        yield f"{c} is not validated strictly"
    if fields.get("maxattr") != "MGW_A_MAX":
        yield f"{c} has maxattr {fields.get('maxattr', 'none')}, not MGW_A_MAX"
    for way, callback in (("do", "doit"), ("dump", "dumpit")):
        handler = f"mgw_nl_{name.replace('-', '_')}_{callback}"
        if (way in op) != (callback in fields):
            yield f"{c}: the spec says {way}: {way in op}, the operation has a {callback}: {callback in fields}"
        elif callback in fields and fields[callback] != handler:
            yield f"{c}: its {callback} is {fields[callback]}, not {handler}"
    # What its policy takes for the do only, a dump refuses: see dump_refusals().
    for problem in check_policy(spec, header, kernel, name, fields.get("policy", "(none)"), TOP, spec.request(op)):
        yield f"{c}: {problem}"


def body_of(kernel, function):
    match = re.search(rf"^(?:static )?\w+ {function}\([^;{{]*\)\s*\{{", kernel.text, re.M)
    return block_after(kernel.text, match.start()) if match else ""


def dump_refusals(spec, kernel):
    """A dump shares the policy of its do. What only the do takes, the dump refuses
    itself: in dumpit, for a start has no extack in 6.1, so the sentence is lost."""
    prefix = spec.raw["operations"]["name-prefix"]
    for name, (_, op) in spec.commands().items():
        fields = kernel.ops.get(c_name(prefix, name), {})
        if re.search(r"extack|check", body_of(kernel, fields.get("start", "(none)"))):
            yield f"a dump of {name} is refused in {fields['start']}, where 6.1 has no extack for a sentence"
        if "do" not in op or "dump" not in op:
            continue
        extra = set(op["do"]["request"]["attributes"]) - set(op["dump"]["request"]["attributes"])
        if extra and not re.search(r"dump_check\(", body_of(kernel, fields.get("dumpit", "(none)"))):
            yield f"a dump of {name} takes {', '.join(sorted(extra))}: its dumpit does not refuse that"


def family(spec, kernel):
    text = re.search(r"struct genl_family \w+[^;]*?=\s*\{(.*?)\};", kernel.text, re.S)
    fields = dict(re.findall(r"\.(\w+)\s*=\s*([^,]+),", text[1])) if text else {}
    want = {"name": "MGW_GENL_NAME", "version": "MGW_GENL_VERSION", "netnsok": "true", "parallel_ops": "true",
            "module": "THIS_MODULE"}
    for key, value in want.items():
        if fields.get(key) != value:
            yield f"the family has .{key} = {fields.get(key, 'nothing')}, not {value}"
    if fields.get("resv_start_op", "0") != "0":
        yield ("the family has a .resv_start_op, so that the kernel looks at neither the flags nor the reserved "
               "field of a header; new families leave it out")
    if "GENL_DONT_VALIDATE" in kernel.text:
        yield "something of kmod/netlink*.c is not validated strictly"
    for group in spec.raw["mcast-groups"]["list"]:
        if group.get("flags") != ["uns-admin-perm"]:
            yield f"group {group['name']} of the spec has not the flag uns-admin-perm"
    groups = re.findall(r"\.name\s*=\s*(MGW_GENL_MCGRP_\w+)", kernel.text)
    for group, rest in re.findall(r"\.name\s*=\s*(MGW_GENL_MCGRP_\w+)([^}]*)\}", kernel.text):
        if "MGW_NL_GROUP_ADMIN" not in rest:
            yield f"{group} has not MGW_NL_GROUP_ADMIN: all users may listen to what only some may get"
    want = [c_name("mgw-genl-mcgrp-", g["name"]) for g in spec.raw["mcast-groups"]["list"]]
    if groups != want:
        yield f"multicast groups are {want} in the spec, {groups} in the kernel"


def replies(spec, kernel):
    """Whatever is written is of the spec's type, and all a reply has is written."""
    written = {}
    for call, c in re.findall(r"\b(\w+)\(\s*\w+,\s*(MGW_(?:A|COUNTER)_\w+)", kernel.text):
        if call in PUTS and c in spec.by_c:
            written.setdefault(c, set()).add(PUTS[call])
    for c, kinds in written.items():
        kind = spec.by_c[c][1].kind
        if kinds != {kind}:
            yield f"{c} is {kind} in the spec, written as {', '.join(sorted(kinds))}"
    for read, c in re.findall(r"\bnla_get_(\w+)\(\s*\w+\[(MGW_A_\w+)\]", kernel.text):
        if c in spec.by_c and spec.by_c[c][1].kind != read:
            yield f"{c} is {spec.by_c[c][1].kind} in the spec, read as {read}"
    for name, (_, attrs) in spec.sets.items():
        # These two are written by their number, in a loop; a filter is never.
        if name in ("timeout", "counters", "filter"):
            continue
        for attr in attrs.values():
            if attr.real and attr.c not in written and attr.c not in ASKED and attr.name != "filter":
                yield f"{attr.c} is in the spec, but the kernel never writes it"


def code_limits(spec, kernel):
    """Limits over what a policy can hold are tested in code, by their name."""
    for name, (_, attrs) in spec.sets.items():
        limits = {a.checks["max"] for a in attrs.values() if "max" in a.checks}
        for value in sorted(limits, key=str):
            macro = "U16_MAX" if value == 65535 else c_name("mgw-", str(value))
            if not re.search(rf"[<>]=?\s*{macro}\b", kernel.text):
                yield f"set {name}: no code of kmod/netlink*.c compares with {macro}"


def events(spec, kernel):
    prefix = spec.raw["operations"]["name-prefix"]
    groups = {g["name"] for g in spec.raw["mcast-groups"]["list"]}
    want = {n for n, (_, op) in spec.commands().items() if "event" in op}
    for name, (number, op) in spec.ops.items():
        if ("notify" in op or "event" in op) and op.get("mcgrp") not in groups:
            yield f"{name} has no multicast group"
        if "notify" not in op:
            continue
        command = name.removesuffix("-ntf")
        if name == command or command not in spec.ops:
            yield f"{name} is not the name of a command with -ntf"
            continue
        want.add(command)
        if spec.ops[command][0] != number:
            yield f"{name} has number {number}, its command {spec.ops[command][0]}"
        if op["notify"] not in spec.ops:
            yield f"{name} shares the reply of {op['notify']}, which is no operation"
    for name in sorted(want):
        command = c_name(prefix, name)
        if not re.search(rf"\b(?:mgw_nl_)?event(?:_new)?\(\s*\w+,\s*{command}\b", kernel.text):
            yield f"event {name} is in the spec, but the kernel never sends {command}"
    for command in re.findall(r"\b(?:mgw_nl_)?event(?:_new)?\(\s*\w+,\s*(MGW_CMD_\w+)", kernel.text):
        if command not in {c_name(prefix, n) for n in want}:
            yield f"the kernel sends {command} as an event, which the spec does not have"


# libmgw ---------------------------------------------------------------------

def library(spec, root):
    sources = sorted((root / LIBRARY).glob("*.cpp"))
    if not sources:
        raise Unreadable(f"there is no {LIBRARY}/*.cpp")
    text = "\n".join(strip_comments(f.read_text()) for f in sources)
    rows = re.findall(r'Row\{\s*(MGW_COUNTER_\w+),\s*"(\w+)"', text)
    want = [(a.c, a.name.replace("-", "_")) for a in spec.sets["counters"][1].values() if a.real]
    for c, name in want:
        if c not in dict(rows):
            yield f"libmgw has no row for {c}"
        elif dict(rows)[c] != name:
            yield f"libmgw calls {c} {dict(rows)[c]}, the spec {name}"
    for c, _ in rows:
        if c not in dict(want):
            yield f"libmgw has a row for {c}, the spec has not"
    if [c for c, _ in rows if c in dict(want)] != [c for c, _ in want if c in dict(rows)]:
        yield "libmgw has the counters in another order than the spec"
    yield from library_words(spec, text)
    yield from library_calls(spec, text)


def library_words(spec, text):
    for enum in ("mode", "tunnel", "timestamps", "session-state"):
        macro = c_name("mgw-", f"{enum}-max")
        match = re.search(rf"{macro} \+ 1>\s*\w+ = \{{([^}}]*)\}}", text)
        have = re.findall(r'"(\w+)"', match[1]) if match else []
        want = [w.replace("-", "_") for w in spec.entries(enum)]
        if have != want:
            yield f"libmgw has the words {have} for {enum}, the spec {want}"
    prefix = spec.raw["operations"]["name-prefix"]
    told = {n.removesuffix("-ntf") for n, (_, op) in spec.ops.items() if "notify" in op or "event" in op}
    names = dict(re.findall(r'names\[(MGW_CMD_\w+)\] = "(\w+)"', text))
    commands = {c_name(prefix, n): n.replace("-", "_") for n in spec.commands()}
    for name in sorted(told):
        if c_name(prefix, name) not in names:
            yield f"libmgw has no word for the event {name}"
    for c, word in names.items():
        if commands.get(c) != word:
            yield f"libmgw calls {c} {word}, the spec {commands.get(c, 'does not have it')}"


def library_calls(spec, text):
    for call, c in re.findall(r"[.>](\w+)\(\s*(MGW_A_\w+)\s*[,)]", text):
        if c not in spec.by_c:
            yield f"libmgw uses {c}, which the spec does not have"
        elif CXX_CALLS.get(call) and CXX_CALLS[call] != spec.by_c[c][1].kind:
            yield f"{c} is {spec.by_c[c][1].kind} in the spec, {CXX_CALLS[call]} in libmgw"
    used = set(re.findall(r"\bMGW_A_\w+", text))
    for name, (_, attrs) in spec.sets.items():
        for attr in attrs.values():
            if attr.real and name not in ("timeout", "counters") and attr.c not in used:
                yield f"libmgw never uses {attr.c}"


def spec_itself(spec):
    """Everything has a doc, every name that is used is there."""
    for kind in ("definitions", "attribute-sets"):
        for item in spec.raw[kind]:
            if not item.get("doc"):
                yield f"{item['name']} has no doc"
            for entry in item.get("entries", []):
                if not isinstance(entry, dict) or not entry.get("doc"):
                    yield f"an entry of {item['name']} has no doc"
    for name, (_, attrs) in spec.sets.items():
        for attr in attrs.values():
            if not attr.raw.get("doc"):
                yield f"{name}: {attr.name} has no doc"
            nested = attr.raw.get("nested-attributes")
            if (attr.kind == "nest") != bool(nested) or (nested and nested not in spec.sets):
                yield f"{name}: {attr.name} nests {nested}, which is no set"
            if attr.raw.get("enum", "mode") not in spec.defs:
                yield f"{name}: {attr.name} is of the enum {attr.raw['enum']}, which is not defined"
    for name, (whole, names) in spec.subsets.items():
        for attr in names:
            if whole not in spec.sets or attr not in spec.sets[whole][1]:
                yield f"{name} has {attr}, which {whole} has not"
    for name, (_, op) in spec.ops.items():
        if not op.get("doc"):
            yield f"{name} has no doc"
        lists = [op.get("event", {})] + [op.get(w, {}).get(d, {}) for w in ("do", "dump") for d in ("request", "reply")]
        for attr in (a for item in lists for a in item.get("attributes", [])):
            if attr not in spec.sets[TOP][1]:
                yield f"{name} has {attr}, which is not at the top level"
        if "do" in op and "dump" in op and not \
                set(op["dump"]["request"]["attributes"]) <= set(op["do"]["request"]["attributes"]):
            yield f"{name}: a dump takes what its do does not; they share a policy"


def run_checks(root):
    """Names of the checks, each with the sentences it has to say."""
    found = {}

    def check(name, function, *args):
        try:
            found[name] = list(function(*args))
        except (Unreadable, KeyError, IndexError) as error:
            found[name] = [f"can't be checked: {error}"]

    try:
        spec, header, kernel = Spec(root), Header(root), Kernel(root)
    except (Unreadable, OSError, yaml.YAMLError, KeyError) as error:
        return {"netlink: spec, header and kernel can be read": [str(error)]}
    check("netlink: the spec is whole", spec_itself, spec)
    check("netlink: header as in the spec", spec_and_header, spec, header)
    check("netlink: the family", family, spec, kernel)
    check("netlink: operations and policies as in the spec", spec_and_ops, spec, header, kernel)
    check("netlink: dumps refuse what they do not take", dump_refusals, spec, kernel)
    check("netlink: attributes are written and read as in the spec", replies, spec, kernel)
    check("netlink: limits that no policy can hold", code_limits, spec, kernel)
    check("netlink: events as in the spec", events, spec, kernel)
    check("netlink: libmgw as in the spec", library, spec, root)
    return found


# Differences, planted -------------------------------------------------------

# What is changed where, and what the sentence about it must have.
PLANTS = (
    (HEADER, r"(\tMGW_CMD_SERVICE_SET,)\n(\tMGW_CMD_SERVICE_DEL,)", r"\2\n\1", "MGW_CMD_SERVICE_SET is 3 in the spec, 4"),
    (HEADER, r"\tMGW_A_RS_WEIGHT,.*\n", "", "MGW_A_RS_WEIGHT is in the spec, not in the header"),
    (HEADER, r"(MGW_WEIGHT_MAX\t+)65535", r"\g<1>100", "MGW_WEIGHT_MAX is 65535 in the spec, 100"),
    (HEADER, r"(\tMGW_COUNTER_DROP_TTL,)", r"\1\n\tMGW_COUNTER_DROP_NEW,", "MGW_COUNTER_DROP_NEW is in the header"),
    (HEADER, r"(MGW_A_RS_WEIGHT,\s*/\* )u32", r"\1u64", "MGW_A_RS_WEIGHT is u32 in the spec, u64"),
    (SPEC, r"name: laddr-spilled\n", "name: laddr-spillt\n", "MGW_COUNTER_LADDR_SPILLT is in the spec"),
    (SPEC, r"\n +doc: Live sessions\.", "", "sessions has no doc"),
    (SPEC, r"(name: rs-del\n(?:.*\n){5}\s+attributes: )\[ service, rs \]", r"\1[ rs ]", "takes MGW_A_SERVICE"),
    (SPEC, r"(name: service-del-ntf\n.*\n\s+value: )4", r"\g<1>5", "service-del-ntf has number 5"),
    ("kmod/netlink.c", r"MGW_OP\(STATS_ZERO, nothing_policy\),\n", "MGW_OP(STATS_ZERO, laddr_policy),\n", "takes MGW_A_LADDR"),
    ("kmod/netlink.c", r",[ \t]*\\\n[ \t]*\.flags = GENL_UNS_ADMIN_PERM", "", "not GENL_UNS_ADMIN_PERM"),
    ("kmod/netlink.c", r"\{\s*MGW_OP\(SESSION_FLUSH(?:.*\n){2}\t\}, ", "", "MGW_CMD_SESSION_FLUSH is in the spec, not among"),
    ("kmod/netlink_msg.c", r", MGW_NL_GROUP_ADMIN", "", "all users may listen"),
    ("kmod/netlink_msg.c", r"(\.netnsok = true,)", r"\1 .resv_start_op = __MGW_CMD_MAX,", "has a .resv_start_op"),
    ("kmod/netlink_rs.c", r"(\[MGW_A_RS_WEIGHT\] = \{ \.type = )NLA_U32", r"\1NLA_U64", "MGW_A_RS_WEIGHT is u32 in the spec, u64"),
    ("kmod/netlink_rs.c", r"(\[MGW_A_RS_RPORT\] = )MGW_NLA_PORT", r"\1MGW_NLA_ADDR", "MGW_A_RS_RPORT is be16"),
    ("kmod/netlink_attr.h", r"NLA_POLICY_RANGE\(NLA_BINARY, 4, 16\)", "NLA_POLICY_RANGE(NLA_BINARY, 4, 15)", "has limits"),
    ("kmod/netlink_laddr.c", r"MGW_POOL_NAME_MAX - 1", "MGW_POOL_NAME_MAX", "MGW_A_LADDR_POOL has at most 31"),
    ("kmod/netlink_service.c", r"NLA_POLICY_NESTED\(timeout_policy\)", "{ .type = NLA_U32 }", "MGW_A_SERVICE_TIMEOUTS is nest"),
    ("kmod/netlink_laddr.c", r"\n\s+event\(mnet, MGW_CMD_LADDR_DEL, &spec\);", "\n\t\t;", "never sends MGW_CMD_LADDR_DEL"),
    (LIBRARY + "/stats.cpp", r"MGW_COUNTER_DROP_TTL,", "MGW_COUNTER_DROP_MARTIAN,", "no row for MGW_COUNTER_DROP_TTL"),
    (LIBRARY + "/words.cpp", r'"fin_wait",', '"finwait",', "libmgw has the words"),
)


def planted(root, known):
    """Sentences about what was planted and not found."""
    with tempfile.TemporaryDirectory() as name:
        copy = pathlib.Path(name)
        for path in [SPEC, HEADER, *(p.relative_to(root) for p in root.glob("kmod/netlink*.[ch]"))]:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, copy / path)
        shutil.copytree(root / LIBRARY, copy / LIBRARY)
        for path, old, new, sentence in PLANTS:
            whole = (copy / path).read_text() if (copy / path).is_file() else ""
            changed = re.sub(old, new, whole, count=1)
            if changed == whole:
                yield f"nothing like {old} in {path}: plant another difference"
                continue
            (copy / path).write_text(changed)
            said = {p for problems in run_checks(copy).values() for p in problems} - known
            (copy / path).write_text(whole)
            if not any(sentence in problem for problem in said):
                yield f"{path} without {old}: nobody says \"{sentence}\""


def main():
    parser = argparse.ArgumentParser(description="the netlink contract is the same in all its places")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    root = parser.parse_args().root.resolve()
    checks = run_checks(root)
    known = {problem for problems in checks.values() for problem in problems}
    if len(checks) > 1:
        checks[f"netlink: {len(PLANTS)} planted differences are found"] = list(planted(root, known))
    return findings.report(checks)


if __name__ == "__main__":
    sys.exit(main())
