//! The C interface of Millpond: what separately compiled modules share with the core.
//!
//! A module finds the [`Api`] in the capsule [`CAPSULE`] of `millpond.core`. It reads the first five fields before anything else:
//! when [`Api::magic`] or [`Api::abi_major`] are not its own, or [`Api::size`] is smaller than the functions it needs, it must
//! not go on. Minor versions only add fields at the end.
//!
//! - Arrays, values and errors are opaque handles. Inputs are borrowed; what is written through a pointer called `out`, and what
//!   is pushed into a [`Sink`], changes its owner. Every handle is freed once, by the function named `…_release`.
//! - What can fail returns an [`Error`], null for success. Outputs are null after a failure.
//! - Neither side unwinds into the other: each catches its panics and exceptions and makes errors of them.
//! - Texts are UTF-8 with a length and need no null at the end.
//! - dtypes are numbers in the order bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, bfloat16, float32,
//!   float64, complex64, from 0. A bool is a byte, which kernels read and write as 0 or 1; in data given to the core any other is 1.
//!
//! `include/millpond.h` is this file in C, made by its test.

#![no_std]

use core::ffi::{CStr, c_char, c_void};

/// The first field of the table: `millpond` in ASCII.
pub const MAGIC: u64 = u64::from_be_bytes(*b"millpond");
/// Changes when modules must be compiled anew.
pub const MAJOR: u32 = 1;
/// Grows when functions are added.
pub const MINOR: u32 = 1;
/// The name of the capsule, an attribute of `millpond.core`.
pub const CAPSULE: &CStr = c"millpond.core._C_API";

/// A value, shape or axis that does not fit (`ValueError`).
pub const ERROR_VALUE: u32 = 0;
/// A wrong dtype or type (`TypeError`).
pub const ERROR_TYPE: u32 = 1;
/// An index out of range (`IndexError`).
pub const ERROR_INDEX: u32 = 2;
/// Memory exhausted (`MemoryError`).
pub const ERROR_MEMORY: u32 = 3;
/// The operation has no such rule or kernel (`NotImplementedError`).
pub const ERROR_NO_RULE: u32 = 4;
/// A computation that failed (`RuntimeError`).
pub const ERROR_RUNTIME: u32 = 5;
/// The wait was interrupted by a signal (`KeyboardInterrupt`).
pub const ERROR_INTERRUPTED: u32 = 6;
/// There is no GPU kernel for these inputs, so that the CPU's runs (`RuntimeError` where that is not allowed).
pub const ERROR_NO_KERNEL: u32 = 7;

/// Nothing: `None`.
pub const ARG_NONE: u32 = 0;
/// A truth value, in `integer`.
pub const ARG_BOOL: u32 = 1;
/// An integer, in `integer`.
pub const ARG_INT: u32 = 2;
/// A real number, in `real`.
pub const ARG_FLOAT: u32 = 3;
/// A complex number, in `real` and `imaginary`.
pub const ARG_COMPLEX: u32 = 4;
/// An array: `data` points to an `Array`.
pub const ARG_ARRAY: u32 = 5;
/// Several arrays: `data` points to `count` pointers to them.
pub const ARG_ARRAYS: u32 = 6;
/// Several integers: `data` points to `count` of `i64`.
pub const ARG_INTS: u32 = 7;
/// A dtype, in `integer`.
pub const ARG_DTYPE: u32 = 8;
/// A text: `data` points to `count` bytes.
pub const ARG_TEXT: u32 = 9;

/// An array that may not be computed yet.
#[repr(C)]
pub struct Array {
    _opaque: [u8; 0],
}

/// Elements in memory, as kernels see an input.
#[repr(C)]
pub struct Value {
    _opaque: [u8; 0],
}

/// Why something failed.
#[repr(C)]
pub struct Error {
    _opaque: [u8; 0],
}

/// The inputs and outputs of a kernel, while it runs.
#[repr(C)]
pub struct CpuCall {
    _opaque: [u8; 0],
}

