#!/usr/bin/env python3
"""Metrics held against scikit-learn, each with several chunkings."""

import unittest
import warnings

import numpy as np
from judge import SEEDS, Judge
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning

warnings.simplefilter("ignore", UndefinedMetricWarning)
warnings.simplefilter("ignore", UserWarning)
TOLERANCE = 1e-10
CHUNKS = (61, 10_000)


class Metrics(Judge):
    def compare(self, name, y_true, y_pred, weight=None, *, rtol=TOLERANCE, atol=1e-12, sk=None,
                **params):
        """tartan's metric of that name with scikit-learn's, or with what `sk` gives."""
        given = {} if weight is None else {"sample_weight": weight}
        theirs = (sk or getattr(metrics, name))(y_true, y_pred, **given, **params)
        for chunk_rows in CHUNKS:
            with self.subTest(name=name, chunk_rows=chunk_rows, **params):
                ours = self.metric(name, y_true, y_pred, weight, chunk_rows=chunk_rows, **params)
                self.assert_same(ours, theirs, rtol, atol)

    def assert_same(self, ours, theirs, rtol=TOLERANCE, atol=1e-12):
        if isinstance(theirs, tuple):
            self.assertEqual(len(ours), len(theirs))
            for our, their in zip(ours, theirs):
                if their is not None:
                    self.assert_same(our, their, rtol, atol)
            return
        self.assertEqual(np.shape(ours), np.shape(theirs))
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


def labels(seed, classes=None):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes or 1 + seed, 200)
    found = np.where(rng.random(200) < 0.5, truth, rng.integers(-3, 4, 200))
    if classes:
        found = np.where(rng.random(200) < 0.6, truth, rng.integers(0, classes, 200))
    return truth, found, rng.integers(0, 4, 200) * rng.random(200)


