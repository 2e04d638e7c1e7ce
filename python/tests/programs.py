"""Small programs of the kinds that people write for MLX. Each is run with either module and returns what it has found.

A program takes the module and its functions for trees, and returns a dict of results, or calls that may fail in it: those
are compared by their exception.
"""

import collections
import functools
import io
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np


def transformer_block(mx, tree):
    batch, length, width, heads = 2, 6, 16, 4
    keys = mx.random.split(mx.random.key(3), 8)
    params = {
        "embedding": mx.random.normal((11, width), key=keys[0]),
        "attention": [mx.random.normal((width, width), key=keys[i]) / width**0.5 for i in range(1, 5)],
        "mlp": [mx.random.normal((width, 4 * width), key=keys[5]) * 0.1, mx.random.normal((4 * width, width), key=keys[6]) * 0.1],
    }
    tokens = mx.random.randint(0, 11, (batch, length), key=keys[7])
    mask = mx.triu(mx.full((length, length), -1e9), k=1)

    def norm(x):
        return (x - x.mean(-1, keepdims=True)) * mx.rsqrt(x.var(-1, keepdims=True) + 1e-5)

    def attention(x, weights):
        q, k, v = (
            (x @ w).reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3) for w in weights[:3]
        )
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(width // heads) + mask
        return (mx.softmax(scores, axis=-1) @ v).swapaxes(1, 2).flatten(2) @ weights[3]

    def loss(params):
        x = params["embedding"][tokens]
        x = x + attention(norm(x), params["attention"])
        hidden = norm(x) @ params["mlp"][0]
        x = x + (0.5 * hidden * (1 + mx.erf(hidden / math.sqrt(2)))) @ params["mlp"][1]
        logits, targets = (norm(x) @ params["embedding"].T)[:, :-1], tokens[:, 1:]
        return (mx.logsumexp(logits, -1) - mx.take_along_axis(logits, targets[..., None], -1)[..., 0]).mean()

    value, gradients = mx.value_and_grad(loss)(params)
    again = mx.grad(lambda p: mx.checkpoint(loss)(p))(params)
    return {
        "loss": value,
        "compiled": mx.compile(loss)(params),
        "names": [name for name, _ in tree.tree_flatten(gradients)],
        "gradients": [g.sum(axis=0) for _, g in tree.tree_flatten(gradients)],
        "checkpointed": again["mlp"][0].sum(0),
    }


def recurrent_cell(mx, tree):
    k1, k2, k3 = mx.random.split(mx.random.key(0), 3)
    params = [mx.random.normal((3, 5), key=k1), mx.random.normal((5, 5), key=k2) * 0.3, mx.zeros(5)]
    xs = mx.random.uniform(-1, 1, (7, 2, 3), key=k3)

    def run(params, xs):
        wx, wh, b = params
        h = mx.zeros((xs.shape[1], 5))
        states = []
        for x in xs:
            h = mx.tanh(x @ wx + h @ wh + b)
            states.append(h)
        return mx.stack(states)

    return {
        "states": run(params, xs),
        "gradients": mx.grad(lambda p: mx.sum(run(p, xs)[-1] ** 2))(params),
        "tangent": mx.jvp(lambda x: run(params, x)[-1], [xs], [mx.ones_like(xs)])[1],
        "compiled": mx.compile(run)(params, xs),
    }


def adam_with_state(mx, tree):
    mx.random.seed(0)
    params = {"w": mx.random.normal((4, 4)), "b": mx.zeros((4,)), "scale": [mx.array(1.0)]}
    state = {"step": mx.array(0), "m": tree.tree_map(mx.zeros_like, params), "v": tree.tree_map(mx.zeros_like, params)}
    x, y = mx.random.normal((16, 4)), mx.random.normal((16, 4))

    def loss(params):
        return mx.mean(mx.square((x @ params["w"] + params["b"]) * params["scale"][0] - y))

    @functools.partial(mx.compile, inputs=[params, state], outputs=[params, state])
    def step():
        value, grads = mx.value_and_grad(loss)(params)
        state["step"] = state["step"] + 1
        state["m"] = tree.tree_map(lambda m, g: 0.9 * m + 0.1 * g, state["m"], grads)
        state["v"] = tree.tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, state["v"], grads)
        rate = 0.01 * mx.sqrt(1 - 0.999 ** state["step"]) / (1 - 0.9 ** state["step"])
        moved = tree.tree_map(lambda p, m, v: p - rate * m / (mx.sqrt(v) + 1e-8), params, state["m"], state["v"])
        params.update(moved)
        return value

    losses = []
    for _ in range(8):
        losses.append(step())
        mx.async_eval(params, state)
    norm = tree.tree_reduce(lambda n, p: n + (p * p).sum(), params, mx.array(0.0))
    return {"losses": mx.stack(losses), "params": params, "step": state["step"], "norm": norm}


