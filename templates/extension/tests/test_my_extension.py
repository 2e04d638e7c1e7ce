"""Run by `python -m unittest discover tests` when the package is installed."""

import unittest

import millpond.core as mx
from my_extension import squareplus

X = mx.array([[-3.0, -0.5, 0.0], [0.25, 1.0, 10.0]])


def expression(x):
    return (x + mx.sqrt(x * x + 4.0)) / 2


class Squareplus(unittest.TestCase):
    def assert_close(self, a, b):
        self.assertEqual((a.shape, a.dtype), (b.shape, b.dtype))
        self.assertTrue(mx.allclose(a, b, rtol=1e-5, atol=1e-6).item(), f"{a}\n{b}")

    def test_results(self):
        for x in (X, X.T, X[:, ::-1], X[0, 0], mx.array([1, 2])):
            self.assert_close(squareplus(x), expression(x))

    def test_transforms(self):
        self.assert_close(mx.grad(lambda x: squareplus(x).sum())(X), mx.grad(lambda x: expression(x).sum())(X))
        _, (tangent,) = mx.jvp(squareplus, [X], [mx.ones_like(X)])
        self.assert_close(tangent, mx.grad(lambda x: expression(x).sum())(X))
        self.assert_close(mx.vmap(squareplus, in_axes=1, out_axes=1)(X), expression(X))

    def test_gradient_is_the_limit_of_differences(self):
        step = 1e-2
        difference = (squareplus(X + step) - squareplus(X - step)) / (2 * step)
        slope = mx.grad(lambda x: squareplus(x).sum())(X)
        self.assertTrue(mx.allclose(slope, difference, atol=1e-3).item(), f"{slope}\n{difference}")

    def test_bad_input(self):
        with self.assertRaisesRegex(ValueError, "must not be negative, got -1"):
            squareplus(X, -1.0)
        half = squareplus(X.astype(mx.float16))
        with self.assertRaisesRegex(TypeError, "supports float32 and float64, got float16"):
            mx.eval(half)


if __name__ == "__main__":
    unittest.main()