class Labels(Metrics):
    names = ("accuracy_score", "zero_one_loss", "hamming_loss", "balanced_accuracy_score",
             "confusion_matrix", "matthews_corrcoef", "cohen_kappa_score")

    def test_labels(self):
        for seed in SEEDS:
            truth, found, weight = labels(seed)
            for name in self.names:
                self.compare(name, truth, found)
                self.compare(name, truth, found, weight)

    def test_parameters(self):
        truth, found, weight = labels(1, 5)
        self.compare("accuracy_score", truth, found, weight, normalize=False)
        self.compare("zero_one_loss", truth, found, normalize=False)
        self.compare("balanced_accuracy_score", truth, found, weight, adjusted=True)
        for normalize in ("true", "pred", "all"):
            self.compare("confusion_matrix", truth, found, weight, normalize=normalize)
            self.compare("confusion_matrix", truth, found, labels=[3, 1, 9], normalize=normalize)
        for weights in ("linear", "quadratic"):
            self.compare("cohen_kappa_score", truth, found, weight, weights=weights)
            self.compare("cohen_kappa_score", truth, found, labels=[0, 2, 3], weights=weights)

    def test_labels_of_other_dtypes(self):
        truth, found, _ = labels(3, 3)
        for dtype in (np.int8, np.uint16, np.float32, np.float64):
            self.compare("confusion_matrix", truth.astype(dtype), found.astype(dtype))
        self.compare("f1_score", truth > 1, found > 1)

    def test_labels_far_apart(self):
        truth, found, weight = labels(2, 4)
        far = np.array([-(2**60), -7, 1234567890123, 2**61])
        self.compare("confusion_matrix", far[truth], far[found], weight)
        self.compare("f1_score", far[truth], far[found], weight, average="macro")

    def test_constant_labels(self):
        one = np.ones(20, int)
        for name in ("accuracy_score", "balanced_accuracy_score", "matthews_corrcoef"):
            self.compare(name, one, one)
            self.compare(name, one, 0 * one)
        self.compare("confusion_matrix", one, one)

    def test_precision_and_recall(self):
        ratios = ("precision_score", "recall_score", "f1_score", "jaccard_score")
        for seed in SEEDS:
            truth, found, weight = labels(seed, 2 + seed % 4)
            for average in ("micro", "macro", "weighted", None):
                for name in ratios:
                    self.compare(name, truth, found, average=average)
                    self.compare(name, truth, found, weight, average=average, labels=[3, 1])
                self.compare("fbeta_score", truth, found, weight, beta=0.5, average=average)
                self.compare("precision_recall_fscore_support", truth, found, weight, beta=2.0,
                             average=average)
            if seed % 4 == 0:
                for name in ratios:
                    self.compare(name, truth, found, weight)
                    self.compare(name, truth, found, pos_label=0)

    def test_nothing_found_or_nothing_true(self):
        none, some = np.zeros(30, int), np.arange(30) % 2
        for zero_division in (0, 1):
            for truth, found in ((none, some), (some, none), (none, none)):
                for name in ("precision_score", "recall_score", "f1_score", "jaccard_score"):
                    self.compare(name, truth, found, zero_division=zero_division)
                    self.compare(name, truth, found, zero_division=zero_division, average=None,
                                 labels=[0, 1, 2])
                    if name != "jaccard_score":
                        self.compare(name, truth, found, zero_division=zero_division,
                                     average="weighted", labels=[5])

    def test_refusals(self):
        with self.refuses("y_true has the shape (3,), but y_pred (4,)"):
            self.metric("accuracy_score", np.arange(3), np.arange(4))
        with self.refuses("there are no rows"):
            self.metric("f1_score", np.arange(0), np.arange(0))
        with self.refuses("200 labels are fractions"):
            self.metric("f1_score", labels(0)[0], np.random.rand(200))
        with self.refuses("there are 4 classes, but average is binary"):
            self.metric("f1_score", *labels(0, 4)[:2])
        with self.refuses("pos_label is 7, but the labels are 0, 1"):
            self.metric("f1_score", *labels(0, 2)[:2], pos_label=7)
        with self.refuses("none of the labels 8, 9 is in y_true"):
            self.metric("confusion_matrix", *labels(0, 2)[:2], labels=[8, 9])
        with self.refuses("sample_weight has the shape (3,), but there are 4 rows"):
            self.metric("accuracy_score", np.arange(4), np.arange(4), np.ones(3))
        with self.refuses("must be 1-D"):
            self.metric("matthews_corrcoef", np.ones((4, 2), int), np.ones((4, 2), int))
        with self.refuses("takes no complex numbers", "TypeError"):
            self.metric("accuracy_score", np.arange(4), np.arange(4) * 1j)


