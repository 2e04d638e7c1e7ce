//! Discrete distributions.

use super::bits::draw;
use super::continuous::{Gumbel, Uniform, integers};
use crate::ext::*;
use crate::ops::elementwise::{add, astype, exp, less, minimum, multiply, subtract};
use crate::ops::reduce::{argmax, max};
use crate::ops::scan::{Scan, cumsum};
use crate::ops::sort::{Side, searchsorted};
use crate::ops::view::{broadcast_to, expand_dims, narrow, reshape};

op! {
    randint as "random.randint"
        "(low: operand, high: operand, shape: shape = [], dtype: dtype? = int32, key: array? = None)" => |c| {
        let dtype = c.opt_dtype(3)?.unwrap_or(Dtype::Int32);
        Randint { dtype, key: c.opt_array(4)?.cloned() }.sample(c.operand(0)?, c.operand(1)?, &c.shape(2)?)
    };
    /// Integers of `shape` from `low` up to but without `high`, `int32`. [`Randint`] has the options.
    pub fn randint(low: impl Into<Operand>, high: impl Into<Operand>, shape: &[usize]) -> Result<Array> {
        Randint::default().sample(low, high, shape)
    }

    bernoulli as "random.bernoulli" "(p: operand = 0.5, shape: shape? = None, key: array? = None)" => |c| {
        bernoulli(c.operand(0)?, c.opt_shape(1)?.as_deref(), c.opt_array(2)?)
    };
    /// Truth values that hold with probability `p`, of `shape` (that of `p` where `None`).
    ///
    /// # Errors
    /// When `p` is not floating or does not broadcast to `shape`, or the key is none.
    pub fn bernoulli(p: impl Into<Operand>, shape: Option<&[usize]>, key: Option<&Array>) -> Result<Array> {
        let p = p.into().into_array();
        if !p.dtype().is_float() {
            return Err(Error::value("[bernoulli] bernoulli probability `p` must be a float type."));
        }
        let shape = shape.unwrap_or(p.shape());
        if broadcast(p.shape(), shape).as_deref() != Some(shape) {
            let (p, shape) = (show(p.shape()), show(shape));
            return Err(Error::value(format!("[bernoulli] shape of `p` {p} is incompatible with argument `shape` {shape}.")));
        }
        // One unit above 2³²: then 1 is above all words.
        let limit = multiply(astype(&p, Dtype::Float32)?, 4294967808.0)?;
        less(astype(&draw(shape, key)?, Dtype::Float32)?, broadcast_to(&limit, shape)?)
    }

    categorical as "random.categorical"
        "(logits: array, axis: int = -1, shape: shape? = None, num_samples: int? = None, key: array? = None)" => |c| {
        let options = Categorical {
            axis: c.int(1)?,
            shape: c.opt_shape(2)?,
            num_samples: c.opt_int(3)?.map(|n| usize::try_from(n).map_err(|_| Error::value("[categorical] num_samples must not be negative"))).transpose()?,
            key: c.opt_array(4)?.cloned(),
        };
        categorical(c.array(0)?, options)
    };
    /// Classes, as `uint32`, drawn with probabilities proportional to the exponentials of `logits` along an axis. The axis is
    /// gone from the result, which has the shape asked for, or a last axis of `num_samples`.
    ///
    /// # Errors
    /// When the axis is out of range or empty, both a shape and a number are given, the shape does not broadcast with the rest of
    /// `logits`, or the key is none.
    pub fn categorical(logits: &Array, options: Categorical) -> Result<Array> {
        let ndim = logits.ndim();
        let Ok(axis) = crate::ext::axis("categorical", options.axis, ndim) else {
            return Err(Error::index(format!("[categorical] Invalid axis {} for logits with {ndim} dimensions.", options.axis)));
        };
        let noise = |shape: &[usize]| Gumbel { key: options.key.clone(), ..Gumbel::default() }.sample(shape);
        let mut rest = Shape::from_slice(logits.shape());
        let classes = rest.remove(axis);
        let alone = rest.iter().product::<usize>() == 1 && classes > 0;
        match (options.shape, options.num_samples) {
            (Some(_), Some(_)) => Err(Error::value("[categorical] At most one of shape or num_samples can be specified.")),
            (None, Some(n)) if alone => {
                rest.push(n);
                inverted(logits, &rest, options.key)
            }
            (None, Some(n)) => {
                let shape: Shape = logits.shape().iter().copied().chain([n]).collect();
                argmax(&add(expand_dims(logits, -1)?, noise(&shape)?)?, axis as i64)
            }
            (shape, None) => {
                let mut shape = shape.unwrap_or_else(|| rest.clone());
                if broadcast(&shape, &rest).as_deref() != Some(&shape[..]) {
                    let (shape, rest) = (show(&shape), show(&rest));
                    return Err(Error::value(format!("[categorical] Requested shape {shape} is not compatible with the logits' {rest}.")));
                }
                if alone && !shape.is_empty() {
                    return inverted(logits, &shape, options.key);
                }
                // The axis counts from the end, so that axes of the shape may lie in front.
                let behind = ndim - 1 - axis;
                shape.insert(shape.len() - behind, classes);
                argmax(&add(logits, noise(&shape)?)?, -1 - behind as i64)
            }
        }
    }
}

/// Samples of a single distribution: where uniform numbers fall among its cumulative weights.
fn inverted(logits: &Array, shape: &[usize], key: Option<Array>) -> Result<Array> {
    let logits = reshape(&astype(logits, Dtype::Float32)?, &[-1])?;
    let weights = exp(&subtract(&logits, max(&logits, ..)?)?)?;
    let bounds = cumsum(&weights, 0, Scan::default())?;
    let last = logits.shape()[0] - 1;
    let drawn = Uniform { key, ..Uniform::default() }.sample(shape)?;
    let places = searchsorted(&bounds, &multiply(drawn, narrow(&bounds, 0, last, 1)?)?, Side::Right)?;
    // The weights may be no numbers, which all others are below.
    astype(&minimum(places, last as i64)?, Dtype::Uint32)
}

/// The options of [`randint`](randint()).
#[derive(Clone, Debug)]
pub struct Randint {
    /// The dtype: an integer one or `bool`.
    pub dtype: Dtype,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl Default for Randint {
    fn default() -> Randint {
        Randint { dtype: Dtype::Int32, key: None }
    }
}

impl Randint {
    /// Integers of `shape` from `low` up to but without `high`; `low` where there are none. Wide ranges have 24 random bits.
    ///
    /// # Errors
    /// When the dtype is not an integer or `bool`, the bounds do not broadcast to `shape`, or the key is none.
    pub fn sample(&self, low: impl Into<Operand>, high: impl Into<Operand>, shape: &[usize]) -> Result<Array> {
        if self.dtype.is_inexact() {
            return Err(Error::value("[randint] randint only accepts integer dtypes and bool."));
        }
        integers(&low.into(), &high.into(), shape, self.dtype, self.key.as_ref())
    }
}

/// The options of [`categorical`](categorical()).
#[derive(Clone, Debug)]
pub struct Categorical {
    /// The axis of the classes.
    pub axis: i64,
    /// The shape of the result: the other axes of the logits, or one that they broadcast to.
    pub shape: Option<Shape>,
    /// So many samples of each, along a last axis.
    pub num_samples: Option<usize>,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl Default for Categorical {
    fn default() -> Categorical {
        Categorical { axis: -1, shape: None, num_samples: None, key: None }
    }
}
