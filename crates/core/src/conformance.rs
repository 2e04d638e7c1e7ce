//! Conformance rows: what each operation must do, as data beside it. The runner is `millpond-testkit`.
//!
//! A row names an operation, gives a naive oracle for it, and says on which shapes, values and dtypes to try it. The runner
//! checks the value (over contiguous, transposed, stepped and broadcast inputs), vjp against finite differences, jvp against vjp,
//! second derivatives, and vmap against a loop.

use crate::array::Array;
use crate::dtype::Dtype;
use crate::error::Result;

/// A complex number in double precision: what oracles compute in.
pub type C = num_complex::Complex64;

/// A row-major array of the oracle's numbers. Real, integer and boolean values have no imaginary part.
#[derive(Clone, PartialEq, Debug)]
pub struct Dense {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// The elements in row-major order.
    pub data: Vec<C>,
}

impl Dense {
    /// An array of `shape` with element `f(index)`.
    pub fn from_fn(shape: &[usize], mut f: impl FnMut(&[usize]) -> C) -> Dense {
        let n: usize = shape.iter().product();
        let mut index = vec![0; shape.len()];
        let mut data = Vec::with_capacity(n);
        for _ in 0..n {
            data.push(f(&index));
            for a in (0..shape.len()).rev() {
                index[a] += 1;
                if index[a] < shape[a] {
                    break;
                }
                index[a] = 0;
            }
        }
        Dense { shape: shape.to_vec(), data }
    }

    /// The element at `index`.
    pub fn at(&self, index: &[usize]) -> C {
        let flat = index.iter().zip(&self.shape).fold(0, |flat, (&i, &n)| flat * n + i);
        self.data[flat]
    }

    /// The element that numpy's broadcasting shows at `index` of a larger shape.
    pub fn broadcast_at(&self, index: &[usize]) -> C {
        let own: Vec<usize> =
            index[index.len() - self.shape.len()..].iter().zip(&self.shape).map(|(&i, &n)| if n == 1 { 0 } else { i }).collect();
        self.at(&own)
    }

    /// `f` of every row along `axis`, which becomes the row's result: what reductions and scans are made of.
    pub fn along(&self, axis: usize, f: impl Fn(&[C]) -> Vec<C>) -> Dense {
        let n = self.shape[axis];
        let row = |index: &[usize]| -> Vec<C> {
            let mut index = index.to_vec();
            (0..n)
                .map(|i| {
                    index[axis] = i;
                    self.at(&index)
                })
                .collect()
        };
        let mut shape = self.shape.clone();
        shape[axis] = f(&vec![C::new(1.0, 0.0); n]).len();
        Dense::from_fn(&shape, |index| f(&row(index))[index[axis]])
    }
}

/// The naive definition of an operation.
#[derive(Clone, Copy)]
pub enum Oracle {
    /// Of one real number, element by element.
    Real1(fn(f64) -> f64),
    /// Of two real numbers, element by element, broadcast.
    Real2(fn(f64, f64) -> f64),
    /// Of one complex number, element by element.
    Complex1(fn(C) -> C),
    /// Of two complex numbers, element by element, broadcast.
    Complex2(fn(C, C) -> C),
    /// Of whole arrays; all outputs.
    Dense(fn(&[Dense]) -> Vec<Dense>),
    /// None: only the transforms are checked against the operation itself.
    Itself,
}

/// The values an input takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Domain {
    /// Uniform between two bounds; integers for integer dtypes.
    Range(f64, f64),
    /// As `Range`, all values different and a finite step apart: for operations with kinks at ties.
    Distinct(f64, f64),
    /// 0 and 1.
    Bit,
}

