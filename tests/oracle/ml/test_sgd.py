#!/usr/bin/env python3
"""Stochastic gradient descent held against scikit-learn: without shuffling step for step."""

import unittest
import warnings

import numpy as np
from judge import Judge
from sklearn import linear_model

warnings.simplefilter("ignore")


def problem(seed, classes=2):
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(60, 400)), int(rng.integers(2, 12))
    x = rng.normal(size=(rows, columns))
    score = x @ rng.normal(size=(columns, classes)) + 0.3 * rng.normal(size=(rows, classes))
    return x, score.argmax(1) + 4, rng.uniform(0, 2, rows), score[:, 0]


class Descent(Judge):
    def compare(self, name, x, y, weight=None, calls=("predict", "score"), **params):
        class_weight = params.pop("class_weight", None)
        theirs_only = {}
        if class_weight is not None:
            theirs_only["class_weight"] = (dict(class_weight) if isinstance(class_weight, list)
                                           else class_weight)
        theirs = getattr(linear_model, name)(shuffle=False, **params, **theirs_only)
        theirs.fit(x, y, sample_weight=weight)
        params = dict(params, shuffle=False)
        if class_weight is not None:
            params["class_weight"] = class_weight
        for partial in (dict(chunk_rows=41), dict(chunk_rows=10_000, save=True)):
            ours = self.fit(name, x, y, weight, params=params, calls=calls, **partial)
            np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-7)
            np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-6, atol=1e-7)
            self.assertEqual(ours.n_iter_, theirs.n_iter_)
            for call in calls:
                theirs_gives = (theirs.score(x, y, weight) if call == "score"
                                else getattr(theirs, call)(x))
                np.testing.assert_allclose(getattr(ours, call), theirs_gives, rtol=1e-5,
                                           atol=1e-6)

    def test_losses_of_classifiers(self):
        for seed, loss in enumerate(("hinge", "log_loss", "modified_huber", "squared_hinge",
                                     "perceptron", "huber")):
            with self.subTest(loss=loss):
                x, y, weight, _ = problem(seed)
                calls = ["predict", "score", "decision_function"]
                if loss in ("log_loss", "modified_huber"):
                    calls.append("predict_proba")
                self.compare("SGDClassifier", x, y, loss=loss, alpha=0.01, calls=calls)
                self.compare("SGDClassifier", x, y, weight, loss=loss, alpha=0.01,
                             class_weight="balanced")
                x, y, weight, _ = problem(seed, classes=4)
                self.compare("SGDClassifier", x, y, weight, loss=loss, alpha=0.01, calls=calls,
                             class_weight=[[5, 3.0]])

    def test_losses_of_regressors(self):
        for seed, loss in enumerate(("squared_error", "huber", "epsilon_insensitive",
                                     "squared_epsilon_insensitive")):
            with self.subTest(loss=loss):
                x, _, weight, y = problem(seed)
                self.compare("SGDRegressor", x, y, loss=loss)
                self.compare("SGDRegressor", x, y, weight, loss=loss, fit_intercept=False)

    def test_penalties(self):
        for penalty in ("l1", "elasticnet", "l2", None):
            with self.subTest(penalty=penalty):
                x, y, weight, target = problem(7)
                self.compare("SGDClassifier", x, y, penalty=penalty, alpha=0.01)
                self.compare("SGDRegressor", x, target, weight, penalty=penalty, alpha=0.01)

    def test_rates_and_means(self):
        x, y, _, target = problem(8)
        for rate in ("constant", "invscaling", "adaptive", "optimal"):
            for average in (False, True, 100):
                with self.subTest(rate=rate, average=average):
                    self.compare("SGDClassifier", x, y, learning_rate=rate, eta0=0.05,
                                 average=average, alpha=0.01)
                    self.compare("SGDRegressor", x, target, learning_rate=rate, eta0=0.02,
                                 average=average, alpha=0.01)
        self.compare("SGDRegressor", x, target, tol=None, max_iter=7)

    def test_partial_fits_go_on(self):
        x, y, weight, target = problem(9, classes=3)
        for average in (False, True):
            # With a mean scikit-learn's second call starts at the mean of the intercepts and not at
            # where the walk's were.
            params = dict(shuffle=False, average=average, fit_intercept=not average)
            theirs = linear_model.SGDClassifier(**params)
            other = linear_model.SGDRegressor(**params)
            for part in range(4):
                rows = slice(len(x) * part // 4, len(x) * (part + 1) // 4)
                theirs.partial_fit(x[rows], y[rows], classes=[4, 5, 6], sample_weight=weight[rows])
                other.partial_fit(x[rows], target[rows])
            ours = self.fit("SGDClassifier", x, y, weight, partial=4, chunk_rows=29,
                            params=params, save=True,
                            classes=self.store("classes", np.array([4, 5, 6])))
            np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8, atol=1e-10)
            ours = self.fit("SGDRegressor", x, target, partial=4, chunk_rows=29,
                            params=params)
            np.testing.assert_allclose(ours.coef_, other.coef_, rtol=1e-8, atol=1e-10)

    def test_shuffled_walks_predict_as_well(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                x, y, _, target = problem(seed, classes=3)
                theirs = linear_model.SGDClassifier(random_state=0).fit(x, y).score(x, y)
                ours = self.fit("SGDClassifier", x, y, chunk_rows=50, calls=("score",)).score
                self.assertGreater(ours, theirs - 0.05)
                again = self.fit("SGDClassifier", x, y, chunk_rows=50, calls=("score",)).score
                self.assertEqual(ours, again)
                theirs = linear_model.SGDRegressor(random_state=0).fit(x, target).score(x, target)
                ours = self.fit("SGDRegressor", x, target, chunk_rows=50, calls=("score",)).score
                self.assertGreater(ours, theirs - 0.02)

    def test_float32(self):
        x, y, _, _ = problem(3)
        x = x.astype(np.float32)
        theirs = linear_model.SGDClassifier(shuffle=False).fit(x, y)
        ours = self.fit("SGDClassifier", x, y, params={"shuffle": False})
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8)

    def test_bad_input_is_refused(self):
        x, y, _, target = problem(1)
        with self.refuses("eta0 must be above 0"):
            self.fit("SGDClassifier", x, y, params={"learning_rate": "constant"})
        with self.refuses("this loss is for classes"):
            self.fit("SGDRegressor", x, target, params={"loss": "hinge"})
        with self.refuses("overflowed in epoch"):
            self.fit("SGDRegressor", x * 1e300, target)
        with self.refuses("there is no predict_proba with this loss"):
            self.fit("SGDClassifier", x, y, calls=("predict_proba",))
        with self.refuses("not among the classes"):
            self.fit("SGDClassifier", x, y, partial=2,
                     classes=self.store("classes", np.array([0, 4])))
        with self.refuses("needs all rows at once"):
            self.fit("SGDClassifier", x, y, partial=2, params={"class_weight": "balanced"})


del Judge  # the base class has no tests of its own
unittest.main()
