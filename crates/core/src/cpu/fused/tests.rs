//! Programs against an oracle that computes one element at a time through `f64` and `i128`, written apart from the kernels.

use super::*;
use crate::cpu::isa::Isa;
use crate::dtype::{Dtype, Element, bf16, c64, f16};
use crate::scalar::{Builder, Program, Scalar, ScalarOp};
use crate::shape::{Layout, Shape, Strides, row_major};

/// Deterministic numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// An interesting value of `dtype`, in memory form.
fn value(dtype: Dtype, r: &mut Random) -> Scalar {
    const EDGES: [f64; 16] =
        [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.5, 1e-40, 1e9, -1e5, 0.999, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 40.0, -7.0];
    let mut float = || match r.next() % 3 {
        0 => EDGES[(r.next() % 16) as usize],
        1 => (r.next() as f64 / u64::MAX as f64 - 0.5) * 2.0,
        _ => (r.next() as f64 / u64::MAX as f64 - 0.5) * 60.0,
    };
    if dtype.is_complex() {
        return Scalar::Complex(c64::new(float() as f32, float() as f32));
    }
    if dtype.is_inexact() {
        return crate::dispatch!(dtype, T => T::from_scalar(Scalar::Float(float())).to_scalar());
    }
    let bits = r.next();
    let int = match bits % 4 {
        0 => bits as i64 as i128,
        1 => i128::from(bits >> 32) % 9 - 4,
        2 => [0, -1, 1, i64::MIN as i128, 127, -128, 32767, -32768, i32::MIN as i128][(bits >> 32) as usize % 9],
        _ => i128::from(bits >> 32) % 300,
    };
    crate::dispatch!(dtype, T => T::from_scalar(Scalar::Int(int)).to_scalar())
}

/// Elements of `dtype` in 8-byte-aligned memory.
#[derive(Clone)]
struct Data {
    dtype: Dtype,
    words: Vec<u64>,
}

impl Data {
    fn new(dtype: Dtype, n: usize) -> Data {
        Data { dtype, words: vec![0; n * dtype.size() / 8 + 2] }
    }

    fn random(dtype: Dtype, n: usize, r: &mut Random) -> Data {
        let mut data = Data::new(dtype, n);
        (0..n).for_each(|i| data.set(i, value(dtype, r)));
        data
    }

    fn ptr(&mut self) -> *mut u8 {
        self.words.as_mut_ptr().cast()
    }

    fn set(&mut self, i: usize, v: Scalar) {
        // SAFETY: tests stay in range.
        crate::dispatch!(self.dtype, T => unsafe { self.ptr().cast::<T>().add(i).write(T::from_scalar(v)) });
    }

    fn get(&self, i: usize) -> Scalar {
        // SAFETY: tests stay in range.
        crate::dispatch!(self.dtype, T => unsafe { self.words.as_ptr().cast::<T>().add(i).read() }.to_scalar())
    }

    fn bits(&self, n: usize) -> Vec<u8> {
        let bytes = self.words.iter().flat_map(|w| w.to_ne_bytes());
        bytes.take(n * self.dtype.size()).collect()
    }
}

fn source(data: &mut Data, layout: &Layout) -> Source {
    // SAFETY: the layout lies in the data.
    Source { ptr: unsafe { data.ptr().add(layout.offset * data.dtype.size()) }, strides: layout.strides.clone() }
}

fn run_on(program: &Program, isa: Isa, shape: &[usize], inputs: &mut [(Data, Layout)]) -> Vec<Data> {
    let c = Compiled::with_isa(program, isa).unwrap();
    let sources: Vec<Source> = inputs.iter_mut().map(|(d, l)| source(d, l)).collect();
    let n: usize = shape.iter().product();
    let mut outputs: Vec<Data> = program.outputs().iter().map(|&o| Data::new(program.dtype_of(o), n)).collect();
    let sinks: Vec<Sink> =
        outputs.iter_mut().map(|o| Sink { ptr: o.ptr(), streamed: n % 2 == 1 || n.is_multiple_of(16) }).collect();
    // SAFETY: sources and sinks fit the shape.
    unsafe { run(&c, shape, &sources, &sinks) };
    outputs
}

/// Where element `i` in row-major order lies.
fn position(layout: &Layout, mut i: usize) -> usize {
    let mut at = layout.offset as isize;
    for (&n, &s) in layout.shape.iter().zip(&layout.strides).rev() {
        at += (i % n) as isize * s;
        i /= n;
    }
    at as usize
}

