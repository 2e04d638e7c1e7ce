//! Test data: reproducible random values, in every dtype and layout.

use millpond_core::array::Array;
use millpond_core::conformance::{C, Dense, Domain, Row};
use millpond_core::dispatch;
use millpond_core::dtype::{Dtype, Element, c64};
use millpond_core::error::Result;
use millpond_core::scalar::Scalar;
use millpond_core::shape::Layout;

/// SplitMix64 (Steele, Lea, Flood 2014): enough for test data.
pub struct Random(u64);

impl Random {
    /// A generator that gives the same numbers for the same name.
    pub fn named(name: &str) -> Random {
        Random(name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard-normal-like direction entries, bounded.
    pub fn signed(&mut self) -> f64 {
        2.0 * self.unit() - 1.0
    }
}

/// How the elements of a test input lie in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lay {
    Contiguous,
    Transposed,
    Stepped,
    Reversed,
    Broadcast,
}

pub const LAYOUTS: [Lay; 5] = [Lay::Contiguous, Lay::Transposed, Lay::Stepped, Lay::Reversed, Lay::Broadcast];

/// Values of `domain` for an array of `shape` and `dtype`, exactly representable in it.
pub fn values(random: &mut Random, domain: Domain, shape: &[usize], dtype: Dtype) -> Dense {
    let n: usize = shape.iter().product();
    let mut ranks: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        ranks.swap(i, (random.unit() * (i + 1) as f64) as usize);
    }
    let mut next = 0;
    let dense = Dense::from_fn(shape, |_| {
        let rank = ranks[next];
        next += 1;
        let real = |random: &mut Random| match domain {
            Domain::Bit => f64::from(u8::from(random.unit() < 0.5)),
            Domain::Range(lo, hi) => lo + (hi - lo) * random.unit(),
            Domain::Distinct(lo, hi) => lo + (hi - lo) * (rank as f64 + 0.5) / n as f64,
        };
        let re = real(random);
        let im = if dtype.is_complex() { real(random) } else { 0.0 };
        match dtype {
            Dtype::Bool => C::new(f64::from(u8::from(re.abs() >= 0.5)), 0.0),
            d if d.is_integer() => {
                let lo = if d.is_unsigned_integer() { 0.0 } else { f64::NEG_INFINITY };
                let whole = if let Domain::Distinct(lo, _) = domain { lo.round() + rank as f64 } else { re.round() };
                C::new(whole.max(lo), 0.0)
            }
            _ => C::new(re, im),
        }
    });
    // Rounded to the dtype, so that the oracle starts from what the operation gets.
    read(&contiguous(&dense, dtype)).expect("a leaf")
}

/// `dense` as a row-major array.
pub fn contiguous(dense: &Dense, dtype: Dtype) -> Array {
    dispatch!(dtype, T => {
        let data: Vec<T> = dense.data.iter().map(|&c| element::<T>(c)).collect();
        Array::from_slice(&data, &dense.shape).expect("shape and data agree")
    })
}

fn element<T: Element>(c: C) -> T {
    T::from_scalar(match T::DTYPE {
        Dtype::Complex64 => Scalar::Complex(c64::new(c.re as f32, c.im as f32)),
        d if d.is_inexact() => Scalar::Float(c.re),
        _ => Scalar::Int(c.re as i128),
    })
}

