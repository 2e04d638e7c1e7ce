//! Operators: each is an operation of the registry, found once and called with two operands.

use super::{PyArray, array_like, if_array, instance, scalar, wrap};
use crate::bind::{call_operands, output};
use crate::errors::{OrRaise, type_name};
use millpond_core::array::Array;
use millpond_core::error::{Error, Kind};
use millpond_core::ops::elementwise::astype;
use millpond_core::registry::{self, Arg, Args, OpDecl, Output};
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use std::sync::OnceLock;

/// An operation behind an operator.
struct Operator {
    name: &'static str,
    /// How messages call what it does.
    verb: &'static str,
    found: OnceLock<Option<&'static OpDecl>>,
}

impl Operator {
    const fn new(name: &'static str, verb: &'static str) -> Operator {
        Operator { name, verb, found: OnceLock::new() }
    }

    #[inline]
    fn decl(&self) -> PyResult<&'static OpDecl> {
        let missing = || Error::new(Kind::NoRule, format!("there is no operation '{}' here", self.name));
        (*self.found.get_or_init(|| registry::find(self.name))).ok_or_else(missing).or_raise()
    }

    /// The other operand; `None` when the other object's class should have its say.
    fn operand(&self, own: &Array, other: &Bound<'_, PyAny>) -> PyResult<Option<Arg>> {
        if let Some(a) = instance(other) {
            return Ok(Some(Arg::Array(a.get())));
        }
        if let Some(s) = scalar(other)? {
            return Ok(Some(Arg::Scalar(s)));
        }
        let is_list = other.is_instance_of::<PyList>() || other.is_instance_of::<PyTuple>() || other.is_instance_of::<PyString>();
        if is_list && self.name == "matmul" {
            return Ok(None);
        }
        if is_list {
            let message = format!("cannot perform {} on an array and {}", self.verb, type_name(other));
            return Err(PyValueError::new_err(message));
        }
        if other.is_none() || other.is_instance_of::<PyDict>() {
            return Ok(None);
        }
        if let Some(array) = array_like(other)? {
            return Ok(Some(Arg::Array(array)));
        }
        // Arrays of other libraries yield to ours as numbers do.
        if_array(other)?.map(|a| Ok(Arg::Array(astype(&a, own.dtype()).or_raise()?))).transpose()
    }

    #[inline]
    fn apply(&self, own: Array, other: &Bound<'_, PyAny>, reflected: bool) -> PyResult<Option<Output>> {
        let Some(other) = self.operand(&own, other)? else { return Ok(None) };
        let own = Arg::Array(own);
        let (a, b) = if reflected { (other, own) } else { (own, other) };
        // Operands that a function refuses with a `RuntimeError` are bad values to an operator.
        let as_value = |e: Error| if e.kind() == Kind::Runtime { Error::value(e.message()) } else { e };
        call_operands(self.decl()?, a, b).map_err(as_value).or_raise().map(Some)
    }

    #[inline]
    fn result<'py>(&self, own: &PyArray, other: &Bound<'py, PyAny>, reflected: bool) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        match self.apply(own.get(), other, reflected)? {
            Some(value) => output(py, value),
            None => Ok(py.NotImplemented().into_bound(py)),
        }
    }

    /// Puts the result behind `own`, so that all names of the object see it.
    fn in_place(&self, own: &PyArray, other: &Bound<'_, PyAny>) -> PyResult<()> {
        match self.apply(own.get(), other, false)? {
            Some(Output::Array(a)) => {
                own.set(a);
                Ok(())
            }
            _ => Err(PyTypeError::new_err(format!("cannot perform {} on an array and {}", self.verb, type_name(other)))),
        }
    }
}

/// The operation `name` applied to one array.
pub fn unary<'py>(py: Python<'py>, name: &'static str, array: Array) -> PyResult<Bound<'py, PyAny>> {
    let decl = Operator::new(name, name).decl()?;
    output(py, (decl.call)(&Args { decl, values: &[Arg::Array(array)] }).or_raise()?)
}

macro_rules! operators {
    ($($op:ident $name:literal $verb:literal: $forward:ident $($reflected:ident)?, $in_place:ident;)*) => {
        $(static $op: Operator = Operator::new($name, $verb);)*

        #[pymethods]
        impl PyArray {
            $(
                fn $forward<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
                    $op.result(self, other, false)
                }
                $(fn $reflected<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
                    $op.result(self, other, true)
                })?
                fn $in_place(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
                    $op.in_place(self, other)
                }
            )*
        }
    };
}

