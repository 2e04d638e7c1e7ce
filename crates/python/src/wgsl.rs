//! The primitive behind `fast.wgsl_kernel`: WGSL that a user wrote, and a function for where there is no GPU. The text around the
//! user's and its conventions are made in Python, in `millpond/kernels.py`.

use crate::array::{PyArray, wrap_all};
use crate::dtype::PyDtype;
use crate::errors::OrRaise;
use millpond_core::array::Array;
use millpond_core::ext::gpu::{GROUP, Part, wgsl};
use millpond_core::ext::*;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

struct WgslKernel {
    name: String,
    key: String,
    text: String,
    outputs: Vec<Spec>,
    /// Threads, and workgroups, along each axis.
    grid: [u32; 6],
    /// Workgroups as they are run: folded where there are too many along an axis.
    groups: [u32; 3],
    /// What outputs hold before: the words of an element of each.
    init: Option<Vec<[u32; 2]>>,
    contiguous: bool,
    /// Gets the inputs, returns the bytes of the outputs.
    cpu: Option<Py<PyAny>>,
}

/// Copies elements of `P[1]` words at `P[3]` and from there by the strides into row-major order. `P[2]` axes: lengths, strides.
const GATHER: &str = "
    for (var j = 0u; j < P[1]; j++) {
        let w = (group * 256u + lane) * P[1] + j;
        if (w / P[1] >= P[0]) { return; }
        var at = P[3];
        var left = w / P[1];
        for (var d = P[2]; d > 0u; d--) {
            at += (left % P[3u + d]) * P[3u + P[2] + d];
            left /= P[3u + d];
        }
        b0[w] = a0[at * P[1] + j];
    }
}
";

/// Fills `P[0]` elements of `P[1]` words with the words from `P[2]` on.
const FILL: &str = "
    let i = group * 256u + lane;
    if (i >= P[0]) { return; }
    for (var j = 0u; j < P[1]; j++) { b0[i * P[1] + j] = P[2u + j]; }
}
";

fn words(dtype: Dtype) -> u32 {
    (dtype.size() / 4) as u32
}

impl WgslKernel {
    /// Brings inputs from `sources.len()` on to where the text expects them, then runs it.
    fn encode(&self, call: &mut GpuCall, sources: &mut Vec<Part>, params: &mut Vec<u32>) -> Result<()> {
        let i = sources.len();
        if i == call.input_count() {
            return self.finish(call, sources, params);
        }
        let (value, part) = (call.input(i).clone(), call.source(i)?);
        let (n, shape) = (value.size(), value.shape());
        params.extend(shape.iter().map(|&d| d as u32));
        if n == 0 || part.start == 0 && (!self.contiguous || value.layout().is_contiguous()) {
            params.extend(value.layout().strides.iter().map(|&s| s as i32 as u32));
            sources.push(part);
            return self.encode(call, sources, params);
        }
        params.extend(row_major(shape).iter().map(|&s| s as u32));
        call.with_scratch(n * value.dtype().size(), |call, dense| {
            let mut given = vec![n as u32, words(value.dtype()), shape.len() as u32, part.start];
            given.extend(shape.iter().map(|&d| d as u32));
            given.extend(value.layout().strides.iter().map(|&s| s as i32 as u32));
            let source = || Ok(wgsl::buffers(1, 1) + &wgsl::main(GROUP as usize) + GATHER);
            let groups = call.groups_for(n);
            call.run("wgsl_kernel gather", &[&part], &[dense], &given, groups, source)?;
            sources.push(dense.clone());
            self.encode(call, sources, params)
        })
    }

    fn finish(&self, call: &mut GpuCall, sources: &[Part], params: &[u32]) -> Result<()> {
        let sinks: Vec<Part> = (0..call.output_count()).map(|i| call.sink(i)).collect::<Result<_>>()?;
        for (i, init) in self.init.iter().flatten().enumerate() {
            let n = size(call.output_shape(i));
            let source = || Ok(wgsl::buffers(0, 1) + &wgsl::main(GROUP as usize) + FILL);
            let (given, groups) = ([n as u32, words(call.output_dtype(i)), init[0], init[1]], call.groups_for(n));
            call.run("wgsl_kernel fill", &[], &[&sinks[i]], &given, groups, source)?;
        }
        let (reads, writes): (Vec<&Part>, Vec<&Part>) = (sources.iter().collect(), sinks.iter().collect());
        call.run(&self.key, &reads, &writes, params, self.groups, || Ok(self.text.clone()))
    }
}