/// The exact result, or nothing where the oracle does not say.
fn oracle(op: ScalarOp, d: Dtype, x: &[Scalar]) -> Option<Scalar> {
    use ScalarOp::*;
    let f = |v: f64| Some(Scalar::Float(v));
    let b = |v: bool| Some(Scalar::Bool(v));
    if op == Select {
        return Some(if x[0].to_bool() { x[1] } else { x[2] });
    }
    match (op, x) {
        (Copy, [v]) => return Some(*v),
        (Not, [v]) => return b(!v.to_bool()),
        _ => {}
    }
    if d.is_complex() {
        return oracle_complex(op, x);
    }
    if let (Scalar::Bool(p), Some(q)) = (x[0], x.last().map(|q| q.to_bool())) {
        return b(match op {
            Abs | Sign | Square | Floor | Ceil | Round | Trunc | Real | Conj => p,
            Imag => false,
            Rem => p & !q,
            BitNot => !p,
            Add | Or | Max => p | q,
            Sub | Xor | Ne => p ^ q,
            Mul | And | Min | FloorDiv => p & q,
            Pow => p | !q,
            Eq => p == q,
            Lt => !p & q,
            Le => !p | q,
            Gt => p & !q,
            Ge => p | !q,
            _ => return None,
        });
    }
    if let (Scalar::Int(p), Scalar::Int(q)) = (x[0], *x.last().unwrap()) {
        let bits = d.size() as i128 * 8;
        let i = |v: i128| Some(Scalar::Int(v));
        return match op {
            Neg => i(-p),
            Abs => i(p.abs()),
            Sign => i(p.signum()),
            BitNot => i(!p),
            Square => i(p.wrapping_mul(p)),
            Floor | Ceil | Round | Trunc | Real | Conj => i(p),
            Imag => i(0),
            Add => i(p + q),
            Sub => i(p - q),
            Mul => i(p.wrapping_mul(q)),
            Rem => i(if q == 0 { p } else { p - q * floor_div(p, q) }),
            FloorDiv => i(if q == 0 { 0 } else { floor_div(p, q) }),
            Pow if q >= 0 => i((0..q.min(64)).fold(1i128, |a, _| (a * p) as u64 as i64 as i128)).filter(|_| q <= 64),
            Pow => i(match p {
                1 => 1,
                -1 => {
                    if q % 2 == 0 {
                        1
                    } else {
                        -1
                    }
                }
                _ => 0,
            }),
            Max => i(p.max(q)),
            Min => i(p.min(q)),
            And => i(p & q),
            Or => i(p | q),
            Xor => i(p ^ q),
            Shl => i(if (0..bits).contains(&q) { p << q } else { 0 }),
            Shr => i(if (0..bits).contains(&q) {
                p >> q
            } else if p < 0 {
                -1
            } else {
                0
            }),
            Eq => b(p == q),
            Ne => b(p != q),
            Lt => b(p < q),
            Le => b(p <= q),
            Gt => b(p > q),
            Ge => b(p >= q),
            _ => None,
        };
    }
    let (p, q) = (x[0].to_f64(), x.last().unwrap().to_f64());
    // What f32 arithmetic overflows or loses before the last rounding.
    match op {
        Neg => f(-p),
        Abs => f(p.abs()),
        Sign => f(if p.is_nan() || p == 0.0 { 0.0 } else { p.signum() }),
        Exp => f(p.exp()),
        Expm1 => f(p.exp_m1()),
        Log => f(p.ln()),
        Log2 => f(p.log2()),
        Log10 => f(p.log10()),
        Log1p => f(p.ln_1p()),
        Sqrt => f(p.sqrt()),
        Rsqrt => f(1.0 / p.sqrt()),
        Reciprocal => f(1.0 / p),
        Square => f(p * p),
        Sin => f(p.sin()),
        Cos => f(p.cos()),
        Tan => f(p.tan()),
        Asin => f(p.asin()),
        Acos => f(p.acos()),
        Atan => f(p.atan()),
        Sinh => f(p.sinh()),
        Cosh => f(p.cosh()),
        Tanh => f(p.tanh()),
        Asinh => f(p.asinh()),
        Acosh => f(p.acosh()),
        Atanh => f(p.atanh()),
        Erf => f(libm::erf(p)),
        Sigmoid => f(1.0 / (1.0 + (-p).exp())),
        Floor => f(p.floor()),
        Ceil => f(p.ceil()),
        Round => f(p.round_ties_even()),
        Trunc => f(p.trunc()),
        Real | Conj => f(p),
        Imag => f(0.0),
        Add => f(p + q),
        Sub => f(p - q),
        Mul => f(p * q),
        Div => f(p / q),
        Rem => {
            let r = p % q;
            f(if r != 0.0 && (r < 0.0) != (q < 0.0) { r + q } else { r })
        }
        // The quotient is rounded before the floor is taken.
        FloorDiv => f(if d == Dtype::Float64 { p / q } else { f64::from((p / q) as f32) }.floor()),
        Pow => f(p.powf(q)),
        Max => f(if p.is_nan() || q.is_nan() { f64::NAN } else { p.max(q) }),
        Min => f(if p.is_nan() || q.is_nan() { f64::NAN } else { p.min(q) }),
        Atan2 => f(p.atan2(q)),
        LogAddExp => f(if p == q { p + 2f64.ln() } else { p.max(q) + (-(p - q).abs()).exp().ln_1p() }),
        Eq => b(p == q),
        Ne => b(p != q),
        Lt => b(p < q),
        Le => b(p <= q),
        Gt => b(p > q),
        Ge => b(p >= q),
        _ => None,
    }
}

