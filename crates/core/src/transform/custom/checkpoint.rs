//! Functions whose inner values are not kept for the backward pass.

use super::{Rules, apply, depends};
use crate::array::Array;
use crate::error::Result;
use crate::transform::grad::vjp_with;
use std::sync::Arc;

/// A function that computes as `f` does, and keeps none of `f`'s inner values for the backward pass: that runs `f` again.
///
/// The first run is out of sight of reverse differentiation but for arrays that `f` captures; those keep what they need.
/// Forward differentiation and vectorization see `f` as it is.
pub fn checkpoint<F>(f: F) -> impl Fn(&[Array]) -> Result<Vec<Array>> + Clone + Send + Sync
where
    F: Fn(&[Array]) -> Result<Vec<Array>> + Send + Sync + 'static,
{
    let f = Arc::new(f);
    let again = f.clone();
    let rules = recomputing(move |args| again(args));
    move |args| apply(|x| f(x), args, &rules)
}

/// The rules of a checkpoint whose backward pass runs `again`.
pub fn recomputing(again: impl Fn(&[Array]) -> Result<Vec<Array>> + Send + Sync + 'static) -> Arc<Rules> {
    Arc::new(Rules {
        vjp: Some(Box::new(move |primals, cotangents, _| {
            // Not before the cotangents are there, else all would be recomputed at once.
            let primals = depends(primals, cotangents)?;
            Ok(vjp_with(&again, &primals, |_| Ok(cotangents.to_vec()))?.1.into_iter().map(Some).collect())
        })),
        captures: true,
        ..Rules::default()
    })
}
