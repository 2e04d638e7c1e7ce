//! Python functions with rules of their own, checkpoints, and arrays that wait for others.

use crate::arguments::{Arguments, arrays_among};
use crate::array::{PyArray, wrap, wrap_all};
use crate::errors::OrRaise;
use crate::transforms::{array_list, arrays_in, attribute, axes, check_callable, through, unflatten};
use crate::tree::Template;
use millpond_core::array::Array;
use millpond_core::transform::{self, Rules, apply_custom};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use std::sync::{Arc, Mutex};

/// A function whose derivatives and batches can be given by rules: `f.vjp`, `f.jvp` and `f.vmap` set them, as decorators.
///
/// A rule gets the arguments as one: the argument itself if there is only one, else a tuple. Trees stay trees.
///
/// - `vjp(primals, cotangents, outputs)` returns the cotangents of the arguments, `None` for zero;
/// - `jvp(primals, tangents)` returns the tangents of the outputs; a tangent given is `None` where it is zero;
/// - `vmap(inputs, axes)` returns the outputs and their batch axes.
///
/// Arguments given by name are passed on to the rules by name. What has no rule is derived from the function; arrays that the
/// function captures are constants to its `vjp` rule.
#[pyclass(frozen, module = "millpond.core", name = "custom_function", dict)]
struct CustomFunction {
    fun: Py<PyAny>,
    vjp: Mutex<Option<Py<PyAny>>>,
    jvp: Mutex<Option<Py<PyAny>>>,
    vmap: Mutex<Option<Py<PyAny>>>,
}

type Slot = Mutex<Option<Py<PyAny>>>;

fn set(slot: &Slot, fun: &Bound<'_, PyAny>) -> PyResult<()> {
    check_callable("custom_function", fun)?;
    // The old rule is dropped when the lock is free again: its destructor may be Python's.
    let old = slot.lock().unwrap().replace(fun.clone().unbind());
    drop(old);
    Ok(())
}

fn get(py: Python<'_>, slot: &Slot) -> Option<Py<PyAny>> {
    slot.lock().unwrap().as_ref().map(|fun| fun.clone_ref(py))
}

/// A call of a function with rules: what its rules need to know to put arrays back where they were.
struct Call {
    arguments: Arguments,
    /// Set when the function has returned.
    outputs: Mutex<Option<Template>>,
}

impl Call {
    /// The arguments as rules get them, made of `arrays`.
    fn bundle<'py>(&self, py: Python<'py>, arrays: &[Array]) -> PyResult<Bound<'py, PyAny>> {
        alone(self.arguments.args.fill(py, &mut arrays.iter().map(|a| wrap(py, a.clone())))?)
    }

    /// The named arguments, made of what is left in `arrays` after those by position.
    fn named<'py>(&self, py: Python<'py>, arrays: &[Array]) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.arguments.named(py, &mut arrays.iter().skip(self.arguments.args.slots()).cloned())
    }

    fn outputs<'py>(&self, py: Python<'py>, arrays: &[Array]) -> PyResult<Bound<'py, PyAny>> {
        let guard = self.outputs.lock().unwrap();
        let template = guard.as_ref().expect("rules are asked after the function has returned").clone_ref(py);
        drop(guard);
        template.fill(py, &mut arrays.iter().map(|a| wrap(py, a.clone())))
    }
}

/// A tuple's only item, or the tuple.
fn alone(args: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    if args.len()? == 1 { args.get_item(0) } else { Ok(args) }
}

fn vjp_rule(fun: Py<PyAny>, call: Arc<Call>) -> Box<transform::VjpRule> {
    Box::new(move |primals, cotangents, outputs| {
        Python::attach(|py| {
            let run = || {
                let args = (call.bundle(py, primals)?, call.outputs(py, cotangents)?, call.outputs(py, outputs)?);
                let given = fun.bind(py).call(args, call.named(py, primals)?.as_ref())?;
                let mut grads = call.arguments.args.read(&given, &|got| {
                    let want = call.arguments.args.slots();
                    PyValueError::new_err(format!("[custom_function] the vjp rule returned {got} arrays for {want} arguments"))
                })?;
                grads.resize(primals.len(), None);
                Ok(grads)
            };
            let grads = through(run())?;
            // In another floating-point type is as good.
            let cast = |(grad, primal): (Option<Array>, &Array)| grad.map(|g| g.astype(primal.dtype())).transpose();
            grads.into_iter().zip(primals).map(cast).collect()
        })
    })
}