fn floor_div(p: i128, q: i128) -> i128 {
    let t = p / q;
    if p % q != 0 && (p < 0) != (q < 0) { t - 1 } else { t }
}

/// Elementary complex functions are checked by identities in `math`; here what is simple, for finite values.
fn oracle_complex(op: ScalarOp, x: &[Scalar]) -> Option<Scalar> {
    use ScalarOp::*;
    let z = x[0].to_complex();
    let w = x[x.len() - 1].to_complex();
    let key = |v: c64| (v.re, v.im);
    let c = |re: f32, im: f32| Some(Scalar::Complex(c64::new(re, im)));
    match op {
        Conj => return c(z.re, -z.im),
        Real => return Some(Scalar::Float(z.re.into())),
        Imag => return Some(Scalar::Float(z.im.into())),
        Neg => return c(-z.re, -z.im),
        Add => return c(z.re + w.re, z.im + w.im),
        Sub => return c(z.re - w.re, z.im - w.im),
        Eq => return Some(Scalar::Bool(z == w)),
        Ne => return Some(Scalar::Bool(z != w)),
        _ => {}
    }
    if ![z, w].iter().all(|v| v.re.is_finite() && v.im.is_finite()) {
        return None;
    }
    match op {
        Abs => Some(Scalar::Float(f64::from(z.re).hypot(z.im.into()))),
        Mul | Square => c(z.re * w.re - z.im * w.im, z.re * w.im + z.im * w.re),
        Lt => Some(Scalar::Bool(key(z) < key(w))),
        Le => Some(Scalar::Bool(key(z) <= key(w))),
        Gt => Some(Scalar::Bool(key(z) > key(w))),
        Ge => Some(Scalar::Bool(key(z) >= key(w))),
        Max => Some(Scalar::Complex(if key(z) >= key(w) { z } else { w })),
        Min => Some(Scalar::Complex(if key(z) <= key(w) { z } else { w })),
        Round => c(z.re.round_ties_even(), z.im.round_ties_even()),
        _ => None,
    }
}

/// Steps between two floats of type `d`; NaNs are equal.
fn ulps(d: Dtype, got: f64, want: f64) -> f64 {
    if got.is_nan() && want.is_nan() || got == want {
        return 0.0;
    }
    let key = |v: f64| {
        let i = match d {
            Dtype::Float16 => f16::from_f64(v).to_bits() as i16 as i64,
            Dtype::Bfloat16 => bf16::from_f64(v).to_bits() as i16 as i64,
            Dtype::Float64 => v.to_bits() as i64,
            _ => (v as f32).to_bits() as i32 as i64,
        };
        let min = match d.size() {
            2 => i16::MIN.into(),
            4 | 8 if d != Dtype::Float64 => i32::MIN.into(),
            _ => i64::MIN,
        };
        (if i < 0 { min - i } else { i }) as f64
    };
    if got.is_nan() || want.is_nan() { f64::INFINITY } else { (key(got) - key(want)).abs() }
}

