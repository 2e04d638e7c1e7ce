//! Python numbers as scalars, by exact type first.

use millpond_core::dtype::c64;
use millpond_core::scalar::Scalar;
use pyo3::exceptions::PyOverflowError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyComplex;
use pyo3::types::PyComplexMethods;

/// The scalar that `obj` is: a Python `bool`, `int`, `float` or `complex`, or an instance of a subclass.
#[inline]
pub fn scalar(obj: &Bound<'_, PyAny>) -> PyResult<Option<Scalar>> {
    let ptr = obj.as_ptr();
    // SAFETY: `ptr` is a live object and the interpreter is attached; each conversion is preceded by its type check.
    unsafe {
        if ffi::PyFloat_Check(ptr) != 0 {
            return Ok(Some(Scalar::Float(ffi::PyFloat_AsDouble(ptr))));
        }
        if ffi::PyBool_Check(ptr) != 0 {
            return Ok(Some(Scalar::Bool(ptr == ffi::Py_True())));
        }
        if ffi::PyLong_Check(ptr) != 0 {
            return integer(obj).map(Some);
        }
        if ffi::PyComplex_Check(ptr) != 0 {
            let c = obj.cast_unchecked::<PyComplex>();
            return Ok(Some(Scalar::Complex(c64::new(c.real() as f32, c.imag() as f32))));
        }
    }
    Ok(None)
}

fn integer(obj: &Bound<'_, PyAny>) -> PyResult<Scalar> {
    let mut overflow = 0;
    // SAFETY: `obj` is a live int.
    let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(obj.as_ptr(), &mut overflow) };
    match overflow {
        0 => Ok(Scalar::Int(value.into())),
        1 => match obj.extract::<u64>() {
            Ok(value) => Ok(Scalar::Int(value.into())),
            Err(_) => Err(PyOverflowError::new_err(format!("the integer {obj} does not fit any dtype"))),
        },
        _ => Err(PyOverflowError::new_err(format!("the integer {obj} does not fit any dtype"))),
    }
}

/// `value` as a Python number.
pub fn number<'py>(py: Python<'py>, value: Scalar) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Scalar::Bool(b) => pyo3::types::PyBool::new(py, b).to_owned().into_any(),
        Scalar::Int(i) => match i64::try_from(i) {
            Ok(i) => i.into_pyobject(py)?.into_any(),
            Err(_) => (i as u64).into_pyobject(py)?.into_any(),
        },
        Scalar::Float(f) => f.into_pyobject(py)?.into_any(),
        Scalar::Complex(c) => PyComplex::from_doubles(py, c.re.into(), c.im.into()).into_any(),
    })
}
