//! One declaration an operation: name, typed parameters with defaults, documentation, and how to call it.
//!
//! The declarations feed the Python binding, its docstrings and stubs, calls by name, and the tables of the documentation.
//! They are written with [`op!`](crate::op) beside the function they describe.

use crate::args::{Axes, Operand};
use crate::array::Array;
use crate::dtype::Dtype;
use crate::error::{Error, Result};
use crate::scalar::Scalar;
use std::sync::OnceLock;

/// The declaration of an operation.
pub struct OpDecl {
    /// The name in `millpond.core`, with its submodule if it has one: `exp`, `random.normal`.
    pub name: &'static str,
    /// Other names for the same function.
    pub aliases: &'static [&'static str],
    /// The parameters in the notation of [`Signature`]: `(a: array, /, axis: axes = None, keepdims: bool = False)`.
    pub signature: &'static str,
    /// The documentation, one line an element.
    pub doc: &'static [&'static str],
    /// Calls it with one value a parameter.
    pub call: fn(&Args) -> Result<Output>,
    /// The parsed signature; use [`OpDecl::signature`].
    pub parsed: OnceLock<Signature>,
}

/// Parsed parameters.
pub struct Signature(Vec<Param>);

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub kind: ParamKind,
    /// The value when it is not given; `None` when it must be.
    pub default: Option<Arg>,
    /// The default as written.
    pub default_text: String,
    /// Whether it can be given by name only (after `*`).
    pub keyword_only: bool,
    /// Whether it can be given by position only (before `/`).
    pub positional_only: bool,
}

macro_rules! param_kinds {
    ($($kind:ident $text:literal $python:literal $doc:literal;)*) => {
        /// What a parameter takes, by the word that signatures use for it.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum ParamKind { $(#[doc = $doc] $kind,)* }

        impl ParamKind {
            /// The word for it in signatures.
            pub fn word(self) -> &'static str {
                match self { $(ParamKind::$kind => $text,)* }
            }
            /// The Python type for it.
            pub fn python(self) -> &'static str {
                match self { $(ParamKind::$kind => $python,)* }
            }
            fn parse(text: &str) -> Option<ParamKind> {
                match text { $($text => Some(ParamKind::$kind),)* _ => None }
            }
        }
    };
}

param_kinds! {
    Array "array" "array" "An array (Python: anything `array()` accepts).";
    Operand "operand" "scalar | array" "An array or a weak scalar.";
    Arrays "arrays" "Sequence[array]" "A list of arrays.";
    Varargs "varargs" "array" "Arrays given one by one (`*arrays`).";
    Axes "axes" "None | int | Sequence[int]" "Axes; `None` means all, or what the operation says.";
    Axis "axis" "None | int" "One axis; `None` means what the operation says.";
    Int "int" "int" "An integer.";
    OptInt "int?" "None | int" "An integer or `None`.";
    Ints "ints" "int | Sequence[int]" "An integer or a list of integers.";
    OptInts "ints?" "None | int | Sequence[int]" "An integer, a list of integers, or `None`.";
    AxisPairs "axis_pairs" "int | list[Sequence[int]]" "A number of axes, or two lists of them.";
    Pairs "pairs" "int | Sequence[int] | Sequence[Sequence[int]]" "An integer or a list of integers or of lists of them, taken as one list.";
    Shape "shape" "int | Sequence[int]" "The length of each axis.";
    OptShape "shape?" "None | Sequence[int]" "The length of each axis, or `None`.";
    Float "float" "float" "A real number.";
    Number "number" "int | float" "A real number that stays an integer if it is one.";
    OptNumber "number?" "None | int | float" "Such a number, or `None`.";
    Seed "seed" "int" "An integer between 0 and 2**64 - 1.";
    OptFloat "float?" "None | float" "A real number or `None`.";
    Bool "bool" "bool" "A truth value.";
    Dtype "dtype" "Dtype" "A dtype.";
    OptDtype "dtype?" "None | Dtype" "A dtype, or `None` for the operation's default.";
    Str "str" "str" "A text.";
    OptArray "array?" "None | array" "An array or `None`.";
    Order "order?" "None | int | float | str" "The order of a norm: a number, a name, or `None`.";
    OptOperand "operand?" "None | scalar | array" "An array, a weak scalar, or `None`.";
}