fn check(what: &str, d: Dtype, got: Scalar, want: Scalar, limit: f64) {
    let want = crate::dispatch!(d, T => T::from_scalar(want).to_scalar());
    let ok = match (got, want) {
        (Scalar::Float(g), Scalar::Float(w)) => ulps(d, g, w) <= limit,
        (Scalar::Complex(g), Scalar::Complex(w)) => {
            ulps(d, g.re.into(), w.re.into()) <= limit && ulps(d, g.im.into(), w.im.into()) <= limit
        }
        _ => got == want,
    };
    assert!(ok, "{what}: got {got:?}, expected {want:?}");
}

fn single(op: ScalarOp, args: &[Dtype]) -> Option<Program> {
    let mut b = Builder::new(args);
    let regs: Vec<u16> = (0..args.len() as u16).collect();
    let out = b.emit(op, &regs).ok()?;
    Some(b.finish(&[out]))
}

#[test]
fn every_operation_on_every_dtype() {
    let n = if cfg!(miri) { 37 } else { 1237 };
    let mut r = Random(0x9e37_79b9_7f4a_7c15);
    for &op in ScalarOp::ALL {
        for d in Dtype::ALL {
            let args = if op == ScalarOp::Select { vec![Dtype::Bool, d, d] } else { vec![d; op.arity()] };
            let Some(program) = (op != ScalarOp::Cast).then(|| single(op, &args)).flatten() else { continue };
            let mut inputs: Vec<(Data, Layout)> =
                args.iter().map(|&d| (Data::random(d, n, &mut r), Layout::contiguous(&[n]))).collect();
            let all: Vec<Data> = Isa::available().map(|isa| run_on(&program, isa, &[n], &mut inputs).remove(0)).collect();
            for other in &all[1..] {
                assert!(all[0].bits(n) == other.bits(n), "{} on {d}: instruction sets disagree", op.name());
            }
            let out = program.dtype_of(program.outputs()[0]);
            // f64 functions come from the system's and our own libraries; f32 goes through f64 once; halves through f32.
            let limit = if d == Dtype::Float64 { 4.0 } else { 1.0 };
            for i in 0..n {
                let x: Vec<Scalar> = inputs.iter().map(|(d, _)| d.get(i)).collect();
                let what = format!("{} on {d} of {x:?}", op.name());
                if let Some(want) = oracle(op, d, &x) {
                    check(&what, out, all[0].get(i), want, limit);
                }
            }
        }
    }
}

#[test]
fn every_cast() {
    let n = if cfg!(miri) { 20 } else { 700 };
    let mut r = Random(77);
    for from in Dtype::ALL {
        for to in Dtype::ALL {
            let mut b = Builder::new(&[from]);
            let out = b.cast(0, to);
            let program = b.finish(&[out]);
            let mut inputs = [(Data::random(from, n, &mut r), Layout::contiguous(&[n]))];
            for isa in Isa::available() {
                let got = run_on(&program, isa, &[n], &mut inputs).remove(0);
                for i in 0..n {
                    let x = inputs[0].0.get(i);
                    let real = if to.is_complex() || to == Dtype::Bool { x } else { Scalar::Float(x.to_f64()) };
                    let x = if from.is_complex() { real } else { x };
                    check(&format!("{from} to {to} of {x:?} ({isa:?})"), to, got.get(i), x, 0.0);
                }
            }
        }
    }
}

