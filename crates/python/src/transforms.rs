//! Transforms of Python functions: trees are flattened around the core's transforms, and exceptions pass through unchanged.

use crate::array::{PyArray, wrap, wrap_all};
use crate::errors::{OrRaise, carry, type_name};
use crate::standin::StandIn;
use crate::tree;
use millpond_core::array::Array;
use millpond_core::error::{Kind, Result as CoreResult};
use millpond_core::transform;
use pyo3::exceptions::{PyAttributeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The arrays of a tree whose leaves must all be arrays.
fn flatten(op: &str, tree: &Bound<'_, PyAny>, out: &mut Vec<Array>) -> PyResult<()> {
    tree::visit(tree, &mut |leaf| match leaf.cast::<PyArray>() {
        Ok(a) => {
            out.push(a.get().get());
            Ok(())
        }
        Err(_) => {
            let message = format!("[{op}] the arguments transformed may hold only arrays, not {}", type_name(leaf));
            Err(PyValueError::new_err(message))
        }
    })
}

/// The arrays of a tree that may hold other things too.
pub fn arrays_in(tree: &Bound<'_, PyAny>) -> PyResult<Vec<Array>> {
    let mut out = Vec::new();
    tree::visit(tree, &mut |leaf| {
        if let Ok(array) = leaf.cast::<PyArray>() {
            out.push(array.get().get());
        }
        Ok(())
    })?;
    Ok(out)
}

/// The tree with its arrays replaced by the next of `arrays`.
pub fn unflatten<'py>(tree: &Bound<'py, PyAny>, arrays: &mut impl Iterator<Item = Array>) -> PyResult<Bound<'py, PyAny>> {
    tree::map(tree, &mut |leaf| match leaf.cast::<PyArray>() {
        Ok(_) => {
            let changed = || PyValueError::new_err("the function added arrays to the tree that it was called with");
            wrap(leaf.py(), arrays.next().ok_or_else(changed)?)
        }
        Err(_) => Ok(leaf.clone()),
    })
}

/// `result` with its exception carried through the core.
pub fn through<T>(result: PyResult<T>) -> CoreResult<T> {
    result.map_err(|e| carry(Kind::Runtime, e))
}

pub fn check_callable(op: &str, fun: &Bound<'_, PyAny>) -> PyResult<()> {
    if fun.is_callable() {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!("{op}(): argument 'fun' must be callable, not {}", type_name(fun))))
}

/// The arguments that gradients are taken of.
struct Wanted {
    /// Positions in order.
    argnums: Vec<usize>,
    argnames: Vec<String>,
}

impl Wanted {
    fn new(argnums: Option<&Bound<'_, PyAny>>, argnames: Option<&Bound<'_, PyAny>>) -> PyResult<Wanted> {
        let argnames = names(argnames)?;
        let given = match argnums {
            Some(a) if !a.is_none() => Some(a),
            _ => None,
        };
        let numbers: Vec<i64> = match given {
            None => {
                if argnames.is_empty() {
                    vec![0]
                } else {
                    Vec::new()
                }
            }
            Some(a) => match a.extract::<i64>() {
                Ok(i) => vec![i],
                Err(_) => a.extract::<Vec<i64>>().map_err(|_| {
                    PyTypeError::new_err(format!("grad(): argument 'argnums' must be int | Sequence[int], not {}", type_name(a)))
                })?,
            },
        };
        if let Some(bad) = numbers.iter().find(|&&i| i < 0) {
            return Err(PyValueError::new_err(format!("[grad] argnums must not be negative, but {bad} is")));
        }
        let set: BTreeSet<i64> = numbers.iter().copied().collect();
        if set.len() != numbers.len() {
            return Err(PyValueError::new_err(format!("[grad] argnums {numbers:?} name an argument twice")));
        }
        if numbers.is_empty() && argnames.is_empty() {
            return Err(PyValueError::new_err("[grad] argnums and argnames name no argument"));
        }
        Ok(Wanted { argnums: set.into_iter().map(|i| i as usize).collect(), argnames })
    }

    fn check(&self, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        if let Some(i) = self.argnums.iter().find(|&&i| i >= args.len()) {
            let n = args.len();
            return Err(PyValueError::new_err(format!(
                "[grad] argument {i} is asked for, but the call has {n} positional arguments"
            )));
        }
        for name in &self.argnames {
            if !kwargs.is_some_and(|k| k.contains(name).unwrap_or(false)) {
                let message = format!("[grad] argument '{name}' is asked for, but the call does not give it by name");
                return Err(PyValueError::new_err(message));
            }
        }
        Ok(())
    }

