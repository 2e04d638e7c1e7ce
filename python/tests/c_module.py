"""The module in C, `c_api.c`: compiled here, knowing only the header.

Run as a program it exercises that module under valgrind and fails when the module, or the core for it, reads or writes what is
not theirs or loses memory.
"""

import ctypes
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import millpond.core as mx

HERE = pathlib.Path(__file__).parent
INCLUDE = HERE.parent.parent / "crates" / "abi" / "include"
CAPSULE = b"millpond.core._C_API"


def compiler():
    return shutil.which("cc") or shutil.which("gcc")


def compiled(folder):
    """The library, in `folder`."""
    library = pathlib.Path(folder) / "c_api.so"
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-shared", "-fPIC", f"-I{INCLUDE}"]
    subprocess.run([compiler(), *flags, HERE / "c_api.c", "-o", library], check=True)
    return library


def attached(library):
    """The library, in this process, knowing the core."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    # PyDLL keeps Python's lock, which functions that take objects need.
    c = ctypes.PyDLL(str(library))
    c.attach.argtypes, c.attach.restype = [ctypes.c_void_p], ctypes.c_size_t
    c.exercise.restype = ctypes.c_char_p
    c.scale_object.restype = ctypes.c_void_p
    c.scale_object.argtypes = [ctypes.py_object, ctypes.c_float, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
    assert c.attach(pointer(mx._C_API, CAPSULE)) == 0
    return c


def scale(c, x, factor=3.0, broken=False, ruleless=False):
    """`factor * x`, by the primitive in C."""
    why = ctypes.c_char_p()
    made = c.scale_object(x, factor, broken, ruleless, ctypes.byref(why))
    if made is None:
        raise RuntimeError(why.value.decode())
    result = ctypes.cast(made, ctypes.py_object).value
    ctypes.pythonapi.Py_DecRef(ctypes.py_object(result))
    return result


TIMES = 20
# What runs the first lines of a compiled module.
IMPORTING = {"PyInit_core", "PyModule_ExecDef"}


def exercise(library):
    """Everything the module does, and its failures, some times over."""
    c = attached(library)
    x, ints = mx.array([1.0, 2.0, 3.0]), mx.array([1, 2])
    for _ in range(TIMES):
        assert c.exercise() is None
        assert scale(c, x).tolist() == [3.0, 6.0, 9.0]
        assert mx.grad(lambda x: scale(c, x * x).sum())(x).tolist() == [6.0, 12.0, 18.0]
        assert mx.jvp(lambda x: scale(c, x), [x], [x])[1][0].tolist() == [3.0, 6.0, 9.0]
        assert mx.vmap(lambda x: scale(c, x))(x).tolist() == [3.0, 6.0, 9.0]
        for fails in (
            lambda: mx.eval(scale(c, x, broken=True)),
            lambda: scale(c, ints),
            lambda: mx.vmap(lambda x: scale(c, x, ruleless=True))(x),
        ):
            try:
                fails()
            except (RuntimeError, NotImplementedError):
                pass
            else:
                raise AssertionError("this should have failed")
    assert c.states_alive() == 0


def problems(report):
    """What valgrind says of the module and the core, apart from what importing the core makes once and for all."""
    for error in xml.parse(report).iter("error"):
        frames = [(f.findtext("fn", "?"), f.findtext("obj", "")) for f in error.iter("frame")]
        ours = [obj.endswith("c_api.so") or "millpond" in obj for _, obj in frames]
        blocks = error.findtext("xwhat/leakedblocks")
        if blocks is None:
            # Of the interpreter's own reads valgrind has opinions that are not about us.
            first = [mine for mine, (_, obj) in zip(ours, frames) if "valgrind" not in obj][:1]
            wrong = any(first)
        else:
            wrong = any(ours) and int(blocks) >= TIMES and not any(fn in IMPORTING for fn, _ in frames)
        if wrong:
            what = error.findtext("what") or error.findtext("xwhat/text")
            yield "\n".join([what, *(f"    {fn}  {pathlib.Path(obj).name}" for fn, obj in frames)])


def main():
    with tempfile.TemporaryDirectory() as folder:
        library, report = compiled(folder), pathlib.Path(folder) / "report.xml"
        leaks = ["--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]
        where = ["--num-callers=200", "--xml=yes", f"--xml-file={report}"]
        command = ["valgrind", "--quiet", *leaks, *where, sys.executable, __file__, "exercise", library]
        done = subprocess.run(command, env={**os.environ, "PYTHONMALLOC": "malloc"})
        found = list(problems(report))
        print(*found, sep="\n\n")
        assert done.returncode == 0 and not found, f"{len(found)} problems under valgrind"


if __name__ == "__main__":
    exercise(sys.argv[2]) if sys.argv[1:2] == ["exercise"] else main()