#[test]
fn layouts_agree_with_contiguous_copies() {
    let c = |s: &[usize]| Layout::contiguous(s);
    let cases: Vec<(Vec<usize>, Layout, Layout)> = vec![
        (vec![], c(&[]), c(&[])),
        (vec![0, 3], c(&[0, 3]), c(&[0, 3])),
        (vec![5000], c(&[5000]), c(&[1]).broadcast_to(&[5000])),
        (vec![70, 90], c(&[70, 90]), c(&[90, 70]).permute(&[1, 0])),
        (vec![70, 90], c(&[90, 70]).permute(&[1, 0]), c(&[90, 70]).permute(&[1, 0])),
        (vec![33, 5, 41], c(&[33, 5, 41]), c(&[41, 5, 33]).permute(&[2, 1, 0])),
        (vec![6, 40, 30], c(&[6, 30, 40]).permute(&[0, 2, 1]), c(&[40, 1]).broadcast_to(&[6, 40, 30])),
        (vec![700, 3], c(&[3]).broadcast_to(&[700, 3]), c(&[700, 1]).broadcast_to(&[700, 3])),
        (vec![3, 2500], c(&[2500]).broadcast_to(&[3, 2500]), c(&[3, 1]).broadcast_to(&[3, 2500])),
        (vec![600], c(&[1300]).slice(&[1299], &[-2], &[600]), c(&[1300]).slice(&[5], &[2], &[600])),
        (vec![4, 5, 6], c(&[8, 10, 12]).slice(&[1, 0, 3], &[2, 2, 1], &[4, 5, 6]), c(&[5, 1]).broadcast_to(&[4, 5, 6])),
    ];
    let mut r = Random(5);
    for (d, op) in [
        (Dtype::Float32, ScalarOp::Add),
        (Dtype::Int8, ScalarOp::Mul),
        (Dtype::Bfloat16, ScalarOp::Sub),
        (Dtype::Complex64, ScalarOp::Add),
    ] {
        let program = single(op, &[d, d]).unwrap();
        for (shape, a, b) in &cases {
            let mut inputs: Vec<(Data, Layout)> =
                [a, b].map(|l| (Data::random(d, l.bounds().map_or(0, |b| b.1), &mut r), l.clone())).into();
            let n = shape.iter().product();
            let mut plain: Vec<(Data, Layout)> = inputs
                .iter()
                .map(|(data, layout)| {
                    let mut copy = Data::new(d, n);
                    (0..n).for_each(|i| copy.set(i, data.get(position(layout, i))));
                    (copy, Layout::contiguous(&[n]))
                })
                .collect();
            let isa = Isa::available().next().unwrap();
            let want = run_on(&program, isa, &[n], &mut plain).remove(0).bits(n);
            assert!(run_on(&program, isa, shape, &mut inputs).remove(0).bits(n) == want, "{d} {a:?} {b:?}");

            // A reader gives the same, in pieces of odd lengths; the copy kernel makes the same copies.
            let compiled = Compiled::new(&program).unwrap();
            let sources: Vec<Source> = inputs.iter_mut().map(|(d, l)| source(d, l)).collect();
            // SAFETY: sources fit the shape.
            let mut reader = unsafe { Reader::new(&compiled, shape, &sources, &[]) };
            let (mut at, mut read) = (0, Vec::new());
            while at < n {
                let len = (1 + (r.next() % 1024) as usize).min(n - at);
                let ptr = reader.read(at, len);
                // SAFETY: that many elements were just read.
                read.extend_from_slice(unsafe { std::slice::from_raw_parts(ptr, len * d.size()) });
                at += len;
            }
            assert!(read == want, "reader: {d} {a:?} {b:?}");
            for ((data, layout), (copied, _)) in inputs.iter_mut().zip(&plain) {
                let mut out = Data::new(d, n);
                let from = source(data, layout);
                // SAFETY: both ends fit the shape.
                unsafe { crate::cpu::copy::copy(d.size(), shape, from.ptr, &from.strides, out.ptr(), &row_major(shape)) };
                assert!(out.bits(n) == copied.bits(n), "copy: {d} {layout:?}");
            }
        }
    }
}

/// The outputs of `program`, one instruction at a time and through memory.
fn one_by_one(program: &Program, isa: Isa, n: usize, inputs: &[(Data, Layout)]) -> Vec<Data> {
    let mut regs: Vec<Data> = inputs.iter().map(|(d, _)| d.clone()).collect();
    for i in program.instrs() {
        let args: Vec<Dtype> = i.args().iter().map(|&a| regs[usize::from(a)].dtype).collect();
        let mut b = Builder::new(&args);
        let out = match i.op {
            ScalarOp::Const(v) => b.constant(v, i.dtype),
            op => b.emit(op, &(0..args.len() as u16).collect::<Vec<_>>()).unwrap(),
        };
        let mut given: Vec<(Data, Layout)> =
            i.args().iter().map(|&a| (regs[usize::from(a)].clone(), Layout::contiguous(&[n]))).collect();
        regs.push(run_on(&b.finish(&[out]), isa, &[n], &mut given).remove(0));
    }
    program.outputs().iter().map(|&reg| regs[usize::from(reg)].clone()).collect()
}

