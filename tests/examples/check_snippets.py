#!/usr/bin/env python3
"""Fails when a C++ snippet of docs/arrays.md is not, line by line, in a program under examples/."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def missing(document, programs):
    """The snippets that are a run of lines in none of the programs."""
    snippets = re.findall(r"^```cpp\n(.*?)^```$", document, re.M | re.S)
    return [one for one in snippets if not any("\n" + one in "\n" + text for text in programs)]


def main():
    assert missing("```cpp\na;\nb;\n```\n", ["x;\na;\nb;\n"]) == []
    assert missing("```cpp\na;\nb;\n```\n", ["a;\nx;\nb;\n", "a;\n"]) == ["a;\nb;\n"]
    document = (ROOT / "docs/arrays.md").read_text(encoding="utf-8")
    programs = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("examples/*.cpp"))]
    lost = missing(document, programs)
    if lost:
        sys.exit("docs/arrays.md has snippets that no program in examples/ has:\n" + "\n".join(lost))


if __name__ == "__main__":
    main()
