//! The trait every operation implements, built in or not.
//!
//! An operation is a shape rule, a way to compute, and three rules, written in operations, that let transforms pass through it. An
//! elementwise one gives a scalar [`Program`] and a derivative, a view gives a [`Layout`] rule and its transpose.

use crate::array::{Array, Spec};
use crate::cpu::Loader;
use crate::dtype::Dtype;
use crate::error::{Error, Kind, Result};
use crate::gpu::{Fold, GpuCall};
use crate::graph::CpuCall;
use crate::scalar::{Program, Scalar};
use crate::shape::Layout;
use smallvec::SmallVec;
use std::ops::Deref;
use std::sync::Arc;

/// An operation on arrays.
pub trait Primitive: Send + Sync + 'static {
    /// The name, as errors and timelines show it.
    fn name(&self) -> &str;

    #[doc(hidden)] // With crate and modules: tells apart primitives of one name.
    fn type_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// The state of this instance, as named attributes. Two primitives with the same name and attributes compute the same.
    fn attributes(&self) -> Attributes {
        Attributes::new()
    }

    /// Shapes and dtypes of the outputs, or why these inputs do not fit.
    fn infer(&self, inputs: &[Spec]) -> Result<Specs>;

    /// Computes the outputs on the CPU. Every output must be written whole.
    fn eval_cpu(&self, _call: &mut CpuCall) -> Result<()> {
        Err(Error::new(Kind::NoRule, format!("[{}] has no CPU kernel", self.name())))
    }

    /// Encodes kernels that compute the outputs on a GPU. An operation without one, or without one for these dtypes and sizes,
    /// returns [`GpuCall::declined`] and runs on the host.
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        Err(call.declined("yet"))
    }

    /// For an operation that only looks at its one input differently: the output's layout over the same storage, or `None`
    /// when this input's layout needs a copy (then `eval_cpu` makes it).
    fn view(&self, _input: &Layout) -> Option<Layout> {
        None
    }

    /// For an elementwise operation (inputs and outputs of one shape): what it does to one element of each input.
    fn program(&self, _inputs: &[Dtype]) -> Option<Program> {
        None
    }

    /// For an operation that reads its one input once, in order, and can take it from a fused program instead of memory.
    fn reduction(&self) -> Option<&dyn Reduction> {
        None
    }

    /// The vector-Jacobian product: the cotangent of each input named in `call.wanted`, in that order; `None` for zero.
    fn vjp(&self, _call: &Vjp) -> Result<Vec<Option<Array>>> {
        Err(Error::no_rule(self.name(), "vjp"))
    }

    /// The Jacobian-vector product: the tangent of each output; `None` for zero.
    fn jvp(&self, _call: &Jvp) -> Result<Vec<Option<Array>>> {
        Err(Error::no_rule(self.name(), "jvp"))
    }

    /// The operation over a batch: outputs, and where their batch axis is.
    fn vmap(&self, _call: &Vmap) -> Result<Batched> {
        Err(Error::no_rule(self.name(), "vmap"))
    }
}

/// A primitive that folds its input and can do so while a fused program produces it.
pub trait Reduction {
    /// Computes the outputs from what `loader` reads. Every element must be read exactly once.
    fn reduce_cpu(&self, loader: &Loader, call: &mut CpuCall) -> Result<()>;

    /// How many leading axes may be handed over in blocks: a row of up to 65,536 elements behind them gives the same in any block.
    fn leading_axes(&self) -> usize {
        0
    }

    /// What GPUs do with elements of type `dtype`, when the reduction is a fold by a scalar operation. Others run on the host.
    fn fold_gpu(&self, _dtype: Dtype) -> Option<Fold> {
        None
    }
}

/// What a vjp rule is given.
pub struct Vjp<'a> {
    /// The primitive, to apply it again.
    pub primitive: &'a Handle,
    /// The inputs of the operation.
    pub primals: &'a [Array],
    /// Its outputs.
    pub outputs: &'a [Array],
    /// The cotangent of each output; zeros where nothing flowed back.
    pub cotangents: &'a [Array],
    /// The indices of the inputs whose cotangents are asked for.
    pub wanted: &'a [usize],
}

/// What a jvp rule is given.
pub struct Jvp<'a> {
    /// The primitive, to apply it again.
    pub primitive: &'a Handle,
    /// The inputs of the operation.
    pub primals: &'a [Array],
    /// Its outputs.
    pub outputs: &'a [Array],
    /// The tangent of each input; `None` for zero.
    pub tangents: &'a [Option<Array>],
}

/// What a vmap rule is given.
pub struct Vmap<'a> {
    /// The primitive, to apply it again.
    pub primitive: &'a Handle,
    /// The inputs, each with a batch axis where `axes` says so.
    pub inputs: &'a [Array],
    /// The batch axis of each input; `None` where it is not batched.
    pub axes: &'a [Option<usize>],
    /// The length of the batch.
    pub size: usize,
}

/// What a vmap rule returns: each output and its batch axis (`None`: the same for the whole batch).
pub type Batched = Vec<(Array, Option<usize>)>;

/// Shapes and dtypes of the outputs of an operation.
pub type Specs = SmallVec<[Spec; 1]>;

/// Named attributes of a primitive.
pub type Attributes = Vec<(&'static str, Attribute)>;

/// The value of an attribute.
#[derive(Clone, PartialEq, Debug)]
pub enum Attribute {
    /// A number or truth value.
    Scalar(Scalar),
    /// A list of integers: axes, shapes, strides.
    Ints(Vec<i64>),
    /// A dtype.
    Dtype(Dtype),
    /// A text.
    Str(String),
    /// Something that can't be compared, known by its address.
    Identity(usize),
}

macro_rules! attribute_from {
    ($($ty:ty => |$v:ident| $e:expr;)*) => {$(
        impl From<$ty> for Attribute {
            fn from($v: $ty) -> Attribute { $e }
        }
    )*};
}

attribute_from! {
    bool => |v| Attribute::Scalar(v.into());
    usize => |v| Attribute::Scalar(v.into());
    i64 => |v| Attribute::Scalar(v.into());
    f64 => |v| Attribute::Scalar(v.into());
    Dtype => |v| Attribute::Dtype(v);
    &str => |v| Attribute::Str(v.to_owned());
    &[usize] => |v| Attribute::Ints(v.iter().map(|&x| x as i64).collect());
    &[isize] => |v| Attribute::Ints(v.iter().map(|&x| x as i64).collect());
    &[i64] => |v| Attribute::Ints(v.to_vec());
}

/// A shared primitive: a static one costs nothing to hold.
#[derive(Clone)]
pub enum Handle {
    /// Without state.
    Static(&'static dyn Primitive),
    /// With state.
    Shared(Arc<dyn Primitive>),
}

impl Deref for Handle {
    type Target = dyn Primitive;
    fn deref(&self) -> &(dyn Primitive + 'static) {
        match self {
            Handle::Static(p) => *p,
            Handle::Shared(p) => &**p,
        }
    }
}

impl<P: Primitive> From<P> for Handle {
    fn from(p: P) -> Handle {
        Handle::Shared(Arc::new(p))
    }
}
