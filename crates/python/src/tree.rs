//! Trees: lists, tuples and dicts, nested, with anything else as leaves.

use crate::array::PyArray;
use crate::transforms::arrays_in;
use millpond_core::array::Array;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

/// Goes a level down: a tree deeper than Python's stack, or one that contains itself, is a `RecursionError`.
pub fn deeper<T>(py: Python<'_>, f: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // SAFETY: this thread is attached; the matching leave follows.
    if unsafe { ffi::Py_EnterRecursiveCall(c" in a tree of arrays".as_ptr()) } != 0 {
        return Err(PyErr::fetch(py));
    }
    let result = f();
    // SAFETY: entered above.
    unsafe { ffi::Py_LeaveRecursiveCall() };
    result
}

/// Calls `f` with every leaf, in order.
pub fn visit<'py>(tree: &Bound<'py, PyAny>, f: &mut dyn FnMut(&Bound<'py, PyAny>) -> PyResult<()>) -> PyResult<()> {
    let py = tree.py();
    if let Ok(list) = tree.cast::<PyList>() {
        deeper(py, || list.iter().try_for_each(|item| visit(&item, f)))
    } else if let Ok(tuple) = tree.cast::<PyTuple>() {
        deeper(py, || tuple.iter().try_for_each(|item| visit(&item, f)))
    } else if let Ok(dict) = tree.cast::<PyDict>() {
        deeper(py, || dict.iter().try_for_each(|(_, item)| visit(&item, f)))
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
        let items = deeper(py, || list.iter().map(|item| map(&item, f)).collect::<PyResult<Vec<_>>>())?;
        Ok(PyList::new(py, items)?.into_any())
    } else if let Ok(tuple) = tree.cast::<PyTuple>() {
        let items = deeper(py, || tuple.iter().map(|item| map(&item, f)).collect::<PyResult<Vec<_>>>())?;
        let items = PyTuple::new(py, items)?;
        match tuple.getattr_opt("_make")? {
            Some(make) => make.call1((items,)),
            None => Ok(items.into_any()),
        }
    } else if let Ok(dict) = tree.cast::<PyDict>() {
        let out = PyDict::new(py);
        deeper(py, || dict.iter().try_for_each(|(key, item)| out.set_item(key, map(&item, f)?)))?;
        Ok(out.into_any())
    } else {
        f(tree)
    }
}

/// Where an array was in a [`Template`].
#[pyclass(frozen, name = "_Slot", module = "millpond.core")]
struct Slot;

/// A tree with its arrays taken out: it keeps none of them alive.
pub struct Template {
    tree: Py<PyAny>,
    slots: usize,
}

impl Template {
    /// The shape of `tree`.
    pub fn of<'py>(tree: &Bound<'py, PyAny>) -> PyResult<Template> {
        let slot = Bound::new(tree.py(), Slot)?.into_any();
        let mut slots = 0;
        let mut take = |leaf: &Bound<'py, PyAny>| {
            let is_array = leaf.is_instance_of::<PyArray>();
            slots += usize::from(is_array);
            Ok(if is_array { slot.clone() } else { leaf.clone() })
        };
        let tree = map(tree, &mut take)?.unbind();
        Ok(Template { tree, slots })
    }

    /// The number of arrays.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Another handle of it.
    pub fn clone_ref(&self, py: Python<'_>) -> Template {
        Template { tree: self.tree.clone_ref(py), slots: self.slots }
    }

    /// The tree with the next of `objects` in the place of each array.
    pub fn fill<'py>(
        &self,
        py: Python<'py>,
        objects: &mut dyn Iterator<Item = PyResult<Bound<'py, PyAny>>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        map(self.tree.bind(py), &mut |leaf| match leaf.is_instance_of::<Slot>() {
            true => objects.next().expect("one object for each array"),
            false => Ok(leaf.clone()),
        })
    }

    /// The arrays of `given` in the places of this template's, `None` where it has `None` for an array or a tree of them.
    /// `given` may leave out what holds no arrays, and the tuple around a single item.
    ///
    /// # Errors
    /// What `mismatch` makes when `given` has too many or too few arrays.
    pub fn read<'py>(&self, given: &Bound<'py, PyAny>, mismatch: &dyn Fn(usize) -> PyErr) -> PyResult<Vec<Option<Array>>> {
        let template = self.tree.bind(given.py());
        let mut out = Vec::with_capacity(self.slots);
        let single = template.len()? == 1 && !(given.is_instance_of::<PyTuple>() && given.len()? == 1);
        let fits = if single { read(&template.get_item(0)?, given, &mut out)? } else { read(template, given, &mut out)? };
        if !fits {
            out = arrays_in(given)?.into_iter().map(Some).collect();
        }
        if out.len() == self.slots { Ok(out) } else { Err(mismatch(out.len())) }
    }
}

/// Whether `given` has the structure of `template`; its arrays in order.
fn read<'py>(template: &Bound<'py, PyAny>, given: &Bound<'py, PyAny>, out: &mut Vec<Option<Array>>) -> PyResult<bool> {
    if given.is_none() {
        visit(template, &mut |leaf| {
            out.extend(leaf.is_instance_of::<Slot>().then_some(None));
            Ok(())
        })?;
        return Ok(true);
    }
    if template.is_instance_of::<Slot>() {
        let array = given.cast::<PyArray>().ok().map(|a| a.get().get());
        let fits = array.is_some();
        out.push(array);
        return Ok(fits);
    }
    let is_sequence = |o: &Bound<'py, PyAny>| o.is_instance_of::<PyList>() || o.is_instance_of::<PyTuple>();
    if is_sequence(template) {
        if !is_sequence(given) || template.len()? != given.len()? {
            return Ok(false);
        }
        for (template, given) in template.try_iter()?.zip(given.try_iter()?) {
            if !read(&template?, &given?, out)? {
                return Ok(false);
            }
        }
    } else if let Ok(template) = template.cast::<PyDict>() {
        let Ok(given) = given.cast::<PyDict>() else { return Ok(false) };
        for (key, item) in template.iter() {
            let given = given.get_item(&key)?.unwrap_or_else(|| item.py().None().into_bound(item.py()));
            if !read(&item, &given, out)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
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