#[test]
fn chains_equal_operations_one_by_one() {
    // With the steps that are left where chains are to be had.
    let cases = [
        // The error function's rectifier, weighted sums of two, and more of them: products are operands.
        (
            "h = const.f32 0.5; c = const.f32 0.7; o = const.f32 1; a = mul.f32 h x; b = mul.f32 x c; e = erf.f32 b; \
          p = add.f32 o e; r = mul.f32 a p",
            "r",
            1,
        ),
        ("h = const.f32 0.9; c = const.f32 0.1; a = mul.f32 h x; b = mul.f32 c y; r = add.f32 a b", "r", 1),
        ("a = mul.f32 x x; b = mul.f32 y z; p = sub.f32 b a; c = mul.f32 x z; r = div.f32 p c", "r", 2),
        // A product that is read twice, one that is stored, and one of what is computed have steps of their own.
        ("a = mul.f32 x y; b = exp.f32 z; c = add.f32 b a; r = sub.f32 c a", "r", 2),
        ("a = mul.f32 x y; b = exp.f32 z; r = add.f32 b a", "r, a", 2),
        ("s = sign.f32 x; a = mul.f32 s y; b = tanh.f32 z; r = add.f32 b a", "r", 3),
        // So has one beside what can't be in a chain.
        ("a = mul.f32 x y; b = sin.f32 z; r = add.f32 a b", "r", 3),
        // Functions in chains, and a chain's result squared.
        (
            "a = abs.f32 x; b = log.f32 a; c = sigmoid.f32 b; d = mul.f32 c c; e = sqrt.f32 d; f = neg.f32 e; r = max.f32 y f",
            "r",
            1,
        ),
    ];
    let mut r = Random(11);
    for (body, outputs, steps) in cases {
        let program: Program = format!("(x: f32, y: f32, z: f32) {{ {body}; }} -> {outputs}").parse().unwrap();
        for n in [1, 70, 3001] {
            let mut inputs = [Dtype::Float32; 3].map(|d| (Data::random(d, n, &mut r), Layout::contiguous(&[n])));
            for isa in Isa::available() {
                let compiled = Compiled::with_isa(&program, isa).unwrap();
                assert!(compiled.chain.is_none() || compiled.steps.len() == steps, "{body}: {} steps", compiled.steps.len());
                let want = one_by_one(&program, isa, n, &inputs);
                for (got, want) in run_on(&program, isa, &[n], &mut inputs).iter().zip(&want) {
                    assert!(got.bits(n) == want.bits(n), "{body} on {isa:?}, {n} elements");
                }
            }
        }
    }
}

#[test]
fn chains_over_rows_equal_chains_over_copies() {
    let body = "a = sub.f32 x m; b = div.f32 a s; c = mul.f32 b w; d = const.f32 0.5; e = add.f32 c d; r = add.f32 e v";
    let program: Program = format!("(x: f32, m: f32, s: f32, w: f32, v: f32) {{ {body}; }} -> r").parse().unwrap();
    let mut r = Random(17);
    for (rows, row) in [(5, 70), (3, 2048), (7, 1000), (2, 5000), (40, 3)] {
        let (n, shape) = (rows * row, [rows, row]);
        let mut inputs = [[row as isize, 1], [1, 0], [1, 0], [0, 1], [0, 0]].map(|strides| {
            let layout = Layout { shape: Shape::from_slice(&shape), strides: Strides::from_slice(&strides), offset: 0 };
            (Data::random(Dtype::Float32, n, &mut r), layout)
        });
        let mut copies = inputs.clone().map(|(data, layout)| {
            let mut copy = Data::new(Dtype::Float32, n);
            (0..n).for_each(|i| copy.set(i, data.get(position(&layout, i))));
            (copy, Layout::contiguous(&shape))
        });
        for isa in Isa::available() {
            // Which of two NaNs goes on is the compiler's choice.
            let number = |x: &f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
            let numbers =
                |data: Data| data.bits(n).as_chunks().0.iter().map(|&b| number(&f32::from_le_bytes(b))).collect::<Vec<_>>();
            let want = numbers(run_on(&program, isa, &shape, &mut copies).remove(0));
            assert!(numbers(run_on(&program, isa, &shape, &mut inputs).remove(0)) == want, "{shape:?} on {isa:?}");
            let compiled = Compiled::with_isa(&program, isa).unwrap();
            let sources: Vec<Source> = inputs.iter_mut().map(|(d, l)| source(d, l)).collect();
            // SAFETY: the sources fit the shape.
            let mut reader = unsafe { Reader::new(&compiled, &shape, &sources, &[]) };
            let (mut at, mut lengths) = (0, [37, 4096, 1, 2048].into_iter().cycle());
            while at < n {
                let len = lengths.next().unwrap().min(n - at);
                let read = reader.read(at, len);
                // SAFETY: as many elements were read.
                let read = unsafe { std::slice::from_raw_parts(read.cast::<f32>(), len) };
                assert!(
                    read.iter().map(number).eq(want[at..at + len].iter().copied()),
                    "{len} from {at} of {shape:?} on {isa:?}"
                );
                at += len;
            }
        }
    }
}

