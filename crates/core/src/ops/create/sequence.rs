//! Arrays along one axis whose elements are a function of their position.

use super::{gpu, or_float};
use crate::ext::*;
use std::f64::consts::PI;
use std::ops::Range;

op! {
    arange "(start: number? = None, stop: number? = None, step: number? = None, dtype: dtype? = None)" => |c| {
        let (start, stop, step) = match (c.opt_number(0)?, c.opt_number(1)?, c.opt_number(2)?) {
            (None, None, _) => return Err(Error::dtype("[arange] stop is missing")),
            (Some(stop), None, step) | (None, Some(stop), step) => (Scalar::Int(0), stop, step),
            (Some(start), Some(stop), step) => (start, stop, step),
        };
        arange(Span { start, stop, step: step.unwrap_or(Scalar::Int(1)) }, c.opt_dtype(3)?)
    };
    /// `start, start + step, …` up to but without `stop`, of shape `(⌈(stop − start) / step⌉,)`.
    ///
    /// The span is a stop (`5`), a range (`2..7`), or `(start, stop, step)`. Without `dtype` integers make `int32` (`int64` when they
    /// need it) and floats `float32`. In an integer `dtype` start and step are converted first and sums wrap; floating elements are
    /// `start + i · step` rounded once.
    ///
    /// # Errors
    /// When the step is zero, the length is not finite, or `dtype` is `bool`.
    pub fn arange(span: impl Into<Span>, dtype: impl Into<Option<Dtype>>) -> Result<Array> {
        let Span { start, stop, step } = span.into();
        let dtype = dtype.into().unwrap_or_else(|| natural([start, stop, step]));
        if dtype == Dtype::Bool {
            return Err(Error::value("bool not supported for arange."));
        }
        if step.to_f64() == 0.0 {
            return Err(Error::value("[arange] step must be nonzero."));
        }
        let length = ((stop.to_f64() - start.to_f64()) / step.to_f64()).ceil();
        if !length.is_finite() {
            return Err(Error::value("[arange] Cannot compute length."));
        }
        sequence("arange", length.max(0.0) as usize, dtype, Rule::Steps { start, step })
    }

    linspace "(start: number, stop: number, num: int? = 50, endpoint: bool = True, dtype: dtype? = float32)" => |c| {
        linspace(c.number(0)?.to_f64(), c.number(1)?.to_f64(), c.opt_int(2)?.unwrap_or(50), Linspace { endpoint: c.bool(3)?, dtype: or_float(c.opt_dtype(4)?) })
    };
    /// `num` evenly spaced numbers from `start` to `stop`, of shape `(num,)`.
    ///
    /// # Errors
    /// When `num` is negative.
    pub fn linspace(start: f64, stop: f64, num: i64, options: Linspace) -> Result<Array> {
        let Ok(n) = usize::try_from(num) else {
            return Err(Error::value(format!("[linspace] number of samples, {num}, must be non-negative.")));
        };
        let parts = if options.endpoint { n.saturating_sub(1).max(1) } else { n };
        sequence("linspace", n, options.dtype, Rule::Between { start, stop, parts })
    }

    hanning "(M: int)" => |c| hanning(c.int(0)?);
    /// The Hann window of `m` points, `sin²(π i / (m − 1))`, of shape `(m,)` and dtype `float32`.
    pub fn hanning(m: i64) -> Result<Array> {
        window("hanning", m, |t| (PI * t).sin().powi(2))
    }

    hamming "(M: int)" => |c| hamming(c.int(0)?);
    /// The Hamming window of `m` points, `0.54 − 0.46 cos(2π i / (m − 1))`, of shape `(m,)` and dtype `float32`.
    pub fn hamming(m: i64) -> Result<Array> {
        window("hamming", m, |t| 0.54 - 0.46 * (2.0 * PI * t).cos())
    }

    blackman "(M: int)" => |c| blackman(c.int(0)?);
    /// The Blackman window of `m` points, `0.42 − 0.5 cos(2π t) + 0.08 cos(4π t)` with `t = i / (m − 1)`, of shape `(m,)` and dtype
    /// `float32`.
    pub fn blackman(m: i64) -> Result<Array> {
        // The exact value at the ends is 0; rounding would leave −1e-17.
        window("blackman", m, |t| (0.42 - 0.5 * (2.0 * PI * t).cos() + 0.08 * (4.0 * PI * t).cos()).max(0.0))
    }

    bartlett "(M: int)" => |c| bartlett(c.int(0)?);
    /// The triangular window of `m` points, `1 − |2 i / (m − 1) − 1|`, of shape `(m,)` and dtype `float32`.
    pub fn bartlett(m: i64) -> Result<Array> {
        window("bartlett", m, |t| 1.0 - (2.0 * t - 1.0).abs())
    }
}

/// What [`arange`] runs over: from a stop alone, a range, or `(start, stop, step)`.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first element.
    pub start: Scalar,
    /// Where to stop; not an element.
    pub stop: Scalar,
    /// The difference of neighbours.
    pub step: Scalar,
}

