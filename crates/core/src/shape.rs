//! Shapes, strides and layouts: how an array's elements lie in its storage. Sizes and strides count elements, in 64 bits.

use crate::error::{Error, Result};
use smallvec::SmallVec;
use std::fmt;

/// The length of each axis.
pub type Shape = SmallVec<[usize; 4]>;
/// The distance between neighbours along each axis, in elements; 0 where an axis is broadcast, negative where it is flipped.
pub type Strides = SmallVec<[isize; 4]>;

/// A shape printed as users write it: `(2, 3)`, `(4,)`, `()`.
pub struct ShapeDisplay<'a>(pub &'a [usize]);

impl fmt::Display for ShapeDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [n] => write!(f, "({n},)"),
            dims => {
                f.write_str("(")?;
                for (i, n) in dims.iter().enumerate() {
                    write!(f, "{}{n}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}

/// `shape` for a message.
pub fn show(shape: &[usize]) -> ShapeDisplay<'_> {
    ShapeDisplay(shape)
}

/// The number of elements of `shape`.
pub fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The number of elements of `shape`, or an error naming `op` when it (or the bytes it needs) does not fit 63 bits.
pub fn checked_size(op: &str, shape: &[usize]) -> Result<usize> {
    if shape.contains(&0) {
        return Ok(0);
    }
    shape
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .filter(|n| *n <= (isize::MAX as usize) / 16)
        .ok_or_else(|| Error::value(format!("[{op}] shape {} has too many elements", show(shape))))
}

/// The shape that `a` and `b` broadcast to by numpy's rules, or `None` when they do not.
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Shape> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut out = Shape::from_slice(long);
    let lead = long.len() - short.len();
    for (o, &s) in out[lead..].iter_mut().zip(short) {
        match (*o, s) {
            (x, y) if x == y => {}
            (1, y) => *o = y,
            (_, 1) => {}
            _ => return None,
        }
    }
    Some(out)
}

/// [`broadcast`] over any number of shapes, with an error naming `op` and all of them.
pub fn broadcast_all<'a>(op: &str, shapes: impl IntoIterator<Item = &'a [usize]> + Clone) -> Result<Shape> {
    let mut out = Shape::new();
    for s in shapes.clone() {
        out = broadcast(&out, s).ok_or_else(|| {
            let all: Vec<String> = shapes.clone().into_iter().map(|s| show(s).to_string()).collect();
            Error::value(format!("[{op}] shapes {} cannot be broadcast together", all.join(" and ")))
        })?;
    }
    Ok(out)
}

/// `axis` of an array of `ndim` axes as an index; negative counts from the end.
pub fn axis(op: &str, axis: i64, ndim: usize) -> Result<usize> {
    let n = ndim as i64;
    if axis < -n || axis >= n {
        return Err(Error::index(format!("[{op}] axis {axis} is out of range for an array with {ndim} dimensions")));
    }
    Ok(if axis < 0 { axis + n } else { axis } as usize)
}

/// Several axes, normalized, sorted, and free of repeats.
pub fn axes(op: &str, axes_: &[i64], ndim: usize) -> Result<SmallVec<[usize; 4]>> {
    let mut out = axes_.iter().map(|&a| axis(op, a, ndim)).collect::<Result<SmallVec<[usize; 4]>>>()?;
    out.sort_unstable();
    if out.windows(2).any(|w| w[0] == w[1]) {
        return Err(Error::value(format!("[{op}] axes {axes_:?} name an axis twice")));
    }
    Ok(out)
}

/// `n` strides of 0.
fn flat(n: usize) -> Strides {
    const ZEROS: [isize; 8] = [0; 8];
    ZEROS.get(..n).map_or_else(|| Strides::from_elem(0, n), Strides::from_slice)
}

/// The row-major strides of `shape`.
pub fn row_major(shape: &[usize]) -> Strides {
    let mut strides = flat(shape.len());
    let mut step = 1isize;
    for (s, &n) in strides.iter_mut().zip(shape).rev() {
        *s = step;
        step = step.wrapping_mul(n.max(1) as isize);
    }
    strides
}

