# SPDX-License-Identifier: GPL-2.0
"""What a lint has found, as KTAP."""


def report(checks):
    """Prints the names of the checks, each with the problems it has; 1 if there are any."""
    print(f"TAP version 13\n1..{len(checks)}")
    for number, (name, problems) in enumerate(checks.items(), 1):
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ok' if problems else 'ok'} {number} {name}")
    return int(any(checks.values()))
