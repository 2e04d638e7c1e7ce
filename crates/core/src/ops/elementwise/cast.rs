//! Conversion between dtypes.

use super::vmap_elementwise;
use crate::ext::*;

/// `a` with its elements converted to `dtype`: floats saturate to integers and NaN becomes 0, integers wrap, everything that is
/// not zero becomes `true`, the imaginary part is dropped.
pub fn astype(a: &Array, dtype: Dtype) -> Result<Array> {
    if a.dtype() == dtype {
        return Ok(a.clone());
    }
    Array::apply(Cast { dtype }, std::slice::from_ref(a))
}

struct Cast {
    dtype: Dtype,
}

impl Primitive for Cast {
    fn name(&self) -> &str {
        "astype"
    }
    fn attributes(&self) -> Attributes {
        vec![("dtype", self.dtype.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![Spec { shape: inputs[0].shape.clone(), dtype: self.dtype }])
    }
    fn program(&self, inputs: &[Dtype]) -> Option<Program> {
        let mut b = Builder::new(inputs);
        let out = b.cast(0, self.dtype);
        Some(b.finish(&[out]))
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(astype(&call.cotangents[0], call.primals[0].dtype())?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        if !self.dtype.is_inexact() {
            return Ok(vec![None]);
        }
        Ok(vec![call.tangents[0].as_ref().map(|t| astype(t, self.dtype)).transpose()?])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        vmap_elementwise(call)
    }
}
