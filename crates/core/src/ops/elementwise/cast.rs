//! Conversion between dtypes.

use super::*;
use crate::ext::*;

/// The declarations of conversions.
pub static CONVERSIONS: &[&OpDecl] = &[&astype::DECL];

op! {
    astype "(a: array, dtype: dtype, /)" => |c| astype(c.array(0)?, c.dtype(1)?);
    /// `a` with its elements converted to `dtype`: floats saturate to integers and NaN becomes 0, integers wrap, everything that
    /// is not zero becomes `true`, the imaginary part is dropped.
    pub fn astype(a: &Array, dtype: Dtype) -> Result<Array> {
        if a.dtype() == dtype {
            return Ok(a.clone());
        }
        Array::apply(Handle::Static(&CASTS[dtype as usize]), std::slice::from_ref(a))
    }
}

/// One primitive a target, so that a cast allocates nothing of its own.
static CASTS: [Cast; Dtype::ALL.len()] = {
    let mut casts = [const { Cast(Dtype::Bool) }; Dtype::ALL.len()];
    let mut i = 0;
    while i < casts.len() {
        casts[i] = Cast(Dtype::ALL[i]);
        i += 1;
    }
    casts
};

struct Cast(Dtype);

impl Primitive for Cast {
    fn name(&self) -> &str {
        "astype"
    }
    fn attributes(&self) -> Attributes {
        vec![("dtype", self.0.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![Spec::new(&inputs[0].shape, self.0)])
    }
    fn program(&self, inputs: &[Dtype]) -> Option<Program> {
        let mut b = Builder::new(inputs);
        let out = b.cast(0, self.0);
        Some(b.finish(&[out]))
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(astype(&call.cotangents[0], call.primals[0].dtype())?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![call.tangents[0].as_ref().map(|t| astype(t, self.0)).transpose()?])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        vmap_elementwise(call)
    }
}
