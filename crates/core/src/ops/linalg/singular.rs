//! Singular values and vectors.

use super::cpu::{each, matrices};
use super::*;
use crate::ops::elementwise::square;
use crate::ops::join::concatenate;
use crate::ops::view::{narrow, put_window};

op! {
    svd as "linalg.svd" "(a: array, compute_uv: bool = True)" => |c| {
        if c.bool(1)? {
            svd(c.array(0)?).map(Output::from)
        } else {
            singular_values(c.array(0)?).map(Output::from)
        }
    };
    /// The singular value decomposition `a = U S Vᴴ`: `U` of shape `(…, M, M)`, the singular values in descending order of `(…, K)`,
    /// and `Vᴴ` of `(…, N, N)`, for `K = min(M, N)`. Without `compute_uv`, the singular values alone.
    ///
    /// Gradients are those of distinct singular values; vectors beyond the `K`-th turn only with the others. Vectors of
    /// complex matrices have no derivatives, since their phases are free.
    ///
    /// # Errors
    /// When `a` is not made of matrices of `float32`, `float64` or `complex64`; at evaluation, when the iteration does not converge.
    pub fn svd(a: &Array) -> Result<(Array, Array, Array)> {
        check_fields("svd", a)?;
        let outputs = Array::from_primitive(Handle::Static(&Svd), std::slice::from_ref(a))?.into_vec();
        let [u, s, vt] = outputs.try_into().expect("three outputs");
        Ok((u, s, vt))
    }
}

/// The singular values of [`svd`](svd()), without the vectors.
///
/// # Errors
/// As [`svd`](svd()).
pub fn singular_values(a: &Array) -> Result<Array> {
    check_fields("svd", a)?;
    Array::apply(Handle::Static(&SingularValues), std::slice::from_ref(a))
}

fn diverged(matrix: usize) -> Error {
    Error::runtime(format!("[linalg::svd] the decomposition of matrix {matrix} did not converge"))
}

/// An error if the derivatives of singular vectors are asked for where they are complex.
fn real_vectors(a: &Array) -> Result<()> {
    if a.dtype().is_complex() {
        return Err(Error::dtype("[linalg::svd] there are no derivatives of the singular vectors of complex64 matrices"));
    }
    Ok(())
}

/// `a → U, S, Vᴴ`, complete.
struct Svd;

/// How the first `k` vectors of `k + p` turn among each other (`inner`, k × k) and into the rest (`outer`, p × k), as one
/// antisymmetric matrix in whose corner the rest keeps still.
fn turning(inner: &Array, outer: &Array) -> Result<Array> {
    let p = outer.shape()[outer.ndim() - 2];
    if p == 0 {
        return Ok(inner.clone());
    }
    let left = concatenate(&[inner.clone(), outer.clone()], Some(-2))?;
    let still = Array::splat(0, &with_matrix(&outer.spec(), &[p, p]), outer.dtype());
    let right = concatenate(&[negative(&t(outer)?)?, still], Some(-2))?;
    concatenate(&[left, right], Some(-1))
}

/// Rows `r` and columns `c` of each matrix, as (start, length).
fn block(a: &Array, r: (usize, usize), c: (usize, usize)) -> Result<Array> {
    narrow(&narrow(a, a.ndim() - 2, r.0, r.1)?, a.ndim() - 1, c.0, c.1)
}

