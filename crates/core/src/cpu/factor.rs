//! Decompositions of one matrix on the calling thread, by faer. Matrices are row-major slices without gaps.

use crate::dtype::{Element, c64};
use faer::{Conj, MatMut, MatRef, Par, Side};

/// Elements of matrices that can be decomposed.
pub trait Real: Element + PartialOrd + faer::traits::RealField {
    /// The complex number of these parts, in single precision.
    fn complex(re: Self, im: Self) -> c64;
    /// The absolute value.
    fn abs(self) -> Self;
}

impl Real for f32 {
    fn complex(re: f32, im: f32) -> c64 {
        c64::new(re, im)
    }
    fn abs(self) -> f32 {
        f32::abs(self)
    }
}
impl Real for f64 {
    fn complex(re: f64, im: f64) -> c64 {
        c64::new(re as f32, im as f32)
    }
    fn abs(self) -> f64 {
        f64::abs(self)
    }
}

/// Elements of matrices that have eigenvalues and singular values: real or complex numbers.
pub trait Field: Element + faer::traits::ComplexField<Real = Self::Size> {
    /// What sizes of these numbers are.
    type Size: Real;
    /// The real part.
    fn re(self) -> Self::Size;
    /// The complex conjugate.
    fn conjugate(self) -> Self;
}

impl Field for f32 {
    type Size = f32;
    fn re(self) -> f32 {
        self
    }
    fn conjugate(self) -> f32 {
        self
    }
}
impl Field for f64 {
    type Size = f64;
    fn re(self) -> f64 {
        self
    }
    fn conjugate(self) -> f64 {
        self
    }
}
impl Field for c64 {
    type Size = f32;
    fn re(self) -> f32 {
        self.re
    }
    fn conjugate(self) -> c64 {
        self.conj()
    }
}

fn rows<T>(a: &[T], m: usize, n: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(a, m, n)
}

fn store<T: Copy>(out: &mut [T], columns: usize, from: impl Fn(usize, usize) -> T) {
    for (i, row) in out.chunks_exact_mut(columns.max(1)).enumerate() {
        row.iter_mut().enumerate().for_each(|(j, x)| *x = from(i, j));
    }
}

/// The Cholesky factor `L` of the symmetric `n × n` matrix whose lower triangle `a` has; false if it is not positive definite.
pub fn cholesky<T: Real>(a: &[T], n: usize, l: &mut [T]) -> bool {
    let Ok(found) = rows(a, n, n).llt(Side::Lower) else { return false };
    let found = found.L();
    store(l, n, |i, j| if j <= i { found[(i, j)] } else { T::ZERO });
    true
}

/// Replaces the `n × k` matrix `x` by the solution of `a · X = x`, `a` triangular: its other triangle is not read.
pub fn solve_triangular<T: Real>(a: &[T], n: usize, upper: bool, x: &mut [T], k: usize) {
    let x = MatMut::from_row_major_slice_mut(x, n, k);
    let solve = if upper {
        faer::linalg::triangular_solve::solve_upper_triangular_in_place_with_conj
    } else {
        faer::linalg::triangular_solve::solve_lower_triangular_in_place_with_conj
    };
    solve(rows(a, n, n), Conj::No, x, Par::Seq);
}

/// `a = L[rows] · U` with partial pivoting: `packed` gets `L` (below the diagonal, which is of ones) and `U`, `pivots` the row
/// that each step exchanged with, `rows` where in `L · U` each row of `a` is.
pub fn lu<T: Real>(a: &[T], (m, n): (usize, usize), packed: &mut [T], pivots: &mut [u32], places: &mut [u32]) {
    let found = rows(a, m, n).partial_piv_lu();
    let (l, u) = (found.L(), found.U());
    store(packed, n, |i, j| if j < i { l[(i, j)] } else { u[(i, j)] });
    let mut order = found.P().arrays().0.to_vec();
    if (0..m.min(n)).any(|i| u[(i, i)] == T::ZERO) {
        // faer divides by a pivot of zero.
        packed.copy_from_slice(a);
        order = eliminate(packed, m, n);
    }
    let mut now: Vec<usize> = (0..m).collect();
    for (i, pivot) in pivots.iter_mut().enumerate() {
        let from = (i..m).find(|&j| now[j] == order[i]).expect("a permutation");
        now.swap(i, from);
        *pivot = from as u32;
    }
    order.iter().enumerate().for_each(|(i, &row)| places[row] = i as u32);
}

