//! From a program to the steps that run over a tile: kernels chosen, dead code dropped, places assigned by liveness.

use super::chain::{self, Chain};
use crate::cpu::isa::{Isa, isa};
use crate::cpu::kernels::{self, Kernel, tile_type};
use crate::dtype::Dtype;
use crate::error::{Error, Result};
use crate::scalar::{Instr, Program, ScalarOp};
use smallvec::{SmallVec, smallvec};
use std::cell::RefCell;
use std::sync::Arc;

/// A program with kernels chosen for this CPU and registers assigned to tiles.
///
/// A *place* is where a tile is found while steps run. In order: one for each input, one for each constant, one for each output
/// that is computed, and as many for intermediates as are ever alive at once.
pub struct Compiled {
    pub(super) inputs: SmallVec<[Input; 4]>,
    pub(super) constants: SmallVec<[Constant; 2]>,
    pub(super) outputs: SmallVec<[Output; 2]>,
    pub(super) steps: SmallVec<[Step; 4]>,
    pub(super) places: usize,
    /// How chains run, where there are any.
    pub(super) chain: Option<Chain>,
    /// Bytes of the widest element of any tile.
    pub(super) width: usize,
}

pub(super) struct Input {
    /// Bytes of an element in memory.
    pub(super) size: usize,
    /// Makes a tile of what is in memory, where they differ.
    pub(super) widen: Option<Kernel>,
    /// Whether any step reads it.
    pub(super) used: bool,
    /// Whether chains alone read it, so that one element can stand for a tile of it.
    pub(super) chained: bool,
}

pub(super) struct Constant {
    pub(super) bits: u64,
    pub(super) size: usize,
}

pub(super) struct Output {
    /// Bytes of an element in memory.
    pub(super) size: usize,
    /// Makes what goes to memory of a tile, where they differ.
    pub(super) narrow: Option<Kernel>,
    pub(super) from: From,
}

/// Where an output comes from.
#[derive(Clone, Copy)]
pub(super) enum From {
    /// It is an input, untouched.
    Input(usize),
    /// It is computed at a place.
    Place(usize),
}

pub(super) struct Step {
    pub(super) kernel: Kernel,
    pub(super) result: u16,
    pub(super) args: [u16; 3],
    /// What else is done to the first argument before it is stored: then the kernel is not used.
    pub(super) chain: Vec<Link>,
}

/// An operation of a chain with the places it reads: those of its operand, or of two that make it by multiplication.
pub(super) struct Link {
    pub(super) op: chain::Op,
    pub(super) operand: u16,
    pub(super) factor: Option<u16>,
}

const NOWHERE: u16 = u16::MAX;

/// How many compiled programs a thread keeps.
const KEPT: usize = 16;

/// Programs and what they were compiled to, and which of them goes next.
type Recent = (Vec<(Program, Arc<Compiled>)>, usize);

thread_local! {
    static RECENT: RefCell<Recent> = const { RefCell::new((Vec::new(), 0)) };
}

impl Compiled {
    /// Compiles `program`, or takes it from the last few that this thread has compiled: loops evaluate the same ones again.
    ///
    /// # Errors
    /// When an operation has no kernel for its dtypes, which a checked program rules out.
    pub fn new(program: &Program) -> Result<Arc<Compiled>> {
        let compile = || Compiled::with_isa(program, isa()).map(Arc::new);
        let look_up = |cell: &RefCell<Recent>| {
            let (recent, next) = &mut *cell.borrow_mut();
            if let Some((_, compiled)) = recent.iter().find(|(p, _)| p.is_same(program)) {
                return Ok(compiled.clone());
            }
            let compiled = compile()?;
            let entry = (program.clone(), compiled.clone());
            if recent.len() < KEPT {
                recent.push(entry);
            } else {
                recent[*next] = entry;
                *next = (*next + 1) % KEPT;
            }
            Ok(compiled)
        };
        // A thread that ends keeps nothing any more.
        RECENT.try_with(look_up).unwrap_or_else(|_| compile())
    }

    /// Whether a chain is all there is.
    pub(super) fn is_chain(&self) -> bool {
        matches!(&self.steps[..], [only] if !only.chain.is_empty())
    }

