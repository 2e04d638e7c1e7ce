from collections.abc import Callable, Sequence
from typing import Any

from . import Dtype, Stream, Device, array

class _Kernel:
    def __call__(
        self,
        *,
        inputs: Sequence[Any],
        output_shapes: Sequence[Sequence[int]],
        output_dtypes: Sequence[Dtype],
        grid: tuple[int, int, int],
        threadgroup: tuple[int, int, int],
        template: Sequence[tuple[str, Dtype | int | bool]] | None = None,
        init_value: float | None = None,
        verbose: bool = False,
        stream: Stream | Device | None = None,
    ) -> list[array]: ...

def wgsl_kernel(
    name: str,
    input_names: Sequence[str],
    output_names: Sequence[str],
    source: str,
    header: str = "",
    ensure_row_contiguous: bool = True,
    atomic_outputs: bool = False,
    *,
    cpu: Callable[..., Any] | None = None,
) -> _Kernel: ...
