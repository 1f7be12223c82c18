#!/usr/bin/env python3
"""Metrics held against scikit-learn."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import metrics


class Metrics(Judge):
    def compare(self, name, y_true, y_pred, *weight, **params):
        theirs = getattr(metrics, name)(y_true, y_pred,
                                        **({"sample_weight": weight[0]} if weight else {}), **params)
        ours = self.metric(name, y_true, y_pred, *weight, **params)
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)

    def test_labels(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                rng = np.random.default_rng(seed)
                truth = rng.integers(0, 1 + seed, 200)
                found = np.where(rng.random(200) < 0.5, truth, rng.integers(-3, 4, 200))
                self.compare("normalized_mutual_info_score", truth, found)
                self.compare("accuracy_score", truth, found)
                self.compare("accuracy_score", truth, found, rng.uniform(0, 3, 200))

    def test_numbers(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                rng = np.random.default_rng(seed)
                truth = rng.normal(size=300) + 1e3 * (seed % 2)
                found = truth + rng.normal(size=300) * seed
                self.compare("r2_score", truth, found)
                self.compare("r2_score", truth, found, rng.uniform(0, 3, 300))

    def test_constant_targets(self):
        self.compare("r2_score", np.full(10, 3.0), np.full(10, 3.0))
        self.compare("r2_score", np.full(10, 3.0), np.full(10, 4.0))

    def test_different_lengths_are_refused(self):
        with self.refuses("y_true has the shape (3,), but y_pred (4,)"):
            self.metric("accuracy_score", np.arange(3), np.arange(4))


del Judge  # the base class has no tests of its own
unittest.main()
