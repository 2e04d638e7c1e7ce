"""GPU kernels written by hand: `millpond.core.fast.wgsl_kernel`."""

import hashlib
import math
import struct

_MOST_GROUPS = 65535
_MOST_THREADS = 256

# What elements are inside kernels. Those narrower than a word are widened before and rounded after.
_WIDE = {"bool": "uint32", "uint8": "uint32", "uint16": "uint32", "int8": "int32", "int16": "int32"}
_WIDE |= {"float16": "float32", "bfloat16": "float32"}
_TYPES = {"uint32": "u32", "int32": "i32", "float32": "f32", "complex64": "vec2<f32>", "uint64": "u64", "int64": "i64"}

_ADD = """fn {name}_add(i: u32, value: f32) {{
    var old = atomicLoad(&{name}[i]);
    loop {{
        let done = atomicCompareExchangeWeak(&{name}[i], old, bitcast<u32>(bitcast<f32>(old) + value));
        if (done.exchanged) {{ break; }}
        old = done.old_value;
    }}
}}
"""


def _name(dtype):
    return str(dtype).rsplit(".", 1)[-1]


def _wide(dtype):
    import millpond.core as mx

    return getattr(mx, _WIDE.get(_name(dtype), _name(dtype)))


def _type(dtype):
    # float64 has no type in WGSL; such a kernel runs its CPU form.
    return _TYPES.get(_name(_wide(dtype)), "f32")


