#!/usr/bin/env python3
"""Splits, searches and validation held against scikit-learn."""

import unittest
import warnings

import numpy as np
from judge import SEEDS, Judge, to_array
from sklearn import (decomposition, linear_model, model_selection, naive_bayes, pipeline,
                     preprocessing, svm)
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_classification


class Splits(Judge):
    def folds(self, splitter, rows, y=None, groups=None, **options):
        answer = self.ask(what="split", splitter=splitter, rows=rows, options=options,
                          y=self.store("y", y), groups=self.store("groups", groups))
        return [(np.array(a), np.array(b)) for a, b in answer["folds"]]

    def compare(self, splitter, rows, y=None, groups=None, **options):
        ours = self.folds(splitter, rows, y, groups, **options)
        if "shuffle" in options and not options["shuffle"]:
            options.pop("random_state", None)
        theirs = getattr(model_selection, splitter)(**options).split(np.zeros(rows), y, groups)
        for (train, test), (their_train, their_test) in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(train, their_train)
            np.testing.assert_array_equal(test, their_test)

    def test_folds_are_those_of_scikit_learn(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rng = np.random.default_rng(seed)
                rows, n = int(rng.integers(20, 500)), int(rng.integers(2, 8))
                y = rng.choice([5, -1, 7, 3][:2 + seed % 3], rows)
                for shuffle in (False, True):
                    self.compare("KFold", rows, n_splits=n, shuffle=shuffle, random_state=seed)
                    self.compare("StratifiedKFold", rows, y, n_splits=n, shuffle=shuffle,
                                 random_state=seed)
                self.compare("ShuffleSplit", rows, n_splits=n, random_state=seed)
                self.compare("ShuffleSplit", rows, n_splits=n, random_state=seed, test_size=0.3,
                             train_size=0.5)
                self.compare("ShuffleSplit", rows, n_splits=n, random_state=seed, test_size=7)
                self.compare("TimeSeriesSplit", rows, n_splits=n)
                self.compare("TimeSeriesSplit", rows, n_splits=n, gap=2, test_size=2,
                             max_train_size=6)
                sizes = rng.permutation(np.arange(1, 12))  # different, so that no order is open
                groups = rng.permutation(np.repeat(np.arange(11), sizes))
                self.compare("GroupKFold", len(groups), None, groups, n_splits=n)

    def test_train_test_split(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                rng = np.random.default_rng(seed)
                rows = int(rng.integers(30, 300))
                y = rng.integers(0, 3, rows)
                for options in ({}, {"test_size": 0.4}, {"train_size": 12}, {"shuffle": False},
                                {"test_size": 0.2, "train_size": 0.3}):
                    for stratify in (None, y):
                        if stratify is not None and "shuffle" in options:
                            continue
                        ours = to_array(self.ask(what="train_test_split", rows=rows,
                                                 options={**options, "random_state": seed},
                                                 stratify=self.store("y", stratify)))
                        train, test = model_selection.train_test_split(
                            np.arange(rows), random_state=seed, stratify=stratify, **options)
                        np.testing.assert_array_equal(ours["train"], train)
                        np.testing.assert_array_equal(ours["test"], test)

    def test_what_cannot_be_split_is_refused(self):
        with self.refuses("n_splits is 6, which is more than the 5 rows"):
            self.folds("KFold", 5, n_splits=6)
        with self.refuses("at least 2 folds"):
            self.folds("KFold", 5, n_splits=1)
        with self.refuses("y is needed"):
            self.folds("StratifiedKFold", 5)
        with self.refuses("more than the 2 groups"):
            self.folds("GroupKFold", 6, None, np.array([0, 0, 0, 1, 1, 1]), n_splits=3)
        with self.refuses("test_size is 50"):
            self.folds("ShuffleSplit", 50, test_size=50)


class Search(Judge):
    def search(self, type_, x, y, grid, params=None, **options):
        return to_array(self.ask(what="search", type=type_, params=params or {}, grid=grid,
                                 chunk_rows=150, x=self.store("x", x), y=self.store("y", y),
                                 **options))

    def test_the_runs_of_dasks_tutorial(self):
        x, y = make_classification(n_samples=1000, n_features=4, random_state=0)
        fitted = self.fit("SVC", x, y, calls=("score",))
        self.assertAlmostEqual(fitted.score, 0.96, places=3)
        weak = self.fit("SVC", x, y, params={"C": 0.00001}, calls=("score",))
        self.assertAlmostEqual(weak.score, 0.502, places=3)
        folds = {"splitter": "StratifiedKFold", "options": {"n_splits": 2}}
        found = self.search("SVC", x, y, {"C": [0.001, 10.0], "kernel": ["rbf", "poly"]},
                            params={"gamma": "auto"}, **folds)
        np.testing.assert_allclose(found["columns"]["mean_test_score"],
                                   [0.502, 0.664, 0.96, 0.955], atol=6e-4)
        self.assertEqual(found["params"][found["best_index"]], {"C": 10.0, "kernel": "rbf"})
        found = self.search("SVC", x, y, {"C": [0.001, 0.1, 1.0, 2.5, 10]},
                            params={"gamma": "auto"})
        self.assertEqual(found["params"][found["best_index"]], {"C": 2.5})
        self.assertAlmostEqual(found["best_score"], 0.963, places=3)

    def test_results_are_scikit_learns(self):
        x, y = load_iris(return_X_y=True)
        grid = {"C": [0.1, 1.0, 10.0], "kernel": ["linear", "rbf"]}
        ours = self.search("SVC", x, y, grid, return_train_score=True)
        theirs = model_selection.GridSearchCV(svm.SVC(), grid, return_train_score=True).fit(x, y)
        self.assertEqual(ours["params"], theirs.cv_results_["params"])
        for column, values in theirs.cv_results_.items():
            if "score" in column and "time" not in column:
                np.testing.assert_allclose(ours["columns"][column], values, atol=1e-12,
                                           err_msg=column)
        self.assertEqual(ours["best_index"], theirs.best_index_)
        self.assertAlmostEqual(ours["best_score"], theirs.best_score_)
        np.testing.assert_array_equal(ours["predict"], theirs.predict(x))
        self.assertAlmostEqual(ours["score"], theirs.score(x, y))

    def test_several_grids_and_scores(self):
        x, y = load_diabetes(return_X_y=True)
        grids = [{"alpha": [0.1, 1.0]}, {"alpha": [5.0], "fit_intercept": [True, False]}]
        ours = self.search("Ridge", x, y, grids, scoring=["r2", "score"], refit_score="r2")
        theirs = model_selection.GridSearchCV(linear_model.Ridge(), grids).fit(x, y)
        np.testing.assert_allclose(ours["columns"]["mean_test_r2"],
                                   theirs.cv_results_["mean_test_score"])
        self.assertEqual(ours["best_index"], theirs.best_index_)

    def test_a_pipeline_searched_step_by_step(self):
        x, y = load_iris(return_X_y=True)
        steps = [["scale", {"$estimator": "StandardScaler"}],
                 ["pca", {"$estimator": "PCA"}], ["svc", {"$estimator": "SVC"}]]
        grid = {"pca__n_components": [1, 2, 3], "svc__C": [0.1, 1.0], "scale__with_std": [True, False]}
        ours = self.search("Pipeline", x, y, grid, params={"steps": steps})
        theirs = model_selection.GridSearchCV(
            pipeline.Pipeline([("scale", preprocessing.StandardScaler()),
                               ("pca", decomposition.PCA()), ("svc", svm.SVC())]), grid).fit(x, y)
        np.testing.assert_allclose(ours["columns"]["mean_test_score"],
                                   theirs.cv_results_["mean_test_score"])
        np.testing.assert_array_equal(ours["predict"], theirs.predict(x))

    def test_fits_that_throw_score_what_was_said(self):
        x, y = load_iris(return_X_y=True)
        # The first fold of a series has rows of one class only.
        found = self.search("SVC", x, np.where(y == 2, 1, y), {"C": [1.0]}, error_score=-1.0,
                            refit=False, splitter="TimeSeriesSplit", options={"n_splits": 5})
        self.assertEqual(found["columns"]["split0_test_score"][0], -1)
        self.assertGreater(found["columns"]["split4_test_score"][0], 0)
        with self.refuses("at least 2 are needed", "other"):
            self.search("SVC", x, np.where(y == 2, 1, y), {"C": [1.0]}, refit=False,
                        splitter="TimeSeriesSplit", options={"n_splits": 5})

    def test_bad_searches_are_refused(self):
        x, y = load_iris(return_X_y=True)
        with self.refuses("there is no parameter 'D'"):
            self.search("SVC", x, y, {"D": [1.0]})
        with self.refuses("no values for the parameter 'C'"):
            self.search("SVC", x, y, {"C": []})
        with self.refuses("there is no score 'beauty'"):
            self.search("SVC", x, y, {"C": [1.0]}, scoring=["beauty"])
        with self.refuses("say by refit_score"):
            self.search("SVC", x, y, {"C": [1.0]}, scoring=["accuracy", "score"])


class Validation(Judge):
    def select(self, what, type_, x, y, **options):
        return to_array(self.ask(what=what, type=type_, chunk_rows=200, x=self.store("x", x),
                                 y=self.store("y", y), **options))

    def test_cross_validation(self):
        x, y = load_iris(return_X_y=True)
        ours = self.select("cross_validate", "SVC", x, y, return_train_score=True)
        theirs = model_selection.cross_validate(svm.SVC(), x, y, return_train_score=True)
        np.testing.assert_allclose(ours["test"]["score"], theirs["test_score"])
        np.testing.assert_allclose(ours["train"]["score"], theirs["train_score"])
        x, y = load_diabetes(return_X_y=True)
        ours = self.select("cross_validate", "Ridge", x, y, splitter="ShuffleSplit",
                           options={"n_splits": 4, "random_state": 3})
        cv = model_selection.ShuffleSplit(4, random_state=3)
        np.testing.assert_allclose(ours["test"]["score"],
                                   model_selection.cross_val_score(linear_model.Ridge(), x, y, cv=cv))

    def test_scores_by_name(self):
        x, y = make_classification(200, 6, random_state=3)
        names = ["accuracy", "balanced_accuracy", "f1", "f1_macro", "precision", "recall_weighted",
                 "jaccard", "matthews_corrcoef", "roc_auc", "average_precision"]
        ours = self.select("cross_validate", "SVC", x, y, scoring=names)
        theirs = model_selection.cross_validate(svm.SVC(), x, y, scoring=names)
        for name in names:
            np.testing.assert_allclose(ours["test"][name], theirs["test_" + name], err_msg=name)
        names = ["neg_log_loss", "roc_auc_ovr", "roc_auc_ovo", "f1_micro"]
        x, y = load_iris(return_X_y=True)
        ours = self.select("cross_validate", "GaussianNB", x, y, scoring=names)
        theirs = model_selection.cross_validate(naive_bayes.GaussianNB(), x, y, scoring=names)
        for name in names:
            np.testing.assert_allclose(ours["test"][name], theirs["test_" + name], err_msg=name)
        names = ["r2", "explained_variance", "max_error", "neg_mean_squared_error",
                 "neg_root_mean_squared_error", "neg_mean_absolute_error",
                 "neg_median_absolute_error", "neg_mean_absolute_percentage_error"]
        x, y = load_diabetes(return_X_y=True)
        ours = self.select("cross_validate", "Ridge", x, y, scoring=names)
        theirs = model_selection.cross_validate(linear_model.Ridge(), x, y, scoring=names)
        for name in names:
            np.testing.assert_allclose(ours["test"][name], theirs["test_" + name], err_msg=name)

    def test_predictions_of_unseen_rows(self):
        x, y = load_digits(return_X_y=True)
        x, y = x[:400], y[:400]
        for method in ("predict", "decision_function"):
            ours = self.select("cross_val_predict", "SVC", x, y, method=method)["value"]
            theirs = model_selection.cross_val_predict(svm.SVC(), x, y, method=method)
            np.testing.assert_allclose(ours, theirs, atol=5e-3)
        with self.refuses("is tested twice"):
            self.select("cross_val_predict", "SVC", x, y, splitter="ShuffleSplit")

    def test_curves(self):
        x, y = load_diabetes(return_X_y=True)
        ours = self.select("learning_curve", "Ridge", x, y, sizes=[0.2, 0.5, 1.0])
        sizes, train, test = model_selection.learning_curve(linear_model.Ridge(), x, y,
                                                            train_sizes=[0.2, 0.5, 1.0])
        np.testing.assert_array_equal(ours["at"], sizes)
        np.testing.assert_allclose(ours["train"], train)
        np.testing.assert_allclose(ours["test"], test)
        ours = self.select("validation_curve", "Ridge", x, y, parameter="alpha",
                           values=[0.01, 1.0, 100.0])
        train, test = model_selection.validation_curve(
            linear_model.Ridge(), x, y, param_name="alpha", param_range=[0.01, 1.0, 100.0])
        np.testing.assert_allclose(ours["train"], train)
        np.testing.assert_allclose(ours["test"], test)


del Judge  # the base class has no tests of its own
unittest.main()
