#!/usr/bin/env python3
"""Estimators made of others, held against scikit-learn or against the models they are made of."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import linear_model, multiclass, preprocessing
from sklearn.datasets import load_iris, load_wine


def of(estimator, **params):
    return {"estimator": {"$estimator": estimator, "params": params}}


def problem(seed, targets=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(210, 4)) + 2
    y = x @ rng.normal(size=(4, targets)) + rng.normal(size=(210, targets))
    return x, y[:, 0] if targets == 1 else y, rng.uniform(0, 2, 210)


class OneVsRest(Judge):
    def test_regressors_tell_classes_apart(self):
        # scikit-learn's takes no weights.
        for x, y in (load_iris(return_X_y=True), load_wine(return_X_y=True)):
            for labels in (y, y[y > 0], 3 * y - 7):
                rows = x[:len(labels)] if len(labels) == len(y) else x[y > 0]
                theirs = multiclass.OneVsRestClassifier(linear_model.Ridge(0.5)).fit(rows, labels)
                for job in (dict(chunk_rows=37), dict(chunk_rows=10_000, save=True)):
                    ours = self.fit("OneVsRestClassifier", rows, labels,
                                    params=of("Ridge", alpha=0.5), calls=("predict", "score"),
                                    **job)
                    np.testing.assert_array_equal(ours.predict, theirs.predict(rows))
                    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
                    self.assertAlmostEqual(ours.score, theirs.score(rows, labels), places=12)

    def test_refusals(self):
        x, y = load_iris(return_X_y=True)
        with self.refuses("a Ridge has no predict_proba", "TypeError"):
            self.fit("OneVsRestClassifier", x, y, params=of("Ridge"), calls=("predict_proba",))
        with self.refuses("a Ridge has no decision_function", "TypeError"):
            self.fit("OneVsRestClassifier", x, y, params=of("Ridge"), calls=("decision_function",))
        with self.refuses("y holds 1 class"):
            self.fit("OneVsRestClassifier", x, 0 * y, params=of("Ridge"))


class PostFit(Judge):
    def test_predicts_as_the_model_does(self):
        for targets in (1, 3):
            x, y, weight = problem(1, targets)
            theirs = linear_model.Ridge(2.0).fit(x, y, weight)
            for job in (dict(chunk_rows=37), dict(chunk_rows=10_000, save=True)):
                ours = self.fit("ParallelPostFit", x, y, weight, params=of("Ridge", alpha=2.0),
                                calls=("predict", "score"), **job)
                np.testing.assert_allclose(ours.predict, theirs.predict(x), rtol=1e-9)
                self.assertAlmostEqual(ours.score, theirs.score(x, y, weight), places=10)

    def test_float32_stays(self):
        x, _, _ = problem(1)
        ours = self.fit("ParallelPostFit", x.astype(np.float32), params=of("StandardScaler"),
                        calls=("transform", "inverse_transform"))
        self.assertEqual(ours.transform.dtype, np.float32)
        np.testing.assert_allclose(ours.inverse_transform, x, rtol=1e-4)

    def test_clusters(self):
        x, _, _ = problem(1)
        ours = self.fit("ParallelPostFit", x, params=of("KMeans", n_clusters=3),
                        calls=("predict",))
        alone = self.fit("KMeans", x, params={"n_clusters": 3}, calls=("predict",))
        np.testing.assert_array_equal(ours.predict, alone.predict)

    def test_refusals(self):
        x, y, _ = problem(1)
        with self.refuses("Ridge has no transform", "TypeError"):
            self.fit("ParallelPostFit", x, y, params=of("Ridge"), calls=("transform",))
        with self.refuses("x has 2 features, but the model was fitted with 4"):
            self.fit("ParallelPostFit", x, y, params=of("Ridge"), calls=("predict",),
                     x_test=x[:, :2])


class InSteps(Judge):
    def test_block_after_block_is_all_at_once(self):
        x, _, weight = problem(2)
        theirs = preprocessing.StandardScaler().fit(x, sample_weight=weight)
        for job in (dict(chunk_rows=37), dict(chunk_rows=100, save=True), dict(partial=3)):
            ours = self.fit("Incremental", x, None, weight, params=of("StandardScaler"),
                            calls=("transform",), **job)
            np.testing.assert_allclose(ours.transform, theirs.transform(x), rtol=1e-9, atol=1e-12)

    def test_refusals(self):
        x, y, _ = problem(2)
        with self.refuses("a Ridge has no partial_fit", "TypeError"):
            self.fit("Incremental", x, y, params=of("Ridge"))


class Votes(Judge):
    def blocks(self, rows, chunk_rows):
        return [slice(first, first + chunk_rows) for first in range(0, rows, chunk_rows)]

    def test_regressors_are_averaged(self):
        for seed in SEEDS:
            for targets in (1, 2):
                x, y, weight = problem(seed, targets)
                models = [linear_model.Ridge().fit(x[b], y[b], weight[b])
                          for b in self.blocks(210, 50)]
                ours = self.fit("BlockwiseVotingRegressor", x, y, weight, params=of("Ridge"),
                                chunk_rows=50, calls=("predict",), save=bool(seed % 2))
                np.testing.assert_allclose(ours.predict,
                                           np.mean([m.predict(x) for m in models], 0), rtol=1e-8)

    def test_classifiers_vote(self):
        x, y = load_iris(return_X_y=True)
        for seed in SEEDS:
            order = np.random.default_rng(seed).permutation(150)
            rows, labels = x[order], 2 * y[order] - 1
            models = [multiclass.OneVsRestClassifier(linear_model.LinearRegression())
                      .fit(rows[b], labels[b]) for b in self.blocks(150, 40)]
            votes = np.array([m.predict(rows) for m in models])
            theirs = [np.unique(row, return_counts=True) for row in votes.T]
            ours = self.fit("BlockwiseVotingClassifier", rows, labels, chunk_rows=40,
                            calls=("predict", "score"), save=bool(seed % 2))
            expected = [values[np.argmax(counts)] for values, counts in theirs]
            np.testing.assert_array_equal(ours.predict, expected)
            self.assertAlmostEqual(ours.score, np.mean(expected == labels), places=12)

    def test_refusals(self):
        x, y = load_iris(return_X_y=True)
        with self.refuses("estimator is a Ridge, but must be a classifier", "TypeError"):
            self.fit("BlockwiseVotingClassifier", x, y, params=of("Ridge"))
        with self.refuses("estimator is a KMeans, but must be a regressor", "TypeError"):
            self.fit("BlockwiseVotingRegressor", x, y, params=of("KMeans"))
        with self.refuses("has no predict_proba to vote softly with", "TypeError"):
            self.fit("BlockwiseVotingClassifier", x, y, params={"voting": "soft"})
        with self.refuses("one of 'hard', 'soft' is wanted, not 'loud'"):
            self.fit("BlockwiseVotingClassifier", x, y, params={"voting": "loud"})


del Judge  # the base class has no tests of its own
unittest.main()
