//! The table of functions in `millpond.core._C_API`, through which separately compiled modules use the core and add primitives
//! to it. What it promises is said in the crate `millpond-abi`.

mod arrays;
mod call;
mod foreign;
mod gpu;
mod handles;

use millpond_abi::{Api, CAPSULE, MAGIC, MAJOR, MINOR};
use pyo3::ffi;
use pyo3::prelude::*;

static TABLE: Api = Api {
    magic: MAGIC,
    abi_major: MAJOR,
    abi_minor: MINOR,
    size: size_of::<Api>(),
    core_version: concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast(),
    error_new: handles::error_new,
    error_kind: handles::error_kind,
    error_message: handles::error_message,
    error_release: handles::error_release,
    array_retain: arrays::retain,
    array_release: arrays::release,
    array_spec: arrays::spec,
    array_from_data: arrays::from_data,
    array_value: arrays::value,
    array_from_object: arrays::from_object,
    array_to_object: arrays::to_object,
    call: call::call,
    scalar_function: call::scalar_function,
    make_node: foreign::make_node,
    stream_current: call::stream_current,
    stream_replace: call::stream_replace,
    stream_from_object: call::stream_from_object,
    push_spec: foreign::push_spec,
    push_array: foreign::push_array,
    push_attribute: foreign::push_attribute,
    cpu_input: arrays::cpu_input,
    cpu_input_count: arrays::cpu_input_count,
    cpu_output_count: arrays::cpu_output_count,
    cpu_output_spec: arrays::cpu_output_spec,
    cpu_output: arrays::cpu_output,
    cpu_donate: arrays::cpu_donate,
    value_view: arrays::value_view,
    value_contiguous: arrays::value_contiguous,
    value_release: arrays::value_release,
    parallel: call::parallel,
    push_text: foreign::push_text,
    push_layout: foreign::push_layout,
    gpu_limits: gpu::limits,
    gpu_input_count: gpu::input_count,
    gpu_output_count: gpu::output_count,
    gpu_input: gpu::input,
    gpu_output_spec: gpu::output_spec,
    gpu_source: gpu::source,
    gpu_sink: gpu::sink,
    gpu_scratch: gpu::scratch,
    gpu_run: gpu::run,
    gpu_part_release: gpu::part_release,
};

/// Adds the capsule to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let table = std::ptr::from_ref(&TABLE).cast_mut().cast();
    // SAFETY: table and name are static; the interpreter is attached.
    let capsule = unsafe { Bound::from_owned_ptr_or_err(m.py(), ffi::PyCapsule_New(table, CAPSULE.as_ptr(), None))? };
    m.add("_C_API", capsule)
}
