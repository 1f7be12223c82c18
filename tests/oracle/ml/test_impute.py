#!/usr/bin/env python3
"""Imputation held against scikit-learn."""

import unittest
import warnings

import numpy as np
from judge import SEEDS, Judge
from sklearn import impute

warnings.filterwarnings("ignore", message="Skipping features")


def gaps(seed, missing=np.nan, empty=False, dtype=float):
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(5, 500)), int(rng.integers(1, 12))
    x = rng.integers(-4, 5, size=(rows, columns)) + 0.25 * rng.integers(0, 2, columns)
    x[rng.random(x.shape) < 0.2] = missing
    if empty:
        x[:, columns // 2] = missing
    return x.astype(dtype)


class SimpleImputer(Judge):
    def compare(self, x, rtol=1e-9, **params):
        theirs = impute.SimpleImputer(**params).fit(x)
        sent = dict(params)
        if np.isnan(sent.get("missing_values", 0)):
            del sent["missing_values"]
        for partial in (dict(chunk_rows=41), dict(chunk_rows=10_000, save=True)):
            ours = self.fit("SimpleImputer", x, params=sent, calls=("transform",), **partial)
            np.testing.assert_allclose(ours.statistics_, theirs.statistics_.astype(float),
                                       rtol=rtol)
            np.testing.assert_allclose(ours.transform, theirs.transform(x), rtol=rtol)
            self.assertEqual(ours.transform.dtype, x.dtype)

    def test_every_strategy(self):
        for seed in SEEDS:
            for missing in (np.nan, -1.0):
                x = gaps(seed, missing, empty=seed % 3 == 0)
                for strategy in ("mean", "median", "most_frequent", "constant"):
                    with self.subTest(seed=seed, missing=missing, strategy=strategy):
                        self.compare(x, strategy=strategy, missing_values=missing)
                        self.compare(x, strategy=strategy, missing_values=missing,
                                     add_indicator=True)
                        self.compare(x, strategy=strategy, missing_values=missing,
                                     keep_empty_features=True)
        self.compare(x, strategy="constant", fill_value=2.5, missing_values=-1.0)

    def test_float32(self):
        for strategy in ("mean", "median", "most_frequent"):
            self.compare(gaps(3, dtype=np.float32), strategy=strategy, rtol=1e-6)

    def test_bad_input_is_refused(self):
        with self.refuses("contains NaN"):
            self.fit("SimpleImputer", gaps(1), params=dict(missing_values=0))
        with self.refuses("one of 'mean', 'median', 'most_frequent', 'constant' is wanted"):
            self.fit("SimpleImputer", gaps(1), params=dict(strategy="mode"))


del Judge  # the base class has no tests of its own
unittest.main()
