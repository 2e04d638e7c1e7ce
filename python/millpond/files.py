"""Arrays in files: ``.npy`` and ``.npz`` as numpy writes them, and ``.safetensors``.

``save``, ``savez``, ``savez_compressed``, ``save_safetensors`` and ``load`` of ``millpond.core``. A file is a path or an
open binary file. numpy is not needed. ``bfloat16``, which numpy lacks, is ``V2`` in its formats.
"""

import ast
import json
import math
import os
import struct
import sys
import zipfile

MAGIC = b"\x93NUMPY"
# The names of dtypes: in numpy's headers, in safetensors, and ours.
DTYPES = (
    ("|b1", "BOOL", "bool_"), ("|u1", "U8", "uint8"), ("<u2", "U16", "uint16"), ("<u4", "U32", "uint32"), ("<u8", "U64", "uint64"),
    ("|i1", "I8", "int8"), ("<i2", "I16", "int16"), ("<i4", "I32", "int32"), ("<i8", "I64", "int64"), ("<f2", "F16", "float16"),
    ("<V2", "BF16", "bfloat16"), ("<f4", "F32", "float32"), ("<f8", "F64", "float64"), ("<c8", "C64", "complex64"),
)  # fmt: skip
NUMPY = {numpy: name for numpy, _, name in DTYPES} | {"|V2": "bfloat16"}
SAFETENSORS = {safe: name for _, safe, name in DTYPES}


def _core():
    # Not at the top: the module is made while this one is imported.
    import millpond.core

    return millpond.core


def _name(array):
    name = str(array.dtype).rpartition(".")[2]
    return "bool_" if name == "bool" else name


def _bytes(array):
    """The elements in row-major order."""
    mx = _core()
    if sys.byteorder != "little":
        raise RuntimeError("[save] files are written on little-endian machines only")
    return bytes(memoryview(mx.contiguous(mx.reshape(array, (-1,))).view(mx.uint8))) if array.size else b""


def _array(data, name, shape, op):
    """The array of these bytes."""
    mx = _core()
    dtype, size = getattr(mx, name), math.prod(shape)
    if len(data) != size * dtype.size:
        raise ValueError(f"[{op}] {len(data)} bytes are not an array of shape {tuple(shape)} and type {dtype}")
    if not size:
        return mx.zeros(shape, dtype)
    return mx.array(memoryview(data).cast("B")).view(dtype).reshape(shape)


class _Opened:
    """A path, opened here and closed at the end, or a file that is open already."""

    def __init__(self, op, file, mode, extension=""):
        if isinstance(file, (str, os.PathLike)):
            path = os.fspath(file)
            path = path if path.endswith(extension) else path + extension
            try:
                self.file, self.own = open(path, mode), True  # noqa: SIM115
            except OSError as error:
                if "savez" in op:
                    raise
                raise RuntimeError(f"[{op}] Failed to open file {path}: {error.strerror}") from error
        elif hasattr(file, "read" if "r" in mode else "write"):
            self.file, self.own = file, False
        else:
            raise ValueError(f"[{op}] Input must be a file-like object, or string, not {type(file).__name__}")

    def __enter__(self):
        return self.file

    def __exit__(self, *_):
        if self.own:
            self.file.close()


def _check(op, array):
    if not isinstance(array, _core().array):
        raise TypeError(f"{op}(): an array is needed, not {type(array).__name__}")
    return array


def _npy(array):
    descr = next(numpy for numpy, _, name in DTYPES if name == _name(array))
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple(array.shape)}, }}"
    length = -(len(MAGIC) + 4 + len(header) + 1) % 64
    header = (header + " " * length + "\n").encode("latin1")
    return MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header + _bytes(array)


def _read_npy(data):
    if data[:6] != MAGIC:
        raise ValueError("[load] Invalid header: this is no npy file")
    width = 2 if data[6] == 1 else 4
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    try:
        header = ast.literal_eval(data[8 + width : start].decode("latin1"))
        descr, fortran, shape = header["descr"], header["fortran_order"], tuple(header["shape"])
    except (ValueError, SyntaxError, KeyError, TypeError) as error:
        raise ValueError("[load] Invalid header: it can't be read") from error
    body, little = data[start:], descr.replace(">", "<") if isinstance(descr, str) else ""
    little = little.replace("=", "<")
    if little not in NUMPY:
        raise ValueError(f"[load] there is no dtype for elements of type {descr!r}")
    if descr.startswith(">"):
        width = int(descr[2:]) // (2 if descr[1] == "c" else 1)
        body = b"".join(body[i : i + width][::-1] for i in range(0, len(body), width))
    array = _array(body, NUMPY[little], shape[::-1] if fortran else shape, "load")
    return _core().transpose(array) if fortran else array


