//! Devices and streams, and the contexts that choose them.

use crate::dtype::make_enum;
use crate::errors::{OrRaise, type_name};
use millpond_core::device::{Device, DeviceType};
use millpond_core::stream::{self, Stream, ThreadLocalStream};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

static TYPES: PyOnceLock<[Py<PyAny>; 2]> = PyOnceLock::new();

/// The Python member for `kind`.
fn type_object(py: Python<'_>, kind: DeviceType) -> &Py<PyAny> {
    &TYPES.get(py).expect("made with the module")[kind as usize]
}

/// The device type that `obj` is, if it is one.
fn device_type(obj: &Bound<'_, PyAny>) -> Option<DeviceType> {
    let [cpu, gpu] = TYPES.get(obj.py())?;
    if obj.is(cpu) { Some(DeviceType::Cpu) } else { obj.is(gpu).then_some(DeviceType::Gpu) }
}

/// The device that `obj` names: a `Device` or a `DeviceType`.
fn device_of(op: &str, obj: &Bound<'_, PyAny>) -> PyResult<Device> {
    if let Some(kind) = device_type(obj) {
        return Ok(kind.into());
    }
    match obj.cast::<PyDevice>() {
        Ok(d) => Ok(d.get().0),
        Err(_) => Err(PyTypeError::new_err(format!("{op}(): argument must be Device | DeviceType, not {}", type_name(obj)))),
    }
}

/// The stream that `obj` names: a stream, or a device's default.
pub fn stream_of(obj: &Bound<'_, PyAny>) -> PyResult<Stream> {
    if let Some(kind) = device_type(obj) {
        return default_here(kind.into());
    }
    if let Ok(s) = obj.cast::<PyStream>() {
        return Ok(s.get().stream);
    }
    if let Ok(d) = obj.cast::<PyDevice>() {
        return default_here(d.get().0);
    }
    if let Ok(t) = obj.cast::<PyThreadLocalStream>() {
        return t.get().0.get().or_raise();
    }
    let message = format!("stream must be None | Stream | ThreadLocalStream | Device | DeviceType, not {}", type_name(obj));
    Err(PyTypeError::new_err(message))
}

/// The default stream of `device` as this thread sees it: a `with stream(…)` counts.
fn default_here(device: Device) -> PyResult<Stream> {
    let current = Stream::current();
    if current.device() == device { Ok(current) } else { Stream::default_of(device).or_raise() }
}

/// The device operations built on this thread run on.
pub fn here() -> PyDevice {
    PyDevice::from(Stream::current().device())
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Streams to return to, innermost last, by the object that was entered and the thread that did.
#[derive(Default)]
struct Entered(Mutex<HashMap<std::thread::ThreadId, Vec<Option<Stream>>>>);

impl Entered {
    fn enter(&self, stream: Stream) {
        let previous = Stream::replace_current(Some(stream));
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.entry(std::thread::current().id()).or_default().push(previous);
    }

    fn exit(&self) -> PyResult<()> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = std::thread::current().id();
        let stack = map.get_mut(&id);
        let previous =
            stack.and_then(Vec::pop).ok_or_else(|| PyRuntimeError::new_err("this context was not entered on this thread"))?;
        if map.get(&id).is_some_and(Vec::is_empty) {
            map.remove(&id);
        }
        Stream::replace_current(previous);
        Ok(())
    }
}

/// A device: its type and its number among those of that type. `with device:` runs operations on it.
#[pyclass(frozen, name = "Device", module = "millpond.core")]
pub struct PyDevice(Device, Entered);

impl PyDevice {
    fn from(device: Device) -> PyDevice {
        PyDevice(device, Entered::default())
    }
}

