//! Scalar programs as kernels: an elementwise group is one run that reads its inputs wherever they lie and writes row-major outputs.

mod expression;
pub(super) mod steps;

pub use expression::expression;

use super::call::{GpuCall, Part};
use super::wgsl;
use crate::dtype::Dtype;
use crate::error::Result;
use crate::scalar::{Program, ScalarOp};
use crate::shape::{Shape, Strides, size};
use smallvec::SmallVec;
use std::fmt::Write;

/// How a program's input is read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Access {
    /// A constant, passed with the parameters.
    Constant,
    /// One element for all places.
    Splat,
    /// Row-major, like the output.
    Linear,
    /// By strides.
    Strided,
}

impl Access {
    fn letter(self) -> char {
        match self {
            Access::Constant => 'c',
            Access::Splat => 's',
            Access::Linear => 'l',
            Access::Strided => 'g',
        }
    }
}

/// The inputs of one run of a program: how each is read, and what the parameters say about it.
pub(super) struct Inputs {
    pub(super) access: SmallVec<[Access; 4]>,
    /// Axes walked by the strided inputs, merged where all of them allow.
    shape: Shape,
    strides: SmallVec<[Strides; 4]>,
    constants: SmallVec<[u32; 8]>,
}

/// Bytes of the name a kernel is kept under.
pub(super) fn key(program: &Program, kind: &str, access: &[Access]) -> String {
    let mut key = String::with_capacity(64 + 24 * program.instrs().len());
    key.push_str(kind);
    for (d, a) in program.inputs().iter().zip(access) {
        key.push(' ');
        key.push_str(d.name());
        key.push(a.letter());
    }
    for instr in program.instrs() {
        key.push(';');
        key.push_str(instr.op.name());
        key.push('.');
        key.push_str(instr.dtype.name());
        for &arg in instr.args() {
            let _ = write!(key, " {arg}");
        }
    }
    for out in program.outputs() {
        let _ = write!(key, ">{out}");
    }
    key
}

/// Whether every instruction of `program` can be printed and every dtype is one that the device computes with.
pub(super) fn check(program: &Program, call: &GpuCall) -> Result<()> {
    if let Some(&d) = program.inputs().iter().find(|&&d| !call.supports(d)) {
        return Err(call.declined(&format!("for {d}")));
    }
    for instr in program.instrs() {
        let dtypes: SmallVec<[Dtype; 3]> = instr.args().iter().map(|&a| program.dtype_of(a)).collect();
        let constant = matches!(instr.op, ScalarOp::Const(_));
        let names = ["x", "y", "z"];
        let known = constant || expression(instr.op, &dtypes, instr.dtype, &names[..dtypes.len()]).is_some();
        if !call.supports(instr.dtype) || !known {
            return Err(call.declined(&format!("for {} of {}", instr.op.name(), instr.dtype)));
        }
    }
    Ok(())
}

pub(super) fn words(dtype: Dtype, bits: [u64; 2]) -> SmallVec<[u32; 2]> {
    let (lo, hi) = (bits[0] as u32, (bits[0] >> 32) as u32);
    match dtype {
        Dtype::Float16 => SmallVec::from_slice(&[half::f16::from_bits(lo as u16).to_f32().to_bits()]),
        Dtype::Bfloat16 => SmallVec::from_slice(&[lo << 16]),
        Dtype::Int8 => SmallVec::from_slice(&[lo as u8 as i8 as i32 as u32]),
        Dtype::Int16 => SmallVec::from_slice(&[lo as u16 as i16 as i32 as u32]),
        Dtype::Bool | Dtype::Uint8 => SmallVec::from_slice(&[lo & 0xff]),
        Dtype::Uint16 => SmallVec::from_slice(&[lo & 0xffff]),
        d if d.size() == 8 => SmallVec::from_slice(&[lo, hi]),
        _ => SmallVec::from_slice(&[lo]),
    }
}