class _Kernel:
    """A kernel made by `wgsl_kernel`, to be called with arrays."""

    def __init__(self, name, inputs, outputs, source, header, contiguous, atomic, cpu):
        self._name, self._inputs, self._outputs = name, inputs, outputs
        self._source, self._header, self._contiguous, self._atomic, self._cpu = source, header, contiguous, atomic, cpu

    def __repr__(self):
        return f"wgsl_kernel({self._name})"

    def _text(self, inputs, dtypes, template, grid, group, folded):
        lines = ["@group(0) @binding(0) var<storage, read> params_: array<u32>;"]
        local = []
        used = self._source
        place = 6
        for i, (name, a) in enumerate(zip(self._inputs, inputs)):
            buffer = name if a.ndim else f"{name}_buffer"
            lines.append(f"@group(0) @binding({i + 1}) var<storage, read> {buffer}: array<{_type(a.dtype)}>;")
            if not a.ndim:
                local.append(f"let {name} = {buffer}[0];")
            for what, kind, cast in (("shape", "u32", ""), ("strides", "i32", "i32")):
                if a.ndim and f"{name}_{what}" in used:
                    items = ", ".join(f"{cast}(params_[{place + d}])" for d in range(a.ndim))
                    local.append(f"var {name}_{what} = array<{kind}, {a.ndim}>({items});")
                place += a.ndim
            lines.append(f"const {name}_ndim = {a.ndim}u;")
        for i, (name, dtype) in enumerate(zip(self._outputs, dtypes)):
            kind = _type(dtype)
            if self._atomic:
                if kind not in ("u32", "i32", "f32"):
                    raise ValueError(f"[{self._name}] outputs of type {_name(dtype)} can't be atomic")
                kind, real = f"atomic<{'u32' if kind == 'f32' else kind}>", kind == "f32"
            binding = 1 + len(inputs) + i
            lines.append(f"@group(0) @binding({binding}) var<storage, read_write> {name}: array<{kind}>;")
            if self._atomic and real:
                lines.append(_ADD.format(name=name))
        for name, value in template:
            if isinstance(value, (bool, int)):
                lines.append(f"const {name} = {str(value).lower()};")
            else:
                lines.append(f"alias {name} = {_type(value)};")
        lines += ["//# header", self._header, "//# preamble"]
        size = ", ".join(map(str, group))
        lines.append(f"@compute @workgroup_size({size})")
        lines.append(
            "fn main(@builtin(workgroup_id) group_: vec3<u32>, @builtin(num_workgroups) groups_: vec3<u32>, "
            "@builtin(local_invocation_id) thread_position_in_threadgroup: vec3<u32>, "
            "@builtin(local_invocation_index) thread_index_in_threadgroup: u32) {"
        )
        lines.append("let threads_per_grid = vec3<u32>(params_[0], params_[1], params_[2]);")
        lines.append("let threadgroups_per_grid = vec3<u32>(params_[3], params_[4], params_[5]);")
        lines.append(f"let threads_per_threadgroup = vec3<u32>({size});")
        if folded:
            lines.append("let n_ = group_.y * groups_.x + group_.x; let row_ = threadgroups_per_grid.x;")
            lines.append("let plane_ = row_ * threadgroups_per_grid.y; if (n_ >= plane_ * threadgroups_per_grid.z) { return; }")
            lines.append("let threadgroup_position_in_grid = vec3<u32>(n_ % row_, (n_ % plane_) / row_, n_ / plane_);")
        else:
            lines.append("let threadgroup_position_in_grid = group_;")
        lines.append(
            "let thread_position_in_grid = threadgroup_position_in_grid * threads_per_threadgroup + thread_position_in_threadgroup;"
        )
        if any(g % t for g, t in zip(grid, group)):
            lines.append("if (any(thread_position_in_grid >= threads_per_grid)) { return; }")
        lines += local + ["//# source", self._source, "//# end", "}", ""]
        return "\n".join(lines)

    def _on_cpu(self, shapes, dtypes, init):
        """The CPU form over lists of arrays and bytes."""
        import numpy as np

        numpy = [np.dtype(_name(d)) for d in dtypes]

        def run(inputs):
            outputs = [np.full(shape, 0 if init is None else init, dtype) for shape, dtype in zip(shapes, numpy)]
            self._cpu(*[np.asarray(a) for a in inputs], *outputs)
            return [o.tobytes() for o in outputs]

        return run

    def __call__(
        self, *, inputs, output_shapes, output_dtypes, grid, threadgroup, template=None, init_value=None, verbose=False, stream=None
    ):
        """Applies the kernel: the list of outputs, computed when they are needed."""
        import millpond.core as mx

        fail = lambda what: ValueError(f"[{self._name}] {what}")  # noqa: E731
        if len(inputs) != len(self._inputs):
            raise fail(f"takes {len(self._inputs)} inputs, got {len(inputs)}")
        if not len(output_shapes) == len(output_dtypes) == len(self._outputs):
            raise fail(f"has {len(self._outputs)} outputs, got {len(output_shapes)} shapes and {len(output_dtypes)} dtypes")
        grid, threadgroup = tuple(map(int, grid)), tuple(map(int, threadgroup))
        if len(grid) != 3 or len(threadgroup) != 3 or min(grid + threadgroup) < 1:
            raise fail(f"grid and threadgroup are three positive numbers each, got {grid} and {threadgroup}")
        group = tuple(map(min, threadgroup, grid))
        if math.prod(group) > _MOST_THREADS:
            raise fail(f"a threadgroup has at most {_MOST_THREADS} threads, got {threadgroup}")
        groups = tuple(-(-g // t) for g, t in zip(grid, group))
        folded = max(groups) > _MOST_GROUPS
        run_as = groups
        if folded:
            rows = -(-math.prod(groups) // _MOST_GROUPS)
            if rows > _MOST_GROUPS:
                raise fail(f"the grid {grid} is too large")
            run_as = (-(-math.prod(groups) // rows), rows, 1)
        with mx.stream(stream) if stream is not None else _Here():
            arrays = [a if isinstance(a, mx.array) else mx.array(a) for a in inputs]
            arrays = [a if _wide(a.dtype) == a.dtype else a.astype(_wide(a.dtype)) for a in arrays]
            dtypes = [_wide(d) for d in output_dtypes]
            text = self._text(arrays, dtypes, list(template or []), grid, group, folded)
            if verbose:
                print(text)
            init = None if init_value is None else [_words(init_value, d) for d in dtypes]
            key = f"{self._name} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
            cpu = self._cpu and self._on_cpu([tuple(s) for s in output_shapes], dtypes, init_value)
            made = mx._wgsl_run(
                self._name, key, text, arrays, output_shapes, dtypes, grid + groups, run_as, init, self._contiguous, cpu
            )
            return [o if w == d else o.astype(d) for o, w, d in zip(made, dtypes, output_dtypes)]


class _Here:
    def __enter__(self):
        pass

    def __exit__(self, *exc):
        pass


def _words(value, dtype):
    """An element as two words."""
    code = {"uint32": "I", "int32": "i", "float32": "f", "uint64": "Q", "int64": "q", "float64": "d", "complex64": "ff"}
    code = code[_name(dtype)]
    parts = (complex(value).real, complex(value).imag) if code == "ff" else (float(value) if code in "fd" else int(value),)
    return struct.unpack("<II", struct.pack("<" + code, *parts).ljust(8, b"\0"))


def wgsl_kernel(
    name, input_names, output_names, source, header="", ensure_row_contiguous=True, atomic_outputs=False, *, cpu=None
):
    """A kernel for GPUs from the body of a WGSL function, called as the kernels of MLX's `fast.metal_kernel` are.

    In `source`, inputs and outputs are arrays under their names (an input without axes is a number), beside them
    `thread_position_in_grid`, `thread_position_in_threadgroup`, `thread_index_in_threadgroup`,
    `threadgroup_position_in_grid`, `threads_per_grid`, `threads_per_threadgroup` and `threadgroups_per_grid`, and for an
    input `x`: `x_shape`, `x_strides` and `x_ndim`. `header` comes before the function. Elements are `f32`, `i32`, `u32`,
    `vec2<f32>` (complex64), `i64` or `u64`; narrower ones are widened before the kernel and rounded after it. With
    `atomic_outputs` outputs are atomic, and a floating-point output `x` is added to with `x_add(i, value)`.

    The result is called with `inputs`, `output_shapes`, `output_dtypes`, `grid` (in threads), `threadgroup` and optionally
    `template` (pairs of a name and a dtype, integer or truth value), `init_value`, `verbose` (prints the whole text) and
    `stream`; it returns a list of arrays. Where the stream is the CPU's, `cpu(*inputs, *outputs)` is called with numpy
    arrays and fills the outputs; without it that is an error. Give derivatives with `custom_function`.
    """
    for each in [*input_names, *output_names]:
        if not str(each).isidentifier():
            raise ValueError(f"[{name}] {each!r} is no name for an input or output")
    if not output_names:
        raise ValueError(f"[{name}] there are no outputs")
    return _Kernel(name, list(input_names), list(output_names), source, header, ensure_row_contiguous, atomic_outputs, cpu)
