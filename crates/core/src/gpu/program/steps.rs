//! When a fused group gets a kernel of its own, and how one without runs: an operation at a time, by kernels that other groups use too.

use super::{Inputs, key};
use crate::dtype::Dtype;
use crate::error::{Error, Result};
use crate::gpu::call::{GpuCall, Part};
use crate::gpu::lane::Scratch;
use crate::gpu::wgsl;
use crate::scalar::{Builder, Program, Reg, ScalarOp};
use crate::shape::size;
use smallvec::SmallVec;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{LazyLock, Mutex, OnceLock};

/// When fused groups are compiled (`MILLPOND_GPU_FUSE`).
#[derive(Clone, Copy, PartialEq)]
enum Policy {
    Always,
    Never,
    /// When the same group comes a second time.
    Recurring,
}

fn policy() -> Result<Policy> {
    static POLICY: OnceLock<Result<Policy>> = OnceLock::new();
    let read = || match std::env::var("MILLPOND_GPU_FUSE").as_deref() {
        Ok("always") => Ok(Policy::Always),
        Ok("never") => Ok(Policy::Never),
        Err(_) | Ok("" | "recurring") => Ok(Policy::Recurring),
        Ok(other) => Err(Error::value(format!("MILLPOND_GPU_FUSE is always, never or recurring, not {other:?}"))),
    };
    POLICY.get_or_init(read).clone()
}

/// Groups remembered before all are forgotten.
const MOST_SEEN: usize = 1 << 16;

/// Whether the group kept under `key` is to have a kernel of its own.
pub(in crate::gpu) fn is_worth_a_kernel(key: &str) -> Result<bool> {
    static SEEN: LazyLock<(RandomState, Mutex<HashSet<u64>>)> = LazyLock::new(Default::default);
    let policy = policy()?;
    if policy != Policy::Recurring {
        return Ok(policy == Policy::Always);
    }
    let (state, seen) = &*SEEN;
    let mut seen = seen.lock().unwrap_or_else(|e| e.into_inner());
    if seen.len() >= MOST_SEEN {
        seen.clear();
    }
    Ok(!seen.insert(state.hash_one(key)))
}

/// Operations of `program` that are computed, not just written down.
pub(in crate::gpu) fn operations(program: &Program) -> usize {
    program.instrs().iter().filter(|i| !matches!(i.op, ScalarOp::Const(_))).count()
}

/// Where a register's elements are.
enum Place {
    /// In an input of the call.
    Input(usize),
    /// Among the parameters.
    Constant,
    /// In memory, row-major; with what to give back when nothing more reads it.
    Memory(Part, Option<Scratch>),
    /// Nowhere any more, or not yet.
    Nowhere,
}

/// Runs `program` over `shape` an operation at a time; the outputs go to `sinks`.
pub(in crate::gpu) fn run(program: &Program, shape: &[usize], sinks: &[&Part], call: &mut GpuCall) -> Result<()> {
    let inputs = program.inputs().len();
    let mut places: Vec<Place> =
        (0..program.registers()).map(|r| if r < inputs { Place::Input(r) } else { Place::Nowhere }).collect();
    let mut last_use = vec![usize::MAX; program.registers()];
    for (k, instr) in program.instrs().iter().enumerate() {
        instr.args().iter().for_each(|&a| last_use[usize::from(a)] = k);
    }
    program.outputs().iter().for_each(|&o| last_use[usize::from(o)] = usize::MAX);
    let outcome = program.instrs().iter().enumerate().try_for_each(|(k, instr)| {
        let r = inputs + k;
        if matches!(instr.op, ScalarOp::Const(_)) {
            places[r] = Place::Constant;
            return Ok(());
        }
        let (part, scratch) = match program.outputs().iter().position(|&o| usize::from(o) == r) {
            Some(i) => (sinks[i].clone(), None),
            None => call.scratch(size(shape) * instr.dtype.size()).map(|(scratch, part)| (part, Some(scratch)))?,
        };
        let step = step(program, instr.args(), &places, |builder, args| match instr.op {
            ScalarOp::Cast => Ok(builder.cast(args[0], instr.dtype)),
            op => builder.emit(op, args),
        });
        let done = step.and_then(|(step, operands)| one(&step, shape, &operands, &part, call));
        places[r] = Place::Memory(part, scratch);
        for &arg in instr.args().iter().filter(|&&a| last_use[usize::from(a)] == k) {
            give_back(&mut places[usize::from(arg)], call);
        }
        done
    });
    let copied = outcome.and_then(|()| {
        program.outputs().iter().enumerate().try_for_each(|(i, &o)| {
            // What is there already was written by its operation.
            let first = program.outputs().iter().position(|&other| other == o) == Some(i);
            if first && matches!(places[usize::from(o)], Place::Memory(..)) {
                return Ok(());
            }
            let (step, operands) = step(program, &[o], &places, |_, args| Ok(args[0]))?;
            one(&step, shape, &operands, sinks[i], call)
        })
    });
    places.iter_mut().for_each(|place| give_back(place, call));
    copied
}

