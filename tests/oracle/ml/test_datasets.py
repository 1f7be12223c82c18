#!/usr/bin/env python3
"""The tables are scikit-learn's."""

import unittest

import numpy as np
from judge import Judge, to_array
from sklearn import datasets


class Tables(Judge):
    def compare(self, name, rtol=0, **params):
        theirs = getattr(datasets, name)(**params)
        for chunk_rows in (0, 100):
            ours = to_array(self.ask(what="dataset", name=name, chunk_rows=chunk_rows, **params))
            np.testing.assert_allclose(ours["x"], theirs.data, rtol=rtol, atol=rtol)
            np.testing.assert_array_equal(ours["y"], theirs.target)
            self.assertEqual(ours["feature_names"], list(theirs.feature_names))
            if "target_names" in theirs:
                self.assertEqual(ours["target_names"], [str(x) for x in theirs.target_names])

    def test_tables(self):
        for name in ("load_iris", "load_wine", "load_breast_cancer", "load_digits"):
            with self.subTest(name=name):
                self.compare(name)
        self.compare("load_digits", n_class=3)

    def test_diabetes(self):
        self.compare("load_diabetes", scaled=False)
        self.compare("load_diabetes", rtol=1e-12)

    def test_refusals(self):
        with self.refuses("n_class is 11"):
            self.ask(what="dataset", name="load_digits", n_class=11)


del Judge  # the base class has no tests of its own
unittest.main()
