//! The state of each thread, from which calls without a key draw theirs.

use super::bits::{key, key_array, split, threefry};
use crate::ext::*;
use crate::ops::view::{narrow, reshape_to};
use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

thread_local! {
    static STATE: RefCell<Option<Array>> = const { RefCell::new(None) };
}

/// Makes what this thread draws from here on depend on `seed` alone.
pub fn seed(seed: u64) {
    set_state(key(seed));
}

/// The key that this thread draws its keys from: of the clock, until [`seed`] is called.
pub fn state() -> Array {
    STATE.with_borrow_mut(|state| state.get_or_insert_with(from_clock).clone())
}

/// Puts another key in place of [`state`]; it may be one that a transform traces.
pub fn set_state(key: Array) {
    STATE.with_borrow_mut(|state| *state = Some(key));
}

/// A fresh key; the state moves on.
///
/// # Errors
/// When the state is not a key.
pub fn next_key() -> Result<Array> {
    let state = state();
    // Known words are encrypted here and now; a state that is still to be computed, by an operation.
    if let (true, Ok([a, b])) = (state.is_available(), state.to_vec::<u32>().as_deref()) {
        let ([x0, y0], [x1, y1]) = (threefry([*a, *b], [0, 2]), threefry([*a, *b], [1, 3]));
        set_state(key_array([x0, x1]));
        return Ok(key_array([y0, y1]));
    }
    let keys = split(&state, 2)?;
    let row = |i| reshape_to(&narrow(&keys, 0, i, 1)?, &[2]);
    set_state(row(0)?);
    row(1)
}

fn from_clock() -> Array {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Threads that start in the same tick differ by the address of their state.
    let thread = STATE.with(|s| std::ptr::from_ref(s) as u64);
    let [a, b] = threefry([thread as u32, (thread >> 32) as u32], [time.subsec_nanos(), time.as_secs() as u32]);
    key_array([a, b])
}
