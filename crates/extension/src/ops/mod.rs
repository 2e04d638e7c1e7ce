//! Operations of the core, under the names and with the arguments they have there. All others are called by name, with
//! [`call`](crate::call::call).

pub mod elementwise;
pub mod view;
