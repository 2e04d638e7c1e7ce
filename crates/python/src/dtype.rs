//! Dtypes, their categories, and questions about them.

use crate::array::PyArray;
use crate::bind::ints;
use crate::errors::{OrRaise, type_name};
use millpond_core::dtype::{Category, Dtype, bf16, f16};
use millpond_core::print::float;
use millpond_core::registry::Arg;
use millpond_core::shape;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::sync::OnceLock;

/// The type of an array's elements.
#[pyclass(frozen, name = "Dtype", module = "millpond.core")]
pub struct PyDtype(pub Dtype);

/// The module that dtypes print as theirs, unless it is their own.
static SHOWN_AS: OnceLock<String> = OnceLock::new();

static OBJECTS: PyOnceLock<Vec<Py<PyDtype>>> = PyOnceLock::new();
static CATEGORIES: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();

const CATEGORY_LIST: [(&str, Category); 8] = [
    ("complexfloating", Category::Complexfloating),
    ("floating", Category::Floating),
    ("inexact", Category::Inexact),
    ("signedinteger", Category::Signedinteger),
    ("unsignedinteger", Category::Unsignedinteger),
    ("integer", Category::Integer),
    ("number", Category::Number),
    ("generic", Category::Generic),
];

/// The one Python object for `dtype`.
pub fn object(py: Python<'_>, dtype: Dtype) -> &Py<PyDtype> {
    let make = || Dtype::ALL.iter().map(|&d| Py::new(py, PyDtype(d)).expect("a Dtype can be made")).collect();
    &OBJECTS.get_or_init(py, make)[dtype as usize]
}

/// The dtype that `obj` is, if it is one.
pub fn extract(obj: &Bound<'_, PyAny>) -> Option<Dtype> {
    obj.cast::<PyDtype>().ok().map(|d| d.get().0)
}

/// The dtype in an optional argument called `dtype`.
pub fn argument(op: &str, obj: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Dtype>> {
    match obj {
        Some(obj) if !obj.is_none() => match extract(obj) {
            Some(dtype) => Ok(Some(dtype)),
            None => Err(PyTypeError::new_err(format!("{op}(): argument 'dtype' must be None | Dtype, not {}", type_name(obj)))),
        },
        _ => Ok(None),
    }
}

/// The name under which the module has this dtype.
pub fn attribute(dtype: Dtype) -> &'static str {
    if dtype == Dtype::Bool { "bool_" } else { dtype.name() }
}

#[pymethods]
impl PyDtype {
    /// The bytes of one element.
    #[getter]
    fn size(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self) -> String {
        format!("{}.{}", SHOWN_AS.get().map_or("millpond.core", String::as_str), self.0.name())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        extract(other) == Some(self.0)
    }

    fn __hash__(&self) -> isize {
        self.0 as isize + 1
    }

    /// Pickled and copied by name, so that there is one object for each dtype.
    fn __reduce__(&self) -> &'static str {
        attribute(self.0)
    }
}

/// From now on dtypes print as those of `module`: for programs that compare their texts.
#[pyfunction]
fn _show_as(module: String) {
    // The first name stays.
    let _ = SHOWN_AS.set(module);
}

fn category(obj: &Bound<'_, PyAny>) -> Option<Category> {
    let objects = CATEGORIES.get(obj.py())?;
    objects.iter().position(|c| c.is(obj)).map(|i| CATEGORY_LIST[i].1)
}

/// Whether `arg1` is `arg2` or one of the kind `arg2`; each is a dtype or a category.
#[pyfunction]
fn issubdtype(arg1: &Bound<'_, PyAny>, arg2: &Bound<'_, PyAny>) -> PyResult<bool> {
    let wrong = |which: &str, obj| {
        let message = format!("issubdtype(): the {which} argument must be Dtype | DtypeCategory, not {}", type_name(obj));
        PyValueError::new_err(message)
    };
    match (extract(arg1), category(arg1), extract(arg2), category(arg2)) {
        (Some(a), _, Some(b), _) => Ok(a == b),
        (Some(a), _, _, Some(b)) => Ok(a.is(b)),
        (_, Some(a), _, Some(b)) => Ok(a.is_within(b)),
        (_, Some(_), Some(_), _) => Ok(false),
        (None, None, _, _) => Err(wrong("first", arg1)),
        _ => Err(wrong("second", arg2)),
    }
}

