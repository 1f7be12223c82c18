#!/usr/bin/python3
"""Runs oracle_random and judges every sample by SciPy: Kolmogorov and Smirnov's test of continuous
distributions, chi-square of discrete ones, and mean and variance where the fourth moment is finite.
A sample fails when it would be as far off once in 100,000 times.
"""
import argparse
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import scipy.stats

LEAST = 1e-5


def distribution_p(sample, frozen):
    """How likely a sample is to be as far from its distribution."""
    if hasattr(frozen, "pmf"):
        # Bins of about 25 or more by the quantiles, so that long tails are one bin.
        edges = np.unique(frozen.ppf(np.linspace(0, 1, 101)[1:-1]))
        bounds = np.concatenate([[-np.inf], edges, [np.inf]])
        cumulative = np.concatenate([[0], frozen.cdf(edges), [1]])
        expected = np.diff(cumulative) * len(sample)
        observed = np.diff(np.searchsorted(np.sort(sample), bounds, side="right"))
        impossible = observed[expected < 1e-9].sum()
        if impossible:
            return 0.0
        keep = expected >= 5
        observed = np.append(observed[keep], observed[~keep].sum())
        expected = np.append(expected[keep], expected[~keep].sum())
        if expected[-1] < 5:
            observed = np.append(observed[:-2], observed[-2] + observed[-1])
            expected = np.append(expected[:-2], expected[-2] + expected[-1])
        if len(observed) < 2:
            return 1.0
        return scipy.stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue
    return scipy.stats.kstest(sample, frozen.cdf).pvalue


def moments_p(sample, frozen):
    mean, variance, _, kurtosis = (float(x) for x in frozen.stats(moments="mvsk"))
    if not np.isfinite([mean, variance, kurtosis]).all() or variance == 0 or kurtosis > 200:
        return 1.0
    n = len(sample)
    of_mean = abs(sample.mean() - mean) / np.sqrt(variance / n)
    of_variance = abs(sample.var() / variance - 1) / np.sqrt((kurtosis + 2) / n)
    return 2 * scipy.stats.norm.sf(max(of_mean, of_variance))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=50000)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run([options.program, "--dir", directory, "--seed", str(options.seed),
                              "--count", str(options.count)], stdout=subprocess.PIPE, text=True)
        names = run.stdout.splitlines()
        for number, name in enumerate(names):
            sample = np.fromfile(f"{directory}/{number}")
            frozen = eval(f"scipy.stats.{name}", {"np": np, "scipy": scipy})
            p = distribution_p(sample, frozen), moments_p(sample, frozen)
            if options.verbose:
                print(f"{name}: {p[0]:.2g} {p[1]:.2g}")
            if not min(p) >= LEAST or len(sample) != options.count:
                failed += 1
                print(f"{name}, seed {options.seed}: p of the distribution {p[0]:.2g}, "
                      f"of mean and variance {p[1]:.2g}")
    print(f"seed {options.seed}: {len(names)} distributions, {failed} wrong")
    sys.exit(1 if failed or run.returncode != 0 or not names else 0)


if __name__ == "__main__":
    main()