/// The value of a parameter.
#[derive(Clone, Debug)]
pub enum Arg {
    /// Not given.
    None,
    /// An array.
    Array(Array),
    /// A scalar, integer, float or truth value.
    Scalar(Scalar),
    /// Several arrays.
    Arrays(Vec<Array>),
    /// Several integers.
    Ints(Vec<i64>),
    /// Several lists of integers.
    Lists(Vec<Vec<i64>>),
    /// A dtype.
    Dtype(Dtype),
    /// A text.
    Str(String),
}

/// What an operation returns.
pub enum Output {
    /// One array.
    Array(Array),
    /// Several, as a tuple.
    Tuple(Vec<Array>),
    /// Several, as a list.
    List(Vec<Array>),
}

impl From<Array> for Output {
    fn from(a: Array) -> Output {
        Output::Array(a)
    }
}
impl From<(Array, Array)> for Output {
    fn from((a, b): (Array, Array)) -> Output {
        Output::Tuple(vec![a, b])
    }
}
impl From<(Array, Array, Array)> for Output {
    fn from((a, b, c): (Array, Array, Array)) -> Output {
        Output::Tuple(vec![a, b, c])
    }
}
impl From<Vec<Array>> for Output {
    fn from(v: Vec<Array>) -> Output {
        Output::List(v)
    }
}

/// The values of a call, one a parameter, in order.
pub struct Args<'a> {
    /// The declaration being called, for messages.
    pub decl: &'a OpDecl,
    /// The values.
    pub values: &'a [Arg],
}

const MAX_SEED: i128 = u64::MAX as i128;

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident -> $ty:ty { $($pat:pat => $e:expr,)* })*) => {$(
        $(#[$doc])*
        pub fn $name(&self, i: usize) -> Result<$ty> {
            match &self.values[i] { $($pat => Ok($e),)* other => Err(self.mismatch(i, other)) }
        }
    )*};
}