    /// Bytes of a tile of [`super::run`].
    pub(super) fn tile_bytes(&self) -> usize {
        if self.is_chain() { super::CHAIN_BYTES } else { super::TILE_BYTES }
    }

    /// [`Compiled::new`] for an instruction set, which must be available.
    pub fn with_isa(program: &Program, isa: Isa) -> Result<Compiled> {
        match Compiled::direct(program, isa) {
            Some(compiled) => Ok(compiled),
            None => Compiler::new(program, isa).finish(),
        }
    }

    /// A program of one operation that has a kernel from memory to memory, without tiles between.
    fn direct(program: &Program, isa: Isa) -> Option<Compiled> {
        let (inputs, [instr]) = (program.inputs(), program.instrs()) else { return None };
        let from = program.dtype_of(*instr.args().first()?);
        if program.outputs() != [inputs.len() as u16] || instr.args().iter().any(|&a| program.dtype_of(a) != from) {
            return None;
        }
        let kernel = kernels::direct(instr.op, from, instr.dtype, isa)?;
        let mut args = [0; 3];
        args[..instr.args().len()].copy_from_slice(instr.args());
        let input = |(i, d): (usize, &Dtype)| Input {
            size: d.size(),
            widen: None,
            used: instr.args().contains(&(i as u16)),
            chained: false,
        };
        let size = instr.dtype.size();
        Some(Compiled {
            inputs: inputs.iter().enumerate().map(input).collect(),
            constants: SmallVec::new(),
            outputs: smallvec![Output { size, narrow: None, from: From::Place(inputs.len()) }],
            steps: smallvec![Step { kernel, result: inputs.len() as u16, args, chain: Vec::new() }],
            places: inputs.len() + 1,
            chain: None,
            width: size.max(from.size()),
        })
    }
}

struct Compiler<'a> {
    program: &'a Program,
    isa: Isa,
    out: Compiled,
    /// The place of each register; [`NOWHERE`] until it has one.
    place: SmallVec<[u16; 16]>,
    /// The position after which each register is dead; its own if never used.
    last_use: SmallVec<[u16; 16]>,
    /// How often instructions read the register. A result that is only stored needs no rounding before it is narrowed.
    reads: SmallVec<[u16; 16]>,
    free: SmallVec<[u16; 8]>,
    /// The register that the last step computes.
    last: Option<u16>,
}

