//! Indexing: elements chosen by arrays of indices, and put back.

mod combine;

pub use combine::Combine;