/// An array that lies as `lay` says, and the values it shows (a broadcast one repeats its first row).
pub fn laid_out(dense: &Dense, dtype: Dtype, lay: Lay) -> Result<(Array, Dense)> {
    let shape = &dense.shape;
    let rank = shape.len();
    let over = |base: &Dense, layout: Layout| -> Result<Array> {
        let base = contiguous(base, dtype);
        Ok(Array::from_value(base.value()?.with_layout(layout)?))
    };
    let array = match lay {
        _ if rank == 0 || dense.data.is_empty() => contiguous(dense, dtype),
        Lay::Contiguous => contiguous(dense, dtype),
        Lay::Transposed => {
            let back: Vec<usize> = shape.iter().rev().copied().collect();
            let base = Dense::from_fn(&back, |i| dense.at(&i.iter().rev().copied().collect::<Vec<_>>()));
            over(&base, Layout::contiguous(&back).permute(&(0..rank).rev().collect::<Vec<_>>()))?
        }
        Lay::Stepped => {
            let mut wide = shape.clone();
            wide[rank - 1] = 2 * wide[rank - 1] + 1;
            let base = Dense::from_fn(&wide, |i| {
                let mut i = i.to_vec();
                let inside = i[rank - 1] % 2 == 1;
                i[rank - 1] /= 2;
                if inside { dense.at(&i) } else { C::new(99.0, 0.0) }
            });
            let mut layout = Layout::contiguous(&wide);
            layout.offset = 1;
            layout.shape[rank - 1] = shape[rank - 1];
            layout.strides[rank - 1] = 2;
            over(&base, layout)?
        }
        Lay::Reversed => {
            let base = Dense::from_fn(shape, |i| dense.at(&i.iter().zip(shape).map(|(&i, &n)| n - 1 - i).collect::<Vec<_>>()));
            let mut layout = Layout::contiguous(shape);
            layout.offset = dense.data.len() - 1;
            layout.strides.iter_mut().for_each(|s| *s = -*s);
            over(&base, layout)?
        }
        Lay::Broadcast => {
            let shown = Dense::from_fn(shape, |i| {
                let mut i = i.to_vec();
                i[0] = 0;
                dense.at(&i)
            });
            let mut first = shape.clone();
            first[0] = 1;
            let row = Dense::from_fn(&first, |i| dense.at(i));
            return Ok((over(&row, Layout::contiguous(&first).broadcast_to(shape))?, shown));
        }
    };
    Ok((array, dense.clone()))
}

/// The values of an array, evaluated.
pub fn read(array: &Array) -> Result<Dense> {
    let data = dispatch!(array.dtype(), T => array.to_vec::<T>()?.into_iter().map(|v| match v.to_scalar() {
        Scalar::Complex(c) => C::new(c.re.into(), c.im.into()),
        s => C::new(s.to_f64(), 0.0),
    }).collect());
    Ok(Dense { shape: array.shape().to_vec(), data })
}

/// The dtype of input `i` of a row whose free inputs are of type `dtype`.
pub fn dtype_of(row: &Row, i: usize, dtype: Dtype) -> Dtype {
    row.fixed.iter().find(|(k, _)| *k == i).map_or(dtype, |(_, d)| *d)
}

/// Whether `got` is `want` within `ulps` epsilons of `dtype`.
pub fn close(got: C, want: C, dtype: Dtype, ulps: f64) -> bool {
    let part = |g: f64, w: f64, scale: f64| {
        let w = match dtype {
            // What is beyond the largest finite value is infinite.
            Dtype::Float16 if w.abs() > 65519.0 => f64::INFINITY.copysign(w),
            Dtype::Float32 | Dtype::Bfloat16 | Dtype::Complex64 => f64::from(w as f32),
            _ => w,
        };
        (g.is_nan() && w.is_nan()) || g == w || (g - w).abs() <= ulps * epsilon(dtype) * scale.max(1.0)
    };
    if !dtype.is_inexact() {
        return got.re == want.re;
    }
    let scale = if want.norm().is_finite() { want.norm() } else { 1.0 };
    part(got.re, want.re, scale) && part(got.im, want.im, scale)
}

fn epsilon(dtype: Dtype) -> f64 {
    match dtype {
        Dtype::Float16 => 9.765625e-4,
        Dtype::Bfloat16 => 7.8125e-3,
        Dtype::Float64 => f64::EPSILON,
        _ => f64::from(f32::EPSILON),
    }
}