class Scores(Metrics):
    def problem(self, seed, classes=2, ties=False):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, classes, 150)
        score = rng.normal(size=(150, classes)) + 1.5 * (truth[:, None] == np.arange(classes))
        if ties:
            score = np.round(score, 1)
        weight = rng.integers(0, 3, 150) * rng.random(150)
        if classes == 2:
            return truth, score[:, 1] - score[:, 0], weight
        score = np.exp(score)
        return truth, score / score.sum(1, keepdims=True), weight

    def test_two_classes(self):
        for seed in SEEDS:
            truth, score, weight = self.problem(seed, ties=seed % 2)
            for given in ((), (weight,)):
                for name in ("roc_curve", "precision_recall_curve", "roc_auc_score",
                             "average_precision_score"):
                    self.compare(name, truth, score, *given)
                self.compare("roc_curve", truth, score, *given, drop_intermediate=False)
                self.compare("roc_auc_score", truth, score, *given, max_fpr=0.3)
                self.compare("hinge_loss", truth, score, *given)
                probability = 1 / (1 + np.exp(-score))
                self.compare("log_loss", truth, probability, *given)
                self.compare("brier_score_loss", truth, probability, *given)

    def test_other_labels(self):
        truth, score, weight = self.problem(4)
        self.compare("roc_auc_score", 2 * truth - 1, score)
        self.compare("roc_curve", 2 * truth - 1, score, weight)
        self.compare("roc_curve", truth + 4, score, pos_label=4)
        self.compare("average_precision_score", truth + 4, score, pos_label=5)
        self.compare("brier_score_loss", truth + 4, 1 / (1 + np.exp(-score)), pos_label=5)

    def test_float32_scores(self):
        truth, score, _ = self.problem(5)
        self.compare("roc_curve", truth, score.astype(np.float32))
        self.compare("log_loss", truth, (1 / (1 + np.exp(-score))).astype(np.float32), rtol=1e-6)

    def test_no_positives_and_no_negatives(self):
        _, score, _ = self.problem(6)
        for truth in (np.zeros(150, int), np.ones(150, int)):
            self.compare("roc_curve", truth, score)
            self.compare("precision_recall_curve", truth, score)
            self.compare("average_precision_score", truth, score)
            with self.refuses("one class only"):
                self.metric("roc_auc_score", truth, score)

    def test_constant_scores(self):
        truth, _, weight = self.problem(7)
        for name in ("roc_curve", "roc_auc_score", "average_precision_score"):
            self.compare(name, truth, np.full(150, 0.3), weight)

    def test_several_classes(self):
        for seed in SEEDS:
            truth, score, weight = self.problem(seed, 3 + seed % 2)
            for average in ("macro", "weighted"):
                self.compare("roc_auc_score", truth, score, multi_class="ovo", average=average)
                self.compare("roc_auc_score", truth, score, weight, multi_class="ovr",
                             average=average)
            self.compare("roc_auc_score", truth, score, weight, multi_class="ovr", average="micro")
            self.compare("log_loss", truth, score, weight)
            self.compare("log_loss", truth, 3 * score, normalize=False)
            self.compare("hinge_loss", truth, score, weight)

    def test_losses_of_certainty(self):
        truth, score, _ = self.problem(1)
        certain = (score > 0).astype(float)
        self.compare("log_loss", truth, certain)
        self.compare("log_loss", truth, certain, eps=1e-3)
        self.compare("log_loss", np.ones(150, int), certain, labels=[0, 1])
        self.compare("hinge_loss", truth[truth < 2], score[truth < 2], labels=[0, 1])

    def test_auc(self):
        x = np.sort(np.random.default_rng(0).random(90))
        self.compare("auc", x, x**2, sk=metrics.auc)
        self.compare("auc", -x, x**2, sk=metrics.auc)
        with self.refuses("neither rises nor falls"):
            self.metric("auc", np.sin(9 * x), x)
        with self.refuses("at least 2 points"):
            self.metric("auc", x[:1], x[:1])

    def test_refusals(self):
        truth, score, _ = self.problem(0, 3)
        with self.refuses("set multi_class to ovr or ovo"):
            self.metric("roc_auc_score", truth, score)
        with self.refuses("there are 3 classes, but y_score has the shape (150, 2)"):
            self.metric("roc_auc_score", truth, score[:, :2], multi_class="ovr")
        with self.refuses("must be probabilities"):
            self.metric("roc_auc_score", truth, 2 * score, multi_class="ovr")
        with self.refuses("say which is positive by pos_label"):
            self.metric("roc_curve", truth, score[:, 0])
        with self.refuses("contain NaN"):
            self.metric("roc_auc_score", truth % 2, np.full(150, np.nan))
        with self.refuses("there is only the label 1"):
            self.metric("log_loss", np.ones(150, int), score[:, 0])
        with self.refuses("y_pred is for 3 classes, but there are 2"):
            self.metric("log_loss", truth % 2, score)
        with self.refuses("must be probabilities"):
            self.metric("brier_score_loss", truth % 2, 2 + score[:, 0])


