#!/usr/bin/env python3
"""Facts through the namespace, held against NumPy: the standard's own suite is long and lives
elsewhere (./run), but the way into the arrays must not rot."""

import os
import pathlib
import sys
import unittest

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
os.environ["TARTAN_ARRAY_API_CHUNKS"] = "3"

import tartan_array_api as xp  # noqa: E402

MATRIX = np.arange(20.0).reshape(4, 5) - 7


class Facts(unittest.TestCase):
    def same(self, got, expected):
        expected = np.asarray(expected)
        self.assertEqual(got.dtype.name, expected.dtype.name)
        np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-12, atol=1e-12)

    def setUp(self):
        self.x = xp.asarray(MATRIX)

    def test_arrays_are_cut_small(self):
        self.assertEqual(self.x._core.chunks, [[3, 1], [3, 2]])
        self.assertEqual(xp.arange(0)._core.chunks, [[0]])

    def test_arrays_of_every_dtype_come_back_from_numpy(self):
        for name in xp.__array_namespace_info__().dtypes():
            elements = np.arange(6).reshape(2, 3).astype(name)
            self.same(xp.asarray(elements), elements)
            self.same(xp.asarray(elements.tolist(), dtype=getattr(xp, name)), elements)

    def test_operators_know_numbers_and_arrays(self):
        x, y = self.x, MATRIX
        self.same(x + 1, y + 1)
        self.same(1 - x, 1 - y)
        self.same(x * x / 2, y * y / 2)
        self.same(x // 3, y // 3)
        self.same(-x % 4, -y % 4)
        self.same(abs(x) ** 2, abs(y) ** 2)
        self.same((x > 0) & (x < 5), (y > 0) & (y < 5))
        self.same(x @ x.T, y @ y.T)
        self.same(2 ** xp.arange(5), 2 ** np.arange(5))

    def test_operators_in_place_keep_dtype_and_shape(self):
        x = xp.arange(4)
        x += 2
        x <<= 1
        self.same(x, (np.arange(4) + 2) << 1)
        with self.assertRaises(TypeError):
            x /= 2
        with self.assertRaises(TypeError):
            x += xp.ones((2, 4), dtype=xp.int64)

    def test_indexing_is_basic_masked_and_pointwise(self):
        x, y = self.x, MATRIX
        self.same(x[1, -2], y[1, -2])
        self.same(x[::-1, 1:4:2], y[::-1, 1:4:2])
        self.same(x[..., None, 0], y[..., None, 0])
        self.same(x[x > 3], y[y > 3])
        self.same(x[xp.asarray([0, 3]), xp.asarray([-1, 2])], y[[0, 3], [-1, 2]])
        for key in [4, (0, 5), (0, 0, 0), xp.asarray([True])]:
            with self.assertRaises(IndexError):
                x[key]

    def test_assignment_changes_the_array_it_is_written_to(self):
        x, y, kept = self.x, MATRIX.copy(), xp.asarray(self.x, copy=True)
        x[1:3, ::2] = 5
        y[1:3, ::2] = 5
        x[0] = xp.arange(5, dtype=xp.float64)
        y[0] = np.arange(5)
        x[x < 0] = 1
        y[y < 0] = 1
        self.same(x, y)
        self.same(kept, MATRIX)

    def test_reductions_have_the_standards_keywords(self):
        x, y = self.x, MATRIX
        self.same(xp.sum(x, axis=(0, 1)), y.sum())
        self.same(xp.mean(x, axis=-1, keepdims=True), y.mean(-1, keepdims=True))
        self.same(xp.std(x, axis=0, correction=1), y.std(0, ddof=1))
        self.same(xp.sum(xp.ones(3, dtype=xp.int8), dtype=xp.int16), np.int16(3))
        self.same(xp.argmax(x, axis=1), y.argmax(1))
        self.same(xp.any(x > 11, axis=0), (y > 11).any(0))

    def test_shapes_change(self):
        x, y = self.x, MATRIX
        self.same(xp.reshape(x, (2, -1)), y.reshape(2, -1))
        self.same(xp.permute_dims(x, (1, 0)), y.T)
        self.same(xp.concat([x, x], axis=None), np.concatenate([y, y], axis=None))
        self.same(xp.roll(x, (1, -2), axis=(0, 1)), np.roll(y, (1, -2), (0, 1)))
        self.same(xp.flip(x), np.flip(y))
        self.same(xp.expand_dims(x, (0, -1)), y[None, :, :, None])
        self.same(xp.squeeze(xp.expand_dims(x, (0, -1)), (0, 3)), y)
        self.assertEqual(xp.broadcast_shapes((3, 1), (1, 4), ()), (3, 4))

    def test_order_sets_and_scans(self):
        values = np.asarray([3, 1, 2, 3, 3, 1, 0])
        x = xp.asarray(values)
        self.same(xp.sort(x, descending=True), np.sort(values)[::-1])
        self.same(xp.argsort(x), np.argsort(values, kind="stable"))
        self.same(xp.searchsorted(xp.sort(x), x, side="right"),
                  np.searchsorted(np.sort(values), values, "right"))
        counts = xp.unique_counts(x)
        self.same(counts.values, [0, 1, 2, 3])
        self.same(counts.counts, [1, 2, 1, 3])
        self.same(xp.cumulative_sum(x, include_initial=True), np.cumsum([0, *values]))
        self.same(xp.isin(x, 3), values == 3)

    def test_indices_by_arrays(self):
        picked = np.asarray([2, 0, 2])
        self.same(xp.take(self.x, xp.asarray(picked), axis=1), MATRIX[:, picked])
        order = np.argsort(-MATRIX, axis=1)
        self.same(xp.take_along_axis(self.x, xp.asarray(order), axis=1),
                  np.take_along_axis(MATRIX, order, 1))

    def test_linear_algebra(self):
        square = MATRIX @ MATRIX.T + 10 * np.eye(4)
        a = xp.asarray(square)
        self.same(xp.linalg.inv(a) @ a, np.eye(4))
        self.same(xp.linalg.det(a), np.linalg.det(square))
        u, s, vh = xp.linalg.svd(self.x, full_matrices=False)
        self.same(u * s @ vh, MATRIX)
        q, r = xp.linalg.qr(self.x)
        self.same(q @ r, MATRIX)
        self.same(xp.linalg.vector_norm(self.x, axis=0), np.linalg.norm(MATRIX, axis=0))
        self.same(xp.tensordot(self.x, self.x, axes=((0,), (0,))), MATRIX.T @ MATRIX)

    def test_fourier_transforms(self):
        self.same(xp.fft.fft(xp.astype(self.x, xp.complex128)), np.fft.fft(MATRIX))
        self.same(xp.fft.irfft(xp.fft.rfft(self.x), n=5), MATRIX)
        self.same(xp.fft.fftfreq(7, d=0.5), np.fft.fftfreq(7, 0.5))

    def test_dtypes_answer(self):
        self.assertEqual(xp.result_type(xp.int8, xp.uint8, 1), xp.int16)
        self.assertTrue(xp.can_cast(xp.int32, xp.int64))
        self.assertTrue(xp.isdtype(xp.float32, ("bool", "real floating")))
        self.assertEqual(xp.finfo(xp.float32).max, float(np.finfo(np.float32).max))
        self.assertEqual(xp.iinfo(xp.uint64).max, 2 ** 64 - 1)

    def test_numbers_come_out_and_errors_keep_their_kind(self):
        self.assertEqual(float(self.x[0, 0]), -7)
        self.assertEqual([10, 20, 30][xp.asarray(1)], 20)
        with self.assertRaises(TypeError):
            float(xp.asarray(1j))
        with self.assertRaises(TypeError):
            xp.asarray(True) - xp.asarray(True)
        with self.assertRaises(ValueError):
            xp.reshape(self.x, (3, 3))

    def test_memory_is_handed_over(self):
        self.same(xp.from_dlpack(self.x), MATRIX)
        self.same(xp.from_dlpack(MATRIX), MATRIX)
        np.testing.assert_array_equal(np.from_dlpack(self.x), MATRIX)


if __name__ == "__main__":
    unittest.main()
