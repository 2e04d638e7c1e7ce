//! Trees: lists, tuples and dicts, nested, with anything else as leaves.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

/// Calls `f` with every leaf, in order.
pub fn visit<'py>(tree: &Bound<'py, PyAny>, f: &mut dyn FnMut(&Bound<'py, PyAny>) -> PyResult<()>) -> PyResult<()> {
    if let Ok(list) = tree.cast::<PyList>() {
        list.iter().try_for_each(|item| visit(&item, f))
    } else if let Ok(tuple) = tree.cast::<PyTuple>() {
        tuple.iter().try_for_each(|item| visit(&item, f))
    } else if let Ok(dict) = tree.cast::<PyDict>() {
        dict.iter().try_for_each(|(_, item)| visit(&item, f))
    } else {
        f(tree)
    }
}

/// The same tree with every leaf replaced by what `f` makes of it. Subclasses become plain lists and dicts; named tuples stay.
pub fn map<'py>(
    tree: &Bound<'py, PyAny>,
    f: &mut dyn FnMut(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = tree.py();
    if let Ok(list) = tree.cast::<PyList>() {
        let items = list.iter().map(|item| map(&item, f)).collect::<PyResult<Vec<_>>>()?;
        Ok(PyList::new(py, items)?.into_any())
    } else if let Ok(tuple) = tree.cast::<PyTuple>() {
        let items = tuple.iter().map(|item| map(&item, f)).collect::<PyResult<Vec<_>>>()?;
        let items = PyTuple::new(py, items)?;
        match tuple.getattr_opt("_make")? {
            Some(make) => make.call1((items,)),
            None => Ok(items.into_any()),
        }
    } else if let Ok(dict) = tree.cast::<PyDict>() {
        let out = PyDict::new(py);
        for (key, item) in dict.iter() {
            out.set_item(key, map(&item, f)?)?;
        }
        Ok(out.into_any())
    } else {
        f(tree)
    }
}

/// For each leaf of `tree`, the leaf of `prefix` that stands for it: a leaf of `prefix` stands for a whole subtree.
///
/// # Errors
/// What `mismatch` makes when `prefix` has a structure that `tree` has not.
pub fn broadcast_prefix<'py>(
    prefix: &Bound<'py, PyAny>,
    tree: &Bound<'py, PyAny>,
    mismatch: &dyn Fn() -> PyErr,
    out: &mut Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let is_sequence = |o: &Bound<'py, PyAny>| o.is_instance_of::<PyList>() || o.is_instance_of::<PyTuple>();
    if is_sequence(prefix) {
        if !is_sequence(tree) || prefix.len()? != tree.len()? {
            return Err(mismatch());
        }
        for (p, t) in prefix.try_iter()?.zip(tree.try_iter()?) {
            broadcast_prefix(&p?, &t?, mismatch, out)?;
        }
        return Ok(());
    }
    if let Ok(dict) = prefix.cast::<PyDict>() {
        let Ok(tree) = tree.cast::<PyDict>() else { return Err(mismatch()) };
        for (key, item) in tree.iter() {
            let p = dict.get_item(&key)?.ok_or_else(mismatch)?;
            broadcast_prefix(&p, &item, mismatch, out)?;
        }
        return Ok(());
    }
    visit(tree, &mut |_| {
        out.push(prefix.clone());
        Ok(())
    })
}
