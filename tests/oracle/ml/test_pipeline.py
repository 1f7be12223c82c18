#!/usr/bin/env python3
"""Pipelines, unions and column transformers held against scikit-learn."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import compose, decomposition, linear_model, naive_bayes, pipeline, preprocessing


def est(type_, **params):
    return {"$estimator": type_, "params": params}


def problem(seed):
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(40, 300))
    x = rng.normal(size=(rows, 6)) * rng.uniform(0.1, 10, 6) + rng.normal(size=6)
    x[:, 5] = rng.integers(0, 3, rows)
    y = x @ rng.normal(size=6) + rng.normal(size=rows)
    return x, y, rng.uniform(0.1, 2, rows)


class Pipeline(Judge):
    def test_a_regression_behind_a_scaler_and_components(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, y, weight = problem(seed)
                theirs = pipeline.Pipeline([("scale", preprocessing.StandardScaler()),
                                            ("pca", decomposition.PCA(3)),
                                            ("fit", linear_model.Ridge(alpha=0.5))])
                steps = [["scale", est("StandardScaler")], ["pca", est("PCA", n_components=3)],
                         ["fit", est("Ridge", alpha=7.0)]]
                for w in (None, weight):
                    theirs.fit(x, y, fit__sample_weight=w)
                    ours = self.fit("Pipeline", x, y, w, calls=("predict", "score"), chunk_rows=37,
                                    save=bool(seed % 2), params=dict(steps=steps, fit__alpha=0.5))
                    np.testing.assert_allclose(ours.predict, theirs.predict(x), rtol=1e-8)
                    self.assertAlmostEqual(ours.score, theirs.score(x, y, w), places=9)
                theirs.set_params(scale="passthrough", pca__whiten=True).fit(x, y)
                ours = self.fit("Pipeline", x, y, calls=("predict",), save=True,
                                params=dict(steps=steps, fit__alpha=0.5, scale="passthrough",
                                            pca__whiten=True))
                np.testing.assert_allclose(ours.predict, theirs.predict(x), rtol=1e-8)

    def test_a_classifier_gives_probabilities(self):
        x, _, _ = problem(1)
        y = x[:, 5].astype(np.int64) + 4
        theirs = pipeline.make_pipeline(preprocessing.MinMaxScaler(), naive_bayes.GaussianNB())
        theirs.fit(x[:, :5], y)
        ours = self.fit("Pipeline", x[:, :5], y, calls=("predict", "predict_proba", "score"),
                        params=dict(steps=[["a", est("MinMaxScaler")], ["b", est("GaussianNB")]]))
        np.testing.assert_array_equal(ours.predict, theirs.predict(x[:, :5]))
        np.testing.assert_allclose(ours.predict_proba, theirs.predict_proba(x[:, :5]), rtol=1e-7)
        self.assertAlmostEqual(ours.score, theirs.score(x[:, :5], y))

    def test_transformers_there_and_back(self):
        x, _, _ = problem(2)
        theirs = pipeline.make_pipeline(preprocessing.StandardScaler(), decomposition.PCA(2))
        transformed = theirs.fit_transform(x)
        ours = self.fit("Pipeline", x, calls=("transform", "inverse_transform"), chunk_rows=29,
                        params=dict(steps=[["a", est("StandardScaler")],
                                           ["b", est("PCA", n_components=2)]]))
        np.testing.assert_allclose(ours.transform, transformed, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(ours.inverse_transform, theirs.inverse_transform(transformed),
                                   rtol=1e-7, atol=1e-9)

    def test_mistakes_are_refused(self):
        x, y, weight = problem(3)
        scale, ridge = ["scale", est("StandardScaler")], ["fit", est("Ridge")]
        with self.refuses("'fit' is a Ridge, which has no transform", "TypeError"):
            self.fit("Pipeline", x, y, params=dict(steps=[ridge, scale]))
        with self.refuses("'scale' is given twice"):
            self.fit("Pipeline", x, y, params=dict(steps=[scale, scale]))
        with self.refuses("two underscores"):
            self.fit("Pipeline", x, y, params=dict(steps=[["a__b", est("Ridge")]]))
        with self.refuses("there is no parameter 'fti__alpha'; there are steps, scale, fit"):
            self.fit("Pipeline", x, y, params=dict(steps=[scale, ridge], fti__alpha=1.0))
        with self.refuses("Ridge: there is no parameter 'beta'"):
            self.fit("Pipeline", x, y, params=dict(steps=[scale, ridge], fit__beta=1.0))
        with self.refuses("there are no steps"):
            self.fit("Pipeline", x, y)


class Union(Judge):
    def test_features_stand_beside_each_other(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, _, _ = problem(seed)
                theirs = pipeline.FeatureUnion(
                    [("scale", preprocessing.StandardScaler()), ("pca", decomposition.PCA(2)),
                     ("same", "passthrough"), ("none", "drop")], transformer_weights={"pca": 3.0})
                ours = self.fit("FeatureUnion", x, calls=("transform",), chunk_rows=31, save=True,
                                params=dict(transformer_list=[["scale", est("StandardScaler")],
                                                              ["pca", est("PCA", n_components=2)],
                                                              ["same", "passthrough"],
                                                              ["none", "drop"]],
                                            transformer_weights={"pca": 3.0}))
                np.testing.assert_allclose(ours.transform, theirs.fit_transform(x), rtol=1e-7,
                                           atol=1e-9)


class Columns(Judge):
    def test_every_remainder(self):
        for seed in SEEDS:
            x, _, _ = problem(seed)
            remainders = [("drop", "drop"), ("passthrough", "passthrough"),
                          (preprocessing.MinMaxScaler(), est("MinMaxScaler"))]
            for theirs_rest, ours_rest in remainders:
                with self.subTest(seed=seed, rest=theirs_rest):
                    theirs = compose.ColumnTransformer(
                        [("numbers", preprocessing.StandardScaler(), slice(0, 2)),
                         ("kinds", preprocessing.OneHotEncoder(), [-1]),
                         ("more", preprocessing.RobustScaler(), [3, 0])], remainder=theirs_rest,
                        sparse_threshold=0)
                    ours = self.fit(
                        "ColumnTransformer", x, calls=("transform",), chunk_rows=43, save=True,
                        params=dict(remainder=ours_rest, transformers=[
                            dict(name="numbers", transformer=est("StandardScaler"),
                                 columns=dict(start=0, stop=2)),
                            dict(name="kinds", transformer=est("OneHotEncoder"), columns=[-1]),
                            dict(name="more", transformer=est("RobustScaler"), columns=[3, 0])]))
                    np.testing.assert_allclose(ours.transform, theirs.fit_transform(x), rtol=1e-8,
                                               atol=1e-10)

    def test_columns_that_are_not_there_are_refused(self):
        x, _, _ = problem(0)
        with self.refuses("'a' names column 6, but x has 6 columns"):
            self.fit("ColumnTransformer", x, params=dict(transformers=[
                dict(name="a", transformer=est("StandardScaler"), columns=[6])]))


del Judge  # the base class has no tests of its own
unittest.main()
