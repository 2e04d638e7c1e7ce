//! `compile`: Python functions that run once for each kind of arguments, and whose operations are repeated for others like them.

use crate::arguments::{Arguments, arrays_among};
use crate::array::{PyArray, wrap};
use crate::errors::{OrRaise, type_name};
use crate::random::RandomState;
use crate::transforms::{arrays_in, attribute, check_callable, through};
use crate::tree::{self, Template};
use millpond_core::array::{Array, Spec};
use millpond_core::ops::random;
use millpond_core::stream::Stream;
use millpond_core::transform;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static ENABLED: AtomicBool = AtomicBool::new(true);

/// How many kinds of arguments a function remembers.
const REMEMBERED: usize = 64;

/// A function that is compiled for each kind of arguments.
#[pyclass(frozen, module = "millpond.core", name = "_Compiled", dict)]
struct Compiled {
    fun: Py<PyAny>,
    /// Trees of arrays that the function uses beside its arguments, and that it changes.
    inputs: Option<Py<PyAny>>,
    outputs: Option<Py<PyAny>>,
    /// By what `kind` says of arguments, the latest last.
    known: Mutex<Option<Py<PyDict>>>,
}

/// The operations for one kind of arguments, and what the function returned.
#[pyclass(frozen, module = "millpond.core", name = "_Program")]
struct Program {
    compiled: transform::Compiled,
    returned: Template,
}

/// What of a tree the operations may depend on, beside the values of its arrays: comparable and hashable.
fn kind<'py>(tree: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = tree.py();
    let of_all = |items: Vec<Bound<'py, PyAny>>, word: &str| {
        let kinds = tree::deeper(py, || items.iter().map(kind).collect::<PyResult<Vec<_>>>())?;
        Ok((word, PyTuple::new(py, kinds)?).into_pyobject(py)?.into_any())
    };
    if let Ok(a) = tree.cast::<PyArray>() {
        let a = a.get().get();
        return Ok(("array", PyTuple::new(py, a.shape())?, a.dtype().name()).into_pyobject(py)?.into_any());
    }
    if let Ok(list) = tree.cast::<PyList>() {
        return of_all(list.iter().collect(), "list");
    }
    if let Ok(tuple) = tree.cast::<PyTuple>() {
        return of_all(tuple.iter().collect(), "tuple");
    }
    if let Ok(dict) = tree.cast::<PyDict>() {
        return of_all(dict.iter().flat_map(|(key, item)| [key, item]).collect(), "dict");
    }
    let constant = tree.is_none()
        || tree.is_instance_of::<PyBool>()
        || tree.is_instance_of::<PyInt>()
        || tree.is_instance_of::<PyFloat>()
        || tree.is_instance_of::<PyString>();
    if constant || tree.is_instance_of::<RandomState>() {
        return Ok((tree.get_type(), tree.repr()?).into_pyobject(py)?.into_any());
    }
    let got = type_name(tree);
    Err(PyValueError::new_err(format!(
        "[compile] Function arguments must be trees of arrays or constants (floats, ints, strings, or None), but received type {got}."
    )))
}

/// The arrays of a tree that the function captures; the implicit key is one of them.
fn captured(tree: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Array>> {
    let mut out = Vec::new();
    if let Some(tree) = tree {
        tree::visit(tree, &mut |leaf| {
            if let Ok(array) = leaf.cast::<PyArray>() {
                out.push(array.get().get());
            } else if leaf.is_instance_of::<RandomState>() {
                out.push(random::state());
            }
            Ok(())
        })?;
    }
    Ok(out)
}

/// Puts arrays into the places of those in a tree, in its lists and dicts themselves.
fn put_back<'py>(tree: &Bound<'py, PyAny>, arrays: &mut impl Iterator<Item = Array>) -> PyResult<()> {
    let py = tree.py();
    let next = |item: &Bound<'py, PyAny>, arrays: &mut dyn Iterator<Item = Array>| {
        if item.is_instance_of::<PyArray>() {
            return arrays.next().map(|a| wrap(py, a)).transpose();
        }
        if item.is_instance_of::<RandomState>()
            && let Some(key) = arrays.next()
        {
            random::set_state(key);
        }
        Ok(None)
    };
    if let Ok(list) = tree.cast::<PyList>() {
        for (i, item) in list.iter().enumerate() {
            match next(&item, arrays)? {
                Some(array) => list.set_item(i, array)?,
                None => put_back(&item, arrays)?,
            }
        }
    } else if let Ok(tuple) = tree.cast::<PyTuple>() {
        for item in tuple.iter() {
            if let Some(array) = next(&item, arrays)? {
                // A tuple can't be changed; the array in it can.
                item.cast::<PyArray>()?.get().set(array.cast::<PyArray>()?.get().get());
            } else {
                put_back(&item, arrays)?;
            }
        }
    } else if let Ok(dict) = tree.cast::<PyDict>() {
        for (key, item) in dict.iter().collect::<Vec<_>>() {
            match next(&item, arrays)? {
                Some(array) => dict.set_item(key, array)?,
                None => put_back(&item, arrays)?,
            }
        }
    } else {
        next(tree, arrays)?;
    }
    Ok(())
}