impl<'a> Args<'a> {
    getters! {
        /// Parameter `i`, an array.
        array -> &'a Array { Arg::Array(a) => a, }
        /// Parameter `i`, an array or `None`.
        opt_array -> Option<&'a Array> { Arg::Array(a) => Some(a), Arg::None => None, }
        /// Parameter `i`, an array or a weak scalar.
        operand -> Operand { Arg::Array(a) => a.into(), Arg::Scalar(s) => (*s).into(), }
        /// Parameter `i`, an array, a weak scalar, or `None`.
        opt_operand -> Option<Operand> { Arg::Array(a) => Some(a.into()), Arg::Scalar(s) => Some((*s).into()), Arg::None => None, }
        /// Parameter `i`, several arrays.
        arrays -> &'a [Array] { Arg::Arrays(a) => a, }
        /// Parameter `i`, an integer.
        int -> i64 { Arg::Scalar(s @ (Scalar::Int(_) | Scalar::Bool(_))) => s.to_int() as i64, }
        /// Parameter `i`, an integer or `None`.
        opt_int -> Option<i64> { Arg::Scalar(s @ (Scalar::Int(_) | Scalar::Bool(_))) => Some(s.to_int() as i64), Arg::None => None, }
        /// Parameter `i`, integers; one alone makes a list of one.
        ints -> Vec<i64> { Arg::Ints(v) => v.clone(), Arg::Scalar(s @ Scalar::Int(_)) => vec![s.to_int() as i64], }
        /// Parameter `i`, integers or `None`.
        opt_ints -> Option<Vec<i64>> {
            Arg::Ints(v) => Some(v.clone()),
            Arg::Scalar(s @ Scalar::Int(_)) => Some(vec![s.to_int() as i64]),
            Arg::None => None,
        }
        /// Parameter `i`, lists of integers; one integer alone makes one list of one.
        lists -> Vec<Vec<i64>> { Arg::Lists(v) => v.clone(), Arg::Scalar(s @ Scalar::Int(_)) => vec![vec![s.to_int() as i64]], }
        /// Parameter `i`, axes; `None` is all of them.
        axes -> Axes {
            Arg::Ints(v) => Axes::from(v.as_slice()),
            Arg::Scalar(s @ Scalar::Int(_)) => Axes::from(s.to_int() as i64),
            Arg::None => Axes::all(),
        }
        /// Parameter `i`, a real number.
        float -> f64 { Arg::Scalar(s) => s.to_f64(), }
        /// Parameter `i`, a number that stays an integer if it is one.
        number -> Scalar { Arg::Scalar(s) => *s, }
        /// Parameter `i`, such a number or `None`.
        opt_number -> Option<Scalar> { Arg::Scalar(s) => Some(*s), Arg::None => None, }
        /// Parameter `i`, an integer between 0 and 2⁶⁴ − 1.
        seed -> u64 { Arg::Scalar(Scalar::Int(i @ 0..=MAX_SEED)) => *i as u64, }
        /// Parameter `i`, a real number or `None`.
        opt_float -> Option<f64> { Arg::Scalar(s) => Some(s.to_f64()), Arg::None => None, }
        /// Parameter `i`, a truth value.
        bool -> bool { Arg::Scalar(s) => s.to_bool(), }
        /// Parameter `i`, a dtype.
        dtype -> Dtype { Arg::Dtype(d) => *d, }
        /// Parameter `i`, a dtype or `None`.
        opt_dtype -> Option<Dtype> { Arg::Dtype(d) => Some(*d), Arg::None => None, }
        /// Parameter `i`, a text.
        str -> &'a str { Arg::Str(s) => s.as_str(), }
    }

    /// Parameter `i`, the length of each axis.
    pub fn shape(&self, i: usize) -> Result<crate::shape::Shape> {
        crate::args::shape(self.decl.name, &self.ints(i)?)
    }

    /// Parameter `i`, the length of each axis, or `None`.
    pub fn opt_shape(&self, i: usize) -> Result<Option<crate::shape::Shape>> {
        self.opt_ints(i)?.map(|v| crate::args::shape(self.decl.name, &v)).transpose()
    }

    fn mismatch(&self, i: usize, got: &Arg) -> Error {
        let param = &self.decl.signature().params()[i];
        let got = match got {
            Arg::None => "None".to_owned(),
            Arg::Array(a) => format!("an array of shape {}", crate::shape::show(a.shape())),
            other => format!("{other:?}"),
        };
        Error::dtype(format!("[{}] argument '{}' must be {}, not {got}", self.decl.name, param.name, param.kind.python()))
    }
}

impl OpDecl {
    /// The parsed parameters.
    pub fn signature(&self) -> &Signature {
        self.parsed
            .get_or_init(|| Signature::parse(self.signature).unwrap_or_else(|e| panic!("{}{}: {e}", self.name, self.signature)))
    }

    /// The documentation as one text.
    pub fn documentation(&self) -> String {
        let lines: Vec<&str> = self.doc.iter().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
        lines.join("\n").trim().to_owned()
    }
}

impl Signature {
    /// The parameters in order.
    pub fn params(&self) -> &[Param] {
        &self.0
    }

