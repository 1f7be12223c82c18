#!/usr/bin/env python3
"""Transformers held against scikit-learn."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import preprocessing


def table(seed, missing=0.0, dtype=float):
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(5, 900)), int(rng.integers(1, 30))
    x = rng.normal(size=(rows, columns)) * rng.uniform(0.01, 100, columns) + rng.normal(size=columns)
    x[:, rng.random(columns) < 0.2] = 7.25  # constant features
    x[rng.random(x.shape) < missing] = np.nan
    return x.astype(dtype), rng.uniform(0, 2, rows)


class StandardScaler(Judge):
    def compare(self, x, weight=None, rtol=1e-9, partial=0, **params):
        theirs = preprocessing.StandardScaler(**params).fit(x, sample_weight=weight)
        ours = self.fit("StandardScaler", x, sample_weight=weight, params=params,
                        calls=("transform", "inverse_transform"), partial=partial, save=True)
        np.testing.assert_allclose(ours.mean_, theirs.mean_, rtol=rtol, atol=1e-12)
        if params.get("with_std", True):
            np.testing.assert_allclose(ours.var_, theirs.var_, rtol=rtol, atol=1e-20)
            np.testing.assert_allclose(ours.scale_, theirs.scale_, rtol=rtol)
        np.testing.assert_allclose(
            ours.n_samples_seen_, np.broadcast_to(theirs.n_samples_seen_, x.shape[1]), rtol=1e-12)
        self.assertEqual(ours.transform.dtype, x.dtype)
        np.testing.assert_allclose(ours.transform, theirs.transform(x), rtol=rtol, atol=rtol)
        np.testing.assert_allclose(ours.inverse_transform, x, rtol=rtol * 100, atol=rtol * 100)

    def test_random_tables(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, weight = table(seed, missing=0.1 if seed % 2 else 0.0)
                self.compare(x)
                self.compare(x, with_mean=False)
                self.compare(x, with_std=False)
                self.compare(x, weight, rtol=1e-7)
                self.compare(x, partial=4)

    def test_float32(self):
        self.compare(table(3, dtype=np.float32)[0], rtol=2e-4)

    def test_large_means_do_not_cancel(self):
        x, _ = table(5)
        self.compare(x + 1e8, rtol=1e-6)


del Judge  # the base class has no tests of its own
unittest.main()
