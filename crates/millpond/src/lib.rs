//! An array framework for machine learning.
//!
//! Expressions are lazy; operations, not arrays, have a place; the runtime finds the order between streams.

pub use millpond_core::dtype::Dtype;
pub use millpond_core::error::{Error, Kind, Result};
pub use millpond_core::graph::{async_eval, eval, timeline};
pub use millpond_core::memory::allocator as memory;
pub use millpond_core::stream::{Stream, cpu, gpu, synchronize};
pub use millpond_core::transform::{grad, jvp, stop_gradient, value_and_grad, vjp, vmap};
pub use millpond_core::{args, array::Array, device, ops};

/// What most programs need: `use millpond::prelude::*`.
pub mod prelude {
    pub use crate::device::{Device, DeviceType};
    pub use crate::{Array, Dtype, Error, Result, Stream};
    pub use crate::{async_eval, cpu, eval, gpu, grad, jvp, stop_gradient, synchronize, value_and_grad, vjp, vmap};
    pub use millpond_core::args::keep;
}
