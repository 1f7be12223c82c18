#!/usr/bin/env python3
"""Linear models held against scikit-learn."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import linear_model
from sklearn.datasets import load_diabetes


def problem(seed, targets=1):
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(20, 800)), int(rng.integers(1, 19))
    x = rng.normal(size=(rows, columns)) * rng.uniform(0.1, 10, columns) + rng.normal(size=columns)
    y = x @ rng.normal(size=(columns, targets)) + 5 + rng.normal(size=(rows, targets))
    return x, y[:, 0] if targets == 1 else y, rng.uniform(0, 2, rows)


class LeastSquares(Judge):
    calls = ("predict", "score")

    def compare(self, name, x, y, weight=None, rtol=1e-8, atol=1e-9, **params):
        theirs = getattr(linear_model, name)(**params).fit(x, y, weight)
        for partial in (dict(chunk_rows=37), dict(chunk_rows=10_000, save=True)):
            ours = self.fit(name, x, y, weight, params=params, calls=self.calls, **partial)
            np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=rtol, atol=atol)
            np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=rtol, atol=atol)
            np.testing.assert_allclose(ours.predict, theirs.predict(x), rtol=rtol, atol=atol)
            self.assertAlmostEqual(ours.score, theirs.score(x, y, weight),
                                   places=9 if x.dtype == float else 5)

    def test_random_problems_have_the_same_coefficients(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y, weight = problem(seed)
                for intercept in (True, False):
                    self.compare("LinearRegression", x, y, fit_intercept=intercept)
                    self.compare("LinearRegression", x, y, weight, fit_intercept=intercept)
                    self.compare("Ridge", x, y, alpha=3.5, fit_intercept=intercept)
                    self.compare("Ridge", x, y, weight, alpha=0.2, fit_intercept=intercept)

    def test_several_targets_at_once(self):
        x, y, weight = problem(3, targets=4)
        self.compare("LinearRegression", x, y)
        self.compare("Ridge", x, y, weight, alpha=1.0)

    def test_fewer_rows_than_columns_gives_the_least_norm(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(10, 30)), rng.normal(size=10)
        self.compare("LinearRegression", x, y)
        self.compare("Ridge", x, y, alpha=0.5)

    def test_columns_that_repeat_share_their_coefficient(self):
        x, y, _ = problem(5)
        self.compare("LinearRegression", np.hstack([x, x[:, :1]]), y, rtol=1e-6)

    def test_diabetes(self):
        x, y = load_diabetes(return_X_y=True)
        self.compare("LinearRegression", x, y)
        self.compare("Ridge", x, y)

    def test_float32_keeps_its_precision(self):
        x, y, _ = problem(7)
        self.compare("LinearRegression", x.astype(np.float32), y.astype(np.float32), rtol=2e-4,
                     atol=1e-3)

    def test_bad_input_is_refused(self):
        x, y, weight = problem(1)
        with self.refuses("x contains NaN (1 elements)"):
            bad = x.copy()
            bad[3, 0] = np.nan
            self.fit("Ridge", bad, y)
        with self.refuses("y contains infinity"):
            bad = y.copy()
            bad[0] = np.inf
            self.fit("Ridge", x, bad)
        with self.refuses(f"x has {len(x)} rows, but y has {len(y) - 1}"):
            self.fit("LinearRegression", x, y[1:])
        with self.refuses("must be 2-D"):
            self.fit("LinearRegression", y, y)
        with self.refuses("sample_weight has negative values"):
            self.fit("Ridge", x, y, -weight)
        with self.refuses("alpha is -1"):
            self.fit("Ridge", x, y, params={"alpha": -1.0})
        with self.refuses("there is no parameter 'beta'; there are alpha, fit_intercept"):
            self.fit("Ridge", x, y, params={"beta": 1})
        with self.refuses("a number is wanted, not 'much'", "TypeError"):
            self.fit("Ridge", x, y, params={"alpha": "much"})
        with self.refuses("features, but the model was fitted with"):
            self.fit("Ridge", x, y, x_test=np.hstack([x, x]), calls=("predict",))


del Judge  # the base class has no tests of its own
unittest.main()
