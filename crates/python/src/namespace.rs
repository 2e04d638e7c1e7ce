//! What the array API asks a namespace about itself.

use crate::device::{PyDevice, here};
use crate::dtype::{PyDtype, object};
use millpond_core::dtype::Dtype;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Answers of `__array_namespace_info__()`.
#[pyclass(frozen, name = "ArrayNamespaceInfo", module = "millpond.core")]
struct ArrayNamespaceInfo;

#[pymethods]
impl ArrayNamespaceInfo {
    /// What the library can do.
    fn capabilities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("boolean indexing", true)?;
        dict.set_item("data-dependent shapes", true)?;
        dict.set_item("max dimensions", py.None())?;
        Ok(dict)
    }

    /// The device operations run on when nothing else is said.
    fn default_device(&self) -> PyDevice {
        here()
    }

    /// All devices.
    fn devices(&self) -> (PyDevice,) {
        (here(),)
    }

    /// The dtypes that functions choose when nothing else is said.
    #[pyo3(signature = (*, device=None))]
    fn default_dtypes<'py>(&self, py: Python<'py>, device: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyDict>> {
        let _ = device;
        let dict = PyDict::new(py);
        for (kind, dtype) in [
            ("real floating", Dtype::Float32),
            ("complex floating", Dtype::Complex64),
            ("integral", Dtype::Int32),
            ("indexing", Dtype::Int32),
        ] {
            dict.set_item(kind, object(py, dtype))?;
        }
        Ok(dict)
    }

    /// Dtypes by name, of all kinds or of `kind`.
    #[pyo3(signature = (*, device=None, kind=None))]
    fn dtypes<'py>(
        &self,
        py: Python<'py>,
        device: Option<&Bound<'py, PyAny>>,
        kind: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let _ = device;
        let dict = PyDict::new(py);
        for dtype in Dtype::ALL {
            let object: &Py<PyDtype> = object(py, dtype);
            if kind.map_or(Ok(true), |k| crate::dtype::isdtype(object.bind(py), k))? {
                dict.set_item(dtype.name(), object)?;
            }
        }
        Ok(dict)
    }
}

/// What this module says about itself, as the array API asks.
#[pyfunction]
fn __array_namespace_info__() -> ArrayNamespaceInfo {
    ArrayNamespaceInfo
}

/// Adds the function to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<ArrayNamespaceInfo>()?;
    m.add_function(wrap_pyfunction!(__array_namespace_info__, m)?)
}