def mixed_precision(mx, tree):
    mx.random.seed(4)
    w, x = mx.random.normal((8, 8)).astype(mx.bfloat16), mx.random.normal((4, 8), dtype=mx.bfloat16)

    def loss(w):
        return ((x @ w).astype(mx.float32) ** 2).mean()

    return {
        "dtypes": [(x @ w).dtype, (x + mx.array(1.0)).dtype, (x * 1.5).dtype, (x * np.float32(2)).dtype, loss(w).dtype],
        "gradient": mx.grad(loss)(w).dtype,
        "relu": mx.maximum(x, 0) * 2 + 1.5,
        "bits": x.view(mx.uint16),
        "printed": str(x[0]),
        "limits": [mx.finfo(mx.bfloat16).max, mx.finfo(mx.float16).eps],
        "back": pickle.loads(pickle.dumps({"x": x}))["x"],
    }


def beam_search(mx, tree):
    words, beams = 10, 3
    table = mx.log(mx.softmax(mx.random.normal((words, words), key=mx.random.key(1)), -1))
    sequences, scores = mx.zeros((1, 1), dtype=mx.int32), mx.zeros((1,))
    for _ in range(4):
        flat = (table[sequences[:, -1]] + scores[:, None]).reshape(-1)
        best = mx.argpartition(-flat, kth=beams - 1)[:beams]
        best = best[mx.argsort(-flat[best])]
        parent, word = best // words, best % words
        scores = mx.take(flat, best)
        sequences = mx.concatenate([sequences[parent], word[:, None].astype(mx.int32)], axis=1)
    return {"sequences": sequences, "scores": scores, "dtypes": [best.dtype, parent.dtype], "top": mx.sort(mx.topk(flat, 5))}


def curvature(mx, tree):
    w = mx.random.normal((3, 4), key=mx.random.key(0))

    def f(x):
        return mx.tanh(w @ x)

    def energy(x):
        return (x**3).sum() + x[..., 0:1].sum() * mx.sin(x[..., 2:3]).sum()

    x = mx.array([1.0, 2.0, -1.0, 0.5])
    gradient = mx.grad(energy)
    backwards = mx.vmap(lambda c: mx.vjp(f, [x], [c])[1][0])(mx.eye(3))
    forwards = mx.vmap(lambda t: mx.jvp(f, [x], [t])[1][0], out_axes=1)(mx.eye(4))
    batch = mx.random.normal((5, 4), key=mx.random.key(1))
    return {
        "jacobians": [backwards, forwards],
        "hessian": mx.vmap(lambda v: mx.vjp(gradient, [x], [v])[1][0])(mx.eye(4)),
        "third": mx.grad(mx.grad(mx.grad(mx.sin)))(mx.array(0.5)),
        "each": mx.vmap(mx.grad(lambda w, x: mx.sum(w @ x) ** 2), in_axes=(None, 0))(w, batch),
        "values": mx.vmap(mx.value_and_grad(energy))(batch),
    }


def implicit_function(mx, tree):
    @mx.custom_function
    def root(a):
        x = mx.ones_like(a)
        for _ in range(30):
            x = 0.5 * (x + a / x)
        return x

    @root.vjp
    def root_vjp(a, cotangent, x):
        return cotangent / (2 * x)

    def newton(f, x):
        for _ in range(10):
            x = x - f(x) / mx.grad(f)(x)
        return x

    a = mx.array([2.0, 3.0, 9.0])
    return {
        "root": root(a),
        "slope": mx.grad(lambda a: root(a).sum())(a),
        "newton": newton(lambda x: x**3 - 2, mx.array(1.0)),
        "through": mx.grad(lambda c: newton(lambda x: x**3 - c, mx.array(1.0)))(mx.array(2.0)),
    }


def metropolis(mx, tree):
    def log_density(x):
        return -0.5 * mx.sum(x**2)

    key, x, accepted, samples = mx.random.key(42), mx.zeros(2), 0, []
    for _ in range(30):
        key, step, chance = mx.random.split(key, 3)
        proposal = x + 0.5 * mx.random.normal(x.shape, key=step)
        if mx.log(mx.random.uniform(key=chance)) < log_density(proposal) - log_density(x):
            x, accepted = proposal, accepted + 1
        samples.append(x)
    bounds = mx.random.uniform(low=np.array([0.0, 10.0]), high=mx.array([1.0, 20.0]), shape=(4, 2), key=key)
    mx.random.seed(7)
    stateful = [mx.random.normal((2,)) for _ in range(2)]
    return {"accepted": accepted, "samples": mx.stack(samples), "bounds": bounds, "stateful": stateful}