/// An expression for a constant of `dtype` whose words start at `P[at]`.
pub(super) fn constant(dtype: Dtype, at: usize) -> String {
    match wgsl::register(dtype) {
        "bool" => format!("(P[{at}u] != 0u)"),
        "u32" => format!("P[{at}u]"),
        "vec2<f32>" => format!("vec2<f32>(bitcast<f32>(P[{at}u]), bitcast<f32>(P[{}u]))", at + 1),
        "u64" => format!("(u64(P[{at}u]) | (u64(P[{}u]) << 32u))", at + 1),
        "i64" => format!("bitcast<i64>(u64(P[{at}u]) | (u64(P[{}u]) << 32u))", at + 1),
        t => format!("bitcast<{t}>(P[{at}u])"),
    }
}

fn constant_words(dtype: Dtype) -> usize {
    dtype.size().div_ceil(4)
}

impl Inputs {
    /// Those of the call.
    pub(super) fn new(program: &Program, shape: &[usize], call: &GpuCall) -> Inputs {
        let from: SmallVec<[Option<usize>; 4]> = (0..program.inputs().len()).map(Some).collect();
        Inputs::of(program, shape, &from, call)
    }

    /// Some of the call's, by number, and others (`None`) that are row-major.
    pub(super) fn of(program: &Program, shape: &[usize], from: &[Option<usize>], call: &GpuCall) -> Inputs {
        let mut access: SmallVec<[Access; 4]> = SmallVec::new();
        let mut constants: SmallVec<[u32; 8]> = SmallVec::new();
        let mut walked: SmallVec<[&[isize]; 4]> = SmallVec::new();
        for (&i, &dtype) in from.iter().zip(program.inputs()) {
            let Some(i) = i else {
                access.push(Access::Linear);
                continue;
            };
            let layout = &call.input(i).layout;
            let kind = match call.constant(i) {
                Some(bits) => {
                    constants.extend(words(dtype, bits));
                    Access::Constant
                }
                None if layout.is_splat() => Access::Splat,
                None if layout.is_contiguous() => Access::Linear,
                None => {
                    walked.push(&layout.strides);
                    Access::Strided
                }
            };
            access.push(kind);
        }
        for instr in program.instrs() {
            if let ScalarOp::Const(value) = instr.op {
                let mut bits = [0u64; 2];
                // SAFETY: every element type is at most 8 bytes and the words are 16, aligned to 8.
                crate::dispatch!(instr.dtype, T => unsafe {
                    bits.as_mut_ptr().cast::<T>().write(<T as crate::dtype::Element>::from_scalar(value));
                });
                constants.extend(words(instr.dtype, bits));
            }
        }
        let (shape, strides) = if walked.is_empty() { Walk::default() } else { merge(shape, &walked) };
        Inputs { access, shape, strides, constants }
    }

    /// `n` inputs without constants, all row-major.
    pub(super) fn linear(n: usize) -> Inputs {
        let access = SmallVec::from_elem(Access::Linear, n);
        Inputs { access, shape: Shape::new(), strides: SmallVec::new(), constants: SmallVec::new() }
    }

    /// How many buffers are read.
    pub(super) fn reads(&self) -> usize {
        self.access.iter().filter(|a| **a != Access::Constant).count()
    }

    /// The inputs that are read from memory, whole.
    pub(super) fn sources(&self, call: &mut GpuCall) -> Result<SmallVec<[Part; 8]>> {
        (0..self.access.len()).filter(|&i| self.access[i] != Access::Constant).map(|i| call.source(i)).collect()
    }

    /// Whether some input is read by strides.
    pub(super) fn is_strided(&self) -> bool {
        !self.strides.is_empty()
    }

    /// Adds what the kernel reads after its own parameters: where inputs start, constants, the axes to walk.
    pub(super) fn push_params(&self, starts: &[u32], params: &mut Vec<u32>) {
        params.extend_from_slice(starts);
        params.extend_from_slice(&self.constants);
        params.push(self.shape.len() as u32);
        params.extend(self.shape.iter().map(|&n| n as u32));
        for strides in &self.strides {
            params.extend(strides.iter().map(|&s| s as i32 as u32));
        }
    }
}

