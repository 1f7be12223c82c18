#!/usr/bin/env python3
"""Decompositions held against scikit-learn, signs and all."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import decomposition
from sklearn.datasets import load_digits, load_iris


def table(seed, rows=None, columns=None, dtype=float):
    """Singular values that fall, so that directions are well determined."""
    rng = np.random.default_rng(seed)
    rows = rows or int(rng.integers(30, 900))
    columns = columns or int(rng.integers(2, 25))
    x = rng.normal(size=(rows, columns)) * 1.5 ** -np.arange(columns)
    mix = np.linalg.qr(rng.normal(size=(columns, columns)))[0]
    return (x @ mix + rng.normal(size=columns) * 3).astype(dtype)


class Axes(Judge):
    calls = ("transform", "inverse_transform")

    def agree(self, ours, theirs, x, rtol, noise=True, atol=None):
        atol = atol or rtol * 10
        names = ["components_", "singular_values_", "explained_variance_",
                 "explained_variance_ratio_", "mean_"]
        for name in names if noise else names[:4]:
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=rtol,
                                       atol=atol, err_msg=name)
        if noise:
            np.testing.assert_allclose(ours.noise_variance_, theirs.noise_variance_, rtol=rtol,
                                       atol=atol)
            self.assertEqual(ours.n_components_, theirs.n_components_)
        transformed = theirs.transform(x)
        np.testing.assert_allclose(ours.transform, transformed, rtol=rtol, atol=100 * atol)
        np.testing.assert_allclose(ours.inverse_transform, theirs.inverse_transform(transformed),
                                   rtol=rtol, atol=100 * atol)
        self.assertEqual(ours.transform.dtype, transformed.dtype)


class PCA(Axes):
    def compare(self, x, rtol=1e-7, solvers=("full", "covariance_eigh", "auto"), **params):
        theirs = decomposition.PCA(svd_solver="full", **params).fit(x)
        for solver in solvers:
            for partial in (dict(chunk_rows=41), dict(chunk_rows=10_000, save=True)):
                ours = self.fit("PCA", x, params=dict(params, svd_solver=solver), calls=self.calls,
                                **partial)
                self.agree(ours, theirs, x, rtol)

    def test_random_tables(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x = table(seed)
                self.compare(x)
                self.compare(x, n_components=max(1, x.shape[1] // 2), whiten=bool(seed % 2))
                self.compare(x, n_components=0.9)
                self.compare(x, n_components=0.5)

    def test_iris_and_digits(self):
        self.compare(load_iris().data, n_components=2)
        self.compare(load_digits().data, n_components=10)
        self.compare(load_digits().data, n_components=0.95)

    def test_fewer_rows_than_columns(self):
        x = table(3, rows=12, columns=40)
        self.compare(x, n_components=8, solvers=("full", "covariance_eigh"), rtol=1e-6)

    def test_float32(self):
        self.compare(table(5, dtype=np.float32), rtol=2e-3, n_components=2)

    def test_large_means_do_not_cancel(self):
        self.compare(table(6, columns=5) + 1e6, rtol=1e-6, n_components=3)

    def test_randomized_finds_the_same_directions(self):
        for rows, columns in ((800, 60), (50, 300)):
            x = table(7, rows=rows, columns=columns)
            theirs = decomposition.PCA(n_components=5, svd_solver="randomized", random_state=0,
                                       iterated_power=7).fit(x)
            ours = self.fit("PCA", x, params=dict(n_components=5, svd_solver="randomized",
                                                  iterated_power=7), calls=self.calls, save=True)
            self.agree(ours, theirs, x, 1e-5)

    def test_bad_input_is_refused(self):
        x = table(1, rows=20, columns=6)
        with self.refuses("must be between 1 and min(rows, features), 6"):
            self.fit("PCA", x, params={"n_components": 7})
        with self.refuses("n_components is 0"):
            self.fit("PCA", x, params={"n_components": 0})
        with self.refuses("between 0 and 1"):
            self.fit("PCA", x, params={"n_components": 1.5})
        with self.refuses("contains NaN"):
            self.fit("PCA", np.where(x > 4, np.nan, np.nan))
        with self.refuses("randomized cannot tell"):
            self.fit("PCA", x, params={"n_components": 0.5, "svd_solver": "randomized"})
        with self.refuses("at least 2 are needed"):
            self.fit("PCA", x[:1])


class IncrementalPCA(Axes):
    def test_parts_one_after_the_other(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x = table(seed, rows=240, columns=2 + seed * 3)
                for n_components in (None, 2):
                    theirs = decomposition.IncrementalPCA(n_components=n_components,
                                                          whiten=bool(seed % 2))
                    for part in np.split(x, 4):
                        theirs.partial_fit(part)
                    ours = self.fit("IncrementalPCA", x, partial=4, chunk_rows=33, save=True,
                                    calls=self.calls, params=dict(n_components=n_components,
                                                                  whiten=bool(seed % 2)))
                    self.agree(ours, theirs, x, 1e-6)
                    np.testing.assert_allclose(ours.var_, theirs.var_, rtol=1e-9)

    def test_one_block_goes_through_the_same_batches(self):
        x = table(3, rows=500, columns=9)
        for params in (dict(n_components=3), dict(n_components=3, batch_size=37), dict()):
            theirs = decomposition.IncrementalPCA(**params).fit(x)
            ours = self.fit("IncrementalPCA", x, params=params, chunk_rows=1000, calls=self.calls)
            self.agree(ours, theirs, x, 1e-6)

    def test_all_components_do_not_depend_on_blocks(self):
        x = table(4, rows=500, columns=7)
        theirs = decomposition.PCA(svd_solver="full").fit(x)
        for chunk_rows in (1, 13, 200):
            ours = self.fit("IncrementalPCA", x, chunk_rows=chunk_rows)
            np.testing.assert_allclose(ours.singular_values_, theirs.singular_values_, rtol=1e-9)
            np.testing.assert_allclose(np.abs(ours.components_), np.abs(theirs.components_),
                                       rtol=1e-6, atol=1e-7)

    def test_bad_input_is_refused(self):
        x = table(1, rows=20, columns=6)
        with self.refuses("this part has only 4 rows"):
            self.fit("IncrementalPCA", x, params={"n_components": 5}, partial=5)
        with self.refuses("n_components is 7, but x has 6 features"):
            self.fit("IncrementalPCA", x, params={"n_components": 7}, partial=1)


class TruncatedSVD(Axes):
    def test_random_tables(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x = table(seed, columns=4 + seed * 2)
                exact = decomposition.TruncatedSVD(3, algorithm="arpack", random_state=0).fit(x)
                ours = self.fit("TruncatedSVD", x, params=dict(n_components=3, algorithm="exact"),
                                calls=self.calls, chunk_rows=57, save=True)
                self.agree(ours, exact, x, 1e-6, noise=False)
                theirs = decomposition.TruncatedSVD(3, n_iter=7, random_state=0).fit(x)
                ours = self.fit("TruncatedSVD", x, params=dict(n_components=3, n_iter=7),
                                calls=self.calls, chunk_rows=57)
                self.agree(ours, theirs, x, 1e-5, noise=False)

    def test_float32(self):
        x = table(2, columns=8, dtype=np.float32)
        theirs = decomposition.TruncatedSVD(2, random_state=0).fit(x)
        self.agree(self.fit("TruncatedSVD", x, calls=self.calls), theirs, x, 5e-3, noise=False)

    def test_more_components_than_features_are_refused(self):
        with self.refuses("x has only 4 features"):
            self.fit("TruncatedSVD", table(1, columns=4), params={"n_components": 5})


del Judge, Axes  # the base classes have no tests of their own
unittest.main()
