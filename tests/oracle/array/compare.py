#!/usr/bin/python3
"""Runs oracle_array, computes every case again with NumPy, and compares.

Integers and bools must be equal; floating-point numbers within a relative tolerance of their
dtype and of the largest number that went in or came out (float64 1e-12, float32 2e-5: NumPy adds float32 in
float32, tartan in float64). dtype and shape must be equal. NaN equals NaN.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import scipy.linalg
import scipy.stats

RTOL = {"float32": 2e-5, "float64": 1e-12, "complex64": 2e-5, "complex128": 1e-12}


def largest(array):
    if array.dtype.kind == "b":
        return 1.0
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max()) if finite.size else 0.0


def difference(expected, got, scale, loosened):
    """A sentence on how they differ, or None. scale: the largest number that went in."""
    if expected.dtype != got.dtype:
        return f"dtype {got.dtype}, NumPy has {expected.dtype}"
    if expected.shape != got.shape:
        return f"shape {got.shape}, NumPy has {expected.shape}"
    rtol = RTOL.get(str(expected.dtype), 0) * loosened
    if rtol == 0:
        wrong = np.argwhere(np.atleast_1d(expected != got))
    else:
        atol = rtol * max(scale, largest(expected))
        close = np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
        wrong = np.argwhere(np.atleast_1d(~close))
    if len(wrong) == 0:
        return None
    at = tuple(int(i) for i in wrong[0])
    got, expected = np.atleast_1d(got), np.atleast_1d(expected)
    return f"{len(wrong)} of {got.size} elements, first at {at}: {got[at]!r}, NumPy has {expected[at]!r}"


def check(directory, case):
    number = case["case"]
    names = {n: np.load(f"{directory}/{number}.{n}.npy") for n in case["inputs"]}
    got = np.load(f"{directory}/{number}.result.npy")
    expected = np.asarray(eval(case["text"], {"np": np, "scipy": scipy}, names))
    scale = max([largest(x) for x in names.values()], default=0.0)
    return difference(expected, got, scale, case["loosened"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--client", default="inline")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--only", default="", help="one kind of case")
    options = parser.parse_args()
    # Numbers of source code are weak and 0-d arrays are not, as in NumPy 2 and in tartan.
    np._set_promotion_state("weak")
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    failed = 0
    kinds = {}
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run([options.program, "--dir", directory, "--client", options.client,
                              "--seed", str(options.seed), "--cases", str(options.cases),
                              "--only", options.only])
        with open(os.path.join(directory, "cases.jsonl")) as lines:
            cases = [json.loads(line) for line in lines]
        for case in cases:
            kinds[case["kind"]] = kinds.get(case["kind"], 0) + 1
            try:
                wrong = check(directory, case)
            except Exception as error:  # NumPy refuses what tartan computed
                wrong = f"NumPy raises {error!r}"
            if wrong:
                failed += 1
                print(f"case {case['case']} ({case['kind']}, seed {options.seed}): {case['text']} "
                      f"in chunks {case['chunks']}: {wrong}")
    print(f"seed {options.seed}, {options.client} client: {len(cases)} cases, {failed} wrong;",
          ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    if run.returncode != 0:
        print(f"oracle_array ended with {run.returncode}")
    if len(cases) != options.cases:
        print(f"{options.cases} cases were asked for")
    sys.exit(1 if failed or run.returncode != 0 or len(cases) != options.cases else 0)


if __name__ == "__main__":
    main()
