//! What a module's GPU kernel is given, while it is encoded.

use super::arrays::spec_of;
use super::foreign::Sink;
use super::handles::{give, guarded, null, outcome, slice, take, text};
use millpond_abi as abi;
use millpond_core::error::{Error, Result};
use millpond_core::gpu::{GpuCall, Part};
use std::ffi::c_void;
use std::ptr;

/// A call on its way through the interface. Keys of kernels are the module's own.
pub struct Running<'a, 'b> {
    pub call: &'a mut GpuCall<'b>,
    pub module: u64,
}

impl Running<'_, '_> {
    pub fn handle(&mut self) -> *mut abi::GpuCall {
        ptr::from_mut(self).cast()
    }
}

/// The call behind the pointer a kernel was given.
///
/// # Safety
/// `call` is what the core gave to the kernel that is being encoded.
unsafe fn running<'a>(call: *mut abi::GpuCall) -> Result<&'a mut Running<'a, 'a>> {
    // SAFETY: said above; the kernel is the only one to use it.
    unsafe { call.cast::<Running>().as_mut() }.ok_or_else(|| null("the call"))
}

fn check(call: &GpuCall, index: usize, count: usize, what: &str) -> Result<()> {
    if index < count {
        return Ok(());
    }
    Err(Error::index(format!("[{}] the GPU kernel asks for number {index} of {count} {what}", call.name())))
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn limits(call: *mut abi::GpuCall) -> abi::GpuLimits {
    // SAFETY: called by the kernel.
    let limits = unsafe { &*call.cast::<Running>() }.call.limits();
    abi::GpuLimits {
        binding_bytes: limits.binding_bytes,
        offset_alignment: limits.offset_alignment,
        groups: limits.groups,
        bindings: u32::try_from(limits.bindings).unwrap_or(u32::MAX),
        int64: limits.int64.into(),
        shared: limits.shared.into(),
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn input_count(call: *mut abi::GpuCall) -> usize {
    // SAFETY: called by the kernel.
    unsafe { running(call) }.map_or(0, |r| r.call.input_count())
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn output_count(call: *mut abi::GpuCall) -> usize {
    // SAFETY: called by the kernel.
    unsafe { running(call) }.map_or(0, |r| r.call.output_count())
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn input(call: *mut abi::GpuCall, index: usize, out: *mut abi::View) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by the kernel; `out` can be written.
        unsafe {
            let call = &running(call)?.call;
            check(call, index, call.input_count(), "inputs")?;
            let value = call.input(index);
            let (spec, strides) = (spec_of(value.shape(), value.dtype()), value.layout().strides.as_ptr());
            *out = abi::View { data: ptr::null_mut(), spec, strides };
        }
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn output_spec(call: *mut abi::GpuCall, index: usize, out: *mut abi::Spec) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by the kernel; `out` can be written.
        unsafe {
            let call = &running(call)?.call;
            check(call, index, call.output_count(), "outputs")?;
            *out = spec_of(call.output_shape(index), call.output_dtype(index));
        }
        Ok(())
    })
}

/// Gives what `get` finds: the memory at `out`, and at `start` the position of the first element in it.
///
/// # Safety
/// As [`running`]; `out` and `start` can be written.
unsafe fn memory(
    call: *mut abi::GpuCall,
    out: *mut *mut abi::GpuPart,
    start: *mut u32,
    get: impl FnOnce(&mut GpuCall) -> Result<Part>,
) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: said above.
        unsafe {
            *out = ptr::null_mut();
            let part = get(running(call)?.call)?;
            *start = part.start;
            *out = give(part);
        }
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn source(
    call: *mut abi::GpuCall,
    index: usize,
    out: *mut *mut abi::GpuPart,
    start: *mut u32,
) -> *mut abi::Error {
    // SAFETY: called by the kernel; `out` and `start` can be written.
    unsafe {
        memory(call, out, start, |call| {
            check(call, index, call.input_count(), "inputs")?;
            call.source(index)
        })
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn sink(
    call: *mut abi::GpuCall,
    index: usize,
    out: *mut *mut abi::GpuPart,
    start: *mut u32,
) -> *mut abi::Error {
    // SAFETY: called by the kernel; `out` and `start` can be written.
    unsafe {
        memory(call, out, start, |call| {
            check(call, index, call.output_count(), "outputs")?;
            call.sink(index)
        })
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn scratch(
    call: *mut abi::GpuCall,
    bytes: usize,
    context: *mut c_void,
    body: unsafe extern "C" fn(*mut c_void, *const abi::GpuPart) -> *mut abi::Error,
) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by the kernel.
        let running = unsafe { running(call)? };
        let module = running.module;
        running.call.with_scratch(bytes, |inner, part| {
            // What the body runs goes through the same handle, which for now stands for the call inside.
            // SAFETY: the handle is live, the call outside is not used before the body has returned; the part lives as long.
            unsafe {
                let outer = ptr::replace(call.cast(), Running { call: inner, module });
                let result = outcome(body(context, ptr::from_ref(part).cast()));
                ptr::write(call.cast::<Running>(), outer);
                result
            }
        })
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn run(call: *mut abi::GpuCall, run: *const abi::GpuRun) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by the kernel, with a description that lives during the call.
        let (running, run) = unsafe { (running(call)?, run.as_ref().ok_or_else(|| null("the run"))?) };
        // SAFETY: the lists are as long as the description says; a part is the address of a `Part`.
        let (key, reads, writes, params) = unsafe {
            let parts = |list, count| -> Result<Vec<&Part>> {
                let list: &[*const abi::GpuPart] = slice(list, count);
                list.iter().map(|p| p.cast::<Part>().as_ref().ok_or_else(|| null("memory of a kernel"))).collect()
            };
            let (reads, writes) = (parts(run.reads, run.read_count)?, parts(run.writes, run.write_count)?);
            (text(run.key)?, reads, writes, slice(run.params, run.param_count))
        };
        let key = format!("{}.{:x}.{}.{}.{key}", running.call.name(), running.module, reads.len(), writes.len());
        let source = run.source.ok_or_else(|| null("the source"))?;
        running.call.run(&key, &reads, &writes, params, [run.groups_x, run.groups_y, run.groups_z], || {
            let mut made = Sink::Text(String::new());
            // SAFETY: the context is the module's; the sink lives during the call.
            unsafe { outcome(source(run.context, made.handle()))? };
            let Sink::Text(text) = made else { return Ok(String::new()) };
            Ok(text)
        })
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn part_release(part: *mut abi::GpuPart) {
    if !part.is_null() {
        // SAFETY: the caller gives a handle it uses no more.
        drop(unsafe { take::<Part, _>(part) });
    }
}