class Numbers(Metrics):
    errors = ("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
              "median_absolute_error", "r2_score", "explained_variance_score")

    def test_numbers(self):
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            truth = rng.normal(size=300) + 1e3 * (seed % 2)
            found = truth + rng.normal(size=300) * seed
            weight = rng.uniform(0, 3, 300)
            for name in self.errors + ("mean_pinball_loss",):
                self.compare(name, truth, found)
                self.compare(name, truth, found, weight)
            self.compare("mean_pinball_loss", truth, found, weight, alpha=0.9)
            self.compare("max_error", truth, found)
            self.compare("root_mean_squared_error", truth, found, weight,
                         sk=lambda *args, **kw: metrics.mean_squared_error(*args, squared=False,
                                                                           **kw))

    def test_positive_numbers(self):
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            truth, found = rng.gamma(2, size=200), rng.gamma(2, size=200) + 0.01
            weight = rng.uniform(0, 3, 200)
            counts = rng.poisson(2, 200)
            self.compare("mean_squared_log_error", truth, found, weight)
            self.compare("root_mean_squared_log_error", counts, found,
                         sk=lambda *args, **kw: metrics.mean_squared_log_error(
                             *args, squared=False, **kw))
            self.compare("mean_poisson_deviance", counts, found, weight)
            self.compare("mean_gamma_deviance", truth, found, weight)
            for power in (-1, 0, 1, 1.5, 2, 3):
                for name in ("mean_tweedie_deviance", "d2_tweedie_score"):
                    self.compare(name, truth, found, weight, power=power)

    def test_several_targets(self):
        rng = np.random.default_rng(0)
        truth = rng.normal(size=(120, 3)) * [1, 5, 0]
        found = truth + rng.normal(size=(120, 3))
        weight = rng.uniform(0, 3, 120)
        for name in self.errors:
            for multioutput in ("uniform_average", "raw_values", [0.2, 0.5, 0.1]):
                if name != "mean_absolute_percentage_error":
                    self.compare(name, truth, found, multioutput=multioutput)
                    self.compare(name, truth, found, weight, multioutput=multioutput)
        for name in ("r2_score", "explained_variance_score"):
            self.compare(name, truth, found, weight, multioutput="variance_weighted")
            self.compare(name, truth[:, :2], found[:, :2], multioutput="raw_values",
                         force_finite=False)

    def test_constant_targets(self):
        three = np.full(10, 3.0)
        for name in ("r2_score", "explained_variance_score"):
            for found in (three, three + 1, three + np.arange(10)):
                self.compare(name, three, found)
                self.compare(name, three, found, force_finite=False)
        self.assertTrue(np.isnan(self.metric("r2_score", three[:1], three[:1])))

    def test_float32_and_integers(self):
        rng = np.random.default_rng(1)
        truth, found = rng.integers(0, 9, 80), rng.normal(size=80).astype(np.float32)
        for name in self.errors:
            self.compare(name, truth, found, rtol=1e-6)

    def test_refusals(self):
        x = np.arange(1.0, 6)
        with self.refuses("there are negative targets"):
            self.metric("mean_squared_log_error", -x, x)
        with self.refuses("y_true has the shape (5, 2), but y_pred (5, 3)"):
            self.metric("r2_score", np.ones((5, 2)), np.ones((5, 3)))
        with self.refuses("output_weights has 2 entries, but there are 3 targets"):
            self.metric("r2_score", np.ones((5, 3)), np.ones((5, 3)), multioutput=[0.5, 0.5])
        with self.refuses("between 0 and 1"):
            self.metric("mean_tweedie_deviance", x, x, power=0.5)
        with self.refuses("y_pred must be above 0"):
            self.metric("mean_poisson_deviance", x, x - 1)
        with self.refuses("is of one target"):
            self.metric("max_error", np.ones((5, 2)), np.ones((5, 2)))