/// Lengths of axes, and for each of some operands the steps along them.
pub(super) type Walk = (Shape, SmallVec<[Strides; 4]>);

/// Merges neighbouring axes that all of `strides` walk evenly, and drops axes of length 1.
pub(super) fn merge(shape: &[usize], strides: &[&[isize]]) -> Walk {
    let mut out_shape = Shape::new();
    let mut out: SmallVec<[Strides; 4]> = SmallVec::from_elem(Strides::new(), strides.len());
    for (axis, &n) in shape.iter().enumerate().filter(|(_, n)| **n != 1) {
        let even = |(o, s): (&Strides, &&[isize])| o.last().is_some_and(|&l| l == s[axis] * n as isize);
        if out.iter().zip(strides).all(even) {
            *out_shape.last_mut().expect("an axis to merge with") *= n;
            out.iter_mut().zip(strides).for_each(|(o, s)| *o.last_mut().expect("as above") = s[axis]);
        } else {
            out_shape.push(n);
            out.iter_mut().zip(strides).for_each(|(o, s)| o.push(s[axis]));
        }
    }
    (out_shape, out)
}

/// The statements that read the inputs at place `i` and compute every register, called `r0`, `r1`, …. The input parameters start at
/// `P[at]`.
pub(super) fn statements(program: &Program, access: &[Access], at: usize) -> String {
    let mut text = String::new();
    let buffers = access.iter().filter(|a| **a != Access::Constant).count();
    let mut constants = at + buffers;
    let mut take = |dtype: Dtype| {
        let place = constants;
        constants += constant_words(dtype);
        constant(dtype, place)
    };
    let mut reads = SmallVec::<[String; 4]>::new();
    let mut buffer = 0;
    for (r, (&dtype, &kind)) in program.inputs().iter().zip(access).enumerate() {
        let start = at + buffer;
        let place = match kind {
            Access::Constant => String::new(),
            Access::Splat => format!("P[{start}u]"),
            Access::Linear => format!("P[{start}u] + i"),
            Access::Strided => format!("p{buffer}"),
        };
        let value = if kind == Access::Constant { take(dtype) } else { wgsl::load(dtype, &format!("a{buffer}"), &place) };
        buffer += usize::from(kind != Access::Constant);
        reads.push(format!("let r{r} = {value};\n"));
    }
    let mut computed = String::new();
    for (k, instr) in program.instrs().iter().enumerate() {
        let r = program.inputs().len() + k;
        let dtypes: SmallVec<[Dtype; 3]> = instr.args().iter().map(|&a| program.dtype_of(a)).collect();
        let names: SmallVec<[String; 3]> = instr.args().iter().map(|a| format!("r{a}")).collect();
        let names: SmallVec<[&str; 3]> = names.iter().map(String::as_str).collect();
        let value = match instr.op {
            ScalarOp::Const(_) => take(instr.dtype),
            op => expression(op, &dtypes, instr.dtype, &names).expect("checked before"),
        };
        let _ = writeln!(computed, "let r{r} = {value};");
    }
    if access.contains(&Access::Strided) {
        let axes = constants;
        let walked: Vec<usize> = (0..access.len())
            .filter(|&k| access[k] == Access::Strided)
            .map(|k| access[..k].iter().filter(|a| **a != Access::Constant).count())
            .collect();
        for b in &walked {
            let _ = writeln!(text, "var p{b} = P[{}u];", at + b);
        }
        let _ = writeln!(text, "var rest = i;\nlet rank = P[{axes}u];\nfor (var d = rank; d > 0u; d--) {{");
        let _ = writeln!(text, "let n = P[{axes}u + d];\nlet c = rest % n;\nrest /= n;");
        for (k, b) in walked.iter().enumerate() {
            let _ = writeln!(text, "p{b} += c * P[{axes}u + rank * {}u + d];", k + 1);
        }
        text.push_str("}\n");
    }
    reads.iter().for_each(|r| text.push_str(r));
    text + &computed
}