fn give_back(place: &mut Place, call: &mut GpuCall) {
    if let Place::Memory(part, Some(scratch)) = std::mem::replace(place, Place::Nowhere) {
        drop(part);
        call.recycle(scratch);
    }
}

/// Where an operand of a step is read: an input of the call, or memory.
type Operands<'a> = SmallVec<[std::result::Result<usize, &'a Part>; 3]>;

/// The program that does one thing with the registers `args`, and where its inputs are.
fn step<'a>(
    program: &Program,
    args: &[Reg],
    places: &'a [Place],
    emit: impl FnOnce(&mut Builder, &[Reg]) -> Result<Reg>,
) -> Result<(Program, Operands<'a>)> {
    let mut operands = Operands::new();
    let mut dtypes: SmallVec<[Dtype; 3]> = SmallVec::new();
    for &arg in args {
        match &places[usize::from(arg)] {
            Place::Input(i) => operands.push(Ok(*i)),
            Place::Memory(part, _) => operands.push(Err(part)),
            Place::Constant => continue,
            Place::Nowhere => return Err(Error::runtime("[gpu] a step reads what is not there")),
        }
        dtypes.push(program.dtype_of(arg));
    }
    let mut builder = Builder::new(&dtypes);
    let mut read = 0;
    let mut registers: SmallVec<[Reg; 3]> = SmallVec::new();
    for &arg in args {
        let constant = program.instrs().get(usize::from(arg).wrapping_sub(program.inputs().len())).map(|i| (i.op, i.dtype));
        registers.push(match constant {
            Some((ScalarOp::Const(value), dtype)) => builder.constant(value, dtype),
            _ => {
                read += 1;
                builder.input(read - 1)
            }
        });
    }
    let out = emit(&mut builder, &registers)?;
    Ok((builder.finish(&[out]), operands))
}

/// Runs a step.
fn one(
    step: &Program,
    shape: &[usize],
    operands: &[std::result::Result<usize, &Part>],
    sink: &Part,
    call: &mut GpuCall,
) -> Result<()> {
    let n = size(shape);
    let from: SmallVec<[Option<usize>; 4]> = operands.iter().map(|o| o.ok()).collect();
    let inputs = Inputs::of(step, shape, &from, call);
    let mut sources: SmallVec<[Part; 8]> = SmallVec::new();
    for (operand, access) in operands.iter().zip(&inputs.access) {
        match operand {
            _ if *access == super::Access::Constant => {}
            Ok(i) => sources.push(call.source(*i)?),
            Err(part) => sources.push((*part).clone()),
        }
    }
    let starts: SmallVec<[u32; 8]> = sources.iter().map(|p| p.start).collect();
    let mut params = vec![n as u32];
    inputs.push_params(&starts, &mut params);
    let dtype = step.dtype_of(step.outputs()[0]);
    let groups = call.groups_for(n.div_ceil(wgsl::each([dtype])));
    let reads: SmallVec<[&Part; 8]> = sources.iter().collect();
    let text = || Ok(super::source(step, &inputs.access));
    call.run(&key(step, "map", &inputs.access), &reads, &[sink], &params, groups, text)
}
