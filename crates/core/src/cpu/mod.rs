//! The CPU: scalar programs run over tiles, strided copies, SIMD math and the thread pool.
pub mod copy;
mod disjoint;
pub mod factor;
pub mod fused;
pub mod gemm;
pub mod isa;
mod kernels;
mod loader;
pub mod math;
pub mod pool;
pub use disjoint::Disjoint;
pub use loader::Loader;
