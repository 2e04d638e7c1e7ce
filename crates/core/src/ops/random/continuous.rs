//! Continuous distributions.

use super::bits::draw;
use crate::ext::*;
use crate::ops::elementwise::{
    abs, add, astype, clip, divide, erf, erfinv, log, log1p, maximum, minimum, multiply, negative, sign, subtract,
};
use crate::ops::view::{broadcast_to, reshape_to, view};
use std::f64::consts::SQRT_2;

/// The least number above −1 that uniform numbers take where both ends are to be avoided: −1 + 2⁻²⁴.
const ABOVE_MINUS_ONE: f64 = -1.0 + 1.0 / (1 << 24) as f64;

op! {
    uniform as "random.uniform" "(low: operand = 0, high: operand = 1, shape: shape = [], dtype: dtype? = float32, key: array? = None)" => |c| {
        Uniform { low: c.operand(0)?, high: c.operand(1)?, dtype: float(c, 3)?, key: c.opt_array(4)?.cloned() }.sample(&c.shape(2)?)
    };
    /// Numbers of `shape` that are equally likely anywhere in [0, 1), `float32`. [`Uniform`] has the options.
    pub fn uniform(shape: &[usize]) -> Result<Array> {
        Uniform::default().sample(shape)
    }

    normal as "random.normal" "(shape: shape = [], dtype: dtype? = float32, loc: operand? = None, scale: operand? = None, key: array? = None)" => |c| {
        Normal { loc: c.opt_operand(2)?, scale: c.opt_operand(3)?, dtype: float(c, 1)?, key: c.opt_array(4)?.cloned() }.sample(&c.shape(0)?)
    };
    /// Normally distributed numbers of `shape`, mean 0 and deviation 1, `float32`. [`Normal`] has the options.
    pub fn normal(shape: &[usize]) -> Result<Array> {
        Normal::default().sample(shape)
    }

    truncated_normal as "random.truncated_normal"
        "(lower: operand, upper: operand, shape: shape? = None, dtype: dtype? = float32, key: array? = None)" => |c| {
        TruncatedNormal { lower: c.operand(0)?, upper: c.operand(1)?, dtype: float(c, 3)?, key: c.opt_array(4)?.cloned() }
            .sample(c.opt_shape(2)?.as_deref())
    };
    /// Normally distributed numbers of `shape` between `lower` and `upper`, `float32`. [`TruncatedNormal`] has the options.
    pub fn truncated_normal(lower: impl Into<Operand>, upper: impl Into<Operand>, shape: &[usize]) -> Result<Array> {
        TruncatedNormal { lower: lower.into(), upper: upper.into(), dtype: Dtype::Float32, key: None }.sample(Some(shape))
    }

    gumbel as "random.gumbel" "(shape: shape = [], dtype: dtype? = float32, key: array? = None)" => |c| {
        Gumbel { dtype: float(c, 1)?, key: c.opt_array(2)?.cloned() }.sample(&c.shape(0)?)
    };
    /// Numbers of `shape` with the standard Gumbel distribution, −log(−log u), `float32`. [`Gumbel`] has the options.
    pub fn gumbel(shape: &[usize]) -> Result<Array> {
        Gumbel::default().sample(shape)
    }

    laplace as "random.laplace"
        "(shape: shape = [], dtype: dtype? = float32, loc: float = 0.0, scale: float = 1.0, key: array? = None)" => |c| {
        Laplace { loc: c.float(2)?, scale: c.float(3)?, dtype: float(c, 1)?, key: c.opt_array(4)?.cloned() }.sample(&c.shape(0)?)
    };
    /// Numbers of `shape` with the Laplace distribution, `float32`. [`Laplace`] has the options.
    pub fn laplace(shape: &[usize]) -> Result<Array> {
        Laplace::default().sample(shape)
    }
}

fn float(c: &Args, i: usize) -> Result<Dtype> {
    Ok(c.opt_dtype(i)?.unwrap_or(Dtype::Float32))
}