fn jvp_rule(fun: Py<PyAny>, call: Arc<Call>) -> Box<transform::JvpRule> {
    Box::new(move |primals, tangents| {
        let run = |py: Python<'_>| {
            let object = |t: &Option<Array>| t.as_ref().map_or_else(|| Ok(py.None().into_bound(py)), |t| wrap(py, t.clone()));
            let moved = alone(call.arguments.args.fill(py, &mut tangents.iter().map(object))?)?;
            let args = (call.bundle(py, primals)?, moved);
            arrays_in(&fun.bind(py).call(args, call.named(py, primals)?.as_ref())?)
        };
        Python::attach(|py| through(run(py)))
    })
}

fn vmap_rule(fun: Py<PyAny>, call: Arc<Call>) -> Box<transform::VmapRule> {
    Box::new(move |inputs, batched| {
        let run = |py: Python<'_>| {
            let object = |axis: &Option<usize>| Ok(axis.into_pyobject(py)?.into_any());
            let places = alone(call.arguments.args.fill(py, &mut batched.iter().map(object))?)?;
            let args = (call.bundle(py, inputs)?, places);
            let given = fun.bind(py).call(args, call.named(py, inputs)?.as_ref())?;
            let (outputs, places): (Bound<'_, PyAny>, Bound<'_, PyAny>) = given.extract().map_err(|_| {
                PyValueError::new_err("[custom_function] the vmap rule must return the outputs and their axes, as a pair")
            })?;
            let places = axes("the axes of the vmap rule", &places, &outputs)?;
            let outputs = arrays_in(&outputs)?;
            let one = |(a, axis): (Array, Option<i64>)| {
                let axis = axis.map(|i| millpond_core::shape::axis("custom_function", i, a.ndim())).transpose().or_raise()?;
                Ok((a, axis))
            };
            outputs.into_iter().zip(places).map(one).collect()
        };
        Python::attach(|py| through(run(py)))
    })
}

/// Runs `fun` with `rules` at the arrays `inputs` of its arguments; `note` is shown what it returned.
fn call_through<'py>(
    fun: &Bound<'py, PyAny>,
    arguments: &Arguments,
    inputs: &[Array],
    rules: &Arc<Rules>,
    note: impl Fn(&Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<Bound<'py, PyAny>> {
    let returned = Mutex::new(None);
    let body = |arrays: &[Array]| {
        let run = || {
            let (args, kwargs) = arguments.fill(fun.py(), &mut arrays.iter().cloned())?;
            let value = fun.call(args, kwargs.as_ref())?;
            note(&value)?;
            let outputs = arrays_in(&value)?;
            *returned.lock().unwrap() = Some(value);
            Ok(outputs)
        };
        through(run())
    };
    let outputs = apply_custom(body, inputs, rules).or_raise()?;
    let value = returned.into_inner().unwrap().expect("the function has returned");
    unflatten(&value, &mut outputs.into_iter())
}

