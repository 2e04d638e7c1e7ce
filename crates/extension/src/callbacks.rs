//! A primitive as the core sees it: callbacks over a state, which is a boxed handle. No panic gets out of them.

use crate::array::{Array, Spec, dtype, shape};
use crate::call::{Arg, CpuCall};
use crate::error::{Error, Result};
use crate::gpu::GpuCall;
use crate::primitive::{Attribute, Handle, Jvp, Vjp, Vmap};
use crate::shape::Layout;
use crate::table::{api, check, hand_over, text};
use millpond_abi as abi;
use smallvec::SmallVec;
use std::ffi::c_void;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// The callbacks of `handle`, and its state for them. The table's name lives as long as the state.
pub(crate) fn of(handle: Handle) -> (abi::Primitive, *mut c_void) {
    let state = Box::new(handle);
    let mut key = DefaultHasher::new();
    // The type's name begins with the crate of its author.
    (env!("CARGO_PKG_VERSION"), state.type_name(), state.name()).hash(&mut key);
    let table = abi::Primitive {
        size: size_of::<abi::Primitive>(),
        type_key: key.finish(),
        name: text(state.name()),
        destroy: Some(destroy),
        infer: Some(infer),
        attributes: Some(attributes),
        eval_cpu: Some(eval_cpu),
        vjp: Some(vjp),
        jvp: Some(jvp),
        vmap: Some(vmap),
        eval_gpu: Some(eval_gpu),
        program: Some(program),
        view: Some(view),
    };
    (table, Box::into_raw(state).cast())
}

/// What `f` gives; a panic in it is an error that says which part of the primitive `name` it was.
pub(crate) fn caught<R>(name: &str, what: &str, f: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::runtime(format!("[{name}] the {what} panicked: {said}")))
    })
}

