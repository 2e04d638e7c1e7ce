//! Trees that stand in for a caller's while a function runs. What it puts into their lists and dicts, it puts into the caller's.

use crate::array::{PyArray, wrap};
use crate::tree::deeper;
use millpond_core::array::Array;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::collections::HashMap;

/// A copy of a tree with other arrays in it.
pub struct StandIn<'py> {
    tree: Bound<'py, PyAny>,
    /// What stands for what, by address: a copied container, or an array with what it held at first.
    originals: HashMap<usize, (Bound<'py, PyAny>, Option<Array>)>,
    /// The lists and dicts, copies beside originals.
    containers: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'py> StandIn<'py> {
    /// `tree` with its arrays replaced by the next of `arrays`.
    pub fn new(tree: &Bound<'py, PyAny>, arrays: &mut dyn Iterator<Item = Array>) -> PyResult<StandIn<'py>> {
        let mut out = StandIn { tree: tree.clone(), originals: HashMap::new(), containers: Vec::new() };
        out.tree = out.place(tree, arrays)?;
        Ok(out)
    }

    /// The copy.
    pub fn tree(&self) -> &Bound<'py, PyAny> {
        &self.tree
    }

    fn place(&mut self, tree: &Bound<'py, PyAny>, arrays: &mut dyn Iterator<Item = Array>) -> PyResult<Bound<'py, PyAny>> {
        let py = tree.py();
        let (copy, held) = if tree.is_instance_of::<PyArray>() {
            let array = arrays.next().expect("one array for each leaf");
            (wrap(py, array.clone())?, Some(array))
        } else if let Ok(list) = tree.cast::<PyList>() {
            let items = deeper(py, || list.iter().map(|item| self.place(&item, arrays)).collect::<PyResult<Vec<_>>>())?;
            (PyList::new(py, items)?.into_any(), None)
        } else if let Ok(tuple) = tree.cast::<PyTuple>() {
            let items = deeper(py, || tuple.iter().map(|item| self.place(&item, arrays)).collect::<PyResult<Vec<_>>>())?;
            let items = PyTuple::new(py, items)?;
            let make = tuple.getattr_opt("_make")?;
            (make.map_or_else(|| Ok(items.clone().into_any()), |make| make.call1((&items,)))?, None)
        } else if let Ok(dict) = tree.cast::<PyDict>() {
            let out = PyDict::new(py);
            deeper(py, || dict.iter().try_for_each(|(key, item)| out.set_item(key, self.place(&item, arrays)?)))?;
            (out.into_any(), None)
        } else {
            return Ok(tree.clone());
        };
        if copy.is_instance_of::<PyList>() || copy.is_instance_of::<PyDict>() {
            self.containers.push((copy.clone(), tree.clone()));
        }
        self.originals.insert(copy.as_ptr() as usize, (tree.clone(), held));
        Ok(copy)
    }

    /// What `item` of a copied container is in the original.
    fn original(&self, item: Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        match self.originals.get(&(item.as_ptr() as usize)) {
            // An array that was changed in place is no longer the caller's.
            Some((_, Some(held))) if !item.cast::<PyArray>().is_ok_and(|a| a.get().get().is_same(held)) => item,
            Some((original, _)) => original.clone(),
            None => item,
        }
    }

    /// Makes in the caller's lists and dicts the changes that were made in the copies of them.
    pub fn keep_changes(&self) -> PyResult<()> {
        for (copy, original) in &self.containers {
            if let (Ok(copy), Ok(original)) = (copy.cast::<PyList>(), original.cast::<PyList>()) {
                let items: Vec<_> = copy.iter().map(|item| self.original(item)).collect();
                if items.len() != original.len() || original.iter().zip(&items).any(|(a, b)| !a.is(b)) {
                    original.set_slice(0, original.len(), PyList::new(original.py(), items)?.as_any())?;
                }
            } else if let (Ok(copy), Ok(original)) = (copy.cast::<PyDict>(), original.cast::<PyDict>()) {
                for (key, item) in copy.iter() {
                    let item = self.original(item);
                    if !original.get_item(&key)?.is_some_and(|old| old.is(&item)) {
                        original.as_any().set_item(key, item)?;
                    }
                }
                for key in original.keys() {
                    if !copy.contains(&key)? {
                        original.as_any().del_item(key)?;
                    }
                }
            }
        }
        Ok(())
    }
}
