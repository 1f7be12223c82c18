#!/usr/bin/env python3
"""Naive Bayes held against scikit-learn."""

import unittest
import warnings

import numpy as np
from judge import SEEDS, Judge
from sklearn import naive_bayes
from sklearn.datasets import load_digits, load_iris

warnings.filterwarnings("ignore", message="alpha too small")
warnings.filterwarnings("ignore", message="The default value for `force_alpha`")


def problem(seed, dtype=float):
    rng = np.random.default_rng(seed)
    rows, columns, classes = int(rng.integers(50, 600)), int(rng.integers(1, 15)), 2 + seed % 4
    y = rng.integers(0, classes, rows) * 3 - 2
    y[:classes] = np.arange(classes) * 3 - 2
    x = rng.normal(size=(rows, columns)) * rng.uniform(0.1, 5, columns) + 0.5 * y[:, None]
    return x.astype(dtype), y, rng.uniform(0, 2, rows)


class NaiveBayes(Judge):
    attributes = {"GaussianNB": ("theta_", "var_", "class_prior_", "class_count_"),
                  "MultinomialNB": ("feature_count_", "class_count_", "feature_log_prob_",
                                    "class_log_prior_"),
                  "BernoulliNB": ("feature_count_", "class_count_", "feature_log_prob_",
                                  "class_log_prior_")}

    def agree(self, name, ours, theirs, x, y, weight=None, rtol=1e-7):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        for attribute in self.attributes[name]:
            np.testing.assert_allclose(getattr(ours, attribute), getattr(theirs, attribute),
                                       rtol=rtol, atol=rtol, err_msg=attribute)
        np.testing.assert_array_equal(ours.predict, theirs.predict(x))
        np.testing.assert_allclose(ours.predict_proba, theirs.predict_proba(x), rtol=100 * rtol,
                                   atol=rtol)
        self.assertAlmostEqual(ours.score, theirs.score(x, y, weight), places=9)

    def compare(self, name, x, y, weight=None, rtol=1e-7, **params):
        theirs = getattr(naive_bayes, name)(**params).fit(x, y, weight)
        for partial in (dict(chunk_rows=37), dict(chunk_rows=10_000, save=True)):
            ours = self.fit(name, x, y, weight, params=params, **partial,
                            calls=("predict", "predict_proba", "score"))
            self.agree(name, ours, theirs, x, y, weight, rtol)

    def parts(self, name, x, y, weight, **params):
        theirs = getattr(naive_bayes, name)(**params)
        for part in range(4):
            cut = slice(len(x) * part // 4, len(x) * (part + 1) // 4)
            theirs.partial_fit(x[cut], y[cut], np.unique(y),
                               None if weight is None else weight[cut])
        ours = self.fit(name, x, y, weight, params=params, partial=4, save=True,
                        classes=self.store("classes", np.unique(y)),
                        calls=("predict", "predict_proba", "score"))
        self.agree(name, ours, theirs, x, y, weight, 1e-6)

    def test_normal_features(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y, weight = problem(seed)
                self.compare("GaussianNB", x, y)
                self.compare("GaussianNB", x, y, weight, var_smoothing=1e-3)
                classes = len(np.unique(y))
                self.compare("GaussianNB", x, y, priors=[1 / classes] * classes)
                self.parts("GaussianNB", x, y, None)
                self.parts("GaussianNB", x, y, weight)

    def test_counts(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y, weight = problem(seed)
                x = np.floor(np.abs(x))
                self.compare("MultinomialNB", x, y)
                self.compare("MultinomialNB", x, y, weight, alpha=0.1, fit_prior=False)
                self.compare("MultinomialNB", x, y, alpha=list(np.arange(1, x.shape[1] + 1.0)))
                self.parts("MultinomialNB", x, y, weight)

    def test_features_that_are_there_or_not(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y, weight = problem(seed)
                self.compare("BernoulliNB", x, y)
                self.compare("BernoulliNB", x, y, weight, alpha=0.5, binarize=0.7)
                self.compare("BernoulliNB", (x > 0).astype(float), y, binarize=None,
                             fit_prior=False)
                self.parts("BernoulliNB", x, y, weight)

    def test_iris_and_digits(self):
        self.compare("GaussianNB", *load_iris(return_X_y=True))
        x, y = load_digits(return_X_y=True)
        self.compare("GaussianNB", x, y)
        self.compare("MultinomialNB", x, y)
        self.compare("BernoulliNB", x, y, binarize=7.0)

    def test_float32(self):
        x, y, _ = problem(2, np.float32)
        self.compare("GaussianNB", x, y, rtol=1e-5)
        self.compare("MultinomialNB", np.abs(x), y, rtol=1e-5)

    def test_bad_input_is_refused(self):
        x, y, weight = problem(1)
        with self.refuses("x holds negative values"):
            self.fit("MultinomialNB", x - 100, y)
        with self.refuses("the priors add up to 2"):
            self.fit("GaussianNB", x, y, params=dict(priors=[1.0, 1.0]))
        with self.refuses("priors and"):
            self.fit("GaussianNB", x, y, params=dict(priors=[0.5, 0.25, 0.125, 0.125]))
        with self.refuses("alpha is -1"):
            self.fit("BernoulliNB", x, y, params=dict(alpha=-1.0))
        with self.refuses("alpha has 1 values"):
            self.fit("BernoulliNB", np.hstack([x, x]), y, params=dict(alpha=[1.0]))
        with self.refuses("labels that are not among the classes"):
            self.fit("GaussianNB", x, y, partial=2, classes=self.store("classes", np.array([77])))
        with self.refuses("no label of a class"):
            self.fit("GaussianNB", x, x[:, 0])


del Judge  # the base class has no tests of its own
unittest.main()