#[pymethods]
impl PyDevice {
    #[new]
    #[pyo3(signature = (r#type, index=0))]
    fn new(r#type: &Bound<'_, PyAny>, index: i64) -> PyResult<PyDevice> {
        let index = u32::try_from(index).map_err(|_| {
            PyValueError::new_err(format!("Device(): devices are numbered from 0, and there is none with number {index}"))
        })?;
        let kind = device_type(r#type).ok_or_else(|| {
            PyTypeError::new_err(format!("Device(): argument 'type' must be DeviceType, not {}", type_name(r#type)))
        })?;
        Ok(PyDevice::from(Device { kind, index }))
    }

    /// CPU or GPU.
    #[getter]
    fn r#type<'py>(&self, py: Python<'py>) -> &'py Py<PyAny> {
        type_object(py, self.0.kind)
    }

    /// The number among devices of this type.
    #[getter]
    fn index(&self) -> u32 {
        self.0.index
    }

    fn __repr__(&self) -> String {
        self.0.to_string()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        device_of("", other).is_ok_and(|d| d == self.0)
    }

    fn __hash__(&self) -> u64 {
        hash(self.0)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let args = (type_object(py, self.0.kind), self.0.index);
        Ok((py.get_type::<PyDevice>(), args).into_pyobject(py)?.into_any())
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().1.enter(Stream::default_of(slf.get().0).or_raise()?);
        Ok(slf)
    }

    fn __exit__(&self, _kind: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>, _traceback: &Bound<'_, PyAny>) -> PyResult<()> {
        self.1.exit()
    }
}

/// An ordered queue of work on one device. `Stream(device)` makes one; `with stream:` runs operations on it.
#[pyclass(frozen, name = "Stream", module = "millpond.core")]
pub struct PyStream {
    stream: Stream,
    entered: Entered,
}

impl PyStream {
    /// The object for `stream`.
    pub fn from(stream: Stream) -> PyStream {
        PyStream { stream, entered: Entered::default() }
    }
}

#[pymethods]
impl PyStream {
    #[new]
    #[pyo3(signature = (device=None))]
    fn new(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyStream> {
        new_stream(device)
    }

    /// The device it runs on.
    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::from(self.stream.device())
    }

    /// Its number, counted over all streams.
    #[getter]
    fn index(&self) -> usize {
        self.stream.index()
    }

    fn __repr__(&self) -> String {
        self.stream.to_string()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PyStream>().is_ok_and(|s| s.get().stream == self.stream)
    }

    fn __hash__(&self) -> u64 {
        hash(self.stream.index())
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf.get().entered.enter(slf.get().stream);
        slf
    }

    fn __exit__(&self, _kind: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>, _traceback: &Bound<'_, PyAny>) -> PyResult<()> {
        self.entered.exit()
    }
}

/// A stream that is another one on every thread that uses it.
#[pyclass(frozen, name = "ThreadLocalStream", module = "millpond.core")]
struct PyThreadLocalStream(ThreadLocalStream);

#[pymethods]
impl PyThreadLocalStream {
    /// The device its streams run on.
    #[getter]
    fn device(&self) -> PyDevice {
        PyDevice::from(self.0.device())
    }

    fn __repr__(&self) -> String {
        self.0.to_string()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PyThreadLocalStream>().is_ok_and(|s| s.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        hash(self.0.to_string())
    }
}

/// Runs the operations built inside `with` on a stream, or on a device's default stream.
#[pyclass(frozen, name = "StreamContext", module = "millpond.core")]
struct StreamContext {
    target: Py<PyAny>,
    entered: Entered,
}

#[pymethods]
impl StreamContext {
    #[new]
    fn new(s: Bound<'_, PyAny>) -> PyResult<StreamContext> {
        // The wrong type is told now, a device that does not exist when it is entered.
        if device_of("stream", &s).is_err() {
            stream_of(&s)?;
        }
        Ok(StreamContext { target: s.unbind(), entered: Entered::default() })
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        self.entered.enter(stream_of(self.target.bind(py))?);
        Ok(())
    }

