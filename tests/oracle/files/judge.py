#!/usr/bin/python3
"""Arrays written by NumPy and Dask, copied by oracle_files, and read again: equal to the bit."""
import argparse
import os
import subprocess
import sys
import tempfile

import dask
import dask.array
import numpy as np

TYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16"]


def array_of(random, least):
    shape = tuple(int(n) for n in random.integers(0, 9, random.integers(least, 5)))
    if random.random() < 0.2 and shape:
        shape = shape[:-1] + (3000,)
    order = "<" if random.random() < 0.7 else ">"
    elements = random.integers(0, 2**31, shape) * random.choice([-1.5, 0.25, 1])
    with np.errstate(all="ignore"):  # numbers that a dtype does not hold
        return elements.astype(order + TYPES[random.integers(len(TYPES))])


def write(directory, number, random):
    """Writes one case and returns the array."""
    stack = random.random() < 0.4
    x = array_of(random, 1 if stack else 0)
    if not stack:
        if random.random() < 0.4:
            x = np.asfortranarray(x)
        with open(f"{directory}/{number}.npy", "wb") as file:
            version = [(1, 0), (2, 0), (3, 0)][random.integers(3)]
            np.lib.format.write_array(file, x, version=version)
        return x
    x = x.astype(x.dtype.newbyteorder("="))
    chunks = tuple(max(1, int(random.integers(1, n + 2))) for n in x.shape)
    dask.array.to_npy_stack(f"{directory}/{number}", dask.array.from_array(x, chunks=chunks),
                            axis=int(random.integers(x.ndim)))
    return x


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--client", default="inline")
    options = parser.parse_args()
    dask.config.set(scheduler="synchronous")
    random = np.random.default_rng(options.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        source, target = f"{directory}/from", f"{directory}/to"
        os.mkdir(source)
        os.mkdir(target)
        arrays = [write(source, number, random) for number in range(options.cases)]
        run = subprocess.run([options.program, "--from", source, "--to", target, "--seed",
                              str(options.seed), "--client", options.client])
        for number, x in enumerate(arrays):
            try:
                if os.path.isdir(f"{source}/{number}"):
                    got = dask.array.from_npy_stack(f"{target}/{number}").compute()
                else:
                    got = np.load(f"{target}/{number}.npy")
                same = (got.shape == x.shape and got.dtype == x.dtype.newbyteorder("=") and
                        got.tobytes() == x.astype(got.dtype).tobytes())
                wrong = None if same else f"{got.dtype} {got.shape} is another array"
            except Exception as error:
                wrong = repr(error)
            if wrong:
                failed += 1
                print(f"case {number}, seed {options.seed}: {x.dtype.str} {x.shape}: {wrong}")
    print(f"seed {options.seed}, {options.client} client: {len(arrays)} files and stacks, "
          f"{failed} wrong")
    sys.exit(1 if failed or run.returncode != 0 else 0)


if __name__ == "__main__":
    main()
