//! Shape and dtype of an array.

use crate::dtype::Dtype;
use crate::shape::Shape;

/// The shape and dtype of an array, without its value: what shape rules see.
#[derive(PartialEq, Eq, Debug)]
pub struct Spec {
    /// The length of each axis.
    pub shape: Shape,
    /// The type of the elements.
    pub dtype: Dtype,
}

impl Clone for Spec {
    fn clone(&self) -> Spec {
        Spec::new(&self.shape, self.dtype)
    }
}

impl Spec {
    /// A spec of `shape` and `dtype`.
    pub fn new(shape: &[usize], dtype: Dtype) -> Spec {
        Spec { shape: Shape::from_slice(shape), dtype }
    }
}