impl Primitive for Svd {
    fn name(&self) -> &str {
        "svd"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let (m, n) = matrix_of(&inputs[0]);
        let like = |tail: &[usize]| Spec { shape: with_matrix(&inputs[0], tail), dtype: inputs[0].dtype };
        Ok(smallvec![like(&[m, m]), Spec { dtype: inputs[0].dtype.to_real(), ..like(&[m.min(n)]) }, like(&[n, n])])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let a = call.contiguous(0)?;
        field!(a.dtype(), T, S => {
            let a = matrices::<T>(&a);
            each(call, a.count, |i, out| {
                // SAFETY: each is asked for once.
                let (u, s, vt) = unsafe { (out.get::<T>(0), out.get::<S>(1), out.get::<T>(2)) };
                if factor::svd(a.at(i), (a.rows, a.columns), s, Some((u, vt))) { Ok(()) } else { Err(diverged(i)) }
            })
        })
    }
    /// With M = Uᵀ dA V: what each part of the result takes from M, transposed.
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        real_vectors(&call.primals[0])?;
        let ([u, s, vt], [gu, gs, gvt]) = (call.outputs, call.cotangents) else { unreachable!("three outputs") };
        let (m, n) = matrix_of(&call.primals[0].spec());
        let k = m.min(n);
        let f = gaps(&square(s)?)?;
        let (p, q) = (matmul(&t(u)?, gu)?, matmul(vt, &t(gvt)?)?);
        let mirrored = |x: &Array| {
            let x = multiply(&f, block(x, (0, k), (0, k))?)?;
            add(&x, t(&x)?)
        };
        let rows = scale_columns(&mirrored(&p)?, s)?;
        let columns = t(&scale_columns(&mirrored(&q)?, s)?)?;
        let inner = add(add(on_diagonal(gs)?, rows)?, columns)?;
        // What the vectors beyond the k-th take: of U below the square part, or of V beside it.
        let outer = |x: &Array, n: usize| -> Result<Array> {
            let (down, across) = (block(x, (k, n - k), (0, k))?, block(x, (0, k), (k, n - k))?);
            divide(subtract(down, t(&across)?)?, expand_dims(s, -2)?)
        };
        let inner = if m > n {
            concatenate(&[inner, outer(&p, m)?], Some(-2))?
        } else if n > m {
            concatenate(&[inner, t(&outer(&q, n)?)?], Some(-1))?
        } else {
            inner
        };
        Ok(vec![Some(matmul(&matmul(u, &inner)?, vt)?)])
    }
    /// With M = Uᵀ dA V = Ω S + dS − S Φ for antisymmetric Ω and Φ: dU = U Ω, dV = V Φ.
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        real_vectors(&call.primals[0])?;
        let (Some(da), [u, s, vt]) = (&call.tangents[0], call.outputs) else { return Ok(vec![None; 3]) };
        let (m, n) = matrix_of(&call.primals[0].spec());
        let k = m.min(n);
        let change = matmul(&matmul(&t(u)?, da)?, &t(vt)?)?;
        let inner = block(&change, (0, k), (0, k))?;
        let f = gaps(&square(s)?)?;
        let mirrored = |x: &Array| {
            let x = scale_columns(x, s)?;
            multiply(&f, add(&x, t(&x)?)?)
        };
        let by_s = |x: &Array| divide(x, expand_dims(s, -2)?);
        let left = turning(&mirrored(&inner)?, &by_s(&block(&change, (k, m - k), (0, k))?)?)?;
        let right = turning(&mirrored(&t(&inner)?)?, &by_s(&t(&block(&change, (0, k), (k, n - k))?)?)?)?;
        Ok(vec![Some(matmul(u, &left)?), Some(main_diagonal(&inner)?), Some(matmul(&t(&right)?, vt)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}

/// `a → S`.
struct SingularValues;

impl Primitive for SingularValues {
    fn name(&self) -> &str {
        "singular_values"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let (m, n) = matrix_of(&inputs[0]);
        Ok(smallvec![Spec { shape: with_matrix(&inputs[0], &[m.min(n)]), dtype: inputs[0].dtype.to_real() }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let a = call.contiguous(0)?;
        field!(a.dtype(), T, S => {
            let a = matrices::<T>(&a);
            each(call, a.count, |i, out| {
                // SAFETY: asked for once.
                let s = unsafe { out.get::<S>(0) };
                if factor::svd(a.at(i), (a.rows, a.columns), s, None) { Ok(()) } else { Err(diverged(i)) }
            })
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let (m, n) = matrix_of(&call.primals[0].spec());
        let (u, _, vt) = svd(&call.primals[0])?;
        let square = on_diagonal(&call.cotangents[0])?;
        let batch = square.ndim() - 2;
        let zeros = vec![0; batch + 2];
        let whole = put_window(&square, &with_matrix(&square.spec(), &[m, n]), &zeros, &vec![1; batch + 2])?;
        Ok(vec![Some(matmul(&matmul(&u, &whole)?, &vt)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(da) = &call.tangents[0] else { return Ok(vec![None]) };
        let (u, _, vt) = svd(&call.primals[0])?;
        Ok(vec![Some(real_diagonal(&matmul(&matmul(&h(&u)?, da)?, &h(&vt)?)?)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}
