//! The primitive behind every reduction, and its rules.

use super::folds::Kind;
use crate::ext::*;
use crate::ops::elementwise::astype;
use crate::ops::view::{batch_to_front, broadcast_to, linear, reshape_to};

/// `kind` over `axes` (sorted) of elements that are already of the type it computes in.
pub(super) struct Reduce {
    pub(super) kind: Kind,
    pub(super) axes: SmallVec<[usize; 4]>,
    pub(super) keep: bool,
    /// The type of the result.
    pub(super) dtype: Dtype,
}

impl Reduce {
    /// The shape of the result with folded axes kept at length 1.
    fn kept(&self, shape: &[usize]) -> Shape {
        shape.iter().enumerate().map(|(axis, &n)| if self.axes.contains(&axis) { 1 } else { n }).collect()
    }
}

impl Primitive for Reduce {
    fn name(&self) -> &str {
        self.kind.name()
    }
    fn attributes(&self) -> Attributes {
        vec![("axes", self.axes[..].into()), ("keepdims", self.keep.into()), ("dtype", self.dtype.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let shape = &inputs[0].shape;
        let stays = |(axis, &n): (usize, &usize)| (!self.axes.contains(&axis)).then_some(n);
        let shape = if self.keep { self.kept(shape) } else { shape.iter().enumerate().filter_map(stays).collect() };
        Ok(smallvec![Spec { shape, dtype: self.dtype }])
    }
    fn reduction(&self) -> Option<&dyn Reduction> {
        Some(self)
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let x = &call.primals[0];
        let kept = self.kept(x.shape());
        let spread = |a: &Array| broadcast_to(&reshape_to(&astype(a, x.dtype())?, &kept)?, x.shape());
        let gradient = match self.kind {
            Kind::Sum => Some(spread(&call.cotangents[0])?),
            Kind::All | Kind::Any | Kind::ArgMin | Kind::ArgMax => None,
            Kind::Prod | Kind::Min | Kind::Max => return Err(no_rule(self, "vjp")),
        };
        Ok(vec![gradient])
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        match self.kind {
            Kind::Sum => linear(call),
            Kind::All | Kind::Any | Kind::ArgMin | Kind::ArgMax => Ok(vec![None]),
            Kind::Prod | Kind::Min | Kind::Max => Err(no_rule(self, "jvp")),
        }
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let axes = self.axes.iter().map(|axis| axis + 1).collect();
        Ok(vec![(Array::apply(Reduce { axes, ..*self }, &[input])?, Some(0))])
    }
}

impl Reduction for Reduce {
    fn reduce_cpu(&self, loader: &Loader, call: &mut CpuCall) -> Result<()> {
        self.kind.reduce(loader, &self.axes, call)
    }
}

fn no_rule(of: &Reduce, rule: &str) -> Error {
    Error::new(crate::ext::Kind::NoRule, format!("[{}] has no {rule} rule", of.name()))
}