/// Where the elements of an array lie in its storage.
#[derive(PartialEq, Eq, Debug)]
pub struct Layout {
    /// The length of each axis.
    pub shape: Shape,
    /// Elements between neighbours on each axis.
    pub strides: Strides,
    /// The position of element (0, 0, …) in the storage, in elements.
    pub offset: usize,
}

impl Clone for Layout {
    /// Copies the lists whole; cloning them element by element would show in the cost of a node.
    fn clone(&self) -> Layout {
        let (shape, strides) = (Shape::from_slice(&self.shape), Strides::from_slice(&self.strides));
        Layout { shape, strides, offset: self.offset }
    }
}

impl Layout {
    /// Row-major from the start of the storage.
    pub fn contiguous(shape: &[usize]) -> Layout {
        Layout { strides: row_major(shape), shape: Shape::from_slice(shape), offset: 0 }
    }

    /// One element shown at every place of `shape`.
    pub fn splat(shape: &[usize]) -> Layout {
        Layout { strides: flat(shape.len()), shape: Shape::from_slice(shape), offset: 0 }
    }

    /// The number of axes.
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        size(&self.shape)
    }

    /// Whether the elements are adjacent and in row-major order (axes of length 1 do not count).
    pub fn is_contiguous(&self) -> bool {
        let mut step = 1isize;
        for (&n, &s) in self.shape.iter().zip(&self.strides).rev() {
            if n == 0 {
                return true;
            }
            if n != 1 && s != step {
                return false;
            }
            step = step.wrapping_mul(n as isize);
        }
        true
    }

    /// Whether every place shows the same element.
    pub fn is_splat(&self) -> bool {
        self.shape.iter().zip(&self.strides).all(|(&n, &s)| n <= 1 || s == 0)
    }

    /// The lowest and one past the highest storage position used, in elements; `None` when there are no elements.
    pub fn bounds(&self) -> Option<(usize, usize)> {
        let (mut lo, mut hi) = (self.offset as isize, self.offset as isize);
        for (&n, &s) in self.shape.iter().zip(&self.strides) {
            if n == 0 {
                return None;
            }
            let reach = (n as isize - 1) * s;
            if reach < 0 { lo += reach } else { hi += reach }
        }
        Some((lo as usize, hi as usize + 1))
    }

    /// The axes in the order `perm`.
    pub fn permute(&self, perm: &[usize]) -> Layout {
        Layout {
            shape: perm.iter().map(|&a| self.shape[a]).collect(),
            strides: perm.iter().map(|&a| self.strides[a]).collect(),
            offset: self.offset,
        }
    }

    /// Shown as `shape`, which this layout's shape must broadcast to.
    pub fn broadcast_to(&self, shape: &[usize]) -> Layout {
        let lead = shape.len() - self.ndim();
        let mut strides = flat(shape.len());
        for (i, (&n, &s)) in self.shape.iter().zip(&self.strides).enumerate() {
            strides[lead + i] = if n == 1 { 0 } else { s };
        }
        Layout { shape: Shape::from_slice(shape), strides, offset: self.offset }
    }

    /// Elements `start, start + step, …` of each axis, `lengths` of them. Bounds are the caller's to check.
    pub fn slice(&self, starts: &[usize], steps: &[isize], lengths: &[usize]) -> Layout {
        let mut offset = self.offset as isize;
        let mut strides = self.strides.clone();
        for (i, s) in strides.iter_mut().enumerate() {
            if lengths[i] > 0 {
                offset += starts[i] as isize * *s;
            }
            *s *= steps[i];
        }
        Layout { shape: Shape::from_slice(lengths), strides, offset: offset.max(0) as usize }
    }

    /// The same elements in row-major order under another shape of the same size, when no copy is needed.
    pub fn reshape(&self, shape: &[usize]) -> Option<Layout> {
        debug_assert_eq!(self.size(), size(shape));
        if self.is_contiguous() || self.size() == 0 {
            return Some(Layout { shape: Shape::from_slice(shape), strides: row_major(shape), offset: self.offset });
        }
        // Walk both shapes from the right, matching runs of old axes with runs of new ones of the same size.
        let mut strides = row_major(shape);
        let (mut i, mut j) = (self.ndim(), shape.len());
        while i > 0 && j > 0 {
            let (i1, j1) = (i, j);
            let (mut old, mut new) = (self.shape[i - 1], shape[j - 1]);
            i -= 1;
            j -= 1;
            while old != new {
                if old < new {
                    i -= 1;
                    old *= self.shape[i];
                } else {
                    j -= 1;
                    new *= shape[j];
                }
            }
            // The run of old axes must itself be evenly spaced.
            let run: SmallVec<[usize; 4]> = (i..i1).filter(|&a| self.shape[a] != 1).collect();
            for w in run.windows(2) {
                if self.strides[w[0]] != self.strides[w[1]] * self.shape[w[1]] as isize {
                    return None;
                }
            }
            let mut step = run.last().map_or(1, |&a| self.strides[a]);
            for a in (j..j1).rev() {
                strides[a] = step;
                step *= shape[a] as isize;
            }
        }
        Some(Layout { shape: Shape::from_slice(shape), strides, offset: self.offset })
    }
}

