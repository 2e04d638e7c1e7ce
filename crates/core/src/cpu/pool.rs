//! The intra-op pool.
#![allow(missing_docs)]
use std::ops::Range;
pub fn threads() -> usize {
    1
}
pub fn parallel(tasks: usize, f: &(dyn Fn(usize) + Sync)) {
    (0..tasks).for_each(f)
}
pub fn parallel_ranges(len: usize, _grain: usize, f: &(dyn Fn(Range<usize>) + Sync)) {
    f(0..len)
}
