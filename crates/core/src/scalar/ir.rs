//! Scalar programs: straight-line code over typed registers, the meaning of every fused group.
//!
//! Registers are numbered: the inputs first, then one for each instruction (single assignment). Elementwise primitives supply a
//! program, fusion joins programs with [`Builder::append`], and each backend runs the result: the CPU tile by tile
//! (`cpu::fused`), GPUs as generated kernels.

use super::{Scalar, ScalarOp};
use crate::dtype::{Dtype, Element};
use crate::error::{Error, Result};
use smallvec::SmallVec;

/// A register: inputs are `0..inputs.len()`, then one an instruction.
pub type Reg = u16;

/// One instruction; its result is the next register.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Instr {
    /// What is computed.
    pub op: ScalarOp,
    /// The arguments; only the first `op.arity()` mean anything, the rest are 0.
    pub args: [Reg; 3],
    /// The dtype of the result.
    pub dtype: Dtype,
}

impl Instr {
    /// The arguments in use.
    pub fn args(&self) -> &[Reg] {
        &self.args[..self.op.arity()]
    }
}

/// A checked program. Made by [`Builder`] or parsed from text.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Program {
    inputs: SmallVec<[Dtype; 4]>,
    instrs: SmallVec<[Instr; 2]>,
    outputs: SmallVec<[Reg; 2]>,
}

impl Program {
    /// The program that applies `op` to its inputs, which have the dtypes `inputs`.
    ///
    /// # Errors
    /// When the operation does not take arguments of these dtypes.
    pub fn of(op: ScalarOp, inputs: &[Dtype]) -> Result<Program> {
        let dtype = op.result(inputs)?;
        let mut args = [0, 1, 2];
        args[inputs.len()..].fill(0);
        let mut program = Program { inputs: SmallVec::from_slice(inputs), ..Program::default() };
        program.instrs.push(Instr { op, args, dtype });
        program.outputs.push(inputs.len() as Reg);
        Ok(program)
    }

    /// The dtypes of the inputs.
    pub fn inputs(&self) -> &[Dtype] {
        &self.inputs
    }

    /// The instructions, in order.
    pub fn instrs(&self) -> &[Instr] {
        &self.instrs
    }

    /// The registers that leave the program.
    pub fn outputs(&self) -> &[Reg] {
        &self.outputs
    }

    /// The same instructions with other registers leaving the program.
    pub fn with_outputs(&self, outputs: &[Reg]) -> Program {
        debug_assert!(outputs.iter().all(|&r| usize::from(r) < self.registers()));
        Program { outputs: SmallVec::from_slice(outputs), ..self.clone() }
    }

    /// The dtype of register `reg`.
    pub fn dtype_of(&self, reg: Reg) -> Dtype {
        let i = usize::from(reg);
        self.inputs.get(i).copied().unwrap_or_else(|| self.instrs[i - self.inputs.len()].dtype)
    }

    /// Whether `other` computes the same, instruction by instruction; constants are compared by their bits.
    pub fn is_same(&self, other: &Program) -> bool {
        let same = |(a, b): (&Instr, &Instr)| {
            a.args == b.args
                && a.dtype == b.dtype
                && match (a.op, b.op) {
                    (ScalarOp::Const(a), ScalarOp::Const(b)) => a.is_identical(b),
                    (a, b) => a == b,
                }
        };
        self.instrs.len() == other.instrs.len()
            && self.inputs == other.inputs
            && self.outputs == other.outputs
            && self.instrs.iter().zip(&other.instrs).all(same)
    }

    /// The number of registers.
    pub fn registers(&self) -> usize {
        self.inputs.len() + self.instrs.len()
    }
}

/// Writes a [`Program`] one instruction at a time, checking dtypes.
#[derive(Clone, Debug, Default)]
pub struct Builder(Program);

impl Builder {
    /// A program that takes values of dtypes `inputs`.
    pub fn new(inputs: &[Dtype]) -> Builder {
        Builder(Program { inputs: SmallVec::from_slice(inputs), ..Program::default() })
    }

    /// Makes room for `instrs` more instructions.
    pub fn reserve(&mut self, instrs: usize) {
        self.0.instrs.reserve(instrs);
    }

    /// The register of input `i`.
    pub fn input(&self, i: usize) -> Reg {
        debug_assert!(i < self.0.inputs.len());
        i as Reg
    }

    /// One more input, of dtype `dtype`. Only before the first instruction.
    ///
    /// # Errors
    /// When instructions were already written, since their registers would move.
    pub fn add_input(&mut self, dtype: Dtype) -> Result<Reg> {
        if !self.0.instrs.is_empty() {
            return Err(Error::value("[scalar program] inputs must come before instructions"));
        }
        self.0.inputs.push(dtype);
        Ok((self.0.inputs.len() - 1) as Reg)
    }

    /// The dtype of a register.
    pub fn dtype_of(&self, reg: Reg) -> Dtype {
        self.0.dtype_of(reg)
    }

    /// The number of registers so far; programs hold at most 65 535.
    pub fn registers(&self) -> usize {
        self.0.registers()
    }

