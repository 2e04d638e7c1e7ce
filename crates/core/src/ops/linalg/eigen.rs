//! Eigenvalues and eigenvectors.

use super::cpu::{each, matrices};
use super::*;

op! {
    eigh as "linalg.eigh" "(a: array, UPLO: str = 'L')" => |c| eigh(c.array(0)?, is_upper("eigh", c.str(1)?)?);
    /// The eigenvalues of shape `(…, N)`, in ascending order, and the eigenvectors, the columns of `(…, N, N)`, of symmetric
    /// or Hermitian matrices. Only the lower triangle of `a` is read (the upper one with `UPLO='U'`); gradients are those of a
    /// symmetric `a` with distinct eigenvalues, and of what does not depend on the phases of complex eigenvectors.
    ///
    /// # Errors
    /// When `a` is not made of square matrices of `float32`, `float64` or `complex64`; at evaluation, when the iteration does not converge.
    pub fn eigh(a: &Array, upper: bool) -> Result<(Array, Array)> {
        check_square_fields("eigh", a)?;
        let outputs = Array::from_primitive(Eigh { upper, vectors: true }, std::slice::from_ref(a))?.into_vec();
        let [w, v] = outputs.try_into().expect("two outputs");
        Ok((w, v))
    }

    eigvalsh as "linalg.eigvalsh" "(a: array, UPLO: str = 'L')" => |c| eigvalsh(c.array(0)?, is_upper("eigvalsh", c.str(1)?)?);
    /// The eigenvalues of [`eigh`](eigh()), without the vectors.
    ///
    /// # Errors
    /// As [`eigh`](eigh()).
    pub fn eigvalsh(a: &Array, upper: bool) -> Result<Array> {
        check_square_fields("eigvalsh", a)?;
        Array::apply(Eigh { upper, vectors: false }, std::slice::from_ref(a))
    }

    eig as "linalg.eig" "(a: array)" => |c| eig(c.array(0)?);
    /// The eigenvalues of shape `(…, N)` and the eigenvectors of length 1, the columns of `(…, N, N)`, of square matrices:
    /// `complex64`, in no order. There are no derivatives.
    ///
    /// # Errors
    /// When `a` is not made of square matrices of `float32`, `float64` or `complex64`; at evaluation, when the iteration does not converge.
    pub fn eig(a: &Array) -> Result<(Array, Array)> {
        check_square_fields("eig", a)?;
        let outputs = Array::from_primitive(Eig { vectors: true }, std::slice::from_ref(a))?.into_vec();
        let [w, v] = outputs.try_into().expect("two outputs");
        Ok((w, v))
    }

    eigvals as "linalg.eigvals" "(a: array)" => |c| eigvals(c.array(0)?);
    /// The eigenvalues of [`eig`](eig()), without the vectors.
    ///
    /// # Errors
    /// As [`eig`](eig()).
    pub fn eigvals(a: &Array) -> Result<Array> {
        check_square_fields("eigvals", a)?;
        Array::apply(Eig { vectors: false }, std::slice::from_ref(a))
    }
}

fn is_upper(op: &str, uplo: &str) -> Result<bool> {
    match uplo {
        "L" | "l" => Ok(false),
        "U" | "u" => Ok(true),
        _ => Err(Error::value(format!("[linalg::{op}] UPLO must be 'L' or 'U', not '{uplo}'."))),
    }
}

fn diverged(op: &str, matrix: usize) -> Error {
    Error::runtime(format!("[linalg::{op}] the eigenvalues of matrix {matrix} did not converge"))
}

/// Hermitian `a → W`, or `W, V`.
struct Eigh {
    upper: bool,
    vectors: bool,
}

impl Primitive for Eigh {
    fn name(&self) -> &str {
        "eigh"
    }
    fn attributes(&self) -> Attributes {
        vec![("upper", self.upper.into()), ("vectors", self.vectors.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let (n, _) = matrix_of(&inputs[0]);
        let mut specs: Specs = smallvec![Spec { shape: with_matrix(&inputs[0], &[n]), dtype: inputs[0].dtype.to_real() }];
        specs.extend(self.vectors.then(|| inputs[0].clone()));
        Ok(specs)
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let a = call.contiguous(0)?;
        field!(a.dtype(), T, S => {
            let a = matrices::<T>(&a);
            each(call, a.count, |i, out| {
                // SAFETY: each is asked for once.
                let (w, v) = unsafe { (out.get::<S>(0), self.vectors.then(|| out.get::<T>(1))) };
                let found = factor::eigh(a.at(i), a.rows, self.upper, w, v);
                if found { Ok(()) } else { Err(diverged("eigh", i)) }
            })
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let values = on_diagonal(&call.cotangents[0])?;
        let (v, inner) = match (call.outputs, call.cotangents) {
            ([w, v], [_, gv]) => (v.clone(), add(values, multiply(gaps(w)?, matmul(&h(v)?, gv)?)?)?),
            _ => (eigh(&call.primals[0], self.upper)?.1, values),
        };
        Ok(vec![Some(hermitian(&matmul(&matmul(&v, &inner)?, &h(&v)?)?)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(da) = &call.tangents[0] else { return Ok(vec![None; call.outputs.len()]) };
        let inside = |v: &Array| matmul(&matmul(&h(v)?, &hermitian(da)?)?, v);
        let [w, v] = call.outputs else {
            let (_, v) = eigh(&call.primals[0], self.upper)?;
            return Ok(vec![Some(real_diagonal(&inside(&v)?)?)]);
        };
        let change = inside(v)?;
        Ok(vec![Some(real_diagonal(&change)?), Some(matmul(v, &multiply(gaps(w)?, &change)?)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}

/// Square `a → W`, or `W, V`, complex.
struct Eig {
    vectors: bool,
}

impl Primitive for Eig {
    fn name(&self) -> &str {
        "eig"
    }
    fn attributes(&self) -> Attributes {
        vec![("vectors", self.vectors.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let (n, _) = matrix_of(&inputs[0]);
        let like = |tail: &[usize]| Spec { shape: with_matrix(&inputs[0], tail), dtype: Dtype::Complex64 };
        let mut specs: Specs = smallvec![like(&[n])];
        specs.extend(self.vectors.then(|| like(&[n, n])));
        Ok(specs)
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let a = call.contiguous(0)?;
        field!(a.dtype(), T, _S => {
            let a = matrices::<T>(&a);
            each(call, a.count, |i, out| {
                // SAFETY: each is asked for once.
                let (w, v) = unsafe { (out.get::<c64>(0), self.vectors.then(|| out.get::<c64>(1))) };
                if factor::eig(a.at(i), a.rows, w, v) { Ok(()) } else { Err(diverged("eig", i)) }
            })
        })
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        batch_in_front(call)
    }
}
