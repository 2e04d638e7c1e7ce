//! What a GPU kernel is given, as in the core: inputs and outputs as memory of the device, and the means to run kernels on them.

// Shared with the core.
pub mod wgsl;

use crate::array::{Value, dtype, shape};
use crate::callbacks::caught;
use crate::dtype::Dtype;
use crate::error::{Error, Kind, Result};
use crate::table::{api, check, hand_over, text};
use millpond_abi as abi;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;

/// Threads of a workgroup, unless a kernel says otherwise.
pub const GROUP: u32 = 256;

/// How a GPU folds, in the core. Reductions do not cross the interface.
pub enum Fold {}

/// What kernels may count on.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most bytes a kernel can reach through one binding.
    pub binding_bytes: u64,
    /// What offsets of bindings are multiples of.
    pub offset_alignment: u64,
    /// The most workgroups along one dimension.
    pub groups: u32,
    /// The most buffers one kernel can be given, parameters included.
    pub bindings: usize,
    /// Whether kernels can use 64-bit integers.
    pub int64: bool,
    /// Whether the device and the host share memory.
    pub shared: bool,
}

/// A part of a memory for a kernel, and where in it the first element is.
pub struct Part {
    raw: *mut abi::GpuPart,
    owned: bool,
    /// The position of the first element, in elements, from the start of the binding.
    pub start: u32,
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: the handle is ours and used no more.
            unsafe { (api().gpu_part_release)(self.raw) }
        }
    }
}

/// What a GPU kernel is given.
pub struct GpuCall<'a> {
    name: &'a str,
    raw: *mut abi::GpuCall,
    limits: Limits,
    inputs: Vec<Value>,
}