class Clusterings(Metrics):
    pairs = ("mutual_info_score", "rand_score", "adjusted_rand_score", "fowlkes_mallows_score",
             "pair_confusion_matrix", "homogeneity_completeness_v_measure",
             "normalized_mutual_info_score", "adjusted_mutual_info_score")

    def test_labelings(self):
        for seed in SEEDS:
            truth, found, _ = labels(seed)
            for name in self.pairs:
                self.compare(name, truth, found)
            for average in ("min", "max", "geometric", "arithmetic"):
                self.compare("normalized_mutual_info_score", truth, found, average_method=average)
                self.compare("adjusted_mutual_info_score", truth, found, average_method=average)
            self.compare("homogeneity_completeness_v_measure", truth, found, beta=0.3)

    def test_labelings_at_the_edge(self):
        same, apart = np.zeros(12, int), np.arange(12)
        for truth in (same, apart, apart % 3):
            for found in (same, apart, apart % 3, apart // 4):
                for name in self.pairs:
                    self.compare(name, truth, found)
        self.compare("rand_score", same[:1], same[:1])

    def test_shapes(self):
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            x = rng.normal(size=(120, 2 + 10 * (seed % 4))) + rng.integers(0, 3, 120)[:, None]
            found = rng.integers(0, 2 + seed, 120) * 5 - 3
            for name in ("calinski_harabasz_score", "davies_bouldin_score", "silhouette_score"):
                self.compare(name, x, found)
            self.compare("silhouette_samples", x, found, rtol=1e-7, atol=1e-9)
            self.compare("silhouette_samples", x, found, metric="manhattan")
            self.compare("silhouette_score", x.astype(np.float32), found, rtol=1e-4)

    def test_clusters_of_one_row(self):
        x = np.random.default_rng(0).normal(size=(20, 3))
        found = np.minimum(np.arange(20), 8)
        self.compare("silhouette_samples", x, found, rtol=1e-8)
        self.compare("davies_bouldin_score", x, found)
        self.compare("calinski_harabasz_score", np.repeat([[0.0, 1], [2, 3]], 10, 0),
                     np.arange(20) // 10)

    def test_refusals(self):
        x = np.ones((6, 2))
        for name in ("silhouette_samples", "davies_bouldin_score", "calinski_harabasz_score"):
            with self.refuses("there are 1 labels of 6 rows"):
                self.metric(name, x, np.ones(6, int))
            with self.refuses("there are 6 labels of 6 rows"):
                self.metric(name, x, np.arange(6))
            with self.refuses("x has 6 rows, but labels has 5"):
                self.metric(name, x, np.arange(5))


class Pairwise(Metrics):
    def test_distances(self):
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            columns = (1, 3, 23, 24, 60)[seed % 5]
            x, y = rng.normal(size=(61, columns)), rng.normal(size=(43, columns))
            y[:5] = x[:5]
            for metric in ("euclidean", "sqeuclidean", "manhattan", "cosine", "chebyshev"):
                # scikit-learn's own digits are lost where points are close.
                self.compare("pairwise_distances", x, y, metric=metric, rtol=1e-9, atol=1e-6)
                self.compare("pairwise_distances_argmin_min", x, y, metric=metric, rtol=1e-9,
                             atol=1e-6)
                self.compare("pairwise_distances", x, None, metric=metric, rtol=1e-9, atol=1e-6)

    def test_distances_are_exact_where_products_are_not(self):
        rng = np.random.default_rng(1)
        x = 1e4 + rng.normal(size=(40, 50))
        exact = np.sqrt(((x[:, None] - x[None]) ** 2).sum(2))
        np.testing.assert_allclose(self.metric("pairwise_distances", x, None), exact, rtol=1e-13)

    def test_float32(self):
        rng = np.random.default_rng(2)
        x = rng.normal(size=(50, 30)).astype(np.float32)
        ours = self.metric("pairwise_distances", x, x[:20])
        self.assertEqual(ours.dtype, np.float32)
        np.testing.assert_allclose(ours, metrics.pairwise_distances(x, x[:20]), rtol=1e-5,
                                   atol=2e-3)

    def test_kernels(self):
        rng = np.random.default_rng(3)
        x, y = rng.normal(size=(61, 7)), rng.normal(size=(43, 7))
        x[3] = 0
        for kernel in ("linear", "rbf", "poly", "sigmoid", "cosine", "laplacian"):
            self.compare("pairwise_kernels", x, y, metric=kernel, rtol=1e-9)
            self.compare("pairwise_kernels", x, None, metric=kernel, rtol=1e-9)
        self.compare("pairwise_kernels", x, y, metric="rbf", gamma=0.03)
        self.compare("pairwise_kernels", x, y, metric="polynomial", gamma=0.1, degree=2, coef0=0.5)

    def test_refusals(self):
        with self.refuses("x has 3 features, but y has 2"):
            self.metric("pairwise_distances", np.ones((4, 3)), np.ones((4, 2)))
        with self.refuses("must be 2-D"):
            self.metric("pairwise_kernels", np.ones(4), np.ones((4, 2)))


del Judge, Metrics  # the base classes have no tests of their own
unittest.main()