/// The inputs and outputs of a GPU kernel, while it is encoded.
#[repr(C)]
pub struct GpuCall {
    _opaque: [u8; 0],
}

/// Memory of a device that a GPU kernel is given.
#[repr(C)]
pub struct GpuPart {
    _opaque: [u8; 0],
}

/// Where a callback puts its results, while it runs.
#[repr(C)]
pub struct Sink {
    _opaque: [u8; 0],
}

/// UTF-8 text, borrowed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    /// The first byte.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
}

/// The value of a parameter or attribute, borrowed. `kind` says which of the other fields mean something.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Argument {
    /// The parameter; empty for the next one by position.
    pub name: Text,
    /// One of the `ARG_` numbers.
    pub kind: u32,
    /// See `kind`.
    pub integer: i64,
    /// See `kind`.
    pub real: f64,
    /// See `kind`.
    pub imaginary: f64,
    /// See `kind`.
    pub data: *const c_void,
    /// See `kind`.
    pub count: usize,
}

/// A shape and a dtype, borrowed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Spec {
    /// The type of the elements.
    pub dtype: u32,
    /// The number of axes.
    pub ndim: usize,
    /// The length of each axis.
    pub shape: *const usize,
}

/// Elements in memory, borrowed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct View {
    /// The address of element (0, 0, …).
    pub data: *mut c_void,
    /// Their shape and type.
    pub spec: Spec,
    /// The distance between neighbours on each axis, in elements; null for row-major order.
    pub strides: *const isize,
}

/// How elements lie in a storage, borrowed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Layout {
    /// The number of axes.
    pub ndim: usize,
    /// The length of each axis.
    pub shape: *const usize,
    /// The distance between neighbours on each axis, in elements.
    pub strides: *const isize,
    /// The place of element (0, 0, …) in the storage, in elements.
    pub offset: usize,
}

/// What kernels of a device may count on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GpuLimits {
    /// The most bytes a kernel can reach through one binding.
    pub binding_bytes: u64,
    /// What offsets of bindings are multiples of.
    pub offset_alignment: u64,
    /// The most workgroups along one dimension.
    pub groups: u32,
    /// The most buffers one kernel can be given, parameters included.
    pub bindings: u32,
    /// Whether kernels can use 64-bit integers: 1 or 0.
    pub int64: u8,
    /// Whether the device and the host share memory: 1 or 0.
    pub shared: u8,
}

/// A run of a GPU kernel, borrowed.
#[repr(C)]
pub struct GpuRun {
    /// Tells this kernel from the module's others: it names all that the text depends on.
    pub key: Text,
    /// Pushes the WGSL text; called when the kernel is first needed. Its entry point is `main`; binding 0 of group 0 is
    /// `array<u32>`, the parameters; then come the memory it reads and the memory it writes.
    pub source: Option<unsafe extern "C" fn(context: *mut c_void, sink: *mut Sink) -> *mut Error>,
    /// What `source` is called with.
    pub context: *mut c_void,
    /// The memory it reads.
    pub reads: *const *const GpuPart,
    /// How much of it.
    pub read_count: usize,
    /// The memory it writes.
    pub writes: *const *const GpuPart,
    /// How much of it.
    pub write_count: usize,
    /// The parameters.
    pub params: *const u32,
    /// How many.
    pub param_count: usize,
    /// Workgroups along x.
    pub groups_x: u32,
    /// Workgroups along y.
    pub groups_y: u32,
    /// Workgroups along z.
    pub groups_z: u32,
}