/// Whether `dtype` is of `kind`: a dtype, one of 'bool', 'signed integer', 'unsigned integer', 'integral', 'real floating',
/// 'complex floating' and 'numeric', or a tuple of these.
#[pyfunction]
pub fn isdtype(dtype: &Bound<'_, PyDtype>, kind: &Bound<'_, PyAny>) -> PyResult<bool> {
    let d = dtype.get().0;
    if let Some(other) = extract(kind) {
        return Ok(d == other);
    }
    if let Ok(kinds) = kind.cast::<PyTuple>() {
        for k in kinds {
            if isdtype(dtype, &k)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let Ok(name) = kind.cast::<PyString>() else {
        let message =
            format!("isdtype(): argument 'kind' must be Dtype | str | tuple[Dtype | str, ...], not {}", type_name(kind));
        return Err(PyTypeError::new_err(message));
    };
    Ok(match name.to_str()? {
        "bool" => d == Dtype::Bool,
        "signed integer" => d.is_signed_integer(),
        "unsigned integer" => d.is_unsigned_integer(),
        "integral" => d.is_integer(),
        "real floating" => d.is_float(),
        "complex floating" => d.is_complex(),
        "numeric" => d != Dtype::Bool,
        other => return Err(PyValueError::new_err(format!("[isdtype] unknown data type kind '{other}'"))),
    })
}

fn dtype_of(op: &str, obj: &Bound<'_, PyAny>) -> PyResult<Dtype> {
    match (obj.cast::<PyArray>(), extract(obj)) {
        (Ok(a), _) => Ok(a.get().get().dtype()),
        (_, Some(d)) => Ok(d),
        _ => Err(PyValueError::new_err(format!("[{op}] inputs must be arrays or dtypes, not {}", type_name(obj)))),
    }
}

/// Whether values of `from_` (an array or a dtype) can be cast to `to` by the promotion rules.
#[pyfunction]
fn can_cast(from_: &Bound<'_, PyAny>, to: &Bound<'_, PyDtype>) -> PyResult<bool> {
    let to = to.get().0;
    Ok(dtype_of("can_cast", from_)?.promote(to) == to)
}

/// The dtype that arrays and dtypes promote to together.
#[pyfunction]
#[pyo3(signature = (*arrays_and_dtypes))]
fn result_type(py: Python<'_>, arrays_and_dtypes: &Bound<'_, PyTuple>) -> PyResult<Py<PyDtype>> {
    let mut result: Option<Dtype> = None;
    for obj in arrays_and_dtypes {
        let d = dtype_of("result_type", &obj)?;
        result = Some(result.map_or(d, |r| r.promote(d)));
    }
    let dtype = result.ok_or_else(|| PyValueError::new_err("[result_type] at least one array or dtype is required"))?;
    Ok(object(py, dtype).clone_ref(py))
}

/// The shape that shapes broadcast to together.
#[pyfunction]
#[pyo3(signature = (*shapes))]
fn broadcast_shapes<'py>(py: Python<'py>, shapes: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyTuple>> {
    if shapes.is_empty() {
        return Err(PyValueError::new_err("[broadcast_shapes] at least one shape is required"));
    }
    let size = |n: &i64| {
        usize::try_from(*n).map_err(|_| PyValueError::new_err(format!("[broadcast_shapes] {n} can't be the length of an axis")))
    };
    let shape_of = |obj: &Bound<'py, PyAny>| match ints(obj)? {
        Some(Arg::Ints(shape)) => shape.iter().map(size).collect::<PyResult<Vec<usize>>>(),
        _ => Err(PyTypeError::new_err(format!("broadcast_shapes(): a shape must be Sequence[int], not {}", type_name(obj)))),
    };
    let shapes = shapes.iter().map(shape_of).collect::<PyResult<Vec<_>>>()?;
    let shape = shape::broadcast_all("broadcast_shapes", shapes.iter().map(Vec::as_slice)).or_raise()?;
    PyTuple::new(py, shape.iter())
}

/// Limits of a floating-point dtype (of its parts, for `complex64`).
#[pyclass(frozen, name = "finfo", module = "millpond.core")]
struct Finfo {
    dtype: Dtype,
    #[pyo3(get)]
    bits: usize,
    #[pyo3(get)]
    min: f64,
    #[pyo3(get)]
    max: f64,
    #[pyo3(get)]
    eps: f64,
    #[pyo3(get)]
    smallest_normal: f64,
}

#[pymethods]
impl Finfo {
    #[new]
    fn new(dtype: &Bound<'_, PyDtype>) -> PyResult<Finfo> {
        let dtype = dtype.get().0;
        let (max, eps, smallest_normal) = match dtype {
            Dtype::Float16 => (f16::MAX.to_f64(), f16::EPSILON.to_f64(), f16::MIN_POSITIVE.to_f64()),
            Dtype::Bfloat16 => (bf16::MAX.to_f64(), bf16::EPSILON.to_f64(), bf16::MIN_POSITIVE.to_f64()),
            Dtype::Float32 | Dtype::Complex64 => (f32::MAX.into(), f32::EPSILON.into(), f32::MIN_POSITIVE.into()),
            Dtype::Float64 => (f64::MAX, f64::EPSILON, f64::MIN_POSITIVE),
            other => return Err(PyValueError::new_err(format!("[finfo] {other} is not an inexact type"))),
        };
        let dtype = if dtype.is_complex() { Dtype::Float32 } else { dtype };
        let bits = 8 * dtype.size();
        Ok(Finfo { dtype, bits, min: -max, max, eps, smallest_normal })
    }

    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> &'py Py<PyDtype> {
        object(py, self.dtype)
    }

    fn __repr__(&self) -> String {
        format!("finfo(min={}, max={}, dtype={})", float(self.min, None), float(self.max, None), self.dtype)
    }
}