impl<'a> GpuCall<'a> {
    /// # Safety
    /// `raw` is what the core gave to the kernel that is being encoded, for as long as this lives.
    pub(crate) unsafe fn new(name: &'a str, raw: *mut abi::GpuCall) -> Result<GpuCall<'a>> {
        // SAFETY: said above.
        let (l, count) = unsafe { ((api().gpu_limits)(raw), (api().gpu_input_count)(raw)) };
        let limits = Limits {
            binding_bytes: l.binding_bytes,
            offset_alignment: l.offset_alignment,
            groups: l.groups,
            bindings: l.bindings as usize,
            int64: l.int64 != 0,
            shared: l.shared != 0,
        };
        let fetch = |i| {
            let spec = abi::Spec { dtype: 0, ndim: 0, shape: ptr::null() };
            let mut view = abi::View { data: ptr::null_mut(), spec, strides: ptr::null() };
            // SAFETY: the kernel is being encoded, and its inputs live as long; there is no handle to free.
            unsafe {
                check((api().gpu_input)(raw, i, &mut view))?;
                Ok(Value::of(ptr::null_mut(), view))
            }
        };
        Ok(GpuCall { name, raw, limits, inputs: (0..count).map(fetch).collect::<Result<_>>()? })
    }

    /// The name of the primitive, for messages.
    pub fn name(&self) -> &str {
        self.name
    }

    /// What kernels may count on here.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The shape, layout and dtype of input `i`; its elements are on the device.
    pub fn input(&self, i: usize) -> &Value {
        &self.inputs[i]
    }

    /// How many inputs there are.
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

    /// How many outputs there are.
    pub fn output_count(&self) -> usize {
        // SAFETY: the kernel is being encoded.
        unsafe { (api().gpu_output_count)(self.raw) }
    }

    fn spec(&self, i: usize) -> abi::Spec {
        let mut spec = abi::Spec { dtype: 0, ndim: 0, shape: ptr::null() };
        // SAFETY: the kernel is being encoded.
        check(unsafe { (api().gpu_output_spec)(self.raw, i, &mut spec) }).unwrap_or_else(|e| panic!("{e}"));
        spec
    }

    /// The shape of output `i`.
    pub fn output_shape(&self, i: usize) -> &[usize] {
        // SAFETY: the shape lives as long as the call.
        unsafe { shape(self.spec(i)) }
    }

    /// The dtype of output `i`.
    pub fn output_dtype(&self, i: usize) -> Dtype {
        dtype(self.spec(i).dtype)
    }

    /// The error that says there is no kernel for this, so that the operation runs on the host. To be returned before anything
    /// was run and any output asked for.
    pub fn declined(&self, why: &str) -> Error {
        Error::new(Kind::NoKernel, format!("[{}] has no GPU kernel {why}", self.name))
    }

    /// Whether kernels here compute with `dtype`: not `float64`, and 64-bit integers only where the device has them.
    pub fn supports(&self, dtype: Dtype) -> bool {
        match dtype {
            Dtype::Float64 => false,
            Dtype::Int64 | Dtype::Uint64 => self.limits.int64,
            _ => true,
        }
    }

    /// The elements of input `i` as memory of the device, copied there if need be.
    ///
    /// # Errors
    /// [`Kind::NoKernel`] when they are spread wider than a kernel can reach; [`Kind::Memory`].
    pub fn source(&mut self, i: usize) -> Result<Part> {
        self.part(i, api().gpu_source)
    }

    /// Output `i`, allocated: row-major elements that kernels write, all of them.
    ///
    /// # Errors
    /// [`Kind::Memory`].
    pub fn sink(&mut self, i: usize) -> Result<Part> {
        self.part(i, api().gpu_sink)
    }

    fn part(
        &mut self,
        i: usize,
        f: unsafe extern "C" fn(*mut abi::GpuCall, usize, *mut *mut abi::GpuPart, *mut u32) -> *mut abi::Error,
    ) -> Result<Part> {
        let (mut raw, mut start) = (ptr::null_mut(), 0);
        // SAFETY: the kernel is being encoded.
        check(unsafe { f(self.raw, i, &mut raw, &mut start) })?;
        Ok(Part { raw, owned: true, start })
    }

    /// Runs `f` with memory for `bytes` bytes of intermediate results.
    ///
    /// # Errors
    /// [`Kind::Memory`], and what `f` returns.
    pub fn with_scratch<R>(&mut self, bytes: usize, f: impl FnOnce(&mut Self, &Part) -> Result<R>) -> Result<R> {
        type Body<'b> = &'b mut dyn FnMut(*const abi::GpuPart) -> *mut abi::Error;
        /// # Safety
        /// Called by the core with the context it was given.
        unsafe extern "C" fn enter(context: *mut c_void, part: *const abi::GpuPart) -> *mut abi::Error {
            // SAFETY: the context is the closure below, which nobody else uses; it does not panic.
            unsafe { (*context.cast::<Body>())(part) }
        }
        let (raw, mut f, mut result) = (self.raw, Some(f), None);
        let mut body = |part: *const abi::GpuPart| {
            let part = Part { raw: part.cast_mut(), owned: false, start: 0 };
            let Some(f) = f.take() else { return ptr::null_mut() };
            let made = result.insert(catch_unwind(AssertUnwindSafe(|| f(self, &part))));
            if let Ok(Err(e)) = made { hand_over(e) } else { ptr::null_mut() }
        };
        let mut body: Body = &mut body;
        // SAFETY: the kernel is being encoded; the closure lives during the call.
        let outcome = check(unsafe { (api().gpu_scratch)(raw, bytes, ptr::from_mut(&mut body).cast(), enter) });
        match result {
            Some(Ok(result)) => result,
            Some(Err(panic)) => resume_unwind(panic),
            None => Err(outcome.err().unwrap_or_else(|| Error::runtime("[gpu] there was no scratch memory"))),
        }
    }

    /// Runs the kernel called `key`, whose WGSL `source` writes when it is first needed, in `groups` workgroups.
    ///
    /// # Errors
    /// When the kernel can't be built, memory is exhausted or the device is lost.
    pub fn run<S: FnOnce() -> Result<String>>(
        &mut self,
        key: &str,
        reads: &[&Part],
        writes: &[&Part],
        params: &[u32],
        groups: [u32; 3],
        source: S,
    ) -> Result<()> {
        /// # Safety
        /// Called by the core with the context it was given.
        unsafe extern "C" fn write<S: FnOnce() -> Result<String>>(context: *mut c_void, sink: *mut abi::Sink) -> *mut abi::Error {
            // SAFETY: the context is the pair below, which nobody else uses.
            let (name, source) = unsafe { &mut *context.cast::<(&str, Option<S>)>() };
            match caught(name, "source of the GPU kernel", || source.take().map_or_else(|| Ok(String::new()), |s| s())) {
                // SAFETY: the text lives during the call; the sink is this callback's.
                Ok(made) => unsafe { (api().push_text)(sink, text(&made)) },
                Err(e) => hand_over(&e),
            }
        }
        let raw = |parts: &[&Part]| parts.iter().map(|p| p.raw.cast_const()).collect::<Vec<_>>();
        let (reads, writes, mut source) = (raw(reads), raw(writes), (self.name, Some(source)));
        let run = abi::GpuRun {
            key: text(key),
            source: Some(write::<S>),
            context: ptr::from_mut(&mut source).cast(),
            reads: reads.as_ptr(),
            read_count: reads.len(),
            writes: writes.as_ptr(),
            write_count: writes.len(),
            params: params.as_ptr(),
            param_count: params.len(),
            groups_x: groups[0],
            groups_y: groups[1],
            groups_z: groups[2],
        };
        // SAFETY: the kernel is being encoded; all that the run points to lives during the call.
        check(unsafe { (api().gpu_run)(self.raw, &run) })
    }

    /// Workgroups of [`GROUP`] threads for `threads` threads, folded into two dimensions.
    pub fn groups_for(&self, threads: usize) -> [u32; 3] {
        self.fold_groups(threads.div_ceil(GROUP as usize))
    }

    /// `groups` workgroups folded into two dimensions; kernels find their number with [`wgsl::main`].
    pub fn fold_groups(&self, groups: usize) -> [u32; 3] {
        let limit = self.limits.groups as usize;
        let y = groups.div_ceil(limit).max(1);
        [groups.div_ceil(y).max(1) as u32, y as u32, 1]
    }
}
