#!/usr/bin/env python3
"""Transformers held against scikit-learn."""

import unittest

import numpy as np
from judge import SEEDS, Judge
from sklearn import preprocessing


def table(seed, missing=0.0, dtype=float):
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(5, 900)), int(rng.integers(1, 30))
    x = rng.normal(size=(rows, columns)) * rng.uniform(0.01, 100, columns) + rng.normal(size=columns)
    x[:, rng.random(columns) < 0.2] = 7.25  # constant features
    x[rng.random(x.shape) < missing] = np.nan
    return x.astype(dtype), rng.uniform(0, 2, rows)


class StandardScaler(Judge):
    def compare(self, x, weight=None, rtol=1e-9, partial=0, **params):
        theirs = preprocessing.StandardScaler(**params).fit(x, sample_weight=weight)
        ours = self.fit("StandardScaler", x, sample_weight=weight, params=params,
                        calls=("transform", "inverse_transform"), partial=partial, save=True)
        np.testing.assert_allclose(ours.mean_, theirs.mean_, rtol=rtol, atol=1e-12)
        if params.get("with_std", True):
            np.testing.assert_allclose(ours.var_, theirs.var_, rtol=rtol, atol=1e-20)
            np.testing.assert_allclose(ours.scale_, theirs.scale_, rtol=rtol)
        np.testing.assert_allclose(
            ours.n_samples_seen_, np.broadcast_to(theirs.n_samples_seen_, x.shape[1]), rtol=1e-12)
        self.assertEqual(ours.transform.dtype, x.dtype)
        np.testing.assert_allclose(ours.transform, theirs.transform(x), rtol=rtol, atol=rtol)
        np.testing.assert_allclose(ours.inverse_transform, x, rtol=rtol * 100, atol=rtol * 100)

    def test_random_tables(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, weight = table(seed, missing=0.1 if seed % 2 else 0.0)
                self.compare(x)
                self.compare(x, with_mean=False)
                self.compare(x, with_std=False)
                self.compare(x, weight, rtol=1e-7)
                self.compare(x, partial=4)

    def test_float32(self):
        self.compare(table(3, dtype=np.float32)[0], rtol=2e-4)

    def test_large_means_do_not_cancel(self):
        x, _ = table(5)
        self.compare(x + 1e8, rtol=1e-6)


def both(test, name, x, rtol=1e-9, attributes=(), fitted=None, calls=None, atol=None, **params):
    """The same estimator of both, fitted in several ways, with the same results."""
    theirs = getattr(preprocessing, name)(**(fitted or params)).fit(x)
    transformed = theirs.transform(x)
    calls = calls or ("transform", "inverse_transform")
    for partial in (dict(chunk_rows=41), dict(chunk_rows=10_000, save=True)):
        ours = test.fit(name, x, params=params, calls=calls, **partial)
        for attribute in attributes:
            np.testing.assert_allclose(getattr(ours, attribute), getattr(theirs, attribute),
                                       rtol=rtol, atol=1e-12, err_msg=attribute)
        test.assertEqual(ours.transform.dtype, transformed.dtype)
        np.testing.assert_allclose(ours.transform, transformed, rtol=rtol, atol=atol or rtol)
        if "inverse_transform" in calls:
            np.testing.assert_allclose(ours.inverse_transform,
                                       # OrdinalEncoder writes into what it is given.
                                       theirs.inverse_transform(transformed.copy()),
                                       rtol=rtol * 100, atol=rtol * 100)
    return theirs


class Scalers(Judge):
    def test_random_tables(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, _ = table(seed, missing=0.1 if seed % 2 else 0.0)
                names = ("min_", "scale_", "data_min_", "data_max_", "data_range_")
                both(self, "MinMaxScaler", x, attributes=names)
                both(self, "MinMaxScaler", x, attributes=names, feature_range=(-3, 2), clip=True)
                both(self, "MaxAbsScaler", x, attributes=("max_abs_", "scale_"))
                both(self, "RobustScaler", x, attributes=("center_", "scale_"))
                both(self, "RobustScaler", x, attributes=("center_", "scale_"),
                     quantile_range=(10.0, 80.0), unit_variance=True)
                both(self, "RobustScaler", x, attributes=("center_",), with_scaling=False)
                both(self, "RobustScaler", x, attributes=("scale_",), with_centering=False)

    def test_parts_one_after_the_other(self):
        x, _ = table(3, missing=0.1)
        for name in ("MinMaxScaler", "MaxAbsScaler"):
            theirs = getattr(preprocessing, name)().fit(x)
            ours = self.fit(name, x, calls=("transform",), partial=4)
            np.testing.assert_allclose(ours.transform, theirs.transform(x), rtol=1e-9)
            self.assertEqual(ours.n_samples_seen_, len(x))

    def test_values_outside_are_clipped(self):
        x, _ = table(4)
        theirs = preprocessing.MinMaxScaler(clip=True).fit(x)
        ours = self.fit("MinMaxScaler", x, params=dict(clip=True), calls=("transform",),
                        x_test=x * 3)
        np.testing.assert_allclose(ours.transform, theirs.transform(x * 3), rtol=1e-9, atol=1e-12)

    def test_float32(self):
        x, _ = table(3, dtype=np.float32)
        for name in ("MinMaxScaler", "MaxAbsScaler", "RobustScaler"):
            both(self, name, x, rtol=3e-4)

    def test_bad_parameters_are_refused(self):
        x, _ = table(1)
        with self.refuses("feature_range is (1, 1)"):
            self.fit("MinMaxScaler", x, params=dict(feature_range=[1, 1]))
        with self.refuses("quantile_range is (80, 20)"):
            self.fit("RobustScaler", x, params=dict(quantile_range=[80, 20]))
        with self.refuses("a pair is wanted", "TypeError"):
            self.fit("RobustScaler", x, params=dict(quantile_range=[80]))


class Quantiles(Judge):
    def test_random_tables(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                x, _ = table(seed, missing=0.1 if seed % 2 else 0.0)
                if seed % 3 == 0:
                    x = np.round(x)  # many equal values
                for distribution in ("uniform", "normal"):
                    for n_quantiles in (10, 1000):
                        count = min(n_quantiles, len(x))
                        both(self, "QuantileTransformer", x, rtol=1e-7, n_quantiles=count,
                             output_distribution=distribution,
                             attributes=("quantiles_", "references_"))

    def test_values_outside_go_to_the_bounds(self):
        x, _ = table(4)
        for distribution in ("uniform", "normal"):
            theirs = preprocessing.QuantileTransformer(
                n_quantiles=5, output_distribution=distribution).fit(x)
            ours = self.fit("QuantileTransformer", x, calls=("transform",), x_test=x * 3 - 1,
                            params=dict(n_quantiles=5, output_distribution=distribution))
            np.testing.assert_allclose(ours.transform, theirs.transform(x * 3 - 1), rtol=1e-7,
                                       atol=1e-9)


class Features(Judge):
    def test_normalizer(self):
        for seed in SEEDS:
            x, _ = table(seed)
            x[::7] = 0
            for norm in ("l1", "l2", "max"):
                both(self, "Normalizer", x, norm=norm, calls=("transform",))
        both(self, "Normalizer", x.astype(np.float32), rtol=1e-5, calls=("transform",))

    def test_binarizer(self):
        for seed in SEEDS:
            both(self, "Binarizer", table(seed)[0], threshold=0.3, calls=("transform",))

    def test_polynomials(self):
        for seed in SEEDS:
            x = table(seed)[0][:, :4] / 50
            for degree in (0, 1, 2, 3, 5, (2, 3), (1, 2)):
                for interaction_only in (False, True):
                    theirs = both(self, "PolynomialFeatures", x, degree=degree,
                                  interaction_only=interaction_only, calls=("transform",))
                    if degree == 0:
                        continue
                    ours = self.fit("PolynomialFeatures", x, calls=("transform",),
                                    params=dict(degree=degree, include_bias=False,
                                                interaction_only=interaction_only))
                    np.testing.assert_array_equal(ours.powers_, theirs.powers_[1:])
                    self.assertEqual(ours.n_output_features_, theirs.n_output_features_ - 1)

    def test_bad_degrees_are_refused(self):
        with self.refuses("must not be negative or descend"):
            self.fit("PolynomialFeatures", table(1)[0], params=dict(degree=[3, 2]))
        with self.refuses("leaves no features"):
            self.fit("PolynomialFeatures", table(1)[0], params=dict(degree=0, include_bias=False))


class Encoders(Judge):
    def kinds(self, seed, missing=False):
        rng = np.random.default_rng(seed)
        x = np.stack([rng.integers(-2, 1 + k, 200) for k in (0, 1, 5, 30)], axis=1).astype(float)
        if missing:
            x[rng.random(x.shape) < 0.1] = np.nan
        return x

    def test_one_hot(self):
        for seed in SEEDS:
            x = self.kinds(seed, missing=seed % 2 == 1)
            for drop in (None, "first", "if_binary"):
                with self.subTest(seed=seed, drop=drop):
                    theirs = both(self, "OneHotEncoder", x, drop=drop,
                                  fitted=dict(drop=drop, sparse_output=False))
                    ours = self.fit("OneHotEncoder", x, params=dict(drop=drop))
                    for mine, other in zip(ours.categories_, theirs.categories_):
                        np.testing.assert_array_equal(mine, other)

    def test_ordinal(self):
        for seed in SEEDS:
            x = self.kinds(seed, missing=seed % 2 == 1)
            both(self, "OrdinalEncoder", x)
            both(self, "OrdinalEncoder", x, encoded_missing_value=-3)

    def test_categories_that_were_not_fitted(self):
        x, new = self.kinds(1), self.kinds(2) + 2
        for name, how, theirs in (
                ("OneHotEncoder", dict(handle_unknown="ignore"), dict(sparse_output=False)),
                ("OrdinalEncoder", dict(handle_unknown="use_encoded_value", unknown_value=-1), {})):
            fitted = getattr(preprocessing, name)(**how, **theirs).fit(x)
            ours = self.fit(name, x, params=how, x_test=new, calls=("transform",))
            np.testing.assert_array_equal(ours.transform, fitted.transform(new))
            with self.refuses("unknown category", "other"):
                self.fit(name, x, x_test=new, calls=("transform",))

    def test_given_categories(self):
        x = self.kinds(3)
        lists = [list(range(-4, 40)) for _ in range(4)]
        both(self, "OrdinalEncoder", x, categories=lists)
        both(self, "OneHotEncoder", x, categories=lists,
             fitted=dict(categories=lists, sparse_output=False))
        with self.refuses("which is not among the categories"):
            self.fit("OrdinalEncoder", x, params=dict(categories=[[0, 1]] * 4))
        with self.refuses("sorted"):
            self.fit("OneHotEncoder", x, params=dict(categories=[[1, 0]] * 4))
        with self.refuses("categories for 1 columns"):
            self.fit("OneHotEncoder", x, params=dict(categories=[[0, 1]]))
        with self.refuses("use_encoded_value needs an unknown_value", "TypeError"):
            self.fit("OrdinalEncoder", x, params=dict(handle_unknown="use_encoded_value"))
        with self.refuses("already the code"):
            self.fit("OrdinalEncoder", x, params=dict(handle_unknown="use_encoded_value",
                                                      unknown_value=0))

    def test_labels(self):
        rng = np.random.default_rng(0)
        for y in (rng.integers(-5, 5, 300), rng.integers(0, 3, 50).astype(np.uint8)):
            theirs = preprocessing.LabelEncoder().fit(y)
            ours = self.fit("LabelEncoder", y, calls=("transform", "inverse_transform"),
                            chunk_rows=37, save=True)
            np.testing.assert_array_equal(ours.classes_, theirs.classes_)
            np.testing.assert_array_equal(ours.transform, theirs.transform(y))
            np.testing.assert_array_equal(ours.inverse_transform, y)
            self.assertEqual(ours.inverse_transform.dtype, y.dtype)
        with self.refuses("was not fitted", "other"):
            self.fit("LabelEncoder", y, x_test=y + 1, calls=("transform",))


del Judge  # the base class has no tests of its own
unittest.main()