/// The whole kernel that runs `program` elementwise. Parameters: the number of elements, then those of the inputs.
fn source(program: &Program, access: &[Access]) -> String {
    let reads = access.iter().filter(|a| **a != Access::Constant).count();
    let outputs: Vec<(Dtype, String)> = program.outputs().iter().map(|&o| (program.dtype_of(o), format!("r{o}"))).collect();
    wgsl::elementwise(reads, &outputs, 0, &statements(program, access, 1))
}

/// Runs `program` over `shape`: the inputs of the call to its outputs from number `first` on.
pub(super) fn run(program: &Program, shape: &[usize], first: usize, call: &mut GpuCall) -> Result<()> {
    check(program, call)?;
    let n = size(shape);
    let inputs = Inputs::new(program, shape, call);
    let buffers: SmallVec<[usize; 8]> = (0..inputs.access.len()).filter(|&i| inputs.access[i] != Access::Constant).collect();
    let bindable = buffers.len() + program.outputs().len() < call.limits().bindings;
    let dtypes: SmallVec<[Dtype; 4]> = program.outputs().iter().map(|&o| program.dtype_of(o)).collect();
    let widest = program.inputs().iter().chain(&dtypes).map(|d| d.size()).max().unwrap_or(1);
    let whole = buffers.iter().all(|&i| {
        let value = call.input(i);
        value.layout.bounds().is_none_or(|(lo, hi)| call.fits(lo, hi, value.dtype.size()))
    });
    // Pieces that every binding can hold; a piece starts at an aligned place of every output.
    let most = (call.limits().binding_bytes as usize / widest / 2).min(1 << 30) & !0xffff;
    let piece = if whole && call.fits(0, n, widest) && n < 1 << 31 { n.max(1) } else { most };
    if piece < n && inputs.is_strided() {
        return Err(call.declined("for strided arrays of this size"));
    }
    if !bindable && piece < n {
        return Err(call.declined("for so many large arrays at once"));
    }
    let key = key(program, "map", &inputs.access);
    if n > 0 && (!bindable || piece == n && steps::operations(program) > 1 && !steps::is_worth_a_kernel(&key)?) {
        let sinks: SmallVec<[Part; 4]> = (0..dtypes.len()).map(|k| call.sink(first + k)).collect::<Result<_>>()?;
        return steps::run(program, shape, &sinks.iter().collect::<SmallVec<[&Part; 4]>>(), call);
    }
    let mut lo = 0;
    while lo < n {
        let hi = n.min(lo + piece);
        let mut sources: SmallVec<[Part; 8]> = SmallVec::new();
        for &i in &buffers {
            let part = match inputs.access[i] {
                Access::Linear if piece < n => {
                    let offset = call.input(i).layout.offset;
                    call.window(i, offset + lo, offset + hi)?
                }
                _ => call.source(i)?,
            };
            sources.push(part);
        }
        let sinks: SmallVec<[Part; 4]> =
            dtypes.iter().enumerate().map(|(k, d)| call.sink_window(first + k, lo, hi, d.size())).collect::<Result<_>>()?;
        let starts: SmallVec<[u32; 8]> = sources.iter().map(|p| p.start).collect();
        let mut params = vec![(hi - lo) as u32];
        inputs.push_params(&starts, &mut params);
        let groups = call.groups_for((hi - lo).div_ceil(wgsl::each(dtypes.iter().copied())));
        let reads: SmallVec<[&Part; 8]> = sources.iter().collect();
        let writes: SmallVec<[&Part; 4]> = sinks.iter().collect();
        call.run(&key, &reads, &writes, &params, groups, || Ok(source(program, &inputs.access)))?;
        lo = hi;
    }
    if n == 0 {
        (0..dtypes.len()).try_for_each(|k| call.sink(first + k).map(drop))?;
    }
    Ok(())
}
