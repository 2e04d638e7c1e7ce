//! Lazy arrays for machine learning: one pool of memory, many streams.
//!
//! An array has no location; an operation has one. Calling an operation computes nothing: it makes a node of a graph, bound to
//! the current [`Stream`]. When a value is asked for, by [`eval`], [`Array::item`], [`Array::to_vec`] or printing, the runtime
//! collects what it needs, fuses chains of elementwise operations, and runs the streams side by side.
//!
//! ```
//! use millpond::prelude::*;
//!
//! # fn main() -> Result<()> {
//! let x = arange(6, Dtype::Float32)?.reshape(&[2, 3])?;
//! let y = (&x - x.mean(keep(-1))?).square()?.sum(-1)?; // nothing is computed yet
//! assert_eq!(y.to_vec::<f32>()?, [2.0, 2.0]);
//! # Ok(())
//! # }
//! ```
//!
//! # Conventions
//!
//! - Functions and methods return [`Result`]; operators (`&a + &b`, `2.0 * &a`, `-a`) panic with the same message, as indexing a
//!   slice out of bounds does.
//! - Operands are arrays or numbers. A number takes the dtype of the array beside it; beside integers, `0.5` makes `float32`.
//!   A literal on the left needs its type where a method follows: `(1.0f32 - &a).square()`.
//! - [`array`](ops::create::array) makes an array of numbers, slices and vectors, nested to any depth; [`Array::to_vec`] and
//!   [`Array::item`] give them back.
//! - `a.get((.., 0))`, `a.get((1..3, -1))`, `a.get(indices)` and `a.get(mask)` index; [`Array::set`] and [`Array::update`] take the
//!   same subscripts and give another array.
//! - Axes are `..` (all), `0`, `-1` or `[0, -1]`; [`keep`] keeps them in the result with length 1.
//! - Other optional arguments are a struct with defaults.
//! - Where an operation runs is said once, around the code that builds it: [`Stream::run`].
//!
//! # Streams
//!
//! One stream runs in order; different streams overlap. What an operation needs from another stream it waits for by itself.
//! [`timeline`] records what ran when, and draws it: `timeline::record_to("run.html", || …)`.
//!
//! ```
//! use millpond::prelude::*;
//! use millpond::timeline;
//!
//! # fn main() -> Result<()> {
//! let (left, right) = (Stream::new(cpu().device())?, Stream::new(DeviceType::Cpu)?);
//! let a = ones(&[64, 64], Dtype::Float32)?;
//! let (z, spans) = timeline::record(|| {
//!     let x = left.run(|| a.exp())?;
//!     let y = right.run(|| a.sum(0))?;
//!     let z = x * y;
//!     eval([&z])?;
//!     Ok::<_, Error>(z)
//! });
//! assert_eq!(z?.shape(), [64, 64]);
//! assert!(spans.iter().any(|span| span.task.stream == right));
//! # Ok(())
//! # }
//! ```
//!
//! # Transforms
//!
//! [`grad`], [`value_and_grad`], [`vjp`], [`jvp`] and [`vmap`] take a function of arrays and give another one. They nest in any
//! order, and the function may look at values on its way.
//!
//! ```
//! use millpond::prelude::*;
//!
//! # fn main() -> Result<()> {
//! let cube = |x: &[Array]| x[0].power(3);
//! let second = |x: &[Array]| grad(|x: &[Array]| Ok(grad(cube, &[0])(x)?.remove(0)), &[0])(x);
//! let x = Array::from_slice(&[1.0f32, 2.0, 3.0], &[3])?;
//! assert_eq!(vmap(second)(&[x])?[0].to_vec::<f32>()?, [6.0, 12.0, 18.0]);
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! Shapes and dtypes are checked when an operation is built. What depends on values fails when it runs: then the arrays that
//! depend on it give the same [`Error`] on every read, and nothing else notices.
//!
//! ```
//! use millpond::prelude::*;
//!
//! let (a, b) = (ones(&[2], Dtype::Float32).unwrap(), ones(&[3], Dtype::Float32).unwrap());
//! let error = a.add(&b).unwrap_err();
//! assert_eq!(error.kind(), millpond::Kind::Value);
//! assert!(error.message().contains("(2,)") && error.message().contains("(3,)"));
//! ```
//!
//! # Your own operations
//!
//! [`ext`] is all that the built-in operations use. Implement [`ext::Primitive`] in your crate and call
//! [`Array::from_primitive`]: evaluation, fusion, streams and transforms treat it as one of their own. `docs/extending.md` makes
//! one, in Rust and as a Python module.

// Linking a backend is what makes its devices known.
#[cfg(feature = "wgpu")]
use millpond_wgpu as _;

pub use millpond_core::args::{Axes, Operand, keep};
pub use millpond_core::array::{Array, Value};
pub use millpond_core::device::{Device, DeviceInfo, DeviceType};
pub use millpond_core::dtype::{Dtype, Element, bf16, c64, f16};
pub use millpond_core::error::{Error, Kind, Result};
pub use millpond_core::ext;
pub use millpond_core::gpu::{Transfers, transfers};
pub use millpond_core::graph::{async_eval, eval, timeline};
pub use millpond_core::memory::allocator as memory;
pub use millpond_core::ops::index::{Index, Update};
pub use millpond_core::ops::{self, random};
pub use millpond_core::stream::{Stream, ThreadLocalStream, cpu, gpu, synchronize};
pub use millpond_core::transform::{
    Compiled, CustomFunction, checkpoint, depends, grad, jvp, stop_gradient, value_and_grad, value_and_grad_with, vjp, vmap,
    vmap_axes,
};

/// What most programs need: `use millpond::prelude::*`.
pub mod prelude {
    pub use crate::ops::create::{arange, array, eye, full, full_like, linspace, ones, ones_like, zeros, zeros_like};
    pub use crate::ops::elementwise::where_;
    pub use crate::ops::join::{concatenate, stack};
    pub use crate::{Array, Device, DeviceType, Dtype, Error, Index, Operand, Result, Stream, Update};
    pub use crate::{async_eval, cpu, eval, gpu, keep, random, synchronize};
    pub use crate::{grad, jvp, stop_gradient, value_and_grad, vjp, vmap};
}

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The programs of the guide to streams.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/streams.md")]
struct Streams;

/// The programs of the guide to unified memory.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/unified_memory.md")]
struct UnifiedMemory;
