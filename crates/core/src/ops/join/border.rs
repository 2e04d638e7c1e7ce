//! Elements put around an array, and elements that leave on one side and come back on the other.

use super::concatenate;
use crate::ext::*;
use crate::ops::elementwise::align;
use crate::ops::index::take;
use crate::ops::view::{broadcast_to, narrow, put_part, reshape_to};

/// What [`pad`] puts around an array.
#[derive(Clone, Debug)]
pub enum PadMode {
    /// A constant, converted to the array's dtype and broadcast to the result.
    Constant(Operand),
    /// The element at the edge.
    Edge,
    /// The array mirrored at its edge elements, which are not repeated.
    Reflect,
    /// The array mirrored at its edges, so that the edge elements are repeated.
    Symmetric,
}

op! {
    pad "(a: array, pad_width: pairs, mode: str = 'constant', constant_values: operand = 0)" => |c| {
        let mode = match c.str(2)? {
            "constant" => PadMode::Constant(c.operand(3)?),
            "edge" => PadMode::Edge,
            "reflect" => PadMode::Reflect,
            "symmetric" => PadMode::Symmetric,
            other => {
                let known = "it must be 'constant', 'edge', 'reflect' or 'symmetric'";
                return Err(Error::value(format!("[pad] invalid padding mode '{other}': {known}")));
            }
        };
        pad(c.array(0)?, &c.ints(1)?, mode)
    };
    /// `a` with more elements around it. `widths` are how many before and how many after: a pair for each axis, or one pair
    /// for all, or one number for all. An array without axes stays as it is.
    ///
    /// # Errors
    /// When widths are negative or not as many as that, a constant does not broadcast, or there is no element to mirror.
    pub fn pad(a: &Array, widths: &[i64], mode: PadMode) -> Result<Array> {
        let n = a.ndim();
        let pair = |before: i64, after: i64| match (usize::try_from(before), usize::try_from(after)) {
            (Ok(before), Ok(after)) => Ok((before, after)),
            _ => Err(Error::value(format!("[pad] widths must not be negative, as in {widths:?}"))),
        };
        let pairs: Vec<(usize, usize)> = match *widths {
            [both] => vec![pair(both, both)?; n],
            [before, after] => vec![pair(before, after)?; n],
            _ if widths.len() == 2 * n => widths.chunks_exact(2).map(|w| pair(w[0], w[1])).collect::<Result<_>>()?,
            _ => {
                let message = format!("[pad] widths {widths:?} are not a pair for each axis of shape {}", show(a.shape()));
                return Err(Error::value(message));
            }
        };
        if let PadMode::Constant(value) = mode {
            return pad_constant(a, &pairs, value);
        }
        let mut out = a.clone();
        for (axis, &(before, after)) in pairs.iter().enumerate().filter(|(_, w)| **w != (0, 0)) {
            let n = a.shape()[axis] as i64;
            if n == 0 {
                let message = format!("[pad] there is nothing to repeat along axis {axis} of shape {}", show(a.shape()));
                return Err(Error::value(message));
            }
            checked_size("pad", &[before, after, 8])?;
            let source: Vec<i64> = (-(before as i64)..n + after as i64).map(|i| mirrored(&mode, i, n)).collect();
            out = take(&out, Array::from_slice(&source, &[source.len()])?, Some(axis as i64))?;
        }
        Ok(out)
    }

    roll "(a: array, /, shift: ints, axis: axes = None)" => |c| roll(c.array(0)?, &c.ints(1)?, c.axes(2)?);
    /// `a` with its elements moved by `shift` places along `axes`, those that leave at the end coming back at the front. One
    /// shift serves all axes; several for one axis add up. For `..` the array is rolled as if it were flat.
    ///
    /// # Errors
    /// When an axis is out of range, or there are neither one nor as many shifts as axes.
    pub fn roll(a: &Array, shift: &[i64], axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into();
        let total = || shift.iter().fold(0i64, |sum, &s| sum.wrapping_add(s));
        let Some(given) = axes.given() else {
            return reshape_to(&roll_axis(&reshape_to(a, &[a.size()])?, 0, total())?, a.shape());
        };
        let resolved = given.iter().map(|&g| axis("roll", g, a.ndim())).collect::<Result<Vec<_>>>()?;
        let shifts = match (shift, &resolved[..]) {
            (_, [_]) => vec![total()],
            ([one], axes) => vec![*one; axes.len()],
            (many, axes) if many.len() == axes.len() => many.to_vec(),
            _ => {
                let message = format!("[roll] {} shifts are not one for each of the axes {given:?}", shift.len());
                return Err(Error::value(message));
            }
        };
        resolved.iter().zip(shifts).try_fold(a.clone(), |a, (&axis, shift)| roll_axis(&a, axis, shift))
    }
}

fn pad_constant(a: &Array, pairs: &[(usize, usize)], value: Operand) -> Result<Array> {
    let longer = |(&n, &(before, after)): (&usize, &(usize, usize))| n.saturating_add(before).saturating_add(after);
    let shape: Shape = a.shape().iter().zip(pairs).map(longer).collect();
    checked_size("pad", &shape)?;
    let value = match value {
        // Unlike elsewhere, a constant is converted whatever it is.
        Operand::Scalar(s) => Array::scalar(s, a.dtype()),
        array => {
            let [array] = align("pad", [array], a.dtype())?;
            array
        }
    };
    let starts: Shape = pairs.iter().map(|p| p.0).collect();
    put_part(&broadcast_to(&value, &shape)?, a, &starts, &Strides::from_elem(1, a.ndim()))
}

/// Which of `n` elements is shown at `i`, which may be before the first or after the last.
fn mirrored(mode: &PadMode, i: i64, n: i64) -> i64 {
    match mode {
        PadMode::Reflect if n == 1 => 0,
        PadMode::Reflect => {
            let at = i.rem_euclid(2 * n - 2);
            at.min(2 * n - 2 - at)
        }
        PadMode::Symmetric => {
            let at = i.rem_euclid(2 * n);
            at.min(2 * n - 1 - at)
        }
        PadMode::Edge | PadMode::Constant(_) => i.clamp(0, n - 1),
    }
}

fn roll_axis(a: &Array, axis: usize, shift: i64) -> Result<Array> {
    let n = a.shape()[axis];
    if n == 0 || shift.rem_euclid(n as i64) == 0 {
        return Ok(a.clone());
    }
    let cut = n - shift.rem_euclid(n as i64) as usize;
    concatenate(&[narrow(a, axis, cut, n - cut)?, narrow(a, axis, 0, cut)?], Some(axis as i64))
}