def pictures(mx, tree):
    image = (mx.arange(6 * 6 * 3) * 7 % 256).astype(mx.uint8).reshape(6, 6, 3)
    x = image.astype(mx.float32) / 255
    kernel = mx.random.normal((3, 3, 3, 2), key=mx.random.key(0))

    def convolve(x, kernel):
        windows = mx.as_strided(x, (4, 4, 3, 3, 3), (18, 3, 18, 3, 1))
        return mx.tensordot(windows, kernel, axes=[[2, 3, 4], [0, 1, 2]])

    return {
        "normal": (x - x.mean((0, 1))) / x.std((0, 1)),
        "flipped": image[:, ::-1][::2],
        "inverse": [255 - image[0], ~image[0]],
        "padded": mx.pad(image, [(1, 1), (2, 2), (0, 0)], constant_values=9)[0, :3],
        "grey": x @ mx.array([0.299, 0.587, 0.114]),
        "histogram": mx.zeros(256, dtype=mx.int32).at[image.flatten()].add(1),
        "convolved": convolve(x, kernel),
        "gradients": mx.grad(lambda x, k: convolve(x, k).sum(), argnums=(0, 1))(x, kernel),
        "pooled": x.reshape(3, 2, 3, 2, 3).max((1, 3)),
    }


def game_of_life(mx, tree):
    grid = mx.random.bernoulli(0.4, (12, 12), key=mx.random.key(3))
    for _ in range(10):
        around = sum(
            mx.roll(mx.roll(grid.astype(mx.uint8), i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j
        )
        grid = (around == 3) | (grid & (around == 2))
    picture = "\n".join("".join("#" if cell else "." for cell in row) for row in grid.tolist())
    real, imaginary = mx.meshgrid(mx.linspace(-2, 1, 13), mx.linspace(-1.2, 1.2, 9))
    c = real + 1j * imaginary
    z, steps = mx.zeros_like(c), mx.zeros(c.shape, dtype=mx.int32)
    for _ in range(20):
        z = mx.where(mx.abs(z) <= 2, z * z + c, z)
        steps = steps + (mx.abs(z) <= 2)
    return {"around": around, "alive": grid.sum(), "picture": picture, "mandelbrot": steps}


def groups_and_graphs(mx, tree):
    x = mx.array([3, 1, 2, 3, 1, 1])
    ordered = mx.sort(x)
    first = mx.concatenate([mx.array([True]), ordered[1:] != ordered[:-1]])
    group = mx.cumsum(first.astype(mx.int32)) - 1
    count = group[-1].item() + 1
    edges = mx.array([[0, 1], [1, 2], [2, 0], [3, 2], [4, 3], [5, 4], [5, 0]])
    links = mx.zeros((6, 6))
    links[edges[:, 0], edges[:, 1]] = 1
    rank = mx.full((6,), 1 / 6)
    for _ in range(30):
        rank = 0.15 / 6 + 0.85 * (rank @ (links / mx.maximum(links.sum(1, keepdims=True), 1)))
    distance = mx.where(mx.eye(6, dtype=mx.bool_), 0, mx.where(links > 0, links, mx.inf))
    for k in range(6):
        distance = mx.minimum(distance, distance[:, k : k + 1] + distance[k : k + 1, :])
    back = mx.argsort(x)
    inverse = mx.zeros_like(back)
    inverse[back] = mx.arange(6)
    return {
        "unique": mx.zeros((count,), dtype=x.dtype).at[group].maximum(ordered),
        "counts": mx.zeros((count,), dtype=mx.int32).at[group].add(1),
        "means": mx.zeros(4).at[x].add(mx.arange(6)) / mx.maximum(mx.zeros(4).at[x].add(1), 1),
        "inverse": inverse,
        "rank": rank,
        "distance": distance,
        "text": [["a", "b", "c", "d"][i] for i in x],
    }


def mutation_and_aliases(mx, tree):
    a = mx.array([1.0, 2.0, 3.0])
    alias, view, held = a, a[1:], {"a": [a]}
    a += 1
    held["a"][0][0] = 50
    copy = mx.array(a)
    copy[:] = 0
    buffer = mx.zeros((3, 2))

    def fill(x):
        for i in range(3):
            buffer[i] = x * i
        return buffer.sum()

    def change(x):
        x += 1
        x[0] = 5.0
        return (x * x).sum()

    def replace(params):
        params["a"] = params["a"] * 2
        return (params["a"] ** 2).sum()

    params, x = {"a": mx.array([1.0, 2.0])}, mx.array([1.0, 2.0])
    results = {"a": a, "alias": alias is a, "view": view, "copy": copy, "filled": mx.grad(fill)(x)}
    results |= {"buffer": buffer, "gradient": mx.grad(change)(x), "x": x, "replaced": mx.grad(replace)(params)}
    swapped = mx.arange(4)
    swapped[[0, 1]] = swapped[[1, 0]]
    seen = []
    for value in swapped:
        seen.append(value.item())
        swapped += 10
    return results | {"params": params, "seen": seen, "swapped": swapped, "order": sorted(mx.array([3, 1, 2]), reverse=True)}


def containers(mx, tree):
    Pair = collections.namedtuple("Pair", "w b")
    nested = {"a": mx.ones(2), "b": [mx.zeros(1), {"c": (mx.array(3.0), mx.array([1.0, 2.0]))}], "n": None, "i": 3}
    return {
        "flat": tree.tree_flatten(nested),
        "mapped": tree.tree_map(lambda x: x + 1 if isinstance(x, mx.array) else x, nested),
        "gradient": mx.grad(lambda t: (t["a"] * t["b"][1]["c"][1]).sum())({k: nested[k] for k in "ab"}),
        "constants": lambda: mx.grad(lambda t: t["a"].sum())(nested),
        "compiled": mx.compile(lambda t: {"sum": t["a"] + t["b"][1]["c"][0]})({k: nested[k] for k in "ab"}),
        "vectorized": mx.vmap(lambda t: t["x"] * t["y"][0])({"x": mx.ones((2, 3)), "y": [mx.array([2.0, 3.0])]}),
        "pair": lambda: mx.grad(lambda p: (p.w * p.b).sum())(Pair(mx.ones(2), mx.ones(2))),
        "integer": lambda: mx.grad(lambda p: p[0].sum())({0: mx.ones(2)}),
        "nothing": lambda: mx.grad(lambda x: None)(mx.ones(2)),
    }


def data_from_elsewhere(mx, tree):
    random = np.random.default_rng(0)
    data, labels = random.normal(size=(20, 4)).astype(np.float32), random.integers(0, 3, 20)
    order = mx.array(random.permutation(20))
    batches = [(mx.array(data)[order[i : i + 8]], mx.array(labels)[order[i : i + 8]]) for i in range(0, 20, 8)]
    records = np.array([(1, 2.5), (3, 4.5)], dtype=[("number", "i4"), ("weight", "f4")])
    file = io.BytesIO()
    np.save(file, np.asfortranarray(data[:2]))
    file.seek(0)
    with ThreadPoolExecutor(2) as pool:
        means = list(pool.map(lambda part: np.array(mx.array(part).mean(0)), np.array_split(data, 4)))
    return {
        "batches": batches,
        "weights": mx.array(records["weight"]),
        "loaded": mx.load(file, format="npy"),
        "means": means,
        "stacked": np.stack([mx.array([1, 2]), mx.array([3, 4])]),
        "columns": {name: mx.array(data[:3, i]) for i, name in enumerate("abcd")},
        "rows": [float(row.sum()) for row in mx.array([[1.0, 2.0], [3.0, 4.0]])],
        "text": lambda: mx.array(np.array(["a", "b"])),
        "ragged": lambda: mx.array([[1, 2], [3]]),
    }


def errors_on_the_way(mx, tree):
    x, m = mx.array([1.0, 2.0, 3.0]), mx.ones((2, 3))

    @mx.compile
    def doubled(x):
        return x * 2

    return {
        "shapes": lambda: m + mx.ones(2),
        "still": doubled(x),
        "product": lambda: m @ mx.ones(2),
        "axis": lambda: m.sum(axis=2),
        "inside": lambda: mx.grad(lambda x: (x + mx.ones(2)).sum())(x),
        "mapped": lambda: mx.vmap(lambda a, b: a + b)(m, mx.ones((3, 3))),
        "vector": lambda: mx.grad(lambda x: x)(x),
        "reshape": lambda: m.reshape(4, -1),
        "keyword": lambda: mx.sum(m, axes=0),
        "dtype": lambda: mx.zeros((2,), dtype="float32"),
        "after": mx.grad(lambda x: doubled(x).sum())(x),
    }


PROGRAMS = [
    transformer_block, recurrent_cell, adam_with_state, mixed_precision, beam_search, curvature, implicit_function, metropolis,
    pictures, game_of_life, groups_and_graphs, mutation_and_aliases, containers, data_from_elsewhere, errors_on_the_way,
]  # fmt: skip
