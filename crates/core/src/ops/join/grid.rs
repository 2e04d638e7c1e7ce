//! Arrays brought to common shapes: broadcast together, spread over a grid, or given more axes.

use crate::ext::*;
use crate::ops::view::{broadcast_to, reshape_to, swapaxes};

/// The order of the first two axes of [`meshgrid`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Indexing {
    /// Cartesian: the first array varies along axis 1, the second along axis 0.
    Xy,
    /// Matrix: array `i` varies along axis `i`.
    Ij,
}

op! {
    broadcast_arrays "(*arrays: varargs)" => |c| broadcast_arrays(c.arrays(0)?);
    /// The arrays broadcast to their common shape. Nothing is copied.
    ///
    /// # Errors
    /// When their shapes do not broadcast together.
    pub fn broadcast_arrays(arrays: &[Array]) -> Result<Vec<Array>> {
        let shape = broadcast_all("broadcast_arrays", arrays.iter().map(Array::shape))?;
        arrays.iter().map(|a| broadcast_to(a, &shape)).collect()
    }

    meshgrid "(*arrays: varargs, sparse: bool = False, indexing: str = 'xy')" => |c| {
        let indexing = match c.str(2)? {
            "xy" => Indexing::Xy,
            "ij" => Indexing::Ij,
            other => return Err(Error::value(format!("[meshgrid] invalid indexing '{other}': it must be 'xy' or 'ij'"))),
        };
        meshgrid(c.arrays(0)?, c.bool(1)?, indexing).map(Output::Tuple)
    };
    /// The coordinates of a grid whose axes have the elements of each array, which are flattened. `sparse` grids have length 1
    /// along the axes they do not vary along. Nothing is copied.
    ///
    /// # Errors
    /// When the grid would be too large.
    pub fn meshgrid(arrays: &[Array], sparse: bool, indexing: Indexing) -> Result<Vec<Array>> {
        let lengths: Shape = arrays.iter().map(Array::size).collect();
        checked_size("meshgrid", &lengths)?;
        let spread = |(i, a): (usize, &Array)| {
            let mut shape = Shape::from_elem(1, arrays.len());
            shape[i] = a.size();
            let a = reshape_to(a, &shape)?;
            let a = if sparse { a } else { broadcast_to(&a, &lengths)? };
            if indexing == Indexing::Xy && arrays.len() > 1 { swapaxes(&a, 0, 1) } else { Ok(a) }
        };
        arrays.iter().enumerate().map(spread).collect()
    }

    atleast_1d "(*arys: varargs)" => |c| each(c.arrays(0)?, atleast_1d);
    /// `a`, with shape `(1,)` if it is 0-d.
    ///
    /// # Errors
    /// None of its own.
    pub fn atleast_1d(a: &Array) -> Result<Array> {
        if a.ndim() == 0 { reshape_to(a, &[1]) } else { Ok(a.clone()) }
    }

    atleast_2d "(*arys: varargs)" => |c| each(c.arrays(0)?, atleast_2d);
    /// `a` with at least two axes: new ones are in front.
    ///
    /// # Errors
    /// None of its own.
    pub fn atleast_2d(a: &Array) -> Result<Array> {
        if a.ndim() < 2 { reshape_to(a, &[1, a.size()]) } else { Ok(a.clone()) }
    }

    atleast_3d "(*arys: varargs)" => |c| each(c.arrays(0)?, atleast_3d);
    /// `a` with at least three axes: a vector lies along the middle one, a matrix has a new one behind.
    ///
    /// # Errors
    /// None of its own.
    pub fn atleast_3d(a: &Array) -> Result<Array> {
        match *a.shape() {
            [] => reshape_to(a, &[1, 1, 1]),
            [n] => reshape_to(a, &[1, n, 1]),
            [m, n] => reshape_to(a, &[m, n, 1]),
            _ => Ok(a.clone()),
        }
    }
}

/// `f` of the one array, or the list of `f` of each.
fn each(arrays: &[Array], f: fn(&Array) -> Result<Array>) -> Result<Output> {
    match arrays {
        [one] => f(one).map(Output::Array),
        _ => arrays.iter().map(f).collect::<Result<Vec<_>>>().map(Output::List),
    }
}
