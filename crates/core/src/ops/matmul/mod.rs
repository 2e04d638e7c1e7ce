//! Products of matrices and what is made of them.
//!
//! - [`matmul`](matmul()): the primitive, with numpy's rules for vectors and batches;
//! - [`contract`]: inner and outer products, dot products of vectors, `tensordot`, `kron`;
//! - [`einsum`](einsum()): the subscript notation.

pub mod conformance;
mod contract;
mod cpu;
mod gpu;
mod subscripts;

#[cfg(test)]
mod tests;

pub use contract::*;
pub use subscripts::*;

use crate::ext::*;
use crate::ops::elementwise::{add, astype, conjugate, multiply};
use crate::ops::view::{batch_to_front, broadcast_to, matrix_transpose, reshape_to};

/// The declarations of the family.
pub static OPS: &[&OpDecl] =
    &[&addmm::DECL, &einsum::DECL, &inner::DECL, &kron::DECL, &matmul::DECL, &outer::DECL, &tensordot::DECL, &vecdot::DECL];

op! {
    matmul "(a: array, b: array, /)" => |c| matmul(c.array(0)?, c.array(1)?);
    /// The matrix product of `a` of shape `(…, M, K)` and `b` of shape `(…, K, N)`: shape `(…, M, N)`, the leading axes broadcast.
    ///
    /// An operand with one axis is a row on the left, a column on the right, and that axis is not in the result. The dtypes
    /// promote. `float16` and `bfloat16` are summed in `float32`.
    ///
    /// # Errors
    /// When an operand has no axes, `K` differs, the leading axes do not broadcast, or the dtype is not floating or complex.
    pub fn matmul(a: &Array, b: &Array) -> Result<Array> {
        let dtype = a.dtype().promote(b.dtype());
        if !dtype.is_inexact() {
            return Err(Error::value(format!(
                "[matmul] Only inexact types are supported but {} and {} were provided which results in {dtype}, which is not a floating point type.",
                a.dtype(),
                b.dtype()
            )));
        }
        product("matmul", &astype(a, dtype)?, &astype(b, dtype)?)
    }

    addmm "(c: array, a: array, b: array, /, alpha: float = 1.0, beta: float = 1.0)" => |c| {
        addmm(c.array(0)?, c.array(1)?, c.array(2)?, Addmm { alpha: c.float(3)?, beta: c.float(4)? })
    };
    /// `alpha · a @ b + beta · c`, with `c` broadcast to the shape of the product.
    ///
    /// # Errors
    /// As [`matmul`](matmul()), and when `c` does not broadcast to the product.
    pub fn addmm(c: &Array, a: &Array, b: &Array, options: Addmm) -> Result<Array> {
        let dtype = a.dtype().promote(b.dtype()).promote(c.dtype());
        if !dtype.is_inexact() {
            return Err(Error::value(format!(
                "[addmm] Only real floating point types are supported but {}, {} and {} were provided which results in {dtype}, which is not a real floating point type.",
                c.dtype(),
                a.dtype(),
                b.dtype()
            )));
        }
        let ab = product("addmm", &astype(a, dtype)?, &astype(b, dtype)?)?;
        let c = broadcast_to(&astype(c, dtype)?, ab.shape())?;
        let scaled = |x: &Array, by: f64| if by == 1.0 { Ok(x.clone()) } else { multiply(x, by) };
        add(scaled(&ab, options.alpha)?, scaled(&c, options.beta)?)
    }
}

/// The options of [`addmm`](addmm()).
#[derive(Clone, Copy, Debug)]
pub struct Addmm {
    /// What the product is multiplied by.
    pub alpha: f64,
    /// What `c` is multiplied by.
    pub beta: f64,
}

impl Default for Addmm {
    fn default() -> Addmm {
        Addmm { alpha: 1.0, beta: 1.0 }
    }
}

/// [`matmul`](matmul()) of operands of one dtype, for messages of `op`.
fn product(op: &str, a: &Array, b: &Array) -> Result<Array> {
    if a.ndim() == 0 || b.ndim() == 0 {
        return Err(Error::value(format!("[{op}] Got 0 dimension input. Inputs must have at least one dimension.")));
    }
    let matrix_a = if a.ndim() == 1 { reshape_to(a, &[1, a.size()])? } else { a.clone() };
    let matrix_b = if b.ndim() == 1 { reshape_to(b, &[b.size(), 1])? } else { b.clone() };
    let ([batch_a @ .., m, k], [batch_b @ .., depth, n]) = (matrix_a.shape(), matrix_b.shape()) else {
        unreachable!("both have two axes")
    };
    let (m, n) = (*m, *n);
    if k != depth {
        let (a, b) = (show(matrix_a.shape()), show(matrix_b.shape()));
        return Err(Error::value(format!(
            "[{op}] Last dimension of first input with shape {a} must match second to last dimension of second input with shape {b}."
        )));
    }
    let mut shape = broadcast_all(op, [batch_a, batch_b])?;
    let out = if batch_b.is_empty() && !batch_a.is_empty() {
        // All rows at once; then the gradient of `b` is one product, not a batch of them to be summed.
        Array::apply(MATMUL, &[reshape_to(&matrix_a, &[size(batch_a) * m, *k])?, matrix_b.clone()])?
    } else {
        let whole = |x: &Array, [r, c]: [usize; 2]| {
            let shape: Shape = shape.iter().copied().chain([r, c]).collect();
            broadcast_to(x, &shape)
        };
        Array::apply(MATMUL, &[whole(&matrix_a, [m, *k])?, whole(&matrix_b, [*k, n])?])?
    };
    shape.extend((a.ndim() > 1).then_some(m));
    shape.extend((b.ndim() > 1).then_some(n));
    reshape_to(&out, &shape)
}

/// The conjugate transpose of the last two axes.
fn adjoint(a: &Array) -> Result<Array> {
    let transposed = matrix_transpose(a)?;
    if a.dtype().is_complex() { conjugate(&transposed) } else { Ok(transposed) }
}

const MATMUL: Handle = Handle::Static(&Matmul);

/// `(…, M, K) × (…, K, N)`: one dtype, the same leading axes.
struct Matmul;

impl Primitive for Matmul {
    fn name(&self) -> &str {
        "matmul"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let [.., m, _] = *inputs[0].shape else { unreachable!("at least two axes") };
        let mut shape = Shape::from_slice(&inputs[1].shape);
        let rows = shape.len() - 2;
        shape[rows] = m;
        checked_size("matmul", &shape)?;
        Ok(smallvec![Spec { shape, dtype: inputs[0].dtype }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        cpu::matmul(call)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::matmul(call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let ([a, b], g) = (call.primals, &call.cotangents[0]) else { unreachable!("two inputs") };
        call.wanted
            .iter()
            .map(|&i| match i {
                0 => matmul(g, &adjoint(b)?).map(Some),
                _ => matmul(&adjoint(a)?, g).map(Some),
            })
            .collect()
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let left = call.tangents[0].as_ref().map(|da| matmul(da, &call.primals[1])).transpose()?;
        let right = call.tangents[1].as_ref().map(|db| matmul(&call.primals[0], db)).transpose()?;
        Ok(vec![match (left, right) {
            (Some(l), Some(r)) => Some(add(&l, &r)?),
            (l, r) => l.or(r),
        }])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        // An operand without batch axis broadcasts.
        let front = |i: usize| match call.axes[i] {
            Some(axis) => batch_to_front(&call.inputs[i], Some(axis), call.size),
            None => Ok(call.inputs[i].clone()),
        };
        Ok(vec![(matmul(&front(0)?, &front(1)?)?, Some(0))])
    }
}