/// Merges neighbouring axes that every one of `strides` walks evenly, and drops axes of length 1: the fewest loops that visit
/// the same elements in the same order. Returns the shape and the strides, one list an operand.
pub fn collapse<const N: usize>(shape: &[usize], strides: [&[isize]; N]) -> (Shape, [Strides; N]) {
    let mut out_shape = Shape::new();
    let mut out: [Strides; N] = std::array::from_fn(|_| Strides::new());
    for (i, &n) in shape.iter().enumerate() {
        if n == 1 {
            continue;
        }
        let merge = !out_shape.is_empty() && (0..N).all(|k| *out[k].last().unwrap() == strides[k][i] * n as isize);
        if merge {
            *out_shape.last_mut().unwrap() *= n;
        } else {
            out_shape.push(n);
        }
        for k in 0..N {
            if merge {
                *out[k].last_mut().unwrap() = strides[k][i];
            } else {
                out[k].push(strides[k][i]);
            }
        }
    }
    (out_shape, out)
}

/// Where the elements of `N` operands of one shape lie, in row-major order: each step gives one position an operand. An operand
/// is the position of its element (0, 0, …) and its strides.
///
/// ```
/// use millpond_core::shape::positions;
/// let places: Vec<_> = positions(&[2, 2], [(0, &[2, 1]), (3, &[0, -1])]).collect();
/// assert_eq!(places, [[0, 3], [1, 2], [2, 3], [3, 2]]);
/// ```
pub fn positions<const N: usize>(shape: &[usize], operands: [(usize, &[isize]); N]) -> impl Iterator<Item = [usize; N]> {
    let (shape, strides) = collapse(shape, operands.map(|(_, strides)| strides));
    let mut at = operands.map(|(start, _)| start as isize);
    let mut index = Shape::from_elem(0, shape.len());
    (0..size(&shape)).map(move |_| {
        let here = at.map(|p| p as usize);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            let wrapped = index[axis] == shape[axis];
            for (p, s) in at.iter_mut().zip(&strides) {
                *p += if wrapped { -(shape[axis] as isize - 1) * s[axis] } else { s[axis] };
            }
            if !wrapped {
                break;
            }
            index[axis] = 0;
        }
        here
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reshape_keeps_strides_where_it_can() {
        let t = Layout::contiguous(&[4, 6]).permute(&[1, 0]);
        assert_eq!(t.reshape(&[24]), None);
        assert_eq!(t.reshape(&[2, 3, 4]).unwrap().strides[..], [3, 1, 6]);
        assert_eq!(t.reshape(&[6, 1, 4]).unwrap().strides[2], 6);
        let b = Layout::contiguous(&[1]).broadcast_to(&[6]);
        assert_eq!(b.reshape(&[2, 3]).unwrap().strides[..], [0, 0]);
    }

    #[test]
    fn collapse_merges_even_axes() {
        let s = [2usize, 3, 4];
        let (shape, [a, b]) = collapse(&s, [&[12, 4, 1], &[0, 4, 1]]);
        assert_eq!((&shape[..], &a[..], &b[..]), (&[2usize, 12][..], &[12isize, 1][..], &[0isize, 1][..]));
    }
}