/// What the runner does with one operation.
#[derive(Clone, Copy)]
pub struct Row {
    /// The name, as messages show it.
    pub name: &'static str,
    /// The operation under test.
    pub run: fn(&[Array]) -> Result<Vec<Array>>,
    /// What it must compute.
    pub oracle: Oracle,
    /// Sets of input shapes, one shape an input. An empty and a 0-d set belong here where they make sense.
    pub shapes: &'static [&'static [&'static [usize]]],
    /// The values of each input; the last is repeated.
    pub domains: &'static [Domain],
    /// The dtypes that inputs take, all inputs the same.
    pub dtypes: &'static [Dtype],
    /// Inputs with a dtype of their own: `(input, dtype)`.
    pub fixed: &'static [(usize, Dtype)],
    /// Inputs to differentiate by, in `float64`; empty for operations without derivative.
    pub differentiable: &'static [usize],
    /// Whether second derivatives are checked too.
    pub twice: bool,
    /// Inputs that may be batched.
    pub batched: &'static [usize],
    /// Errors allowed, in units of the output dtype's epsilon (relative, with the same absolute floor).
    pub ulps: f64,
}

/// All real dtypes.
pub const REAL: &[Dtype] = &[
    Dtype::Bool,
    Dtype::Uint8,
    Dtype::Uint16,
    Dtype::Uint32,
    Dtype::Uint64,
    Dtype::Int8,
    Dtype::Int16,
    Dtype::Int32,
    Dtype::Int64,
    Dtype::Float16,
    Dtype::Bfloat16,
    Dtype::Float32,
    Dtype::Float64,
];
/// The real floating-point dtypes.
pub const FLOAT: &[Dtype] = &[Dtype::Float16, Dtype::Bfloat16, Dtype::Float32, Dtype::Float64];
/// The floating-point and complex dtypes.
pub const INEXACT: &[Dtype] = &[Dtype::Float16, Dtype::Bfloat16, Dtype::Float32, Dtype::Float64, Dtype::Complex64];
/// The integers.
pub const INTEGER: &[Dtype] =
    &[Dtype::Uint8, Dtype::Uint16, Dtype::Uint32, Dtype::Uint64, Dtype::Int8, Dtype::Int16, Dtype::Int32, Dtype::Int64];
/// Shapes for an operation of one input.
pub const ONE: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[37]], &[&[]], &[&[0, 3]], &[&[5, 1]]];
/// Shapes for an operation of two inputs that are broadcast together.
pub const TWO: &[&[&[usize]]] =
    &[&[&[2, 3, 4], &[2, 3, 4]], &[&[3, 1], &[4]], &[&[], &[5]], &[&[7], &[]], &[&[0, 2], &[1, 2]], &[&[2, 1, 3], &[4, 1]]];

impl Row {
    /// A differentiable operation of one input over [`ONE`] shapes, values in −2…2, all real dtypes.
    pub const fn unary(name: &'static str, run: fn(&[Array]) -> Result<Vec<Array>>, oracle: Oracle) -> Row {
        Row {
            name,
            run,
            oracle,
            shapes: ONE,
            domains: &[Domain::Range(-2.0, 2.0)],
            dtypes: REAL,
            fixed: &[],
            differentiable: &[0],
            twice: true,
            batched: &[0],
            ulps: 4.0,
        }
    }

    /// A differentiable operation of two inputs over [`TWO`] shapes.
    pub const fn binary(name: &'static str, run: fn(&[Array]) -> Result<Vec<Array>>, oracle: Oracle) -> Row {
        Row { shapes: TWO, differentiable: &[0, 1], batched: &[0, 1], ..Row::unary(name, run, oracle) }
    }

    /// With other values.
    pub const fn on(self, domains: &'static [Domain]) -> Row {
        Row { domains, ..self }
    }

    /// With other dtypes.
    pub const fn dtypes(self, dtypes: &'static [Dtype]) -> Row {
        Row { dtypes, ..self }
    }

    /// With other shapes.
    pub const fn shapes(self, shapes: &'static [&'static [&'static [usize]]]) -> Row {
        Row { shapes, ..self }
    }

    /// Without derivative.
    pub const fn flat(self) -> Row {
        Row { differentiable: &[], twice: false, ..self }
    }

    /// Differentiated by these inputs only.
    pub const fn by(self, differentiable: &'static [usize]) -> Row {
        Row { differentiable, ..self }
    }

    /// Without second derivatives.
    pub const fn once(self) -> Row {
        Row { twice: false, ..self }
    }

    /// With inputs of a dtype of their own.
    pub const fn fixed(self, fixed: &'static [(usize, Dtype)]) -> Row {
        Row { fixed, ..self }
    }

    /// With these inputs batched.
    pub const fn batched(self, batched: &'static [usize]) -> Row {
        Row { batched, ..self }
    }

    /// With another tolerance, in epsilons of the output dtype.
    pub const fn within(self, ulps: f64) -> Row {
        Row { ulps, ..self }
    }

    /// The values of input `i`.
    pub fn domain(&self, i: usize) -> Domain {
        self.domains[i.min(self.domains.len() - 1)]
    }
}

/// The one output of an operation, as rows want it.
pub fn one(result: Result<Array>) -> Result<Vec<Array>> {
    result.map(|a| vec![a])
}
