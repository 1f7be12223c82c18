#!/usr/bin/env python3
"""k-means held against scikit-learn."""

import unittest
import warnings

import numpy as np
from judge import Judge
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_iris, make_blobs
from sklearn.metrics import normalized_mutual_info_score

SEEDS = range(12)


class Clustering(Judge):
    def cluster(self, x, n_clusters, chunk_rows=100, centers=None, **params):
        if centers is not None:
            params["init_centers"] = {"$array": self.store("centers", centers.astype(float))}
        return self.fit("KMeans", x, chunk_rows=chunk_rows, calls=("predict", "score"),
                        params={"n_clusters": n_clusters, **params})


class KMeansFromTheSameCentres(Clustering):
    def compare(self, x, centers, rtol=1e-9, same_names=True, **options):
        ours = self.cluster(x, len(centers), centers=centers, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = KMeans(len(centers), init=centers.astype(x.dtype), n_init=1,
                            algorithm="lloyd", max_iter=options.get("max_iter", 300),
                            tol=options.get("tol", 1e-4)).fit(x)
        np.testing.assert_allclose(ours.inertia_, theirs.inertia_, rtol=rtol)
        np.testing.assert_allclose(-ours.score, theirs.inertia_, rtol=max(rtol, 1e-6))
        self.assertEqual(ours.n_iter_, theirs.n_iter_)
        if not same_names:
            self.assertAlmostEqual(normalized_mutual_info_score(ours.predict, theirs.labels_), 1)
            return
        np.testing.assert_array_equal(ours.predict, theirs.labels_)
        np.testing.assert_allclose(ours.cluster_centers_,
                                   theirs.cluster_centers_, rtol=1e-4, atol=1e-6)

    def test_blobs_of_many_sizes_end_in_the_same_labels_and_inertia(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                rng = np.random.default_rng(seed)
                rows, columns = int(rng.integers(50, 2000)), int(rng.integers(1, 40))
                k = int(rng.integers(1, 12))
                x, _ = make_blobs(rows, columns, centers=k + 2, cluster_std=2.0, random_state=seed)
                centers = x[rng.choice(rows, k, replace=False)]
                self.compare(x, centers, chunk_rows=int(rng.integers(10, rows + 50)))

    def test_float32_agrees_to_its_precision(self):
        x, _ = make_blobs(1500, 8, centers=6, cluster_std=1.0, random_state=5)
        x = x.astype(np.float32)
        self.compare(x, x[:6].copy(), rtol=1e-5)

    def test_iris_has_its_known_inertia(self):
        x = load_iris().data
        self.compare(x, x[[0, 60, 120]])
        ours = self.cluster(x, 3, n_init=10, init="k-means++")
        self.assertAlmostEqual(ours.inertia_, 78.851441, places=4)

    def test_digits_agree(self):
        x = load_digits().data
        self.compare(x, x[:10].copy())

    def test_clusters_that_lose_their_rows_are_relocated_the_same_way(self):
        # Which of several empty clusters takes which of the farthest rows is left open by
        # argpartition, so the clusters are compared without their names.
        for seed in SEEDS:
            with self.subTest(seed=seed):
                rng = np.random.default_rng(seed)
                x, _ = make_blobs(300, 4, centers=5, random_state=seed)
                centers = np.vstack([x[:3], rng.normal(size=(1 + seed % 3, 4)) + 1e4])
                self.compare(x, centers, chunk_rows=70, same_names=False)

    def test_few_iterations_stop_at_the_same_place(self):
        x, _ = make_blobs(900, 5, centers=9, cluster_std=4.0, random_state=2)
        for max_iter in (1, 2, 5):
            self.compare(x, x[:7].copy(), max_iter=max_iter, tol=0)


class KMeansInitialisation(Clustering):
    def test_initialisations_are_as_good_as_scikit_learns(self):
        """Median final inertia over seeds, against k-means++ of scikit-learn."""
        x, _ = make_blobs(3000, 10, centers=15, cluster_std=1.5, random_state=0)
        theirs = np.median([KMeans(15, n_init=1, random_state=s).fit(x).inertia_ for s in SEEDS])
        for init in ("k-means||", "k-means++"):
            ours = np.median([self.cluster(x, 15, chunk_rows=400, init=init, random_state=s).inertia_
                              for s in SEEDS])
            self.assertLess(ours, theirs * 1.1, init)


del Judge, Clustering  # the base classes have no tests of their own
unittest.main()