/// What the rule of a transform is given, borrowed.
#[repr(C)]
pub struct Rule {
    /// The inputs of the operation.
    pub inputs: *const *const Array,
    /// How many inputs.
    pub input_count: usize,
    /// Its outputs; none under vmap.
    pub outputs: *const *const Array,
    /// How many outputs.
    pub output_count: usize,
    /// vjp: the cotangent of each output. jvp: the tangent of each input, null for zero.
    pub changes: *const *const Array,
    /// vjp: the inputs whose cotangents are asked for.
    pub wanted: *const usize,
    /// How many are asked for.
    pub wanted_count: usize,
    /// vmap: the batch axis of each input, -1 for none.
    pub axes: *const i64,
    /// vmap: the length of the batch.
    pub size: usize,
}

/// A primitive of a module: callbacks over a state that is the module's. Optional ones may be null.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Primitive {
    /// The bytes of this structure as the module knows it; what lies beyond is taken as null.
    pub size: usize,
    /// Tells this type of primitive from all others: a hash of module, type and version.
    pub type_key: u64,
    /// The name, as errors and timelines show it.
    pub name: Text,
    /// Frees the state.
    pub destroy: Option<unsafe extern "C" fn(state: *mut c_void)>,
    /// Pushes the spec of each output. Required.
    pub infer: Option<unsafe extern "C" fn(state: *mut c_void, inputs: *const Spec, count: usize, sink: *mut Sink) -> *mut Error>,
    /// Pushes attributes; their names live as long as the module.
    pub attributes: Option<unsafe extern "C" fn(state: *mut c_void, sink: *mut Sink) -> *mut Error>,
    /// Computes the outputs. Runs on any thread, without Python's lock.
    pub eval_cpu: Option<unsafe extern "C" fn(state: *mut c_void, call: *mut CpuCall) -> *mut Error>,
    /// Pushes the cotangent of each wanted input, null for zero.
    pub vjp: Option<unsafe extern "C" fn(state: *mut c_void, rule: *const Rule, sink: *mut Sink) -> *mut Error>,
    /// Pushes the tangent of each output, null for zero.
    pub jvp: Option<unsafe extern "C" fn(state: *mut c_void, rule: *const Rule, sink: *mut Sink) -> *mut Error>,
    /// Pushes each output with its batch axis.
    pub vmap: Option<unsafe extern "C" fn(state: *mut c_void, rule: *const Rule, sink: *mut Sink) -> *mut Error>,
    /// Since 1.1. Encodes kernels that compute the outputs on a GPU; `ERROR_NO_KERNEL`, before anything was run and any output
    /// asked for, leaves it to `eval_cpu`. Runs on any thread, without Python's lock.
    pub eval_gpu: Option<unsafe extern "C" fn(state: *mut c_void, call: *mut GpuCall) -> *mut Error>,
    /// Since 1.1. For an elementwise operation (inputs and outputs of one shape): pushes the text of the scalar program for inputs
    /// of these dtypes, which then is the kernel everywhere; or nothing.
    pub program:
        Option<unsafe extern "C" fn(state: *mut c_void, inputs: *const u32, count: usize, sink: *mut Sink) -> *mut Error>,
    /// Since 1.1. For an operation that only looks at its one input differently: pushes where the elements of the output are in
    /// the input's storage, or nothing when this input needs a copy (then `eval_cpu` makes it).
    pub view: Option<unsafe extern "C" fn(state: *mut c_void, input: *const Layout, sink: *mut Sink) -> *mut Error>,
}

