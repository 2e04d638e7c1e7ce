//! Handles and what both sides agree on: errors, texts, dtypes. A handle is the address of a boxed value of the core.

use millpond_abi as abi;
use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::error::{Error, Kind, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

const KINDS: [(Kind, u32); 9] = [
    (Kind::Value, abi::ERROR_VALUE),
    (Kind::Type, abi::ERROR_TYPE),
    (Kind::Index, abi::ERROR_INDEX),
    (Kind::Memory, abi::ERROR_MEMORY),
    (Kind::NoRule, abi::ERROR_NO_RULE),
    (Kind::NoKernel, abi::ERROR_NO_KERNEL),
    (Kind::Runtime, abi::ERROR_RUNTIME),
    (Kind::Device, abi::ERROR_RUNTIME),
    (Kind::Interrupted, abi::ERROR_INTERRUPTED),
];

/// A handle of `value`.
pub fn give<T, H>(value: T) -> *mut H {
    Box::into_raw(Box::new(value)).cast()
}

/// The value behind a handle, and the handle's end.
///
/// # Safety
/// `handle` came from [`give`] of a `T`, and is used no more.
pub unsafe fn take<T, H>(handle: *mut H) -> T {
    // SAFETY: said above.
    *unsafe { Box::from_raw(handle.cast::<T>()) }
}

/// Runs `f` for the other side: errors and panics become error handles.
pub fn guarded(f: impl FnOnce() -> Result<()>) -> *mut abi::Error {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(())) => std::ptr::null_mut(),
        Ok(Err(error)) => give(error),
        Err(_) => give(Error::runtime("internal error: the core panicked")),
    }
}

/// The outcome of a callback.
///
/// # Safety
/// `error` is null or an error handle that is used no more.
pub unsafe fn outcome(error: *mut abi::Error) -> Result<()> {
    // SAFETY: said above.
    if error.is_null() { Ok(()) } else { Err(unsafe { take(error) }) }
}

/// Null where there should be something.
pub fn null(what: &str) -> Error {
    Error::value(format!("[C API] {what} must not be null"))
}

/// # Safety
/// `data` is null or points to `len` values, which outlive `'a`.
pub unsafe fn slice<'a, T>(data: *const T, len: usize) -> &'a [T] {
    // SAFETY: said above.
    if data.is_null() || len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, len) } }
}

/// # Safety
/// As [`slice`].
pub unsafe fn text<'a>(text: abi::Text) -> Result<&'a str> {
    // SAFETY: said above.
    let bytes = unsafe { slice(text.data, text.len) };
    std::str::from_utf8(bytes).map_err(|_| Error::value("[C API] a text is not UTF-8"))
}

/// The text of `text`, borrowed.
pub fn borrowed(text: &str) -> abi::Text {
    abi::Text { data: text.as_ptr(), len: text.len() }
}

/// The dtype with the number `dtype`.
pub fn dtype(dtype: u32) -> Result<Dtype> {
    let found = Dtype::ALL.get(dtype as usize).copied();
    found.ok_or_else(|| Error::value(format!("[C API] there is no dtype number {dtype}")))
}

/// Clones of the arrays behind handles.
///
/// # Safety
/// `handles` is null or points to `len` array handles.
pub unsafe fn arrays(handles: *const *const abi::Array, len: usize) -> Result<Vec<Array>> {
    // SAFETY: said above.
    let handles = unsafe { slice(handles, len) };
    // SAFETY: as above; an array handle is the address of an `Array`.
    handles.iter().map(|h| unsafe { h.cast::<Array>().as_ref() }.cloned().ok_or_else(|| null("an array"))).collect()
}

/// Runs `f` for the other side and hands its arrays over: their handles at `out`, their number at `count`. After a failure
/// there are nulls, and none.
///
/// # Safety
/// `out` has room for `capacity` handles; `count` is null or can be written.
pub unsafe fn giving(
    out: *mut *mut abi::Array,
    capacity: usize,
    count: *mut usize,
    f: impl FnOnce() -> Result<Vec<Array>>,
) -> *mut abi::Error {
    // SAFETY: said above.
    let note = |n| {
        if !count.is_null() {
            unsafe { *count = n }
        }
    };
    guarded(|| {
        note(0);
        if !out.is_null() {
            // SAFETY: said above.
            (0..capacity).for_each(|i| unsafe { *out.add(i) = std::ptr::null_mut() });
        }
        let arrays = f()?;
        if arrays.len() > capacity {
            return Err(Error::value(format!("[C API] there are {} outputs and room for {capacity}", arrays.len())));
        }
        note(arrays.len());
        // SAFETY: said above.
        arrays.into_iter().enumerate().for_each(|(i, array)| unsafe { *out.add(i) = give(array) });
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn error_new(kind: u32, message: abi::Text) -> *mut abi::Error {
    let kind = KINDS.iter().find(|(_, n)| *n == kind).map_or(Kind::Runtime, |(k, _)| *k);
    // SAFETY: the caller gives a text that lives during the call.
    let bytes = unsafe { slice(message.data, message.len) };
    give(Error::new(kind, String::from_utf8_lossy(bytes)))
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn error_kind(error: *const abi::Error) -> u32 {
    // SAFETY: the caller gives a live handle.
    let kind = unsafe { &*error.cast::<Error>() }.kind();
    KINDS.iter().find(|(k, _)| *k == kind).map_or(abi::ERROR_RUNTIME, |(_, n)| *n)
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn error_message(error: *const abi::Error) -> abi::Text {
    // SAFETY: the caller gives a live handle.
    borrowed(unsafe { &*error.cast::<Error>() }.message())
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn error_release(error: *mut abi::Error) {
    if !error.is_null() {
        // SAFETY: the caller gives a handle it uses no more.
        drop(unsafe { take::<Error, _>(error) });
    }
}