    /// The trees of the arguments asked for.
    fn trees<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut out = self.argnums.iter().map(|&i| args.get_item(i)).collect::<PyResult<Vec<_>>>()?;
        for name in &self.argnames {
            out.extend(kwargs.and_then(|k| k.get_item(name).ok().flatten()));
        }
        Ok(out)
    }

    /// Gradients in the form that was asked for: alone, as a tuple, with a dict of those asked for by name.
    fn result<'py>(&self, py: Python<'py>, trees: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let (positional, named) = trees.split_at(self.argnums.len());
        let first = match positional {
            [] => py.None().into_bound(py),
            [one] => one.clone(),
            many => PyTuple::new(py, many)?.into_any(),
        };
        if self.argnames.is_empty() {
            return Ok(first);
        }
        let dict = PyDict::new(py);
        for (name, tree) in self.argnames.iter().zip(named) {
            dict.set_item(name, tree)?;
        }
        Ok((first, dict).into_pyobject(py)?.into_any())
    }
}

fn names(argnames: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    match argnames {
        None => Ok(Vec::new()),
        Some(a) if a.is_none() => Ok(Vec::new()),
        Some(a) => match a.cast::<PyString>() {
            Ok(one) => Ok(vec![one.to_string()]),
            Err(_) => a.extract().map_err(|_| {
                PyTypeError::new_err(format!("grad(): argument 'argnames' must be str | Sequence[str], not {}", type_name(a)))
            }),
        },
    }
}

/// The attribute `name` of a transformed function, which passes for `fun` to those who ask for its name or its signature.
pub fn attribute<'py>(fun: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    match &*name.to_cow()? {
        "__wrapped__" => Ok(fun.clone()),
        "__name__" | "__qualname__" | "__annotations__" => fun.getattr(name),
        name => Err(PyAttributeError::new_err(format!("a transformed function has no attribute '{name}'"))),
    }
}

/// A differentiated function.
#[pyclass(frozen, module = "millpond.core", name = "_Grad")]
struct Grad {
    fun: Py<PyAny>,
    wanted: Wanted,
    /// Return the value too.
    value: bool,
}

/// The loss in what a function returned: the array itself, or the first of a tuple.
fn loss_of(result: &Bound<'_, PyAny>, tuple: bool) -> PyResult<Array> {
    if let Ok(a) = result.cast::<PyArray>() {
        return Ok(a.get().get());
    }
    if tuple
        && let Ok(t) = result.cast::<PyTuple>()
        && let Ok(first) = t.get_item(0)
        && let Ok(a) = first.cast::<PyArray>()
    {
        return Ok(a.get().get());
    }
    let what = if tuple { "a scalar array or a tuple whose first item is one" } else { "a scalar array" };
    Err(PyValueError::new_err(format!("[grad] the function must return {what}, not {}", type_name(result))))
}

#[pymethods]
impl Grad {
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
        let Grad { fun, wanted, value } = self;
        wanted.check(args, kwargs)?;
        let trees = wanted.trees(args, kwargs)?;
        let mut primals = Vec::new();
        for tree in &trees {
            flatten("grad", tree, &mut primals)?;
            if let Ok(alone) = tree.cast::<PyArray>() {
                transform::check_differentiable("grad", &[alone.get().get()]).or_raise()?;
            }
        }
        let stood_in = RefCell::new(Vec::new());
        let body = |traced: &[Array]| {
            let run = || {
                let mut traced = traced.iter().cloned();
                let mut positional: Vec<Bound<'py, PyAny>> = args.iter().collect();
                let mut stand_ins = Vec::with_capacity(trees.len());
                for &i in &wanted.argnums {
                    let tree = StandIn::new(&positional[i], &mut traced)?;
                    positional[i] = tree.tree().clone();
                    stand_ins.push(tree);
                }
                let named = kwargs.map(|k| k.copy()).transpose()?;
                for name in &wanted.argnames {
                    if let Some(k) = &named
                        && let Some(tree) = k.get_item(name)?
                    {
                        let tree = StandIn::new(&tree, &mut traced)?;
                        k.set_item(name, tree.tree())?;
                        stand_ins.push(tree);
                    }
                }
                let result = fun.bind(py).call(PyTuple::new(py, positional)?, named.as_ref())?;
                stood_in.replace(stand_ins);
                Ok((loss_of(&result, *value)?, result))
            };
            through(run())
        };
        let (loss, result, grads) = transform::value_and_grad_with(body, &primals).or_raise()?;
        let mut grads = grads.into_iter();
        let grads = trees.iter().map(|tree| unflatten(tree, &mut grads)).collect::<PyResult<Vec<_>>>()?;
        // Only now: the gradients have the form that the arguments had.
        stood_in.borrow().iter().try_for_each(StandIn::keep_changes)?;
        let grads = wanted.result(py, grads)?;
        if !value {
            return Ok(grads);
        }
        let result = if result.is_instance_of::<PyArray>() { wrap(py, loss)? } else { result };
        Ok((result, grads).into_pyobject(py)?.into_any())
    }
}