#[test]
fn fused_equals_unfused_in_place_and_with_extra_outputs() {
    let text = "(x: bf16, y: bf16) { a = mul.bf16 x y; h = const.bf16 0.3; b = add.bf16 a h; e = exp.bf16 b; g = gt.bool e y; \
                s = select.bf16 g x e; d = neg.bf16 y; } -> s, e, g, x, s, h";
    for (text, half) in [(text.to_string(), true), (text.replace("bf16", "f32"), false), (text.replace("bf16", "f16"), true)] {
        let program: Program = text.parse().unwrap();
        let d = program.inputs()[0];
        let n = 9001;
        let mut r = Random(3);
        let mut inputs = [d; 2].map(|d| (Data::random(d, n, &mut r), Layout::contiguous(&[n])));
        let isa = Isa::available().next().unwrap();
        let fused = run_on(&program, isa, &[n], &mut inputs);

        for (out, (want, reg)) in fused.iter().zip(one_by_one(&program, isa, n, &inputs).iter().zip(program.outputs())) {
            assert!(out.bits(n) == want.bits(n), "{text}: output {reg}, half {half}");
        }

        // The first output takes over the memory of the first input, which other outputs still need.
        let compiled = Compiled::new(&program).unwrap();
        let mut outputs = fused.clone();
        outputs.iter_mut().for_each(|o| o.words.fill(!0));
        let sources: Vec<Source> = inputs.iter_mut().map(|(d, l)| source(d, l)).collect();
        let mut sinks: Vec<Sink> = outputs.iter_mut().map(|o| Sink::new(o.ptr(), 0)).collect();
        sinks[0].ptr = sources[0].ptr.cast_mut();
        // SAFETY: as `run` asks.
        unsafe { run(&compiled, &[n], &sources, &sinks) };
        assert!(inputs[0].0.bits(n) == fused[0].bits(n), "{text}: in place");
        for k in 1..fused.len() {
            assert!(outputs[k].bits(n) == fused[k].bits(n), "{text}: output {k} beside one in place");
        }
    }
}

#[test]
fn a_reader_stores_other_outputs_and_reads_untouched_memory_in_place() {
    let mut r = Random(9);
    let n = 4000;
    let program: Program = "(x: f16) { a = mul.f16 x x; b = add.f16 a x; } -> a, b".parse().unwrap();
    let mut inputs = [(Data::random(Dtype::Float16, n, &mut r), Layout::contiguous(&[n]))];
    let want = run_on(&program, Isa::Baseline, &[n], &mut inputs);
    let compiled = Compiled::new(&program).unwrap();
    let sources = [source(&mut inputs[0].0, &Layout::contiguous(&[n]))];
    let mut kept = Data::new(Dtype::Float16, n);
    // SAFETY: as `Reader::new` asks; every element is read once.
    let mut reader = unsafe { Reader::new(&compiled, &[n], &sources, &[Sink::new(kept.ptr(), 0)]) };
    for (at, len) in [(0, 300), (300, 2500), (2800, 1200)] {
        let ptr = reader.read(at, len);
        // SAFETY: just read.
        let got = unsafe { std::slice::from_raw_parts(ptr, 2 * len) };
        assert!(got == &want[0].bits(n)[at * 2..(at + len) * 2]);
    }
    assert!(kept.bits(n) == want[1].bits(n));

    let program: Program = "(x: f16) { } -> x".parse().unwrap();
    let compiled = Compiled::new(&program).unwrap();
    // SAFETY: as above.
    let mut reader = unsafe { Reader::new(&compiled, &[n], &sources, &[]) };
    assert_eq!(reader.read(10, 100), sources[0].ptr.wrapping_add(20));
}
