#![allow(missing_docs, unused)]
use crate::error::*;
use crate::scalar::Program;
use crate::shape::Strides;
pub struct Compiled;
impl Compiled {
    pub fn new(p: &Program) -> Result<Compiled> {
        todo!()
    }
}
pub struct Source {
    pub ptr: *const u8,
    pub strides: Strides,
}
pub struct Sink {
    pub ptr: *mut u8,
}
pub unsafe fn run(c: &Compiled, shape: &[usize], sources: &[Source], sinks: &[Sink]) {}
pub struct Reader<'a>(&'a Compiled);
impl<'a> Reader<'a> {
    pub unsafe fn new(c: &'a Compiled, shape: &[usize], sources: &'a [Source], sinks: &[Sink]) -> Reader<'a> {
        Reader(c)
    }
}