/// The uniform distribution over [`low`, `high`).
#[derive(Clone, Debug)]
pub struct Uniform {
    /// The lower bound.
    pub low: Operand,
    /// The upper bound, never reached but by rounding.
    pub high: Operand,
    /// The dtype, real and floating.
    pub dtype: Dtype,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl Default for Uniform {
    fn default() -> Uniform {
        Uniform { low: 0.into(), high: 1.into(), dtype: Dtype::Float32, key: None }
    }
}

impl Uniform {
    /// Samples of `shape`.
    ///
    /// # Errors
    /// When the dtype is not `float16`, `bfloat16` or `float32`, the bounds do not broadcast to `shape`, or the key is none.
    pub fn sample(&self, shape: &[usize]) -> Result<Array> {
        let dtype = self.dtype;
        // The largest number below 1: an f32 made of 32 bits may round up to 1.
        let digits = match dtype {
            Dtype::Float16 => 11,
            Dtype::Bfloat16 => 8,
            Dtype::Float32 => 24,
            Dtype::Float64 => return Err(Error::runtime("[uniform] Unsupported type.")),
            _ => return Err(Error::value("[uniform] Can only generate uniform numbers with real floating point type.")),
        };
        let bounds = broadcast_all("uniform", [shape_of(&self.low), shape_of(&self.high)])?;
        if broadcast(&bounds, shape).as_deref() != Some(shape) {
            let (shape, bounds) = (show(shape), show(&bounds));
            return Err(Error::value(format!(
                "[uniform] Cannot generate random values of shape {shape} from broadcasted shape {bounds}."
            )));
        }
        let words = astype(&draw(shape, self.key.as_ref())?, Dtype::Float32)?;
        let unit = minimum(multiply(words, 2f64.powi(-32))?, 1.0 - 2f64.powi(-digits))?;
        let unit = astype(&unit, dtype)?;
        match (&self.low, &self.high) {
            (Operand::Scalar(low), Operand::Scalar(high)) => {
                let round = |x: f64| dispatch!(dtype, T => T::from_scalar(x.into()).to_scalar().to_f64());
                let low = round(low.to_f64());
                match round(round(high.to_f64()) - low) {
                    1.0 if low == 0.0 => Ok(unit),
                    range => add(multiply(unit, range)?, low),
                }
            }
            (low, high) => {
                let whole = |x: &Operand| astype(&x.clone().into_array(), dtype);
                let low = whole(low)?;
                add(multiply(unit, subtract(whole(high)?, &low)?)?, low)
            }
        }
    }
}

fn shape_of(x: &Operand) -> &[usize] {
    match x {
        Operand::Array(a) => a.shape(),
        Operand::Scalar(_) => &[],
    }
}

/// Uniform `float32` numbers in (−1, 1).
fn open_interval(shape: &[usize], key: Option<&Array>) -> Result<Array> {
    Uniform { low: ABOVE_MINUS_ONE.into(), key: key.cloned(), ..Uniform::default() }.sample(shape)
}

/// The normal distribution.
#[derive(Clone, Debug)]
pub struct Normal {
    /// The mean; 0 where `None`.
    pub loc: Option<Operand>,
    /// The standard deviation; 1 where `None`.
    pub scale: Option<Operand>,
    /// The dtype, floating or `complex64` (whose parts have half the variance each).
    pub dtype: Dtype,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl Default for Normal {
    fn default() -> Normal {
        Normal { loc: None, scale: None, dtype: Dtype::Float32, key: None }
    }
}

impl Normal {
    /// Samples of `shape`: √2 erf⁻¹(u) of uniform numbers u in (−1, 1).
    ///
    /// # Errors
    /// When the dtype is not floating or complex, loc and scale do not broadcast to `shape`, or the key is none.
    pub fn sample(&self, shape: &[usize]) -> Result<Array> {
        let dtype = self.dtype;
        if !dtype.is_inexact() {
            return Err(Error::value("[normal] Only floating point and complex64 types are supported."));
        }
        for parameter in [&self.loc, &self.scale].into_iter().flatten() {
            if broadcast(shape_of(parameter), shape).as_deref() != Some(shape) {
                let (own, shape) = (show(shape_of(parameter)), show(shape));
                return Err(Error::value(format!(
                    "[normal] loc and scale of shape {own} do not broadcast to the shape {shape}."
                )));
            }
        }
        let standard = match dtype {
            Dtype::Complex64 => {
                let parts: Shape = shape.iter().copied().chain([2]).collect();
                let parts = erfinv(&open_interval(&parts, self.key.as_ref())?)?;
                // The √2 of each part and the 1/√2 of the pair.
                reshape_to(&view(&divide(multiply(parts, SQRT_2)?, SQRT_2)?, Dtype::Complex64)?, shape)?
            }
            _ => astype(&erfinv(&open_interval(shape, self.key.as_ref())?)?, dtype)?,
        };
        let root = if dtype.is_complex() { 1.0 } else { SQRT_2 };
        let scaled = match &self.scale {
            None if root == 1.0 => standard,
            None => multiply(standard, root)?,
            Some(scale) => multiply(standard, multiply(astype(&scale.clone().into_array(), dtype)?, root)?)?,
        };
        match &self.loc {
            None => Ok(scaled),
            Some(loc) => add(scaled, astype(&loc.clone().into_array(), dtype)?),
        }
    }
}

/// The normal distribution of mean 0 and deviation 1, cut off at two bounds.
#[derive(Clone, Debug)]
pub struct TruncatedNormal {
    /// The lower bound.
    pub lower: Operand,
    /// The upper bound.
    pub upper: Operand,
    /// The dtype, real and floating.
    pub dtype: Dtype,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl TruncatedNormal {
    /// Samples of `shape`; of the shape that the bounds broadcast to where `None`.
    ///
    /// # Errors
    /// As [`Uniform::sample`].
    pub fn sample(&self, shape: Option<&[usize]>) -> Result<Array> {
        let dtype = self.dtype;
        if !dtype.is_float() {
            return Err(Error::value("[trunc_normal] trunc_normal only accepts floating point dtypes."));
        }
        let shape = match shape {
            Some(shape) => Shape::from_slice(shape),
            None => broadcast_all("truncated_normal", [shape_of(&self.lower), shape_of(&self.upper)])?,
        };
        let bound = |x: &Operand| astype(&x.clone().into_array(), dtype);
        let (lower, upper) = (bound(&self.lower)?, bound(&self.upper)?);
        let place = |x: &Array| Ok::<_, Error>(Operand::from(erf(&divide(x, SQRT_2)?)?));
        let u = Uniform { low: place(&lower)?, high: place(&upper)?, dtype, key: self.key.clone() }.sample(&shape)?;
        clip(&multiply(erfinv(&u)?, SQRT_2)?, Some(lower.into()), Some(upper.into()))
    }
}

/// The standard Gumbel distribution.
#[derive(Clone, Debug)]
pub struct Gumbel {
    /// The dtype, real and floating.
    pub dtype: Dtype,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl Default for Gumbel {
    fn default() -> Gumbel {
        Gumbel { dtype: Dtype::Float32, key: None }
    }
}

impl Gumbel {
    /// Samples of `shape`.
    ///
    /// # Errors
    /// As [`Uniform::sample`].
    pub fn sample(&self, shape: &[usize]) -> Result<Array> {
        let u = Uniform { dtype: self.dtype, key: self.key.clone(), ..Uniform::default() }.sample(shape)?;
        negative(&log(&negative(&log(&u)?)?)?)
    }
}

/// The Laplace distribution.
#[derive(Clone, Debug)]
pub struct Laplace {
    /// The mean.
    pub loc: f64,
    /// The scale: the mean distance from the mean.
    pub scale: f64,
    /// The dtype, real and floating.
    pub dtype: Dtype,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl Default for Laplace {
    fn default() -> Laplace {
        Laplace { loc: 0.0, scale: 1.0, dtype: Dtype::Float32, key: None }
    }
}

impl Laplace {
    /// Samples of `shape`.
    ///
    /// # Errors
    /// When the dtype is not real and floating, or the key is none.
    pub fn sample(&self, shape: &[usize]) -> Result<Array> {
        if !self.dtype.is_float() {
            return Err(Error::value("[laplace] Only real floating point types are supported."));
        }
        let u = open_interval(shape, self.key.as_ref())?;
        let mut x = astype(&multiply(sign(&u)?, log1p(&negative(&abs(&u)?)?)?)?, self.dtype)?;
        if self.scale != 1.0 {
            x = multiply(x, self.scale)?;
        }
        if self.loc != 0.0 { add(x, self.loc) } else { Ok(x) }
    }
}

/// Integers from `low` up to but without `high`, for [`randint`](super::randint()).
pub(super) fn integers(low: &Operand, high: &Operand, shape: &[usize], dtype: Dtype, key: Option<&Array>) -> Result<Array> {
    let single = |x: &Operand| match x {
        Operand::Array(a) => astype(a, Dtype::Float32).map(Operand::from),
        Operand::Scalar(s) => Ok(Operand::Scalar(*s)),
    };
    let u = Uniform { low: single(low)?, high: single(high)?, key: key.cloned(), ..Uniform::default() }.sample(shape)?;
    let least = match low {
        Operand::Array(a) => broadcast_to(&astype(a, dtype)?, shape)?,
        Operand::Scalar(s) => Array::splat(*s, shape, dtype),
    };
    maximum(astype(&crate::ops::elementwise::floor(&u)?, dtype)?, least)
}
