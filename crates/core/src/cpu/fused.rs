//! Runs scalar programs element by element.
#![allow(missing_docs)]
use crate::dtype::{Dtype, Element};
use crate::error::Result;
use crate::scalar::{Program, Scalar, ScalarOp as O};
use crate::shape::Strides;

pub struct Compiled(Program);
impl Compiled {
    pub fn new(p: &Program) -> Result<Compiled> {
        Ok(Compiled(p.clone()))
    }
}
pub struct Source {
    pub ptr: *const u8,
    pub strides: Strides,
}
pub struct Sink {
    pub ptr: *mut u8,
}

fn norm(s: Scalar, d: Dtype) -> Scalar {
    crate::dispatch!(d, T => T::from_scalar(s).to_scalar())
}
unsafe fn load(p: *const u8, d: Dtype) -> Scalar {
    crate::dispatch!(d, T => unsafe { p.cast::<T>().read() }.to_scalar())
}
unsafe fn store(p: *mut u8, d: Dtype, s: Scalar) {
    crate::dispatch!(d, T => unsafe { p.cast::<T>().write(T::from_scalar(s)) })
}

fn apply(op: O, a: &[Scalar], d: Dtype) -> Scalar {
    let f = |i: usize| a[i].to_f64();
    let r1 = |v: f64| Scalar::Float(v);
    if let (true, [Scalar::Int(_) | Scalar::Bool(_), ..]) = (
        matches!(
            op,
            O::Neg
                | O::Abs
                | O::Sign
                | O::Square
                | O::Add
                | O::Sub
                | O::Mul
                | O::Rem
                | O::FloorDiv
                | O::Max
                | O::Min
                | O::And
                | O::Or
                | O::Xor
                | O::BitNot
                | O::Shl
                | O::Shr
                | O::Floor
                | O::Ceil
                | O::Round
                | O::Trunc
                | O::Pow
        ),
        a,
    ) {
        let (x, y) = (a[0].to_int(), a.get(1).map_or(0, |s| s.to_int()));
        let r = match op {
            O::Neg => -x,
            O::Abs => x.abs(),
            O::Sign => x.signum(),
            O::Square => x.wrapping_mul(x),
            O::Add => x + y,
            O::Sub => x - y,
            O::Mul => x.wrapping_mul(y),
            O::Rem => {
                if y == 0 {
                    0
                } else {
                    let r = x % y;
                    if r != 0 && (r < 0) != (y < 0) { r + y } else { r }
                }
            }
            O::FloorDiv => {
                if y == 0 {
                    0
                } else {
                    let q = x / y;
                    if x % y != 0 && (x < 0) != (y < 0) { q - 1 } else { q }
                }
            }
            O::Max => x.max(y),
            O::Min => x.min(y),
            O::And => x & y,
            O::Or => x | y,
            O::Xor => x ^ y,
            O::BitNot => {
                if d == Dtype::Bool {
                    1 - x
                } else {
                    !x
                }
            }
            O::Shl => {
                if y < 64 {
                    x << y
                } else {
                    0
                }
            }
            O::Shr => x >> y.min(127),
            O::Pow => (0..y).fold(1i128, |p, _| p.wrapping_mul(x)),
            _ => x,
        };
        return norm(Scalar::Int(r), d);
    }
    let r = match op {
        O::Const(s) => s,
        O::Copy | O::Cast => a[0],
        O::Neg => r1(-f(0)),
        O::Abs => r1(f(0).abs()),
        O::Not => Scalar::Bool(!a[0].to_bool()),
        O::Exp => r1(f(0).exp()),
        O::Expm1 => r1(f(0).exp_m1()),
        O::Log => r1(f(0).ln()),
        O::Log2 => r1(f(0).log2()),
        O::Log10 => r1(f(0).log10()),
        O::Log1p => r1(f(0).ln_1p()),
        O::Sqrt => r1(f(0).sqrt()),
        O::Rsqrt => r1(1.0 / f(0).sqrt()),
        O::Reciprocal => r1(1.0 / f(0)),
        O::Square => r1(f(0) * f(0)),
        O::Sin => r1(f(0).sin()),
        O::Cos => r1(f(0).cos()),
        O::Tan => r1(f(0).tan()),
        O::Tanh => r1(f(0).tanh()),
        O::Sigmoid => r1(1.0 / (1.0 + (-f(0)).exp())),
        O::Floor => r1(f(0).floor()),
        O::Ceil => r1(f(0).ceil()),
        O::Round => r1(f(0).round_ties_even()),
        O::Trunc => r1(f(0).trunc()),
        O::Add => r1(f(0) + f(1)),
        O::Sub => r1(f(0) - f(1)),
        O::Mul => r1(f(0) * f(1)),
        O::Div => r1(f(0) / f(1)),
        O::Pow => r1(f(0).powf(f(1))),
        O::Max => r1(if f(0).is_nan() || f(0) > f(1) { f(0) } else { f(1) }),
        O::Min => r1(if f(0).is_nan() || f(0) < f(1) { f(0) } else { f(1) }),
        O::Eq => Scalar::Bool(a[0].to_complex() == a[1].to_complex()),
        O::Ne => Scalar::Bool(f(0) != f(1)),
        O::Lt => Scalar::Bool(f(0) < f(1)),
        O::Le => Scalar::Bool(f(0) <= f(1)),
        O::Gt => Scalar::Bool(f(0) > f(1)),
        O::Ge => Scalar::Bool(f(0) >= f(1)),
        O::Select => {
            if a[0].to_bool() {
                a[1]
            } else {
                a[2]
            }
        }
        O::Real => r1(f(0)),
        other => panic!("{} has no kernel yet", other.name()),
    };
    norm(r, d)
}