/// The table of functions. Its fields never move.
#[repr(C)]
pub struct Api {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`MAJOR`] of the core.
    pub abi_major: u32,
    /// [`MINOR`] of the core.
    pub abi_minor: u32,
    /// The bytes of the table.
    pub size: usize,
    /// The version of the core, with a null at the end.
    pub core_version: *const c_char,
    /// An error of `kind` with a copy of `message`.
    pub error_new: unsafe extern "C" fn(kind: u32, message: Text) -> *mut Error,
    /// One of the `ERROR_` numbers.
    pub error_kind: unsafe extern "C" fn(error: *const Error) -> u32,
    /// The message, which lives as long as the error.
    pub error_message: unsafe extern "C" fn(error: *const Error) -> Text,
    /// Frees an error; null is fine.
    pub error_release: unsafe extern "C" fn(error: *mut Error),
    /// Another handle of the same array.
    pub array_retain: unsafe extern "C" fn(array: *const Array) -> *mut Array,
    /// Frees a handle; null is fine.
    pub array_release: unsafe extern "C" fn(array: *mut Array),
    /// Shape and dtype, which live as long as the handle.
    pub array_spec: unsafe extern "C" fn(array: *const Array) -> Spec,
    /// An array of row-major elements, which are copied.
    pub array_from_data: unsafe extern "C" fn(data: *const c_void, spec: Spec, out: *mut *mut Array) -> *mut Error,
    /// The computed elements; computes them first if need be.
    pub array_value: unsafe extern "C" fn(array: *const Array, out: *mut *mut Value) -> *mut Error,
    /// The array in a Python object, which may be anything `array()` takes. Python's lock must be held.
    pub array_from_object: unsafe extern "C" fn(object: *mut c_void, out: *mut *mut Array) -> *mut Error,
    /// A new Python object with the array. Python's lock must be held.
    pub array_to_object: unsafe extern "C" fn(array: *const Array, out: *mut *mut c_void) -> *mut Error,
    /// Calls an operation by name and writes up to `capacity` outputs and their number.
    pub call: unsafe extern "C" fn(
        name: Text,
        arguments: *const Argument,
        argument_count: usize,
        outputs: *mut *mut Array,
        capacity: usize,
        output_count: *mut usize,
    ) -> *mut Error,
    /// Applies the scalar program in `program` to inputs of one shape and of its dtypes; the result has kernels and rules.
    pub scalar_function: unsafe extern "C" fn(
        name: Text,
        program: Text,
        inputs: *const *const Array,
        input_count: usize,
        outputs: *mut *mut Array,
        capacity: usize,
        output_count: *mut usize,
    ) -> *mut Error,
    /// Applies a primitive of the module. `primitive` is copied; `state` is the core's from here on, also after a failure.
    pub make_node: unsafe extern "C" fn(
        primitive: *const Primitive,
        state: *mut c_void,
        inputs: *const *const Array,
        input_count: usize,
        outputs: *mut *mut Array,
        capacity: usize,
        output_count: *mut usize,
    ) -> *mut Error,
    /// The number of the stream that operations built on this thread go to.
    pub stream_current: unsafe extern "C" fn() -> usize,
    /// Sets that stream, -1 for the default; gives what was set before.
    pub stream_replace: unsafe extern "C" fn(stream: isize, previous: *mut isize) -> *mut Error,
    /// The number of the stream that a Python object names: a stream or a device. Python's lock must be held.
    pub stream_from_object: unsafe extern "C" fn(object: *mut c_void, out: *mut usize) -> *mut Error,
    /// Pushes the spec of an output.
    pub push_spec: unsafe extern "C" fn(sink: *mut Sink, spec: Spec) -> *mut Error,
    /// Pushes an array, or null, and its batch axis, or -1. The array is the sink's from here on.
    pub push_array: unsafe extern "C" fn(sink: *mut Sink, array: *mut Array, axis: i64) -> *mut Error,
    /// Pushes an attribute: a number, text, dtype or list of integers.
    pub push_attribute: unsafe extern "C" fn(sink: *mut Sink, attribute: Argument) -> *mut Error,
    /// Input `index`, ready to be read.
    pub cpu_input: unsafe extern "C" fn(call: *mut CpuCall, index: usize, out: *mut *mut Value) -> *mut Error,
    /// How many inputs a kernel has.
    pub cpu_input_count: unsafe extern "C" fn(call: *mut CpuCall) -> usize,
    /// How many outputs a kernel has.
    pub cpu_output_count: unsafe extern "C" fn(call: *mut CpuCall) -> usize,
    /// Shape and dtype of output `index`, which is not allocated for that.
    pub cpu_output_spec: unsafe extern "C" fn(call: *mut CpuCall, index: usize, out: *mut Spec) -> *mut Error,
    /// Output `index`, row-major, to be written whole. Valid while the kernel runs.
    pub cpu_output: unsafe extern "C" fn(call: *mut CpuCall, index: usize, out: *mut View) -> *mut Error,
    /// Has an output take over the memory of an input if nothing else sees it: 1 if it did. Then the output holds the input's
    /// elements. Never while the module holds a value of that input.
    pub cpu_donate: unsafe extern "C" fn(call: *mut CpuCall, input: usize, output: usize) -> u8,
    /// Where the elements are; the view lives as long as the value.
    pub value_view: unsafe extern "C" fn(value: *const Value) -> View,
    /// The same elements in row-major order: the value itself where they are so already, else a copy.
    pub value_contiguous: unsafe extern "C" fn(value: *const Value, out: *mut *mut Value) -> *mut Error,
    /// Frees a value; null is fine.
    pub value_release: unsafe extern "C" fn(value: *mut Value),
    /// Runs `body` for every number below `tasks` on the threads of the core's pool, and waits.
    pub parallel:
        unsafe extern "C" fn(tasks: usize, context: *mut c_void, body: unsafe extern "C" fn(context: *mut c_void, task: usize)),
    /// Since 1.1. Pushes a text: a program, or the source of a kernel.
    pub push_text: unsafe extern "C" fn(sink: *mut Sink, text: Text) -> *mut Error,
    /// Since 1.1. Pushes a layout.
    pub push_layout: unsafe extern "C" fn(sink: *mut Sink, layout: Layout) -> *mut Error,
    /// Since 1.1. What kernels may count on here.
    pub gpu_limits: unsafe extern "C" fn(call: *mut GpuCall) -> GpuLimits,
    /// Since 1.1. How many inputs a GPU kernel has.
    pub gpu_input_count: unsafe extern "C" fn(call: *mut GpuCall) -> usize,
    /// Since 1.1. How many outputs a GPU kernel has.
    pub gpu_output_count: unsafe extern "C" fn(call: *mut GpuCall) -> usize,
    /// Since 1.1. Shape, dtype and strides of input `index`; its address is null.
    pub gpu_input: unsafe extern "C" fn(call: *mut GpuCall, index: usize, out: *mut View) -> *mut Error,
    /// Since 1.1. Shape and dtype of output `index`.
    pub gpu_output_spec: unsafe extern "C" fn(call: *mut GpuCall, index: usize, out: *mut Spec) -> *mut Error,
    /// Since 1.1. The elements of input `index` as memory of the device, and the position of element (0, 0, …) in it.
    pub gpu_source: unsafe extern "C" fn(call: *mut GpuCall, index: usize, out: *mut *mut GpuPart, start: *mut u32) -> *mut Error,
    /// Since 1.1. Output `index`: row-major elements from position `start` on, which kernels write, all of them.
    pub gpu_sink: unsafe extern "C" fn(call: *mut GpuCall, index: usize, out: *mut *mut GpuPart, start: *mut u32) -> *mut Error,
    /// Since 1.1. Calls `body` with memory for `bytes` bytes of intermediate results; it belongs to the core.
    pub gpu_scratch: unsafe extern "C" fn(
        call: *mut GpuCall,
        bytes: usize,
        context: *mut c_void,
        body: unsafe extern "C" fn(context: *mut c_void, part: *const GpuPart) -> *mut Error,
    ) -> *mut Error,
    /// Since 1.1. Adds a run of a kernel to the stream.
    pub gpu_run: unsafe extern "C" fn(call: *mut GpuCall, run: *const GpuRun) -> *mut Error,
    /// Since 1.1. Frees memory of a kernel, which the core keeps while the device uses it; null is fine.
    pub gpu_part_release: unsafe extern "C" fn(part: *mut GpuPart),
}

// SAFETY: the table is constant.
unsafe impl Sync for Api {}