impl Primitive for WgslKernel {
    fn name(&self) -> &str {
        &self.name
    }

    fn attributes(&self) -> Attributes {
        vec![("key", self.key.as_str().into())]
    }

    fn infer(&self, _inputs: &[Spec]) -> Result<Specs> {
        Ok(self.outputs.iter().cloned().collect())
    }

    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let Some(cpu) = &self.cpu else {
            let message =
                format!("[{}] has no CPU kernel: run it on a GPU's stream, or give wgsl_kernel a function as cpu=", self.name);
            return Err(Error::new(Kind::NoRule, message));
        };
        let inputs = (0..call.inputs().len()).map(|i| call.contiguous(i)).collect::<Result<Vec<_>>>()?;
        let made: Vec<Vec<u8>> = Python::attach(|py| {
            let run = || -> PyResult<Vec<Vec<u8>>> {
                let inputs = wrap_all(py, inputs.into_iter().map(Array::from_value))?;
                let made: Vec<Bound<'_, PyBytes>> = cpu.bind(py).call1((inputs,))?.extract()?;
                Ok(made.iter().map(|b| b.as_bytes().to_vec()).collect())
            };
            run().map_err(|e| Error::runtime(format!("[{}] the CPU function failed: {e}", self.name)))
        })?;
        for (i, bytes) in made.iter().enumerate() {
            let wanted = size(call.output_shape(i)) * call.output_dtype(i).size();
            if bytes.len() != wanted {
                return Err(Error::runtime(format!("[{}] output {i} has {} bytes, not {wanted}", self.name, bytes.len())));
            }
            dispatch!(call.output_dtype(i), T => {
                let width = size_of::<T>();
                for (to, from) in call.output::<T>(i)?.iter_mut().zip(bytes.chunks_exact(width)) {
                    // SAFETY: the chunk has the bytes of one element, which numpy made as one of this dtype.
                    *to = unsafe { from.as_ptr().cast::<T>().read_unaligned() };
                }
            });
        }
        Ok(())
    }

    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        let dtypes = (0..call.input_count()).map(|i| call.input(i).dtype()).chain(self.outputs.iter().map(|s| s.dtype));
        if let Some(dtype) = dtypes.into_iter().find(|d| !call.supports(*d)) {
            return Err(call.declined(&format!("for {dtype}")));
        }
        self.encode(call, &mut Vec::new(), &mut self.grid.to_vec())
    }
}

/// Applies a kernel whose text is complete; `fast.wgsl_kernel` calls it.
#[pyfunction]
#[pyo3(signature = (name, key, text, inputs, shapes, dtypes, grid, groups, init, contiguous, cpu))]
#[allow(clippy::too_many_arguments)]
fn _wgsl_run<'py>(
    py: Python<'py>,
    name: String,
    key: String,
    text: String,
    inputs: Vec<Bound<'py, PyArray>>,
    shapes: Vec<Vec<usize>>,
    dtypes: Vec<Bound<'py, PyDtype>>,
    grid: [u32; 6],
    groups: [u32; 3],
    init: Option<Vec<[u32; 2]>>,
    contiguous: bool,
    cpu: Option<Py<PyAny>>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    shapes.iter().try_for_each(|s| checked_size(&name, s).map(drop)).or_raise()?;
    let outputs = shapes.iter().zip(&dtypes).map(|(s, d)| Spec::new(s, d.get().0)).collect();
    let inputs: Vec<Array> = inputs.iter().map(|a| a.get().get()).collect();
    let kernel = WgslKernel { name, key, text, outputs, grid, groups, init, contiguous, cpu };
    let made = Array::from_primitive(kernel, &inputs).or_raise()?;
    wrap_all(py, made)
}

/// Adds `fast.wgsl_kernel` to the module.
pub fn register(m: &Bound<'_, PyModule>, fast: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(_wgsl_run, m)?)?;
    // What the kernels' conventions are is said in Python.
    fast.add("wgsl_kernel", m.py().import("millpond.kernels")?.getattr("wgsl_kernel")?)
}