#[pymethods]
impl CustomFunction {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.fun)?;
        // Whoever holds a lock now holds the rule too.
        let rules = [&self.vjp, &self.jvp, &self.vmap];
        rules.iter().try_for_each(|slot| slot.try_lock().map_or(Ok(()), |rule| visit.call(&*rule)))
    }

    fn __getattr__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        attribute(self.fun.bind(py), name)
    }

    #[new]
    fn new(f: &Bound<'_, PyAny>) -> PyResult<CustomFunction> {
        check_callable("custom_function", f)?;
        Ok(CustomFunction { fun: f.clone().unbind(), vjp: Mutex::default(), jvp: Mutex::default(), vmap: Mutex::default() })
    }

    /// Sets the rule for reverse differentiation, `f(primals, cotangents, outputs)`; returns this function.
    fn vjp<'py>(slf: &Bound<'py, Self>, f: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        set(&slf.get().vjp, f)?;
        Ok(slf.clone())
    }

    /// Sets the rule for forward differentiation, `f(primals, tangents)`; returns this function.
    fn jvp<'py>(slf: &Bound<'py, Self>, f: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        set(&slf.get().jvp, f)?;
        Ok(slf.clone())
    }

    /// Sets the rule for vectorization, `f(inputs, axes)`, which returns the outputs and their axes; returns this function.
    fn vmap<'py>(slf: &Bound<'py, Self>, f: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        set(&slf.get().vmap, f)?;
        Ok(slf.clone())
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inputs = arrays_among(args, kwargs)?;
        let call = Arc::new(Call { arguments: Arguments::of(args, kwargs)?, outputs: Mutex::default() });
        let rules = Arc::new(Rules {
            vjp: get(py, &self.vjp).map(|fun| vjp_rule(fun, call.clone())),
            jvp: get(py, &self.jvp).map(|fun| jvp_rule(fun, call.clone())),
            vmap: get(py, &self.vmap).map(|fun| vmap_rule(fun, call.clone())),
            captures: false,
        });
        let note = |value: &Bound<'py, PyAny>| {
            let template = Template::of(value)?;
            *call.outputs.lock().unwrap() = Some(template);
            Ok(())
        };
        call_through(self.fun.bind(py), &call.arguments, &inputs, &rules, note)
    }
}

/// A function that computes as `fun` does and keeps nothing of its inside for the backward pass, which runs `fun` again.
#[pyclass(frozen, module = "millpond.core", name = "_Checkpoint")]
struct Checkpoint {
    fun: Py<PyAny>,
}

#[pymethods]
impl Checkpoint {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.fun)
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
        let inputs = arrays_among(args, kwargs)?;
        let arguments = Arc::new(Arguments::of(args, kwargs)?);
        let (fun, form) = (self.fun.clone_ref(py), arguments.clone());
        let again = move |arrays: &[Array]| {
            Python::attach(|py| {
                let run = || {
                    let (args, kwargs) = form.fill(py, &mut arrays.iter().cloned())?;
                    arrays_in(&fun.bind(py).call(args, kwargs.as_ref())?)
                };
                through(run())
            })
        };
        call_through(self.fun.bind(py), &arguments, &inputs, &transform::recomputing(again), |_| Ok(()))
    }
}

/// A function that computes as `fun` does and keeps none of its inner values for the backward pass: that runs `fun` again.
/// Trades time for memory. Arguments, also those by name, and results may be trees of arrays.
#[pyfunction]
fn checkpoint(fun: &Bound<'_, PyAny>) -> PyResult<Checkpoint> {
    check_callable("checkpoint", fun)?;
    Ok(Checkpoint { fun: fun.clone().unbind() })
}

/// An array, or a list or tuple of them.
fn arrays_of(name: &str, obj: &Bound<'_, PyAny>) -> PyResult<Vec<Array>> {
    match obj.cast::<PyArray>() {
        Ok(a) => Ok(vec![a.get().get()]),
        Err(_) => array_list("depends", name, "array | Sequence[array]", obj),
    }
}

/// `inputs`, an array or several, unchanged but computed only after `dependencies` have been. Several come as a list.
#[pyfunction]
fn depends<'py>(py: Python<'py>, inputs: &Bound<'py, PyAny>, dependencies: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let (arrays, others) = (arrays_of("inputs", inputs)?, arrays_of("dependencies", dependencies)?);
    let mut outputs = transform::depends(&arrays, &others).or_raise()?;
    if inputs.is_instance_of::<PyArray>() {
        return wrap(py, outputs.swap_remove(0));
    }
    Ok(PyList::new(py, wrap_all(py, outputs)?)?.into_any())
}

/// Adds these to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<CustomFunction>()?;
    m.add_function(wrap_pyfunction!(checkpoint, m)?)?;
    m.add_function(wrap_pyfunction!(depends, m)?)
}