    fn parse(text: &str) -> Result<Signature, String> {
        let inner = text.trim().strip_prefix('(').and_then(|t| t.strip_suffix(')')).ok_or("no parentheses")?;
        let mut params: Vec<Param> = Vec::new();
        let mut keyword_only = false;
        for part in inner.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            match part {
                "/" => params.iter_mut().for_each(|p| p.positional_only = true),
                "*" => keyword_only = true,
                _ => {
                    let (name, rest) = part.split_once(':').ok_or_else(|| format!("'{part}' has no kind"))?;
                    let (kind, default) = match rest.split_once('=') {
                        Some((k, d)) => (k.trim(), Some(d.trim())),
                        None => (rest.trim(), None),
                    };
                    let kind = ParamKind::parse(kind).ok_or_else(|| format!("'{kind}' is no parameter kind"))?;
                    params.push(Param {
                        name: name.trim().to_owned(),
                        kind,
                        default: default.map(parse_default).transpose()?,
                        default_text: default.unwrap_or_default().to_owned(),
                        keyword_only,
                        positional_only: false,
                    });
                }
            }
        }
        Ok(Signature(params))
    }
}

fn parse_default(text: &str) -> Result<Arg, String> {
    Ok(match text {
        "None" => Arg::None,
        "True" => Arg::Scalar(Scalar::Bool(true)),
        "False" => Arg::Scalar(Scalar::Bool(false)),
        "[]" => Arg::Ints(Vec::new()),
        _ => {
            if let Some(s) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
                Arg::Str(s.to_owned())
            } else if let Ok(i) = text.parse::<i64>() {
                Arg::Scalar(Scalar::Int(i.into()))
            } else if let Ok(f) = text.parse::<f64>() {
                Arg::Scalar(Scalar::Float(f))
            } else if let Some(d) = Dtype::from_name(text) {
                Arg::Dtype(d)
            } else {
                return Err(format!("'{text}' is no default value"));
            }
        }
    })
}

/// Declares an operation and defines the Rust function for it, under one documentation.
///
/// ```text
/// op! {
///     sum "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| sum(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
///     /// The sum over `axes`.
///     pub fn sum(a: &Array, axes: impl Into<Axes>) -> Result<Array> { … }
/// }
/// ```
/// The declaration is `sum::DECL`; a family lists its declarations in its `OPS`. `name as "other.name"` gives another Python
/// name than the Rust function's, `| "alias"` adds names.
#[macro_export]
macro_rules! op {
    ($($name:ident $(as $python:literal)? $(| $alias:literal)* $signature:literal => |$c:ident| $call:expr;
      $(#[doc = $doc:literal])* pub fn $f:ident $([$($generic:tt)*])? ($($args:tt)*) -> $ret:ty $body:block)*) => {$(
        $(#[doc = $doc])*
        pub fn $f $(<$($generic)*>)? ($($args)*) -> $ret $body

        #[doc(hidden)]
        pub mod $name {
            #[allow(unused_imports)]
            use super::*;
            /// The declaration of this operation.
            pub static DECL: $crate::registry::OpDecl = $crate::registry::OpDecl {
                name: $crate::op!(@name $name $($python)?),
                aliases: &[$($alias),*],
                signature: $signature,
                doc: &[$($doc),*],
                call: |$c| Ok($crate::registry::Output::from($call?)),
                parsed: ::std::sync::OnceLock::new(),
            };
        }
    )*};
    (@name $name:ident $python:literal) => { $python };
    (@name $name:ident) => { stringify!($name) };
}

/// All declared operations.
pub fn all() -> impl Iterator<Item = &'static OpDecl> {
    crate::ops::FAMILIES.iter().flat_map(|f| f.iter().copied())
}

/// The operation called `name`, by its name or an alias.
pub fn find(name: &str) -> Option<&'static OpDecl> {
    all().find(|d| d.name == name || d.aliases.contains(&name))
}

/// Calls the operation `name` with one value a parameter.
///
/// # Errors
/// When there is no such operation, the values do not fit its parameters, or it fails.
pub fn call(name: &str, values: &[Arg]) -> Result<Output> {
    let decl = find(name).ok_or_else(|| Error::value(format!("there is no operation called '{name}'")))?;
    let params = decl.signature().params();
    if params.len() != values.len() {
        return Err(Error::value(format!("[{name}] takes {} arguments, not {}", params.len(), values.len())));
    }
    (decl.call)(&Args { decl, values })
}
