//! Recording which task ran when: `with timeline() as spans: …`.

use crate::device::PyStream;
use millpond_core::graph::timeline as core;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

/// A list that is filled with what ran while its context was open.
///
/// Each span is a dict: `name`, `stream`, `shape` and `bytes` of the task, and `queued_ns`, `start_ns` and `end_ns` in
/// nanoseconds since recording began.
#[pyclass(frozen, name = "Timeline", module = "millpond.core")]
struct Timeline {
    spans: Py<PyList>,
}

#[pymethods]
impl Timeline {
    fn __enter__(&self, py: Python<'_>) -> Py<PyList> {
        core::begin();
        self.spans.clone_ref(py)
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        _kind: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let list = self.spans.bind(py);
        for span in core::end() {
            let item = PyDict::new(py);
            item.set_item("name", span.task.name)?;
            item.set_item("stream", Bound::new(py, PyStream::from(span.task.stream))?)?;
            item.set_item("shape", PyTuple::new(py, span.task.shape.iter())?)?;
            item.set_item("bytes", span.task.bytes)?;
            item.set_item("queued_ns", span.queued)?;
            item.set_item("start_ns", span.start)?;
            item.set_item("end_ns", span.end)?;
            list.append(item)?;
        }
        Ok(())
    }
}

/// A context that records the tasks run inside it, by any thread: `with timeline() as spans:` gives the list that is filled
/// at its end. One recording at a time.
#[pyfunction]
fn timeline(py: Python<'_>) -> Timeline {
    Timeline { spans: PyList::empty(py).unbind() }
}

/// Adds the recorder to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Timeline>()?;
    m.add_function(wrap_pyfunction!(timeline, m)?)
}