macro_rules! span_from {
    ($($ty:ty)*) => {$(
        impl From<$ty> for Span {
            fn from(stop: $ty) -> Span { Span::from((0 as $ty)..stop) }
        }
        impl From<Range<$ty>> for Span {
            fn from(r: Range<$ty>) -> Span { Span { start: r.start.into(), stop: r.end.into(), step: Scalar::Int(1) } }
        }
        impl From<($ty, $ty, $ty)> for Span {
            fn from((start, stop, step): ($ty, $ty, $ty)) -> Span {
                Span { start: start.into(), stop: stop.into(), step: step.into() }
            }
        }
    )*};
}
span_from! { i32 i64 usize f32 f64 }

/// The options of [`linspace`].
#[derive(Clone, Copy, Debug)]
pub struct Linspace {
    /// Whether `stop` is the last element.
    pub endpoint: bool,
    /// The dtype of the result.
    pub dtype: Dtype,
}

impl Default for Linspace {
    fn default() -> Linspace {
        Linspace { endpoint: true, dtype: Dtype::Float32 }
    }
}

/// The dtype that holds the elements of a span of these bounds.
fn natural(span: [Scalar; 3]) -> Dtype {
    let fits = |s: &Scalar| !matches!(s, Scalar::Int(i) if i32::try_from(*i).is_err());
    match span.iter().map(|s| s.dtype()).reduce(Dtype::promote).unwrap_or(Dtype::Int32) {
        d if d.is_integer() && !span.iter().all(fits) => Dtype::Int64,
        d if d.is_integer() => Dtype::Int32,
        d => d,
    }
}

fn window(name: &'static str, m: i64, shape: fn(f64) -> f64) -> Result<Array> {
    if m == 1 {
        return Ok(Array::splat(1, &[1], Dtype::Float32));
    }
    sequence(name, m.max(0) as usize, Dtype::Float32, Rule::Window(shape))
}

fn sequence(name: &'static str, length: usize, dtype: Dtype, rule: Rule) -> Result<Array> {
    checked_size(name, &[length])?;
    Array::apply(Sequence { name, length, dtype, rule }, &[])
}

/// What the element at a position is.
enum Rule {
    /// `start + i · step`.
    Steps { start: Scalar, step: Scalar },
    /// `start` to `stop` in so many parts.
    Between { start: f64, stop: f64, parts: usize },
    /// A function of `i / (n − 1)`.
    Window(fn(f64) -> f64),
}

struct Sequence {
    name: &'static str,
    length: usize,
    dtype: Dtype,
    rule: Rule,
}

impl Sequence {
    /// Fills `out`, which starts at position `first`.
    fn fill<T: Element>(&self, first: usize, out: &mut [T]) {
        let places = out.iter_mut().zip(first..);
        match self.rule {
            Rule::Steps { start, step } if T::DTYPE.is_integer() => {
                let (start, step) = (T::from_scalar(start).to_scalar().to_int(), T::from_scalar(step).to_scalar().to_int());
                places.for_each(|(x, i)| *x = T::from_scalar(Scalar::Int(start + i as i128 * step)));
            }
            Rule::Steps { start, step } => {
                let (start, step) = (start.to_f64(), step.to_f64());
                places.for_each(|(x, i)| *x = T::from_scalar(Scalar::Float(start + i as f64 * step)));
            }
            Rule::Between { start, stop, parts } if T::DTYPE == Dtype::Float64 => places.for_each(|(x, i)| {
                let t = i as f64 / parts as f64;
                *x = T::from_scalar(Scalar::Float((1.0 - t) * start + t * stop));
            }),
            Rule::Between { start, stop, parts } => places.for_each(|(x, i)| {
                let t = i as f32 / parts as f32;
                *x = T::from_scalar(Scalar::Float(((1.0 - t) * start as f32 + t * stop as f32).into()));
            }),
            Rule::Window(shape) => {
                let last = (self.length - 1) as f64;
                places.for_each(|(x, i)| *x = T::from_scalar(Scalar::Float(shape(i as f64 / last))));
            }
        }
    }
}

impl Primitive for Sequence {
    fn name(&self) -> &str {
        self.name
    }
    fn attributes(&self) -> Attributes {
        let mut attributes: Attributes = vec![("length", self.length.into()), ("dtype", self.dtype.into())];
        match self.rule {
            Rule::Steps { start, step } => {
                attributes.extend([("start", Attribute::Scalar(start)), ("step", Attribute::Scalar(step))]);
            }
            Rule::Between { start, stop, parts } => {
                attributes.extend([("start", start.into()), ("stop", stop.into()), ("parts", parts.into())]);
            }
            Rule::Window(_) => {}
        }
        attributes
    }
    fn infer(&self, _inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![Spec::new(&[self.length], self.dtype)])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        const GRAIN: usize = 1 << 15;
        dispatch!(self.dtype, T => pool::parallel_chunks(call.output::<T>(0)?, GRAIN, &|first, out| self.fill(first, out)));
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        match self.rule {
            Rule::Steps { start, step } => gpu::steps(start, step, call),
            Rule::Between { start, stop, parts } => gpu::between(start, stop, parts, call),
            Rule::Window(_) => Err(call.declined("for windows")),
        }
    }
}
