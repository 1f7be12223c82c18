#!/usr/bin/env python3
"""Support vector machines held against scikit-learn, which uses LIBSVM too."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import svm
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.metrics import log_loss


def problem(seed):
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 5))
    x, y = make_classification(int(rng.integers(80, 400)), 8, n_informative=6, n_classes=classes,
                               flip_y=0.05, random_state=seed)
    return x, np.array([-3, 2, 7, 11])[y]


class SVC(Judge):
    calls = ("predict", "decision_function", "score")

    def compare(self, x, y, tol=1e-6, **params):
        theirs = svm.SVC(tol=tol, **params).fit(x, y)
        ours = self.fit("SVC", x, y, params={"tol": tol, **params}, calls=self.calls, save=True,
                        chunk_rows=70)
        np.testing.assert_array_equal(ours.predict, theirs.predict(x))
        self.assertEqual(ours.predict.dtype, y.dtype)
        np.testing.assert_allclose(ours.decision_function, theirs.decision_function(x),
                                   rtol=1e-3, atol=1e-3)
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-3, atol=1e-3)
        self.assertAlmostEqual(ours.score, theirs.score(x, y), places=12)
        both = set(ours.support_.tolist()) & set(theirs.support_.tolist())
        self.assertGreaterEqual(len(both), 0.98 * len(theirs.support_))
        np.testing.assert_array_equal(ours.support_vectors_, x[ours.support_])
        self.assertEqual(ours.n_support_.sum(), len(ours.support_))
        return ours, theirs

    def test_kernels_on_random_problems(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y = problem(seed)
                for kernel in ("rbf", "linear", "poly", "sigmoid"):
                    self.compare(x, y, kernel=kernel, C=0.7)
                self.compare(x, y, gamma="auto", C=10.0)
                self.compare(x, y, gamma=0.03, decision_function_shape="ovo")
                self.compare(x, y, kernel="poly", degree=2, coef0=1.0, shrinking=False)

    def test_class_weights(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y = problem(seed)
                self.compare(x, y, class_weight="balanced")
                theirs = svm.SVC(tol=1e-6, class_weight={-3: 5.0}).fit(x, y)
                ours = self.fit("SVC", x, y, calls=("predict",),
                                params={"tol": 1e-6, "class_weight": [[-3, 5.0]]})
                np.testing.assert_array_equal(ours.predict, theirs.predict(x))

    def test_dual_coefficients_of_iris(self):
        x, y = load_iris(return_X_y=True)
        ours, theirs = self.compare(x, y, tol=1e-8)
        order, their_order = np.argsort(ours.support_), np.argsort(theirs.support_)
        np.testing.assert_array_equal(ours.support_[order], theirs.support_[their_order])
        np.testing.assert_allclose(ours.dual_coef_[:, order], theirs.dual_coef_[:, their_order],
                                   atol=1e-4)

    def test_more_rows_than_a_whole_kernel_matrix_is_made_of(self):
        x, y = make_classification(4200, 5, random_state=1)
        self.compare(x, y, tol=1e-4)

    def test_digits_with_its_defaults(self):
        x, y = load_digits(return_X_y=True)
        self.compare(x, y, tol=1e-3)

    def test_probabilities_are_as_good_as_scikit_learns(self):
        for x, y in (load_iris(return_X_y=True), problem(0), problem(1)):
            theirs = svm.SVC(probability=True, random_state=0).fit(x, y)
            ours = self.fit("SVC", x, y, params={"probability": True}, calls=("predict_proba",))
            np.testing.assert_allclose(ours.predict_proba.sum(axis=1), 1)
            self.assertLess(log_loss(y, ours.predict_proba),
                            1.15 * log_loss(y, theirs.predict_proba(x)) + 0.02)

    def test_bad_input_is_refused(self):
        x, y = problem(0)
        with self.refuses("y holds 1 class, but at least 2 are needed"):
            self.fit("SVC", x, np.zeros(len(x), int))
        with self.refuses("which is no label of a class"):
            self.fit("SVC", x, x[:, 0])
        with self.refuses("C is 0"):
            self.fit("SVC", x, y, params={"C": 0.0})
        with self.refuses("needs a model that was fitted with probability"):
            self.fit("SVC", x, y, calls=("predict_proba",))
        with self.refuses("class_weight names the class 99"):
            self.fit("SVC", x, y, params={"class_weight": [[99, 1.0]]})
        with self.refuses("SVC has no fit with sample_weight", "TypeError"):
            self.fit("SVC", x, y, np.ones(len(x)))
        with self.refuses("one of 'scale', 'auto' is wanted, not 'big'"):
            self.fit("SVC", x, y, params={"gamma": "big"})


del Judge  # the base class has no tests of its own
unittest.main()