/// A function that returns the gradients of `fun`, which must return a scalar array.
///
/// `argnums` (by default 0) and `argnames` say with respect to which arguments; these may be trees of arrays, and gradients have
/// the same structure. One position gives one gradient, several a tuple, names a dict beside it.
#[pyfunction]
#[pyo3(signature = (fun, argnums=None, argnames=None))]
fn grad(fun: &Bound<'_, PyAny>, argnums: Option<&Bound<'_, PyAny>>, argnames: Option<&Bound<'_, PyAny>>) -> PyResult<Grad> {
    check_callable("grad", fun)?;
    Ok(Grad { fun: fun.clone().unbind(), wanted: Wanted::new(argnums, argnames)?, value: false })
}

/// A function that returns what `fun` returns, and the gradients as `grad` does.
///
/// `fun` returns a scalar array, or a tuple that starts with one.
#[pyfunction]
#[pyo3(signature = (fun, argnums=None, argnames=None))]
fn value_and_grad(
    fun: &Bound<'_, PyAny>,
    argnums: Option<&Bound<'_, PyAny>>,
    argnames: Option<&Bound<'_, PyAny>>,
) -> PyResult<Grad> {
    check_callable("value_and_grad", fun)?;
    Ok(Grad { fun: fun.clone().unbind(), wanted: Wanted::new(argnums, argnames)?, value: true })
}

/// Calls `fun` with arrays one by one; the arrays it returns, alone or in a list or tuple.
fn call_flat<'py>(op: &str, fun: &Bound<'py, PyAny>, args: &[Array]) -> CoreResult<Vec<Array>> {
    let py = fun.py();
    let run = || {
        let result = fun.call1(PyTuple::new(py, wrap_all(py, args.iter().cloned())?)?)?;
        let mut out = Vec::new();
        flatten(op, &result, &mut out)?;
        Ok(out)
    };
    through(run())
}

/// The arrays in a list or tuple of them; `wanted` is what the argument `name` of `op` should be.
pub fn array_list(op: &str, name: &str, wanted: &str, obj: &Bound<'_, PyAny>) -> PyResult<Vec<Array>> {
    let wrong = || PyTypeError::new_err(format!("{op}(): argument '{name}' must be {wanted}, not {}", type_name(obj)));
    if !obj.is_instance_of::<PyList>() && !obj.is_instance_of::<PyTuple>() {
        return Err(wrong());
    }
    obj.try_iter()?.map(|item| Ok(item?.cast::<PyArray>().map_err(|_| wrong())?.get().get())).collect()
}

type Pair<'py> = (Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>);

fn pair<'py>(py: Python<'py>, (a, b): (Vec<Array>, Vec<Array>)) -> PyResult<Pair<'py>> {
    Ok((wrap_all(py, a)?, wrap_all(py, b)?))
}

/// An argument that must be a list of arrays.
fn list(op: &str, name: &str, obj: &Bound<'_, PyAny>) -> PyResult<Vec<Array>> {
    array_list(op, name, "list[array]", obj)
}

/// The outputs of `fun` at `primals`, and the vector-Jacobian products with `cotangents`, one for each output.
#[pyfunction]
fn vjp<'py>(
    py: Python<'py>,
    fun: &Bound<'py, PyAny>,
    primals: &Bound<'py, PyAny>,
    cotangents: &Bound<'py, PyAny>,
) -> PyResult<Pair<'py>> {
    check_callable("vjp", fun)?;
    let (primals, cotangents) = (list("vjp", "primals", primals)?, list("vjp", "cotangents", cotangents)?);
    pair(py, transform::vjp(|args| call_flat("vjp", fun, args), &primals, &cotangents).or_raise()?)
}

/// The outputs of `fun` at `primals`, and the Jacobian-vector products with `tangents`, one for each primal.
#[pyfunction]
fn jvp<'py>(
    py: Python<'py>,
    fun: &Bound<'py, PyAny>,
    primals: &Bound<'py, PyAny>,
    tangents: &Bound<'py, PyAny>,
) -> PyResult<Pair<'py>> {
    check_callable("jvp", fun)?;
    let (primals, tangents) = (list("jvp", "primals", primals)?, list("jvp", "tangents", tangents)?);
    pair(py, transform::jvp(|args| call_flat("jvp", fun, args), &primals, &tangents).or_raise()?)
}

