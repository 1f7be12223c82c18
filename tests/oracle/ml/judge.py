"""What the tests of machine learning share: the oracle program, asked in JSON, and its answers as
NumPy arrays. Fitted attributes have scikit-learn's names without the underscore at their end."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

SEEDS = range(8)


class Refused(Exception):
    """tartan threw."""

    def __init__(self, answer):
        super().__init__(answer["error"])
        self.kind = answer["kind"]


def to_array(answer):
    """Arrays of an answer as NumPy's, everything else as it is."""
    if isinstance(answer, dict) and answer.keys() == {"dtype", "shape", "data"}:
        data = answer["data"]
        if answer["dtype"].startswith("float"):
            data = [float(value) for value in data]
        return np.array(data, dtype=answer["dtype"]).reshape(answer["shape"])
    if isinstance(answer, dict):
        return {name: to_array(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [to_array(value) for value in answer]
    return float(answer) if answer in ("nan", "inf", "-inf") else answer


class Model:
    """A fitted estimator: what `calls` gave by their names, and its attributes."""

    def __init__(self, answer):
        self.attributes = to_array(answer["attributes"])
        self.results = to_array(answer["results"])

    def __getattr__(self, name):
        if name.endswith("_"):
            return self.attributes[name[:-1]]
        return self.results[name]


class Judge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.process = subprocess.Popen([os.environ["TARTAN_ORACLE_ML"]], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        cls.process.wait(30)
        cls.process.stdout.close()
        cls.folder.cleanup()

    def ask(self, **job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        self.assertTrue(line, f"the program died on {job}")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer)
        return answer

    def store(self, name, array):
        if array is None:
            return None
        array = np.ascontiguousarray(array)
        path = pathlib.Path(self.folder.name) / name
        array.tofile(path)
        return {"path": str(path), "shape": list(array.shape), "dtype": str(array.dtype)}

    def fit(self, type_, x, y=None, sample_weight=None, *, params=None, calls=(), chunk_rows=100,
            x_test=None, y_test=None, **job):
        """Fits type_(**params) and asks for `calls` on x_test (or x). partial=n: in n parts."""
        if x_test is not None:
            job["x_test"] = self.store("x_test", x_test)
            job["y_test"] = self.store("y_test", y_test)
        return Model(self.ask(what="model", type=type_, params=params or {}, calls=list(calls),
                              chunk_rows=chunk_rows, x=self.store("x", x),
                              y=self.store("y", y),
                              sample_weight=self.store("sample_weight", sample_weight), **job))

    def metric(self, name, y_true, y_pred, sample_weight=None, *, chunk_rows=50, **job):
        return to_array(self.ask(what="metric", name=name, chunk_rows=chunk_rows,
                                 y_true=self.store("y_true", y_true),
                                 y_pred=self.store("y_pred", y_pred),
                                 sample_weight=self.store("sample_weight", sample_weight),
                                 **job)["value"])

    def refuses(self, words, kind="ValueError"):
        """A block that tartan must refuse with that kind of error and these words."""
        return _Refusal(self, words, kind)


class _Refusal:
    def __init__(self, test, words, kind):
        self.test, self.words, self.kind = test, words, kind

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.test.fail(f"nothing was refused, but {self.words!r} was expected")
        if kind is not Refused:
            return False
        self.test.assertEqual(error.kind, self.kind, str(error))
        self.test.assertIn(self.words, str(error))
        return True