/// The factors of [`lu`] by plain elimination, which leaves a column without pivot alone; the order of the rows.
fn eliminate<T: Real>(a: &mut [T], m: usize, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..m).collect();
    for i in 0..m.min(n) {
        let larger = |p: usize, q: usize| if a[q * n + i].abs() > a[p * n + i].abs() { q } else { p };
        let pivot = (i + 1..m).fold(i, larger);
        order.swap(i, pivot);
        (0..n).for_each(|j| a.swap(i * n + j, pivot * n + j));
        let top = a[i * n + i];
        if top == T::ZERO {
            continue;
        }
        for row in i + 1..m {
            let by = a[row * n + i] / top;
            a[row * n + i] = by;
            (i + 1..n).for_each(|j| a[row * n + j] -= by * a[i * n + j]);
        }
    }
    order
}

/// Replaces the `n × k` matrix `x` by the solution of `a · X = x`; false if `a` is singular.
pub fn solve<T: Real>(a: &[T], n: usize, x: &mut [T], k: usize) -> bool {
    let found = rows(a, n, n).partial_piv_lu();
    if (0..n).any(|i| found.U()[(i, i)] == T::ZERO) {
        return false;
    }
    faer::linalg::solvers::SolveCore::solve_in_place_with_conj(&found, Conj::No, MatMut::from_row_major_slice_mut(x, n, k));
    true
}

/// `a = Q · R` for `Q` of `m × min(m, n)` with orthonormal columns, `R` upper triangular.
pub fn qr<T: Real>(a: &[T], (m, n): (usize, usize), q: &mut [T], r: &mut [T]) {
    let found = rows(a, m, n).qr();
    let (thin_q, thin_r) = (found.compute_thin_Q(), found.thin_R());
    store(q, m.min(n), |i, j| thin_q[(i, j)]);
    store(r, n, |i, j| if j < i { T::ZERO } else { thin_r[(i, j)] });
}

/// The singular values in descending order, and `U` and `Vᴴ`, both square, if asked for; false if it does not converge.
pub fn svd<T: Field>(a: &[T], (m, n): (usize, usize), s: &mut [T::Size], vectors: Option<(&mut [T], &mut [T])>) -> bool {
    let a = rows(a, m, n);
    let Some((u, vt)) = vectors else {
        let found = a.singular_values();
        found.iter().for_each(|found| s.copy_from_slice(found));
        return found.is_ok();
    };
    let Ok(found) = a.svd() else { return false };
    let values = found.S().column_vector();
    s.iter_mut().enumerate().for_each(|(i, s)| *s = values[i].re());
    store(u, m, |i, j| found.U()[(i, j)]);
    store(vt, n, |i, j| found.V()[(j, i)].conjugate());
    true
}

/// The eigenvalues in ascending order of the Hermitian matrix one of whose triangles `a` has, and the eigenvectors as columns if
/// asked for; false if it does not converge.
pub fn eigh<T: Field>(a: &[T], n: usize, upper: bool, w: &mut [T::Size], vectors: Option<&mut [T]>) -> bool {
    let (a, side) = (rows(a, n, n), if upper { Side::Upper } else { Side::Lower });
    let Some(v) = vectors else {
        let found = a.self_adjoint_eigenvalues(side);
        found.iter().for_each(|found| w.copy_from_slice(found));
        return found.is_ok();
    };
    let Ok(found) = a.self_adjoint_eigen(side) else { return false };
    let values = found.S().column_vector();
    w.iter_mut().enumerate().for_each(|(i, w)| *w = values[i].re());
    store(v, n, |i, j| found.U()[(i, j)]);
    true
}

/// The eigenvalues, and the eigenvectors of length 1 as columns if asked for; false if it does not converge.
pub fn eig<T: Field>(a: &[T], n: usize, w: &mut [c64], vectors: Option<&mut [c64]>) -> bool {
    let a = rows(a, n, n);
    let Some(v) = vectors else {
        let found = a.eigenvalues();
        found.iter().flatten().zip(w).for_each(|(found, w)| *w = T::Size::complex(found.re, found.im));
        return found.is_ok();
    };
    let Ok(found) = a.eigen() else { return false };
    let values = found.S().column_vector();
    w.iter_mut().enumerate().for_each(|(i, w)| *w = T::Size::complex(values[i].re, values[i].im));
    let vectors = found.U();
    store(v, n, |i, j| T::Size::complex(vectors[(i, j)].re, vectors[(i, j)].im));
    for j in 0..n {
        let length = (0..n).map(|i| v[i * n + j].norm_sqr()).sum::<f32>().sqrt();
        (0..n).for_each(|i| v[i * n + j] /= length);
    }
    true
}
