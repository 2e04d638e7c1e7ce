//! Recording which task ran when: `with timeline("run.html"):`.

use crate::device::PyStream;
use crate::errors::OrRaise;
use millpond_core::graph::timeline::{Destination, Recorder, Recording, Span};
use millpond_core::stream::synchronize;
use pyo3::exceptions::{PyRuntimeError, PyRuntimeWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

/// A list that is filled with what ran while its context was open.
///
/// Each task is a dict: `id`, `name`, `ops`, `stream`, `shape`, `bytes`, `transfer` and `failed`; `queued_ns` (when its turn
/// came), `start_ns` and `end_ns` in nanoseconds since recording began; and `needs`, what it read from other streams: `id` and
/// `stream` of the task that computed it, and how long it `waited_ns`.
#[pyclass(frozen, name = "Timeline", module = "millpond.core")]
struct Timeline {
    spans: Py<PyList>,
    destination: Option<Destination>,
    open: Mutex<Option<Recorder>>,
}

fn raised(error: io::Error) -> PyErr {
    if error.kind() == io::ErrorKind::InvalidInput { PyValueError::new_err(error.to_string()) } else { error.into() }
}

fn dict<'py>(py: Python<'py>, span: Span) -> PyResult<Bound<'py, PyDict>> {
    let item = PyDict::new(py);
    item.set_item("id", span.id)?;
    item.set_item("name", &*span.task.name)?;
    item.set_item("ops", &*span.task.ops)?;
    item.set_item("stream", Bound::new(py, PyStream::from(span.task.stream))?)?;
    item.set_item("shape", PyTuple::new(py, span.task.shape.iter())?)?;
    item.set_item("bytes", span.task.bytes)?;
    item.set_item("transfer", span.task.transfer)?;
    item.set_item("failed", span.failed)?;
    item.set_item("queued_ns", span.queued)?;
    item.set_item("start_ns", span.start)?;
    item.set_item("end_ns", span.end)?;
    let needs = PyList::empty(py);
    for need in span.needs {
        let reason = PyDict::new(py);
        reason.set_item("id", need.id)?;
        reason.set_item("stream", Bound::new(py, PyStream::from(need.stream))?)?;
        reason.set_item("waited_ns", need.waited)?;
        needs.append(reason)?;
    }
    item.set_item("needs", needs)?;
    Ok(item)
}

impl Timeline {
    fn deliver(&self, py: Python<'_>, recording: Recording) -> PyResult<()> {
        if let Some(destination) = &self.destination {
            py.detach(|| destination.write(&recording)).map_err(raised)?;
        }
        let list = self.spans.bind(py);
        if recording.dropped > 0 {
            let kept = recording.spans.len();
            let message = format!("[timeline] the first {} tasks were dropped, the last {kept} kept\0", recording.dropped);
            let message = std::ffi::CStr::from_bytes_with_nul(message.as_bytes()).expect("ends in a zero");
            PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), message, 1)?;
        }
        for span in recording.spans {
            list.append(dict(py, span)?)?;
        }
        Ok(())
    }
}

#[pymethods]
impl Timeline {
    fn __enter__(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        let mut open = self.open.lock().unwrap();
        if open.is_some() {
            return Err(PyRuntimeError::new_err("[timeline] this timeline is being recorded already; make another one"));
        }
        *open = Some(Recorder::begin());
        Ok(self.spans.clone_ref(py))
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let waited = py.detach(synchronize).or_raise();
        let recorder = self.open.lock().unwrap().take();
        let recorder = recorder.ok_or_else(|| PyRuntimeError::new_err("[timeline] __exit__ without __enter__"))?;
        match self.deliver(py, recorder.end()) {
            // The block's own exception is the one to raise.
            Err(error) if !kind.is_none() => error.write_unraisable(py, None),
            outcome => outcome?,
        }
        waited
    }
}

/// A context that records every task run inside it, on any thread and stream: `with timeline("run.html"):`. At the end it
/// waits for what is still queued and writes the file: with `.html` one page to look at in a browser (a lane a stream, what
/// overlapped, what waited for what, totals by operation); with `.json` a Chrome trace, which Perfetto opens. `with timeline()
/// as tasks:` writes nothing; either way the list is filled with one dict a task.
///
/// Arrays are lazy: evaluate inside the block. Timelines may be nested and used on several threads at once; each sees all
/// tasks. The latest 262144 tasks are kept; a RuntimeWarning, and the page, say how many were dropped.
///
/// Raises:
///     ValueError: the path ends in neither `.html` nor `.json`.
///     OSError: the file cannot be written; this is checked before anything runs.
#[pyfunction]
#[pyo3(signature = (path=None))]
fn timeline(py: Python<'_>, path: Option<PathBuf>) -> PyResult<Timeline> {
    let destination = path.map(Destination::create).transpose().map_err(raised)?;
    Ok(Timeline { spans: PyList::empty(py).unbind(), destination, open: Mutex::new(None) })
}

/// Adds the recorder to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Timeline>()?;
    m.add_function(wrap_pyfunction!(timeline, m)?)
}