/// A vectorized function.
#[pyclass(frozen, module = "millpond.core", name = "_Vmap")]
struct Vmap {
    fun: Py<PyAny>,
    in_axes: Py<PyAny>,
    out_axes: Py<PyAny>,
}

/// One axis, or `None`, for each leaf of `tree`.
pub fn axes<'py>(name: &str, prefix: &Bound<'py, PyAny>, tree: &Bound<'py, PyAny>) -> PyResult<Vec<Option<i64>>> {
    let mismatch =
        || PyValueError::new_err(format!("[vmap] {name} has a structure that is not a prefix of the structure it is for"));
    let mut leaves = Vec::new();
    tree::broadcast_prefix(prefix, tree, &mismatch, &mut leaves)?;
    let one = |leaf: Bound<'py, PyAny>| {
        if leaf.is_none() {
            return Ok(None);
        }
        leaf.extract()
            .map(Some)
            .map_err(|_| PyValueError::new_err(format!("[vmap] {name} must be int or None, not {}", type_name(&leaf))))
    };
    leaves.into_iter().map(one).collect()
}

#[pymethods]
impl Vmap {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.fun)?;
        visit.call(&self.in_axes)?;
        visit.call(&self.out_axes)
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
        if kwargs.is_some_and(|k| !k.is_empty()) {
            return Err(PyTypeError::new_err("[vmap] arguments by name are not supported"));
        }
        let mut inputs = Vec::new();
        flatten("vmap", args.as_any(), &mut inputs)?;
        let prefix = self.in_axes.bind(py);
        // A dict stands for the tree of the only argument, as a bare axis stands for every argument.
        let prefix = match prefix.cast::<PyDict>() {
            Ok(dict) if args.len() == 1 => PyTuple::new(py, [dict])?.into_any(),
            _ => prefix.clone(),
        };
        let in_axes = axes("in_axes", &prefix, args.as_any())?;
        let returned = RefCell::new(None);
        let body = |traced: &[Array]| {
            let run = || {
                let traced_args = unflatten(args.as_any(), &mut traced.iter().cloned())?;
                let value = self.fun.bind(py).call1(traced_args.cast_into::<PyTuple>()?)?;
                let mut out = Vec::new();
                flatten("vmap", &value, &mut out)?;
                // One axis in a tuple is for the only result.
                let prefix = match self.out_axes.bind(py).cast::<PyTuple>() {
                    Ok(one) if one.len() == 1 && value.is_instance_of::<PyArray>() => one.get_item(0)?,
                    _ => self.out_axes.bind(py).clone(),
                };
                let axes = axes("out_axes", &prefix, &value)?;
                returned.replace(Some((value, axes)));
                Ok(out)
            };
            through(run())
        };
        let out_axes = |_| returned.borrow().as_ref().map(|(_, axes)| axes.clone()).unwrap_or_default();
        let outputs = transform::vmap_axes(body, &inputs, &in_axes, out_axes).or_raise()?;
        let (value, _) = returned.into_inner().expect("the function has returned");
        unflatten(&value, &mut outputs.into_iter())
    }
}

/// A function that applies `fun` to every slice of its arguments at once.
///
/// `in_axes` says along which axis each argument is sliced (`None`: not at all), as one number for all, or as a tree whose
/// structure is a prefix of the arguments'; `out_axes` says along which axis results are stacked, in the same way.
#[pyfunction]
#[pyo3(signature = (fun, in_axes=Given(None), out_axes=Given(None)), text_signature = "(fun, in_axes=0, out_axes=0)")]
fn vmap(py: Python<'_>, fun: &Bound<'_, PyAny>, in_axes: Given, out_axes: Given) -> PyResult<Vmap> {
    check_callable("vmap", fun)?;
    let zero = || 0i64.into_pyobject(py).map(|z| z.into_any().unbind());
    let or_zero = |axes: Given| axes.0.map_or_else(|| zero().map_err(PyErr::from), Ok);
    Ok(Vmap { fun: fun.clone().unbind(), in_axes: or_zero(in_axes)?, out_axes: or_zero(out_axes)? })
}

/// An argument that may be left out, and for which `None` is a value.
struct Given(Option<Py<PyAny>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Given {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Given> {
        Ok(Given(Some(object.to_owned().unbind())))
    }
}

/// Adds the transforms to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(grad, m)?)?;
    m.add_function(wrap_pyfunction!(value_and_grad, m)?)?;
    m.add_function(wrap_pyfunction!(vjp, m)?)?;
    m.add_function(wrap_pyfunction!(jvp, m)?)?;
    m.add_function(wrap_pyfunction!(vmap, m)?)?;
    Ok(())
}