operators! {
    ADD "add" "addition": __add__ __radd__, __iadd__;
    SUB "subtract" "subtraction": __sub__ __rsub__, __isub__;
    MUL "multiply" "multiplication": __mul__ __rmul__, __imul__;
    FLOORDIV "floor_divide" "floor division": __floordiv__ __rfloordiv__, __ifloordiv__;
    MOD "remainder" "modulus": __mod__ __rmod__, __imod__;
    MATMUL "matmul" "matrix multiplication": __matmul__ __rmatmul__, __imatmul__;
    AND "bitwise_and" "bitwise and": __and__ __rand__, __iand__;
    OR "bitwise_or" "bitwise or": __or__ __ror__, __ior__;
    XOR "bitwise_xor" "bitwise xor": __xor__ __rxor__, __ixor__;
    SHL "left_shift" "left shift": __lshift__ __rlshift__, __ilshift__;
    SHR "right_shift" "right shift": __rshift__ __rrshift__, __irshift__;
}

static DIV: Operator = Operator::new("divide", "division");
static POW: Operator = Operator::new("power", "exponentiation");
static COMPARISONS: [Operator; 6] = [
    Operator::new("less", "less than"),
    Operator::new("less_equal", "less than or equal"),
    Operator::new("equal", "equality"),
    Operator::new("not_equal", "inequality"),
    Operator::new("greater", "greater than"),
    Operator::new("greater_equal", "greater than or equal"),
];

#[pymethods]
impl PyArray {
    fn __truediv__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        DIV.result(self, other, false)
    }

    fn __rtruediv__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        DIV.result(self, other, true)
    }

    fn __div__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        DIV.result(self, other, false)
    }

    fn __rdiv__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        DIV.result(self, other, true)
    }

    fn __itruediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let array = self.get();
        let dtype = array.dtype();
        if !dtype.is_inexact() && DIV.operand(&array, other)?.is_some() {
            return Err(PyValueError::new_err(format!(
                "[divide] in-place division of an array of type {dtype} would change its type"
            )));
        }
        DIV.in_place(self, other)
    }

    fn __pow__<'py>(&self, other: &Bound<'py, PyAny>, modulo: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        no_modulo(modulo)?;
        POW.result(self, other, false)
    }

    fn __rpow__<'py>(&self, other: &Bound<'py, PyAny>, modulo: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        no_modulo(modulo)?;
        POW.result(self, other, true)
    }

    fn __ipow__(&self, other: &Bound<'_, PyAny>, modulo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        no_modulo(modulo)?;
        POW.in_place(self, other)
    }

    fn __neg__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        unary(py, "negative", self.get())
    }

    fn __pos__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        wrap(py, self.get())
    }

    fn __abs__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        unary(py, "abs", self.get())
    }

    fn __invert__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        unary(py, "bitwise_invert", self.get())
    }

    pub(super) fn __richcmp__<'py>(
        &self,
        py: Python<'py>,
        other: &Bound<'py, PyAny>,
        op: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let is_list =
            || other.is_instance_of::<PyList>() || other.is_instance_of::<PyTuple>() || other.is_instance_of::<PyString>();
        if matches!(op, CompareOp::Eq | CompareOp::Ne) && instance(other).is_none() && is_list() {
            // An array is never equal to something that is no array or number.
            return Ok(py.NotImplemented().into_bound(py));
        }
        COMPARISONS[op as usize].result(self, other, false)
    }

    /// The array with its axes reversed.
    #[getter(T)]
    fn transposed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let array = millpond_core::ops::view::transpose(&self.get(), ..).or_raise()?;
        wrap(py, array)
    }

    /// The array with its last two axes swapped.
    #[getter(mT)]
    fn matrix_transposed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let array = self.get();
        let n = array.ndim() as i64;
        if n < 2 {
            return Err(PyValueError::new_err("[mT] the array must have at least two dimensions"));
        }
        let axes: Vec<i64> = (0..n - 2).chain([n - 1, n - 2]).collect();
        wrap(py, millpond_core::ops::view::transpose(&array, axes).or_raise()?)
    }

    /// The real part.
    #[getter]
    fn real<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        unary(py, "real", self.get())
    }

    /// The imaginary part.
    #[getter]
    fn imag<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        unary(py, "imag", self.get())
    }
}

fn no_modulo(modulo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    match modulo {
        Some(m) if !m.is_none() => Err(PyTypeError::new_err("pow() of an array takes no modulus")),
        _ => Ok(()),
    }
}
