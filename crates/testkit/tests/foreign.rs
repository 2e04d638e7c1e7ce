//! The built-in operations, compiled a second time as a foreign crate would be: they use nothing of the core that a crate of
//! somebody else can't.

#![allow(missing_docs, dead_code, unused_imports)]

mod ext {
    pub use millpond_core::ext::*;
}

// The operations' own tests look at transforms, which are public too.
#[cfg(test)]
mod transform {
    pub use millpond_core::transform::*;
}

#[path = "../../core/src/ops/mod.rs"]
mod ops;

#[test]
fn foreign_operations_are_the_equal_of_built_in_ones() {
    use millpond_core::ops as built_in;
    let count = |families: &[&[&ext::OpDecl]]| families.iter().map(|f| f.len()).sum::<usize>();
    assert_eq!(count(ops::FAMILIES), count(built_in::FAMILIES));
    let x = ext::Array::from_slice(&[0.5f32, 1.5], &[2]).unwrap();
    let ours = ops::elementwise::multiply(ops::elementwise::exp(&x).unwrap(), 2.0).unwrap();
    let theirs = built_in::elementwise::multiply(built_in::elementwise::exp(&x).unwrap(), 2.0).unwrap();
    assert_eq!(ours.to_vec::<f32>().unwrap(), theirs.to_vec::<f32>().unwrap());
}