/// Runs `f` with the primitive behind `state`; errors and panics become the core's errors.
///
/// # Safety
/// `state` came from [`of`] and is alive.
unsafe fn guarded(state: *mut c_void, what: &str, f: impl FnOnce(&Handle) -> Result<()>) -> *mut abi::Error {
    // SAFETY: said above.
    let handle = unsafe { &*state.cast::<Handle>() };
    let result = caught(handle.name(), what, || f(handle));
    result.map_or_else(|e| hand_over(&e), |()| ptr::null_mut())
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn destroy(state: *mut c_void) {
    // SAFETY: the core gives a state back once.
    let state = unsafe { Box::from_raw(state.cast::<Handle>()) };
    let _ = catch_unwind(AssertUnwindSafe(|| drop(state)));
}

/// # Safety
/// `data` is null or points to `len` values, which outlive `'a`.
unsafe fn slice<'a, T>(data: *const T, len: usize) -> &'a [T] {
    // SAFETY: said above.
    if data.is_null() || len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, len) } }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn infer(state: *mut c_void, inputs: *const abi::Spec, count: usize, sink: *mut abi::Sink) -> *mut abi::Error {
    let run = |handle: &Handle| {
        // SAFETY: the core gives `count` specs that live during the call.
        let inputs = unsafe { slice(inputs, count) };
        // SAFETY: as above.
        let inputs: SmallVec<[Spec; 4]> = inputs.iter().map(|s| Spec::new(unsafe { shape(*s) }, dtype(s.dtype))).collect();
        for spec in handle.infer(&inputs)? {
            let spec = abi::Spec { dtype: spec.dtype as u32, ndim: spec.shape.len(), shape: spec.shape.as_ptr() };
            // SAFETY: the shape lives during the call; the sink is this callback's.
            check(unsafe { (api().push_spec)(sink, spec) })?;
        }
        Ok(())
    };
    // SAFETY: the core gives the state back.
    unsafe { guarded(state, "shape rule", run) }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn attributes(state: *mut c_void, sink: *mut abi::Sink) -> *mut abi::Error {
    let run = |handle: &Handle| {
        for (name, attribute) in handle.attributes() {
            let value = match &attribute {
                Attribute::Scalar(s) => Arg::Scalar(*s),
                Attribute::Ints(v) => Arg::Ints(v),
                Attribute::Dtype(d) => Arg::Dtype(*d),
                Attribute::Str(s) => Arg::Str(s),
                Attribute::Identity(i) => Arg::Scalar((*i).into()),
            };
            // SAFETY: the value lives during the call, the name as long as the module.
            check(unsafe { (api().push_attribute)(sink, value.lower(name)) })?;
        }
        Ok(())
    };
    // SAFETY: the core gives the state back.
    unsafe { guarded(state, "list of attributes", run) }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn eval_cpu(state: *mut c_void, call: *mut abi::CpuCall) -> *mut abi::Error {
    // SAFETY: the core gives the state back and a call for this kernel.
    unsafe { guarded(state, "kernel", |handle| handle.eval_cpu(&mut CpuCall::new(handle.name(), call)?)) }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn eval_gpu(state: *mut c_void, call: *mut abi::GpuCall) -> *mut abi::Error {
    // SAFETY: the core gives the state back and a call for this kernel.
    unsafe { guarded(state, "GPU kernel", |handle| handle.eval_gpu(&mut GpuCall::new(handle.name(), call)?)) }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn program(state: *mut c_void, inputs: *const u32, count: usize, sink: *mut abi::Sink) -> *mut abi::Error {
    let run = |handle: &Handle| {
        // SAFETY: the core gives `count` dtypes that live during the call.
        let dtypes: SmallVec<[_; 4]> = unsafe { slice(inputs, count) }.iter().map(|d| dtype(*d)).collect();
        let Some(program) = handle.program(&dtypes) else { return Ok(()) };
        let program = program.to_string();
        // SAFETY: the text lives during the call; the sink is this callback's.
        check(unsafe { (api().push_text)(sink, text(&program)) })
    };
    // SAFETY: the core gives the state back.
    unsafe { guarded(state, "scalar program", run) }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn view(state: *mut c_void, input: *const abi::Layout, sink: *mut abi::Sink) -> *mut abi::Error {
    let run = |handle: &Handle| {
        // SAFETY: the core gives a layout that lives during the call.
        let input = unsafe {
            let l = &*input;
            Layout { shape: slice(l.shape, l.ndim).into(), strides: slice(l.strides, l.ndim).into(), offset: l.offset }
        };
        let Some(out) = handle.view(&input) else { return Ok(()) };
        let (shape, strides) = (out.shape.as_ptr(), out.strides.as_ptr());
        let out = abi::Layout { ndim: out.shape.len(), shape, strides, offset: out.offset };
        // SAFETY: the lists live during the call; the sink is this callback's.
        check(unsafe { (api().push_layout)(sink, out) })
    };
    // SAFETY: the core gives the state back.
    unsafe { guarded(state, "view rule", run) }
}

/// The arrays behind handles, null ones as `None`.
///
/// # Safety
/// `handles` points to `len` live handles or nulls.
unsafe fn arrays(handles: *const *const abi::Array, len: usize) -> Vec<Option<Array>> {
    // SAFETY: said above.
    unsafe { slice(handles, len).iter().map(|h| Array::borrow(*h)).collect() }
}

/// [`arrays`] without null ones.
///
/// # Safety
/// As [`arrays`].
unsafe fn all(handles: *const *const abi::Array, len: usize) -> Vec<Array> {
    // SAFETY: said above.
    unsafe { arrays(handles, len) }.into_iter().flatten().collect()
}

fn push(sink: *mut abi::Sink, array: Option<Array>, axis: Option<usize>) -> Result<()> {
    let axis = axis.map_or(-1, |a| a as i64);
    // SAFETY: the handle is the sink's from here on; the sink is the running callback's.
    check(unsafe { (api().push_array)(sink, array.map_or(ptr::null_mut(), Array::into_raw), axis) })
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn vjp(state: *mut c_void, rule: *const abi::Rule, sink: *mut abi::Sink) -> *mut abi::Error {
    let run = |primitive: &Handle| {
        // SAFETY: the core gives a rule whose lists live during the call.
        let (primals, outputs, cotangents, wanted) = unsafe {
            let r = &*rule;
            let (i, o) = (r.input_count, r.output_count);
            (all(r.inputs, i), all(r.outputs, o), all(r.changes, o), slice(r.wanted, r.wanted_count))
        };
        let call = Vjp { primitive, primals: &primals, outputs: &outputs, cotangents: &cotangents, wanted };
        primitive.vjp(&call)?.into_iter().try_for_each(|a| push(sink, a, None))
    };
    // SAFETY: the core gives the state back.
    unsafe { guarded(state, "vjp rule", run) }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn jvp(state: *mut c_void, rule: *const abi::Rule, sink: *mut abi::Sink) -> *mut abi::Error {
    let run = |primitive: &Handle| {
        // SAFETY: the core gives a rule whose lists live during the call.
        let (primals, outputs, tangents) = unsafe {
            let r = &*rule;
            (all(r.inputs, r.input_count), all(r.outputs, r.output_count), arrays(r.changes, r.input_count))
        };
        let call = Jvp { primitive, primals: &primals, outputs: &outputs, tangents: &tangents };
        primitive.jvp(&call)?.into_iter().try_for_each(|a| push(sink, a, None))
    };
    // SAFETY: the core gives the state back.
    unsafe { guarded(state, "jvp rule", run) }
}

/// # Safety
/// Called by the core, with what the documentation of its interface says.
unsafe extern "C" fn vmap(state: *mut c_void, rule: *const abi::Rule, sink: *mut abi::Sink) -> *mut abi::Error {
    let run = |primitive: &Handle| {
        // SAFETY: the core gives a rule whose lists live during the call.
        let (inputs, axes, size) = unsafe {
            let r = &*rule;
            (all(r.inputs, r.input_count), slice(r.axes, r.input_count), r.size)
        };
        let axes: Vec<Option<usize>> = axes.iter().map(|a| usize::try_from(*a).ok()).collect();
        let call = Vmap { primitive, inputs: &inputs, axes: &axes, size };
        primitive.vmap(&call)?.into_iter().try_for_each(|(a, axis)| push(sink, Some(a), axis))
    };
    // SAFETY: the core gives the state back.
    unsafe { guarded(state, "vmap rule", run) }
}