impl Compiled {
    /// Runs the function on placeholders for the arguments and what it captures.
    fn program<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
        specs: &[Spec],
    ) -> PyResult<Program> {
        let (inputs, outputs) = (self.inputs.as_ref().map(|t| t.bind(py)), self.outputs.as_ref().map(|t| t.bind(py)));
        let (before, after) = (captured(inputs)?, captured(outputs)?);
        let returned = Mutex::new(None);
        let body = |placeholders: &[Array]| {
            let run = || {
                let mut placeholders = placeholders.iter().cloned();
                let (args, kwargs) = Arguments::of(args, kwargs)?.fill(py, &mut placeholders)?;
                if let Some(tree) = inputs {
                    put_back(tree, &mut placeholders)?;
                }
                let value = self.fun.bind(py).call(args, kwargs.as_ref())?;
                let mut results = arrays_in(&value)?;
                *returned.lock().unwrap() = Some(Template::of(&value)?);
                results.extend(captured(outputs)?);
                Ok(results)
            };
            through(run())
        };
        let compiled = transform::Compiled::new(body, specs);
        // What the function has captured has its values again, also if it failed.
        if let Some(tree) = outputs {
            put_back(tree, &mut after.into_iter())?;
        }
        if let Some(tree) = inputs {
            put_back(tree, &mut before.into_iter())?;
        }
        let returned = returned.into_inner().unwrap();
        Ok(Program { compiled: compiled.or_raise()?, returned: returned.expect("the function has returned") })
    }
}

#[pymethods]
impl Compiled {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.fun)?;
        visit.call(&self.inputs)?;
        visit.call(&self.outputs)?;
        // Whoever holds the lock now holds what is known too.
        self.known.try_lock().map_or(Ok(()), |known| visit.call(&*known))
    }

    fn __getattr__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        attribute(self.fun.bind(py), name)
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !ENABLED.load(Relaxed) {
            return self.fun.bind(py).call(args, kwargs);
        }
        let inputs = self.inputs.as_ref().map(|t| t.bind(py));
        let named = kwargs.map(|k| kind(k.as_any())).transpose()?;
        let of_inputs = inputs.map(kind).transpose()?;
        let key = (kind(args.as_any())?, named, of_inputs, format!("{:?}", Stream::current())).into_pyobject(py)?;
        let mut arrays = arrays_among(args, kwargs)?;
        arrays.extend(captured(inputs)?);
        let known = {
            let mut known = self.known.lock().unwrap();
            known.get_or_insert_with(|| PyDict::new(py).unbind()).clone_ref(py).into_bound(py)
        };
        let program: Bound<'py, Program> = match known.get_item(&key)? {
            Some(program) => program.cast_into()?,
            None => {
                let specs: Vec<Spec> = arrays.iter().map(Array::spec).collect();
                let program = Bound::new(py, self.program(py, args, kwargs, &specs)?)?;
                if known.len() >= REMEMBERED
                    && let Some((oldest, _)) = known.iter().next()
                {
                    known.del_item(oldest)?;
                }
                known.set_item(&key, &program)?;
                program
            }
        };
        let Program { compiled, returned } = program.get();
        let mut results = compiled.call(&arrays).or_raise()?.into_iter();
        let value = returned.fill(py, &mut results.by_ref().take(returned.slots()).map(|a| wrap(py, a)))?;
        if let Some(tree) = &self.outputs {
            put_back(tree.bind(py), &mut results)?;
        }
        Ok(value)
    }
}

/// A function that runs `fun` once for each kind of arguments (their structure, shapes, dtypes and constants) and repeats its
/// operations for other arguments of that kind.
///
/// `inputs` and `outputs` are trees of arrays that `fun` uses, and changes, beside its arguments: `mx.random.state` may be
/// among them. Other arrays that it captures are constants. `fun` can't look at values. What depends on shapes is compiled
/// anew for other shapes, `shapeless` or not.
#[pyfunction]
#[pyo3(signature = (fun, inputs=None, outputs=None, shapeless=false))]
fn compile(fun: &Bound<'_, PyAny>, inputs: Option<Py<PyAny>>, outputs: Option<Py<PyAny>>, shapeless: bool) -> PyResult<Compiled> {
    let _ = shapeless;
    check_callable("compile", fun)?;
    Ok(Compiled { fun: fun.clone().unbind(), inputs, outputs, known: Mutex::new(None) })
}

/// From here on compiled functions just run.
#[pyfunction]
fn disable_compile() {
    ENABLED.store(false, Relaxed);
}

/// Undoes `disable_compile`.
#[pyfunction]
fn enable_compile() {
    ENABLED.store(true, Relaxed);
}

/// Adds these to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    if std::env::var_os("MILLPOND_DISABLE_COMPILE").is_some() {
        disable_compile();
    }
    m.add_function(wrap_pyfunction!(compile, m)?)?;
    m.add_function(wrap_pyfunction!(disable_compile, m)?)?;
    m.add_function(wrap_pyfunction!(enable_compile, m)?)
}