    fn __exit__(&self, _kind: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>, _traceback: &Bound<'_, PyAny>) -> PyResult<()> {
        self.entered.exit()
    }
}

/// A context in which operations run on `s`: a stream, or the default stream of a device.
#[pyfunction]
#[pyo3(name = "stream")]
fn stream_py(s: Bound<'_, PyAny>) -> PyResult<StreamContext> {
    StreamContext::new(s)
}

/// The device operations run on when nothing else is said. With an argument, a context in which it is that device:
/// `with default_device(cpu):`.
#[pyfunction]
#[pyo3(signature = (device=None))]
fn default_device(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyDevice> {
    match device {
        None => Ok(here()),
        Some(d) => {
            let device = device_of("default_device", d)?;
            device.check().or_raise()?;
            Ok(PyDevice::from(device))
        }
    }
}

/// Makes `device` the default device of the process.
#[pyfunction]
fn set_default_device(device: &Bound<'_, PyAny>) -> PyResult<()> {
    device_of("set_default_device", device)?.set_default().or_raise()
}

/// The default stream of `device`, or of the default device.
#[pyfunction]
#[pyo3(signature = (device=None))]
fn default_stream(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyStream> {
    match device {
        None => Ok(PyStream::from(Stream::current())),
        Some(d) => default_here(device_of("default_stream", d)?).map(PyStream::from),
    }
}

/// Makes `stream` the default stream of its device.
#[pyfunction]
fn set_default_stream(stream: &Bound<'_, PyAny>) -> PyResult<()> {
    let Ok(s) = stream.cast::<PyStream>() else {
        let message = format!("set_default_stream(): argument 'stream' must be Stream, not {}", type_name(stream));
        return Err(PyTypeError::new_err(message));
    };
    s.get().stream.set_default();
    Ok(())
}

/// A new stream on `device`, or on the default device.
#[pyfunction]
#[pyo3(signature = (device=None))]
fn new_stream(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyStream> {
    let device = device.map_or_else(|| Ok(Stream::current().device()), |d| device_of("new_stream", d))?;
    Stream::new(device).or_raise().map(PyStream::from)
}

/// A new stream. Streams may be used from any thread, so this is `new_stream`.
#[pyfunction]
#[pyo3(name = "new_thread_unsafe_stream", signature = (device=None))]
fn new_shared_stream(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyStream> {
    new_stream(device)
}

/// A name for one stream a thread on `device`.
#[pyfunction]
#[pyo3(signature = (device=None))]
fn new_thread_local_stream(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyThreadLocalStream> {
    let device = device.map_or_else(|| Ok(Stream::current().device()), |d| device_of("new_thread_local_stream", d))?;
    ThreadLocalStream::new(device).or_raise().map(PyThreadLocalStream)
}

/// Waits until everything enqueued so far has run: on a stream, on a device's default stream, or on all streams.
#[pyfunction]
#[pyo3(signature = (stream=None))]
fn synchronize(py: Python<'_>, stream: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    match stream {
        Some(s) if !s.is_none() => {
            let s = stream_of(s)?;
            py.detach(|| s.synchronize()).or_raise()
        }
        _ => py.detach(stream::synchronize).or_raise(),
    }
}

/// Waits for all streams. Their workers sleep until there is work again.
#[pyfunction]
fn clear_streams(py: Python<'_>) -> PyResult<()> {
    py.detach(stream::synchronize).or_raise()
}

/// How many devices of a type there are.
#[pyfunction]
fn device_count(device_type: &Bound<'_, PyAny>) -> PyResult<usize> {
    let kind = self::device_type(device_type).ok_or_else(|| {
        PyTypeError::new_err(format!("device_count(): argument 'device_type' must be DeviceType, not {}", type_name(device_type)))
    })?;
    Ok(Device::count(kind))
}

/// Whether operations can run on a device.
#[pyfunction]
fn is_available(device: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(device_of("is_available", device)?.is_available())
}

/// What is known about a device: `device_name`, `architecture`, `memory_size`, `cores`, `simd`. Empty if there is no such device.
#[pyfunction]
#[pyo3(signature = (d=None))]
fn device_info<'py>(py: Python<'py>, d: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyDict>> {
    let device = match d {
        Some(d) if !d.is_none() => device_of("device_info", d)?,
        _ => Stream::current().device(),
    };
    let dict = PyDict::new(py);
    if let Ok(info) = device.info() {
        dict.set_item("device_name", info.name)?;
        dict.set_item("architecture", info.architecture)?;
        dict.set_item("memory_size", info.memory)?;
        dict.set_item("cores", info.cores)?;
        dict.set_item("simd", info.simd)?;
    }
    Ok(dict)
}

/// Adds devices and streams to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    let class = make_enum(py, "DeviceType", &["cpu", "gpu"])?;
    let [cpu, gpu] =
        TYPES.get_or_try_init(py, || PyResult::Ok([class.getattr("cpu")?.unbind(), class.getattr("gpu")?.unbind()]))?;
    m.add("cpu", cpu)?;
    m.add("gpu", gpu)?;
    m.add("DeviceType", class)?;
    m.add_class::<PyDevice>()?;
    m.add_class::<PyStream>()?;
    m.add_class::<PyThreadLocalStream>()?;
    m.add_class::<StreamContext>()?;
    m.add_function(wrap_pyfunction!(stream_py, m)?)?;
    m.add_function(wrap_pyfunction!(default_device, m)?)?;
    m.add_function(wrap_pyfunction!(set_default_device, m)?)?;
    m.add_function(wrap_pyfunction!(default_stream, m)?)?;
    m.add_function(wrap_pyfunction!(set_default_stream, m)?)?;
    m.add_function(wrap_pyfunction!(new_stream, m)?)?;
    m.add_function(wrap_pyfunction!(new_shared_stream, m)?)?;
    m.add_function(wrap_pyfunction!(new_thread_local_stream, m)?)?;
    m.add_function(wrap_pyfunction!(synchronize, m)?)?;
    m.add_function(wrap_pyfunction!(clear_streams, m)?)?;
    m.add_function(wrap_pyfunction!(device_count, m)?)?;
    m.add_function(wrap_pyfunction!(is_available, m)?)?;
    m.add_function(wrap_pyfunction!(device_info, m)?)?;
    Ok(())
}