impl Compiled {
    unsafe fn element(&self, shape: &[usize], sources: &[Source], mut flat: usize, out: &mut Vec<Scalar>) {
        let p = &self.0;
        let mut off = vec![0isize; sources.len()];
        for a in (0..shape.len()).rev() {
            let i = flat % shape[a];
            flat /= shape[a];
            for (o, s) in off.iter_mut().zip(sources) {
                *o += i as isize * s.strides[a];
            }
        }
        out.clear();
        for (k, s) in sources.iter().enumerate() {
            let d = p.inputs()[k];
            out.push(unsafe { load(s.ptr.offset(off[k] * d.size() as isize), d) });
        }
        for i in p.instrs() {
            let args: Vec<Scalar> = i.args[..i.op.arity()].iter().map(|&r| out[r as usize]).collect();
            out.push(apply(i.op, &args, i.dtype));
        }
    }
}

pub unsafe fn run(c: &Compiled, shape: &[usize], sources: &[Source], sinks: &[Sink]) {
    let n: usize = shape.iter().product();
    let mut regs = Vec::new();
    for flat in 0..n {
        unsafe { c.element(shape, sources, flat, &mut regs) };
        for (k, s) in sinks.iter().enumerate() {
            let r = c.0.outputs()[k];
            let d = c.0.dtype_of(r);
            unsafe { store(s.ptr.add(flat * d.size()), d, regs[r as usize]) };
        }
    }
}

pub struct Reader<'a> {
    c: &'a Compiled,
    shape: Vec<usize>,
    sources: &'a [Source],
    sinks: &'a [Sink],
    buf: Vec<u64>,
    regs: Vec<Scalar>,
}
impl<'a> Reader<'a> {
    pub const TILE: usize = 1024;
    pub unsafe fn new(c: &'a Compiled, shape: &[usize], sources: &'a [Source], sinks: &'a [Sink]) -> Reader<'a> {
        Reader { c, shape: shape.to_vec(), sources, sinks, buf: vec![0; Self::TILE], regs: Vec::new() }
    }
    pub fn read(&mut self, start: usize, len: usize) -> *const u8 {
        let p = &self.c.0;
        for i in 0..len {
            unsafe { self.c.element(&self.shape, self.sources, start + i, &mut self.regs) };
            let r = p.outputs()[0];
            let d = p.dtype_of(r);
            unsafe { store(self.buf.as_mut_ptr().cast::<u8>().add(i * d.size()), d, self.regs[r as usize]) };
            for (k, s) in self.sinks.iter().enumerate() {
                let r = p.outputs()[k + 1];
                let d = p.dtype_of(r);
                unsafe { store(s.ptr.add((start + i) * d.size()), d, self.regs[r as usize]) };
            }
        }
        self.buf.as_ptr().cast()
    }
}