impl<'a> Compiler<'a> {
    fn new(program: &'a Program, isa: Isa) -> Compiler<'a> {
        let n = program.registers();
        let out = Compiled {
            inputs: SmallVec::new(),
            constants: SmallVec::new(),
            outputs: SmallVec::new(),
            steps: SmallVec::new(),
            places: 0,
            chain: chain::pick(isa),
            width: 1,
        };
        let (place, last_use, reads) = (smallvec![NOWHERE; n], smallvec![0; n], smallvec![0; n]);
        Compiler { program, isa, out, place, last_use, reads, free: SmallVec::new(), last: None }
    }

    fn finish(mut self) -> Result<Compiled> {
        let (p, inputs) = (self.program, self.program.inputs().len());
        self.find_last_uses();
        for (i, &d) in p.inputs().iter().enumerate() {
            self.width(d);
            let used = self.last_use[i] != 0;
            self.out.inputs.push(Input { size: d.size(), widen: kernels::load(d, self.isa), used, chained: true });
            self.place[i] = i as u16;
        }
        self.out.places = inputs;
        for (i, instr) in p.instrs().iter().enumerate() {
            if let (ScalarOp::Const(value), true) = (instr.op, self.last_use[inputs + i] != 0) {
                self.width(instr.dtype);
                self.place[inputs + i] = self.new_place();
                // A half-precision constant is a value of its type already: as f32 it keeps all bits.
                let bits =
                    crate::dispatch!(tile_type(instr.dtype), T => bits_of(<T as crate::dtype::Element>::from_scalar(value)));
                self.out.constants.push(Constant { bits, size: tile_type(instr.dtype).size() });
            }
        }
        let copies = self.place_outputs();
        for (i, instr) in p.instrs().iter().enumerate() {
            if !matches!(instr.op, ScalarOp::Const(_)) && self.last_use[inputs + i] != 0 {
                self.step(i, instr)?;
            }
        }
        for (reg, place) in copies {
            let kernel = self.kernel(ScalarOp::Copy, p.dtype_of(reg))?;
            let from = self.place[usize::from(reg)];
            self.out.steps.push(Step { kernel, result: place, args: [from, 0, 0], chain: Vec::new() });
        }
        let plain = self.out.steps.iter().filter(|s| s.chain.is_empty()).flat_map(|s| s.args);
        for place in plain {
            if let Some(input) = self.out.inputs.get_mut(usize::from(place)) {
                input.chained = false;
            }
        }
        Ok(self.out)
    }

    /// Walks backward from the outputs; registers that are never reached keep 0 and are not computed.
    fn find_last_uses(&mut self) {
        let (p, inputs) = (self.program, self.program.inputs().len());
        for &r in p.outputs() {
            self.last_use[usize::from(r)] = u16::MAX;
        }
        for (i, instr) in p.instrs().iter().enumerate().rev() {
            if self.last_use[inputs + i] != 0 {
                for &a in instr.args() {
                    let last = &mut self.last_use[usize::from(a)];
                    *last = (*last).max(i as u16 + 1);
                    self.reads[usize::from(a)] += 1;
                }
            }
        }
    }

    /// Gives outputs their places. Returns those that must be copied there: inputs, constants and repeated outputs.
    fn place_outputs(&mut self) -> SmallVec<[(u16, u16); 2]> {
        let p = self.program;
        let mut copies = SmallVec::new();
        for &r in p.outputs() {
            let d = p.dtype_of(r);
            let i = usize::from(r);
            let (size, narrow) = (d.size(), kernels::store(d, self.isa));
            if p.outputs().len() == 1 && i < p.inputs().len() {
                self.out.inputs[i].chained = false;
                self.out.outputs.push(Output { size, narrow: None, from: From::Input(i) });
                continue;
            }
            let place = self.new_place();
            if self.place[i] == NOWHERE {
                self.place[i] = place;
            } else {
                copies.push((r, place));
            }
            self.out.outputs.push(Output { size, narrow, from: From::Place(place.into()) });
        }
        copies
    }

    fn step(&mut self, i: usize, instr: &Instr) -> Result<()> {
        let (p, reg) = (self.program, self.program.inputs().len() + i);
        self.width(instr.dtype);
        let mut args = [0; 3];
        for (place, &a) in args.iter_mut().zip(instr.args()) {
            *place = self.place[usize::from(a)];
        }
        // The result takes its place before those of the arguments are free again, so it never overlaps them.
        if self.place[reg] == NOWHERE {
            self.place[reg] = self.free.pop().unwrap_or_else(|| self.new_place());
        }
        let result = self.place[reg];
        let dtype = p.dtype_of(*instr.args().last().expect("not a constant"));
        let kernel = match instr.op {
            ScalarOp::Cast => kernels::cast(dtype, instr.dtype, self.isa),
            op => self.kernel(op, dtype)?,
        };
        if self.extend_chain(instr, dtype, result).is_some() {
            self.last = Some(reg as u16);
            self.release(i, instr);
            return Ok(());
        }
        self.last = Some(reg as u16);
        self.out.steps.push(Step { kernel, result, args, chain: Vec::new() });
        if self.reads[reg] > 0
            && kernels::needs_rounding(instr.op)
            && let Some(kernel) = kernels::round(instr.dtype, self.isa)
        {
            self.out.steps.push(Step { kernel, result, args, chain: Vec::new() });
        }
        self.release(i, instr);
        Ok(())
    }

    /// Has the last step do `instr` too, if that reads its result and nothing else does, and both are links of chains.
    fn extend_chain(&mut self, instr: &Instr, dtype: Dtype, result: u16) -> Option<()> {
        self.out.chain?;
        let last = self.last?;
        let at = instr.args().iter().position(|&a| a == last)?;
        let uses = instr.args().iter().filter(|&&a| a == last).count();
        if usize::from(self.reads[usize::from(last)]) != uses || self.last_use[usize::from(last)] == u16::MAX {
            return None;
        }
        let op = match uses {
            1 => chain::Op::of(instr.op, dtype, at == 1)?,
            // A product of the result with itself.
            _ if instr.op == ScalarOp::Mul => chain::Op::of(ScalarOp::Square, dtype, false)?,
            _ => return None,
        };
        let step = self.out.steps.last()?;
        let mut first = None;
        if step.chain.is_empty() {
            let before = &self.program.instrs()[usize::from(last) - self.program.inputs().len()];
            let op = chain::Op::of(before.op, self.program.dtype_of(*before.args().last()?), false)?;
            let operand = if before.args().len() == 2 { step.args[1] } else { step.args[0] };
            first = Some(Link { op, operand, factor: None });
        }
        // From here on the chain goes on: a product's step is removed for it.
        let other = instr.args().get(1 - at).filter(|_| uses == 1).copied();
        let product = other.and_then(|other| self.take_product(other));
        let step = self.out.steps.last_mut()?;
        step.chain.extend(first);
        let (operand, factor) = match (product, other) {
            (Some([x, y]), _) => (x, Some(y)),
            (None, other) => (other.map_or(step.args[0], |other| self.place[usize::from(other)]), None),
        };
        step.chain.push(Link { op, operand, factor });
        step.result = result;
        Some(())
    }

    /// What the register is the product of, where a chain may as well multiply it: it is read once, and its factors keep their
    /// places. Its step is not needed then, and is removed.
    fn take_product(&mut self, register: u16) -> Option<[u16; 2]> {
        let instr = &self.program.instrs()[usize::from(register).checked_sub(self.program.inputs().len())?];
        let &[x, y] = instr.args() else { return None };
        let once = self.reads[usize::from(register)] == 1 && self.last_use[usize::from(register)] != u16::MAX;
        let multiplied = instr.op == ScalarOp::Mul && self.program.dtype_of(x) == Dtype::Float32;
        let factors = [x, y].map(|a| self.place[usize::from(a)]);
        let kept = self.out.inputs.len() + self.out.constants.len();
        if !(once && multiplied && factors.iter().all(|&place| usize::from(place) < kept)) {
            return None;
        }
        let steps = &mut self.out.steps;
        let at = steps.iter().rposition(|step| step.result == self.place[usize::from(register)])?;
        debug_assert!(steps[at].chain.is_empty() && at + 1 < steps.len());
        steps.remove(at);
        Some(factors)
    }

    /// Frees the places of what `instr`, the `i`th, is the last to read.
    fn release(&mut self, i: usize, instr: &Instr) {
        let mut freed = [NOWHERE; 3];
        for (k, &a) in instr.args().iter().enumerate() {
            let a = usize::from(a);
            let place = self.place[a];
            let temporary = usize::from(place) >= self.first_temporary();
            if temporary && self.last_use[a] == i as u16 + 1 && !freed.contains(&place) {
                freed[k] = place;
                self.free.push(place);
            }
        }
    }

    /// Intermediates come after inputs, constants and outputs, all of which have their places before the first step.
    fn first_temporary(&self) -> usize {
        let computed = self.out.outputs.iter().filter(|o| matches!(o.from, From::Place(_))).count();
        self.out.inputs.len() + self.out.constants.len() + computed
    }

    fn kernel(&self, op: ScalarOp, dtype: Dtype) -> Result<Kernel> {
        kernels::kernel(op, dtype, self.isa)
            .ok_or_else(|| Error::dtype(format!("[{}] there is no kernel for {dtype}", op.name())))
    }

    fn new_place(&mut self) -> u16 {
        self.out.places += 1;
        (self.out.places - 1) as u16
    }

    fn width(&mut self, dtype: Dtype) {
        self.out.width = self.out.width.max(tile_type(dtype).size());
    }
}

/// The bytes of `x`, in memory order, as the first bytes of a word.
fn bits_of<T: Copy>(x: T) -> u64 {
    let mut bits = 0u64;
    debug_assert!(size_of::<T>() <= 8);
    // SAFETY: elements have at most 8 bytes and no padding.
    unsafe { (&raw mut bits).cast::<T>().write_unaligned(x) };
    bits
}
