#!/usr/bin/env python3
"""Logistic regression and generalised linear models held against scikit-learn, whose newton-cg and
saga solve the same problems with tight tolerances."""

import unittest
import warnings

import numpy as np
from judge import SEEDS, Judge
from sklearn import linear_model
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.metrics import d2_tweedie_score

warnings.simplefilter("ignore")
TIGHT = dict(tol=1e-9, max_iter=10_000)


def problem(seed, classes=2, rows=None):
    rng = np.random.default_rng(seed)
    rows, columns = rows or int(rng.integers(40, 500)), int(rng.integers(1, 12))
    x = rng.normal(size=(rows, columns)) * rng.uniform(0.2, 3, columns) + rng.normal(size=columns)
    eta = x @ rng.normal(size=(columns, classes)) * 0.5 + rng.gumbel(size=(rows, classes))
    y = eta.argmax(1)
    y[:classes] = np.arange(classes)
    return x, y * 3 - 1, rng.uniform(0, 2, rows)


class Logistic(Judge):
    calls = ("decision_function", "predict", "predict_proba", "score")

    def compare(self, x, y, weight=None, solver="lbfgs", class_weight=None, atol=1e-6, **params):
        smooth = params.get("penalty", "l2") in ("l2", None)
        theirs_solver = (dict(solver="newton-cg", tol=1e-8, max_iter=1000) if smooth
                         else dict(solver="saga", tol=1e-11, max_iter=100_000))
        ours_alone = dict(solver=solver, class_weight=class_weight, **TIGHT)
        theirs = linear_model.LogisticRegression(
            class_weight=dict(class_weight) if isinstance(class_weight, list) else class_weight,
            **params, **theirs_solver).fit(x, y, weight)
        for partial in (dict(chunk_rows=37), dict(chunk_rows=10_000, save=True)):
            ours = self.fit("LogisticRegression", x, y, weight, calls=self.calls,
                            params=dict(**params, **ours_alone), **partial)
            close = dict(rtol=1e-5, atol=atol)
            np.testing.assert_allclose(ours.coef_, theirs.coef_, **close)
            np.testing.assert_allclose(ours.intercept_, theirs.intercept_, **close)
            np.testing.assert_array_equal(ours.classes_, theirs.classes_)
            np.testing.assert_allclose(ours.decision_function, theirs.decision_function(x),
                                       rtol=1e-4, atol=1e-4)
            np.testing.assert_allclose(ours.predict_proba, theirs.predict_proba(x), atol=1e-5)
            sure = np.ptp(np.sort(theirs.predict_proba(x), 1)[:, -2:], 1) > 1e-4
            np.testing.assert_array_equal(ours.predict[sure], theirs.predict(x)[sure])
            self.assertAlmostEqual(ours.score, theirs.score(x, y, weight),
                                   delta=1e-9 if sure.all() else 0.02)

    def test_two_classes(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y, weight = problem(seed)
                self.compare(x, y, C=0.7)
                self.compare(x, y, weight, fit_intercept=False)
                self.compare(x, y, weight, class_weight="balanced")
                self.compare(x, y, class_weight=[[-1, 0.3], [2, 2.0]])

    def test_several_classes_share_a_softmax(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y, weight = problem(seed, classes=3 + seed % 3)
                self.compare(x, y, weight)
                self.compare(x, y, C=0.1, fit_intercept=False, class_weight="balanced")

    def test_without_a_penalty(self):
        x, y, weight = problem(4, rows=400)
        self.compare(x, y, weight, penalty=None, atol=1e-5)
        x, y, weight = problem(4, classes=3, rows=400)
        self.compare(x, y, penalty=None, atol=1e-5)

    def test_l1_and_elasticnet(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                x, y, _ = problem(seed, rows=150)
                self.compare(x, y, penalty="l1", C=0.1, atol=2e-5)
                self.compare(x, y, penalty="elasticnet", C=0.2, l1_ratio=0.6, atol=2e-5)
        x, y, _ = problem(5, classes=3, rows=150)
        self.compare(x, y, penalty="l1", C=0.3, fit_intercept=False, atol=2e-5)

    def test_all_solvers_find_the_same(self):
        x, y, weight = problem(11, rows=200)
        for solver in ("newton-cg", "gradient_descent", "proximal_grad", "admm"):
            with self.subTest(solver=solver):
                self.compare(x, y, weight, solver=solver, atol=2e-5)
        for solver in ("proximal_grad", "admm"):
            with self.subTest(solver=solver, penalty="l1"):
                self.compare(x, y, solver=solver, penalty="l1", C=0.2, atol=2e-5)
        x, y, weight = problem(12, classes=3, rows=200)
        for solver in ("newton-cg", "proximal_grad", "admm"):
            with self.subTest(solver=solver, classes=3):
                self.compare(x, y, weight, solver=solver, atol=2e-5)

    def test_data_sets(self):
        x, y = load_iris(return_X_y=True)
        self.compare(x, y, atol=1e-5)
        x, y = load_breast_cancer(return_X_y=True)
        self.compare((x - x.mean(0)) / x.std(0), y, atol=1e-5)

    def test_features_in_wild_units_cost_fewer_iterations_than_in_scikit_learn(self):
        x, y = load_breast_cancer(return_X_y=True)
        ours = self.fit("LogisticRegression", x, y, chunk_rows=100, params=dict(max_iter=10_000))
        theirs = linear_model.LogisticRegression(max_iter=10_000).fit(x, y)
        self.assertLess(ours.n_iter_, theirs.n_iter_[0])
        theirs = linear_model.LogisticRegression(solver="newton-cg", max_iter=1000, tol=1e-6)
        np.testing.assert_allclose(ours.coef_, theirs.fit(x, y).coef_, atol=1e-3)

    def test_float32_is_summed_in_float64(self):
        x, y, _ = problem(3)
        x = x.astype(np.float32)
        theirs = linear_model.LogisticRegression(solver="newton-cg", tol=1e-8, max_iter=1000)
        theirs.fit(x.astype(float), y)
        ours = self.fit("LogisticRegression", x, y, params=TIGHT, calls=("predict_proba",))
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-6)
        self.assertEqual(ours.predict_proba.dtype, np.float32)

    def test_far_away_rows_do_not_overflow(self):
        x = np.array([[-1e6], [-1.0], [1.0], [1e6]])
        ours = self.fit("LogisticRegression", x, np.array([0, 0, 1, 1]), calls=self.calls)
        self.assertTrue(np.isfinite(ours.coef_).all())
        np.testing.assert_array_equal(ours.predict, [0, 0, 1, 1])
        self.assertTrue(np.isfinite(ours.predict_proba).all())

    def test_bad_input_is_refused(self):
        x, y, weight = problem(1)
        for words, params in (("C is 0", {"C": 0.0}), ("l1_ratio is 2", {"l1_ratio": 2.0}),
                              ("takes the penalty l2", {"solver": "newton-cg", "penalty": "l1"}),
                              ("one of 'lbfgs'", {"solver": "sag"})):
            with self.refuses(words):
                self.fit("LogisticRegression", x, y, params=params)
        with self.refuses("at least 2 are needed"):
            self.fit("LogisticRegression", x, np.zeros(len(x), int))
        with self.refuses("which is no label"):
            self.fit("LogisticRegression", x, weight)
        with self.refuses("names the class 7"):
            self.fit("LogisticRegression", x, y, params={"class_weight": [[7, 1.0]]})
        with self.refuses("x contains NaN"):
            self.fit("LogisticRegression", x * np.nan, y)


class Generalised(Judge):
    calls = ("predict", "score")

    def compare(self, name, x, y, weight=None, solver="lbfgs", **params):
        theirs = getattr(linear_model, name)(
            **params, **TIGHT, **({} if name == "TweedieRegressor" and params.get("power") == 0
                                  else {"solver": "newton-cholesky"})).fit(x, y, weight)
        for partial in (dict(chunk_rows=37), dict(chunk_rows=10_000, save=True)):
            ours = self.fit(name, x, y, weight, params=dict(solver=solver, **params, **TIGHT),
                            calls=self.calls, **partial)
            close = dict(rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(ours.coef_, theirs.coef_, **close)
            np.testing.assert_allclose(ours.intercept_, theirs.intercept_, **close)
            np.testing.assert_allclose(ours.predict, theirs.predict(x), rtol=1e-4)
            # Of weighted rows scikit-learn 1.2's own score forgets the weights in a constant.
            power = params.get("power", {"GammaRegressor": 2}.get(name, 1))
            score = d2_tweedie_score(y, theirs.predict(x), sample_weight=weight, power=power)
            self.assertAlmostEqual(ours.score, score, places=6)

    def data(self, seed):
        x, _, weight = problem(seed)
        rng = np.random.default_rng(seed + 100)
        x /= 3
        return x, np.exp(x @ rng.normal(size=x.shape[1]) * 0.3 + 0.5), weight, rng

    def test_counts(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, mean, weight, rng = self.data(seed)
                y = rng.poisson(mean)
                self.compare("PoissonRegressor", x, y, alpha=0.1)
                self.compare("PoissonRegressor", x, y.astype(float), weight, alpha=1e-3)
                self.compare("PoissonRegressor", x, y, weight, fit_intercept=False)

    def test_positive_targets(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                x, mean, weight, rng = self.data(seed)
                y = rng.gamma(2, mean) + 1e-3
                self.compare("GammaRegressor", x, y, weight, alpha=0.1)
                self.compare("TweedieRegressor", x, y, weight, power=3, alpha=0.1)
                self.compare("TweedieRegressor", x, y, power=1.5, alpha=0.1)
                self.compare("TweedieRegressor", x, y, weight, power=0, alpha=0.1)
                self.compare("TweedieRegressor", x, y, power=0, link="log", alpha=0.1)

    def test_all_solvers_find_the_same(self):
        x, mean, weight, rng = self.data(2)
        for solver in ("newton-cg", "gradient_descent", "proximal_grad", "admm"):
            with self.subTest(solver=solver):
                self.compare("PoissonRegressor", x, rng.poisson(mean), weight, solver=solver,
                             alpha=0.1)

    def test_bad_input_is_refused(self):
        x, mean, _, _ = self.data(1)
        with self.refuses("but must not be negative"):
            self.fit("PoissonRegressor", x, -mean)
        with self.refuses("but must be above 0"):
            self.fit("GammaRegressor", x, mean * 0)
        with self.refuses("alpha is -1"):
            self.fit("PoissonRegressor", x, mean, params={"alpha": -1.0})
        with self.refuses("no distribution between 0 and 1"):
            self.fit("TweedieRegressor", x, mean, params={"power": 0.5})


del Judge  # the base class has no tests of its own
unittest.main()
