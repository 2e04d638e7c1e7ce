"""Modules that are compiled separately from Millpond, for the tests."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent


def build(manifest, package, name, folder):
    """Builds `package` of the workspace of `manifest` and puts its module `name` into `folder`."""
    cargo = os.environ.get("CARGO") or shutil.which("cargo")
    if cargo is None:
        pytest.skip("there is no cargo")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target" / "examples"))
    # A debug build, on purpose: it works beside a release build of the core.
    command = [cargo, "build", "--quiet", "-p", package, "--manifest-path", ROOT / manifest, "--target-dir", target]
    subprocess.run(command, check=True)
    library = {"darwin": f"lib{name}.dylib", "win32": f"{name}.dll"}.get(sys.platform, f"lib{name}.so")
    shutil.copy(target / "debug" / library, folder / (name + (".pyd" if sys.platform == "win32" else ".abi3.so")))
    return folder


def on_the_gpu(script, *folders):
    """Runs `script` where the software driver is the GPU and nothing may run elsewhere in its place."""
    strict = {"MILLPOND_GPU": "software", "WGPU_BACKEND": "vulkan", "MILLPOND_STRICT_DEVICE": "1"}
    environment = {**os.environ, **strict, "PYTHONPATH": os.pathsep.join([*map(str, folders), *sys.path])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
