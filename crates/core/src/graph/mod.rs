//! The graph: operations that wait to be run, their order, and their evaluation.
//!
//! Building an [`Op`] computes nothing. [`eval`] collects what its targets need ([`schedule`]), groups it into tasks
//! ([`fuse`]), and puts the tasks on the queues of their streams, where workers, or the waiting caller itself, run them ([`task`]).

mod at_once;
mod copies;
mod event;
mod fuse;
mod op;
pub(crate) mod rows;
mod schedule;
mod task;
pub mod timeline;

pub(crate) use event::check_interrupt;
pub use event::{Event, set_interrupt_check};
pub(crate) use op::Op;
pub(crate) use schedule::eval_for_host;
#[cfg(unix)]
pub(crate) use schedule::lock as hold_scheduler;
pub use schedule::{async_eval, eval};
pub use task::CpuCall;
pub(crate) use task::{Output, Task, Work, wait_inside_task};