def save(file, arr):
    """Writes one array as a ``.npy`` file; the extension is added where it is missing."""
    with _Opened("save", file, "wb", ".npy") as out:
        out.write(_npy(_check("save", arr)))


def _savez(op, compression, file, args, kwargs):
    arrays = dict(kwargs)
    for i, array in enumerate(args):
        if f"arr_{i}" in arrays:
            raise ValueError(f"[{op}] Cannot use un-named variables and keyword arr_{i}")
        arrays[f"arr_{i}"] = array
    for array in arrays.values():
        _check(op, array)
    with _Opened(op, file, "wb", ".npz") as out, zipfile.ZipFile(out, "w", compression, allowZip64=True) as archive:
        for name, array in arrays.items():
            archive.writestr(name + ".npy", _npy(array))


def savez(file, *args, **kwargs):
    """Writes arrays as a ``.npz`` file, by their names, or as ``arr_0``, ``arr_1``, … in order."""
    _savez("savez", zipfile.ZIP_STORED, file, args, kwargs)


def savez_compressed(file, *args, **kwargs):
    """Writes arrays as a ``.npz`` file, compressed."""
    _savez("savez_compressed", zipfile.ZIP_DEFLATED, file, args, kwargs)


def save_safetensors(file, arrays, metadata=None):
    """Writes a dict of arrays, and one of texts, as a ``.safetensors`` file."""
    if not isinstance(arrays, dict):
        raise TypeError(f"save_safetensors(): argument 'arrays' must be dict[str, array], not {type(arrays).__name__}")
    header, parts, end = {"__metadata__": dict(metadata)} if metadata else {}, [], 0
    # The widest elements first, so that all are aligned.
    for name, array in sorted(arrays.items(), key=lambda item: -_check("save_safetensors", item[1]).itemsize):
        safe = next(safe for _, safe, own in DTYPES if own == _name(array))
        parts.append(_bytes(array))
        header[name] = {"dtype": safe, "shape": list(array.shape), "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with _Opened("save_safetensors", file, "wb", ".safetensors") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def _read_safetensors(data):
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > len(data) - 8:
        raise ValueError("[load] Invalid header: this is no safetensors file")
    try:
        header = json.loads(data[8 : 8 + size])
        metadata, arrays = header.pop("__metadata__", {}), {}
        for name, entry in header.items():
            if entry["dtype"] not in SAFETENSORS:
                raise ValueError(f"[load] there is no dtype for elements of type {entry['dtype']!r}")
            start, end = (8 + size + offset for offset in entry["data_offsets"])
            arrays[name] = _array(data[start:end], SAFETENSORS[entry["dtype"]], entry["shape"], "load")
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("[load] Invalid header: it can't be read") from error
    return arrays, metadata


def _read_npz(file):
    try:
        with zipfile.ZipFile(file) as archive:
            return {name.removesuffix(".npy"): _read_npy(archive.read(name)) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise ValueError("[load] this is no npz file") from error


def load(file, /, format=None, return_metadata=False, *, stream=None):
    """The array of a ``.npy`` file, or the dict of arrays of a ``.npz`` or ``.safetensors`` file.

    The format is told by the extension of the name, or given. ``return_metadata`` returns the texts of a ``.safetensors`` file
    too. Files are read at once; ``stream`` is taken for its name's sake.
    """
    if format is None:
        name = os.fspath(file) if isinstance(file, (str, os.PathLike)) else getattr(file, "name", None)
        extension = os.path.splitext(name)[1] if isinstance(name, str) else ""
        if not extension:
            raise ValueError("[load] Could not infer file format from extension")
        format = extension[1:]
    if format not in ("npy", "npz", "safetensors"):
        raise ValueError(f"[load] Unknown file format {format}")
    if return_metadata and format != "safetensors":
        raise ValueError(f"[load] metadata not supported for format {format}")
    with _Opened("load", file, "rb") as source:
        if format == "npz":
            return _read_npz(source)
        data = source.read()
    if format == "npy":
        return _read_npy(data)
    arrays, metadata = _read_safetensors(data)
    return (arrays, metadata) if return_metadata else arrays
