#!/usr/bin/env python3
"""Holds the rooms of docs/architecture.md against the #includes of the sources.

Fails on an include that goes another way than core <- scheduler, worker, client <- array <- ml,
on zmq, msgpack or BLAS headers outside their one place, and on files over 800 lines.
With --self-test it checks that each rule can fail.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

MAY_INCLUDE = {
    "core": {"core"},
    "scheduler": {"core", "scheduler"},
    "worker": {"core", "worker"},
    "client": {"core", "client"},
    "client/local": {"core", "client", "scheduler", "worker"},
    "array": {"core", "client", "array"},
    "ml": {"core", "client", "array", "ml"},
}
CORE_ORDER = ["base", "value", "graph", "wire", "net"]
# Third-party headers and the only places that may see them.
ONLY_IN = {
    r"zmq(_addon)?\.h(pp)?": ["core/net/", "benchmarks/"],
    r"msgpack(\.hpp|/.*)": ["core/wire/", "core/include/tartan/value/msgpack.hpp"],
    r"(cblas|lapacke|openblas_config|f77blas)\.h|xtensor-blas/.*": [
        "array/kernels/", "array/linalg/", "ml/kernels/", "benchmarks/"],
}
MAX_LINES = 800
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
SOURCES = (".hpp", ".cpp", ".h", ".py")


def public_headers(root):
    """Path as included -> room, for every public header."""
    found = {}
    for room in ("core", "scheduler", "worker", "client", "array", "ml"):
        base = root / room / "include"
        for header in base.rglob("*.hpp"):
            found[str(header.relative_to(base))] = str(header.relative_to(root))
    return found


def room_of(path):
    if path.startswith("client/local/"):
        return "client/local"
    return path.split("/")[0]


def core_part(path):
    match = re.match(r"core/(?:include/tartan/)?(\w+)/", path)
    return match.group(1) if match else None


def check(root):
    public = public_headers(root)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split()
    problems = []
    for name in listed:
        path = root / name
        if not name.endswith(SOURCES) or not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            problems.append(f"{name}: {len(lines)} lines, over {MAX_LINES}")
        room = room_of(name)
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            included = match.group(1)
            where = f"{name}:{number}"
            for pattern, places in ONLY_IN.items():
                if re.fullmatch(pattern, included) and not name.startswith("tests/") and not any(
                        name.startswith(place) for place in places):
                    problems.append(f"{where}: {included} may only be seen in {', '.join(places)}")
            target = public.get(included, included)
            if "/" not in target:  # a standard header such as <array>
                continue
            target_room = target.split("/")[0]
            if room not in MAY_INCLUDE or target_room not in MAY_INCLUDE:
                continue
            if target_room not in MAY_INCLUDE[room]:
                problems.append(f"{where}: {room} must not include {target_room} ({included})")
            here, there = core_part(name), core_part(target)
            if room == "core" and here in CORE_ORDER and there in CORE_ORDER:
                if CORE_ORDER.index(there) > CORE_ORDER.index(here):
                    problems.append(f"{where}: core/{here} must not include core/{there}")
    return problems


def self_test():
    cases = {
        "scheduler/state/a.cpp": "#include <worker/state/b.hpp>\n",
        "worker/state/a.cpp": "#include <scheduler/state/b.hpp>\n",
        "core/base/a.cpp": "#include <core/net/b.hpp>\n",
        "client/a.cpp": "#include <tartan/array/array.hpp>\n",
        "array/a.cpp": "#include <zmq.hpp>\n",
        "ml/a.cpp": "#include <cblas.h>\n",
        "core/base/b.cpp": "int x;\n" * (MAX_LINES + 1),
    }
    for name, text in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            subprocess.run(["git", "init", "-q"], cwd=root, check=True)
            header = root / "array/include/tartan/array/array.hpp"
            header.parent.mkdir(parents=True)
            header.write_text("#pragma once\n")
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
            if len(check(root)) != 1:
                sys.exit(f"self-test: the rule against {name!r} did not fail exactly once")
    print(f"self-test: {len(cases)} rules can fail")


def main():
    if "--self-test" in sys.argv:
        self_test()
        return
    root = pathlib.Path(__file__).resolve().parents[2]
    problems = check(root)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
