//! The core's table of functions, found once, and errors on their way through it.

use crate::error::{Error, Kind, Result};
use millpond_abi as abi;
use std::ffi::CStr;
use std::sync::OnceLock;

static TABLE: OnceLock<&'static abi::Api> = OnceLock::new();

/// The table.
///
/// # Panics
/// When the module has not called [`attach`].
pub(crate) fn api() -> &'static abi::Api {
    TABLE.get().expect("the module must call `millpond_extension::python::attach` when it is initialized")
}

/// Takes the core's table for this module; done again, it is checked again and changes nothing.
///
/// # Safety
/// `table` is the pointer in the capsule [`abi::CAPSULE`], or points to readable bytes of a table that is as long as it says.
///
/// # Errors
/// When the core's C interface is not the one this crate was compiled for; the message has both versions.
pub unsafe fn attach(table: *const abi::Api) -> Result<()> {
    // SAFETY: the first fields never move; nothing else is read before they are checked.
    let (magic, major, minor, size) = unsafe { ((*table).magic, (*table).abi_major, (*table).abi_minor, (*table).size) };
    if magic != abi::MAGIC {
        return Err(Error::runtime("this is no table of Millpond's C interface"));
    }
    if major != abi::MAJOR || size < size_of::<abi::Api>() {
        // SAFETY: the version is among the first fields, a text with a null at its end.
        let version = unsafe { CStr::from_ptr((*table).core_version) }.to_string_lossy();
        return Err(Error::runtime(format!(
            "it was compiled for version {}.{} of Millpond's C interface, but the installed millpond {version} has version {major}.{minor}",
            abi::MAJOR,
            abi::MINOR,
        )));
    }
    // SAFETY: the table is whole and lives as long as the process: modules of Python are never unloaded.
    TABLE.get_or_init(|| unsafe { &*table });
    Ok(())
}

const KINDS: [(Kind, u32); 8] = [
    (Kind::Value, abi::ERROR_VALUE),
    (Kind::Type, abi::ERROR_TYPE),
    (Kind::Index, abi::ERROR_INDEX),
    (Kind::Memory, abi::ERROR_MEMORY),
    (Kind::NoRule, abi::ERROR_NO_RULE),
    (Kind::NoKernel, abi::ERROR_NO_KERNEL),
    (Kind::Runtime, abi::ERROR_RUNTIME),
    (Kind::Interrupted, abi::ERROR_INTERRUPTED),
];

/// A text, borrowed.
pub(crate) fn text(text: &str) -> abi::Text {
    abi::Text { data: text.as_ptr(), len: text.len() }
}

/// The core's error as ours.
pub(crate) fn check(error: *mut abi::Error) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the core gave us the error; its message lives until it is released.
    unsafe {
        let message = (api().error_message)(error);
        let bytes = std::slice::from_raw_parts(message.data, message.len);
        let number = (api().error_kind)(error);
        let kind = KINDS.iter().find(|(_, n)| *n == number).map_or(Kind::Runtime, |(k, _)| *k);
        let ours = Error::new(kind, String::from_utf8_lossy(bytes));
        (api().error_release)(error);
        Err(ours)
    }
}

/// Our error as the core's.
pub(crate) fn hand_over(error: &Error) -> *mut abi::Error {
    let number = KINDS.iter().find(|(k, _)| *k == error.kind()).map_or(abi::ERROR_RUNTIME, |(_, n)| *n);
    // SAFETY: the message lives during the call.
    unsafe { (api().error_new)(number, text(error.message())) }
}