/// Limits of an integer dtype.
#[pyclass(frozen, name = "iinfo", module = "millpond.core")]
struct Iinfo {
    dtype: Dtype,
    #[pyo3(get)]
    min: i128,
    #[pyo3(get)]
    max: i128,
}

#[pymethods]
impl Iinfo {
    #[new]
    fn new(dtype: &Bound<'_, PyDtype>) -> PyResult<Iinfo> {
        let dtype = dtype.get().0;
        if !dtype.is_integer() {
            return Err(PyValueError::new_err(format!("[iinfo] {dtype} is not an integer type")));
        }
        let (min, max) = int_range(dtype).expect("an integer type has a range");
        Ok(Iinfo { dtype, min, max })
    }

    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> &'py Py<PyDtype> {
        object(py, self.dtype)
    }

    fn __repr__(&self) -> String {
        format!("iinfo(min={}, max={}, dtype={})", self.min, self.max, self.dtype)
    }
}

/// The least and greatest value of an integer dtype.
fn int_range(dtype: Dtype) -> Option<(i128, i128)> {
    let bits = 8 * dtype.size() as u32;
    match dtype {
        d if d.is_signed_integer() => Some((-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)),
        d if d.is_unsigned_integer() => Some((0, (1i128 << bits) - 1)),
        _ => None,
    }
}

/// A Python enum called `name` in this module, printed as `Name.member`.
pub fn make_enum<'py>(py: Python<'py>, name: &str, members: &[&str]) -> PyResult<Bound<'py, PyAny>> {
    let base = py.import("enum")?.getattr("Enum")?;
    let pairs: Vec<(&str, usize)> = members.iter().enumerate().map(|(i, &m)| (m, i)).collect();
    let options = PyDict::new(py);
    options.set_item("module", "millpond.core")?;
    options.set_item("qualname", name)?;
    let class = base.call((name, pairs), Some(&options))?;
    class.setattr("__repr__", base.getattr("__str__")?)?;
    Ok(class)
}

/// Adds dtypes, categories and the functions about them to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add_class::<PyDtype>()?;
    m.add_class::<Finfo>()?;
    m.add_class::<Iinfo>()?;
    for d in Dtype::ALL {
        m.add(attribute(d), object(py, d))?;
    }
    let class = make_enum(py, "DtypeCategory", &CATEGORY_LIST.map(|(name, _)| name))?;
    let objects = CATEGORIES.get_or_try_init(py, || {
        CATEGORY_LIST.iter().map(|(name, _)| Ok(class.getattr(*name)?.unbind())).collect::<PyResult<Vec<_>>>()
    })?;
    for ((name, _), object) in CATEGORY_LIST.iter().zip(objects) {
        m.add(*name, object)?;
    }
    m.add("DtypeCategory", class)?;
    m.add_function(wrap_pyfunction!(_show_as, m)?)?;
    m.add_function(wrap_pyfunction!(issubdtype, m)?)?;
    m.add_function(wrap_pyfunction!(isdtype, m)?)?;
    m.add_function(wrap_pyfunction!(can_cast, m)?)?;
    m.add_function(wrap_pyfunction!(result_type, m)?)?;
    m.add_function(wrap_pyfunction!(broadcast_shapes, m)?)?;
    Ok(())
}