    /// Appends `op` applied to `args`.
    ///
    /// # Errors
    /// When the operation does not take arguments of these dtypes, a register does not exist, or the program is full.
    pub fn emit(&mut self, op: ScalarOp, args: &[Reg]) -> Result<Reg> {
        if let Some(&r) = args.iter().find(|&&r| usize::from(r) >= self.0.registers()) {
            return Err(Error::value(format!("[{}] register {r} does not exist", op.name())));
        }
        let mut dtypes: SmallVec<[Dtype; 4]> = SmallVec::new();
        args.iter().for_each(|&r| dtypes.push(self.0.dtype_of(r)));
        let dtype = op.result(&dtypes)?;
        // As many as the operation takes, which is at most three.
        let mut all = [0; 3];
        all[..args.len()].copy_from_slice(args);
        if self.0.registers() >= usize::from(Reg::MAX) {
            return Err(Error::value("[scalar program] too many instructions"));
        }
        Ok(self.push(op, all, dtype))
    }

    fn push(&mut self, op: ScalarOp, args: [Reg; 3], dtype: Dtype) -> Reg {
        let reg = self.0.registers();
        assert!(reg < usize::from(Reg::MAX), "scalar program too long");
        self.0.instrs.push(Instr { op, args, dtype });
        reg as Reg
    }

    /// [`Builder::emit`] for one argument.
    pub fn unary(&mut self, op: ScalarOp, x: Reg) -> Result<Reg> {
        self.emit(op, &[x])
    }

    /// [`Builder::emit`] for two arguments.
    pub fn binary(&mut self, op: ScalarOp, x: Reg, y: Reg) -> Result<Reg> {
        self.emit(op, &[x, y])
    }

    /// The constant `value` converted to `dtype`; repeated constants share a register.
    pub fn constant(&mut self, value: Scalar, dtype: Dtype) -> Reg {
        let value = crate::dispatch!(dtype, T => T::from_scalar(value).to_scalar());
        let base = self.0.inputs.len();
        let same = |i: &Instr| matches!(i.op, ScalarOp::Const(v) if i.dtype == dtype && v.is_identical(value));
        match self.0.instrs.iter().position(same) {
            Some(i) => (base + i) as Reg,
            None => self.push(ScalarOp::Const(value), [0; 3], dtype),
        }
    }

    /// `x` converted to `dtype`; `x` itself when it already is.
    pub fn cast(&mut self, x: Reg, dtype: Dtype) -> Reg {
        if self.0.dtype_of(x) == dtype { x } else { self.push(ScalarOp::Cast, [x, 0, 0], dtype) }
    }

    /// Appends `program` with its inputs bound to `args` and returns the registers of its outputs.
    ///
    /// # Panics
    /// When `args` do not have the number and dtypes of the program's inputs.
    pub fn append(&mut self, program: &Program, args: &[Reg]) -> SmallVec<[Reg; 4]> {
        assert!(
            args.len() == program.inputs.len() && args.iter().zip(&program.inputs).all(|(&r, &d)| self.0.dtype_of(r) == d),
            "arguments of an appended program must match its inputs"
        );
        // Where the registers of `program` are here: its inputs, then its instructions.
        let mut instrs: SmallVec<[Reg; 16]> = SmallVec::new();
        let here =
            |r: Reg, instrs: &[Reg]| args.get(usize::from(r)).copied().unwrap_or_else(|| instrs[usize::from(r) - args.len()]);
        for i in &program.instrs {
            let reg = match i.op {
                ScalarOp::Const(v) => self.constant(v, i.dtype),
                _ => {
                    let mut moved = [0; 3];
                    let arity = i.op.arity();
                    moved.iter_mut().zip(i.args).take(arity).for_each(|(to, a)| *to = here(a, &instrs));
                    self.push(i.op, moved, i.dtype)
                }
            };
            instrs.push(reg);
        }
        let mut outputs = SmallVec::new();
        program.outputs.iter().for_each(|&o| outputs.push(here(o, &instrs)));
        outputs
    }

    /// The program that returns `outputs`.
    pub fn finish(mut self, outputs: &[Reg]) -> Program {
        debug_assert!(outputs.iter().all(|&r| usize::from(r) < self.0.registers()));
        self.0.outputs = SmallVec::from_slice(outputs);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_arguments_are_refused() {
        let mut b = Builder::new(&[Dtype::Bool, Dtype::Float32]);
        assert!(b.emit(ScalarOp::Select, &[0, 1, 1, 1]).unwrap_err().message().contains("takes 3 arguments"));
        assert!(Program::of(ScalarOp::Add, &[Dtype::Float32; 4]).is_err());
        assert_eq!(b.emit(ScalarOp::Select, &[0, 1, 1]).unwrap(), 2);
    }

    #[test]
    fn programs_are_told_apart_by_the_bits_of_their_constants() {
        let of = |value: f64| {
            let mut b = Builder::new(&[Dtype::Float32]);
            let c = b.constant(Scalar::Float(value), Dtype::Float32);
            let out = b.binary(ScalarOp::Add, 0, c).unwrap();
            b.finish(&[out])
        };
        assert!(of(0.0).is_same(&of(0.0)) && !of(0.0).is_same(&of(-0.0)) && of(f64::NAN).is_same(&of(f64::NAN)));
        assert!(!of(1.0).is_same(&of(1.0).with_outputs(&[0])));
    }
}
