//! Matrices told by how far an element lies from the diagonal.

use super::gpu;
use super::or_float;
use crate::ext::*;
use crate::ops::view::{batch_to_front, linear};

op! {
    eye "(n: int, m: int? = None, k: int = 0, dtype: dtype? = float32)" => |c| {
        let (n, k) = (c.int(0)?, c.int(2)?);
        match (usize::try_from(n), usize::try_from(c.opt_int(1)?.unwrap_or(n))) {
            (Ok(n), Ok(m)) => eye(n, Matrix { m: Some(m), k, dtype: or_float(c.opt_dtype(3)?) }),
            _ => Err(Error::value("[eye] N and M must be positive integers.")),
        }
    };
    /// Ones on diagonal `k` and zeros elsewhere, of shape `(n, m)`.
    pub fn eye(n: usize, options: Matrix) -> Result<Array> {
        banded_ones("eye", n, options, Band { low: options.k, high: options.k })
    }

    identity "(n: int, dtype: dtype? = float32)" => |c| match usize::try_from(c.int(0)?) {
        Ok(n) => identity(n, or_float(c.opt_dtype(1)?)),
        Err(_) => Err(Error::value("[identity] n must not be negative.")),
    };
    /// The identity matrix of shape `(n, n)`.
    pub fn identity(n: usize, dtype: Dtype) -> Result<Array> {
        eye(n, Matrix { dtype, ..Matrix::default() })
    }

    tri "(n: int, m: int? = None, k: int = 0, dtype: dtype? = None)" => |c| {
        let (n, k) = (c.int(0)?, c.int(2)?);
        let m = c.opt_int(1)?.unwrap_or(n).max(0) as usize;
        tri(n.max(0) as usize, Matrix { m: Some(m), k, dtype: or_float(c.opt_dtype(3)?) })
    };
    /// Ones on and below diagonal `k` and zeros above, of shape `(n, m)`.
    pub fn tri(n: usize, options: Matrix) -> Result<Array> {
        banded_ones("tri", n, options, Band { low: i64::MIN, high: options.k })
    }

    tril "(x: array, k: int = 0)" => |c| tril(c.array(0)?, c.int(1)?);
    /// `x` with zeros above diagonal `k` of its last two axes.
    ///
    /// # Errors
    /// When `x` has fewer than two axes.
    pub fn tril(x: &Array, k: i64) -> Result<Array> {
        within("tril", x, Band { low: i64::MIN, high: k })
    }

    triu "(x: array, k: int = 0)" => |c| triu(c.array(0)?, c.int(1)?);
    /// `x` with zeros below diagonal `k` of its last two axes.
    ///
    /// # Errors
    /// When `x` has fewer than two axes.
    pub fn triu(x: &Array, k: i64) -> Result<Array> {
        within("triu", x, Band { low: k, high: i64::MAX })
    }
}

/// The options of [`eye`] and [`tri`].
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    /// The number of columns; as many as rows where `None`.
    pub m: Option<usize>,
    /// The diagonal: above the main one where positive.
    pub k: i64,
    /// The dtype of the result.
    pub dtype: Dtype,
}

impl Default for Matrix {
    fn default() -> Matrix {
        Matrix { m: None, k: 0, dtype: Dtype::Float32 }
    }
}

/// The places `(i, j)` with `low <= j - i <= high`.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Band {
    /// The columns of row `i` inside the band, of `m`.
    fn columns(self, i: usize, m: usize) -> std::ops::Range<usize> {
        let (i, m) = (i as i64, m as i64);
        let start = i.saturating_add(self.low).clamp(0, m);
        start as usize..i.saturating_add(self.high).saturating_add(1).clamp(start, m) as usize
    }

    fn attributes(self) -> Attributes {
        vec![("low", self.low.into()), ("high", self.high.into())]
    }
}

fn banded_ones(name: &'static str, n: usize, Matrix { m, dtype, .. }: Matrix, band: Band) -> Result<Array> {
    let shape = [n, m.unwrap_or(n)];
    checked_size(name, &shape)?;
    Array::apply(BandedOnes { name, shape, dtype, band }, &[])
}

fn within(name: &'static str, x: &Array, band: Band) -> Result<Array> {
    if x.ndim() < 2 {
        return Err(Error::value(format!("[{name}] array must be at least 2-D")));
    }
    Array::apply(Within { name, band }, std::slice::from_ref(x))
}

/// Rows are handed to threads in pieces of about this many elements.
const GRAIN: usize = 1 << 15;

struct BandedOnes {
    name: &'static str,
    shape: [usize; 2],
    dtype: Dtype,
    band: Band,
}

impl Primitive for BandedOnes {
    fn name(&self) -> &str {
        self.name
    }
    fn attributes(&self) -> Attributes {
        let mut attributes = self.band.attributes();
        attributes.extend([("shape", self.shape[..].into()), ("dtype", self.dtype.into())]);
        attributes
    }
    fn infer(&self, _inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![Spec::new(&self.shape, self.dtype)])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let m = self.shape[1].max(1);
        dispatch!(self.dtype, T => pool::parallel_chunks(call.output::<T>(0)?, (GRAIN / m).max(1) * m, &|first, out| {
            for (i, row) in out.chunks_mut(m).enumerate() {
                row.fill(T::ZERO);
                row[self.band.columns(first / m + i, m)].fill(T::ONE);
            }
        }));
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::ones(self.band, call)
    }
}

/// Zeros outside a band of the last two axes.
struct Within {
    name: &'static str,
    band: Band,
}

impl Primitive for Within {
    fn name(&self) -> &str {
        self.name
    }
    fn attributes(&self) -> Attributes {
        self.band.attributes()
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let input = call.contiguous(0)?;
        let [.., n, m] = *input.shape() else { unreachable!("at least two axes") };
        let m = m.max(1);
        dispatch!(input.dtype(), T => {
            let x = input.as_slice::<T>().expect("contiguous and of this dtype");
            pool::parallel_chunks(call.output::<T>(0)?, (GRAIN / m).max(1) * m, &|first, out| {
                for (i, (row, x)) in out.chunks_mut(m).zip(x[first..].chunks(m)).enumerate() {
                    let kept = self.band.columns((first / m + i) % n, m);
                    row[..kept.start].fill(T::ZERO);
                    row[kept.clone()].copy_from_slice(&x[kept.clone()]);
                    row[kept.end..].fill(T::ZERO);
                }
            });
        });
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::within(self.band, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(within(self.name, &call.cotangents[0], self.band)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        Ok(vec![(within(self.name, &batch_to_front(&call.inputs[0], call.axes[0], call.size)?, self.band)?, Some(0))])
    }
}
