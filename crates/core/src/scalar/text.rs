//! The text form of scalar programs, printed and parsed back exactly.
//!
//! ```text
//! (x0: f32, x1: f32) { t0 = const.f32 0.5; t1 = mul.f32 x0 t0; t2 = lt.bool t1 x1; } -> t1, t2
//! ```
//! Each instruction names its operation and the dtype of its result. Names are free when parsing. Constants are the shortest
//! decimal that reads back as the same bits; NaNs with a payload and their signs are kept as `nan:0x…`; complex constants are
//! `(re im)`.

use super::{Builder, Instr, Program, Reg, Scalar, ScalarOp};
use crate::dtype::{Dtype, c64};
use crate::error::{Error, Result};
use std::fmt::{self, Display, Write};
use std::str::FromStr;

const SHORT: [&str; 14] = ["bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "c64"];

fn short(dtype: Dtype) -> &'static str {
    SHORT[dtype as usize]
}

fn show_float(f: &mut fmt::Formatter<'_>, dtype: Dtype, v: f64) -> fmt::Result {
    match (v.is_nan(), dtype) {
        (true, _) if v.to_bits() == f64::NAN.to_bits() => f.write_str("nan"),
        (true, _) => write!(f, "nan:{:#x}", v.to_bits()),
        (_, Dtype::Float64) => write!(f, "{v:?}"),
        _ => write!(f, "{:?}", v as f32),
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.inputs().len();
        let name = |r: Reg| {
            let r = usize::from(r);
            if r < n { format!("x{r}") } else { format!("t{}", r - n) }
        };
        let inputs: Vec<String> = self.inputs().iter().enumerate().map(|(i, &d)| format!("x{i}: {}", short(d))).collect();
        write!(f, "({}) {{ ", inputs.join(", "))?;
        for (i, Instr { op, dtype, .. }) in self.instrs().iter().enumerate() {
            write!(f, "t{i} = {}.{}", op.name(), short(*dtype))?;
            for &a in self.instrs()[i].args() {
                write!(f, " {}", name(a))?;
            }
            if let ScalarOp::Const(v) = *op {
                f.write_char(' ')?;
                match v {
                    Scalar::Bool(b) => write!(f, "{b}")?,
                    Scalar::Int(v) => write!(f, "{v}")?,
                    Scalar::Float(v) => show_float(f, *dtype, v)?,
                    Scalar::Complex(c) => {
                        f.write_char('(')?;
                        show_float(f, Dtype::Float32, c.re.into())?;
                        f.write_char(' ')?;
                        show_float(f, Dtype::Float32, c.im.into())?;
                        f.write_char(')')?;
                    }
                }
            }
            f.write_str("; ")?;
        }
        let outputs: Vec<String> = self.outputs().iter().map(|&r| name(r)).collect();
        write!(f, "}} -> {}", outputs.join(", "))
    }
}

/// The tokens of a program: punctuation, and runs of anything else between spaces.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn error(&self, message: impl Display) -> Error {
        Error::value(format!("[scalar program] {message} at byte {} of {:?}", self.at, self.text))
    }

    fn next(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let start = rest.len() - rest.trim_start().len();
        let token = &rest[start..];
        let is_mark = |c: char| "(){},;=".contains(c) || c.is_whitespace();
        let len = match token.chars().next() {
            None => 0,
            Some(c) if is_mark(c) => c.len_utf8(),
            // A colon is part of `nan:0x…`, and ends a name elsewhere.
            Some(':') => 1,
            Some('-') if token.starts_with("->") => 2,
            Some(_) => {
                let stop = |c: char| is_mark(c) || (c == ':' && !token.starts_with("nan:"));
                token.find(stop).unwrap_or(token.len())
            }
        };
        self.at += start + len;
        &token[..len]
    }

    fn peek(&self) -> &'a str {
        Tokens { text: self.text, at: self.at }.next()
    }

    fn expect(&mut self, wanted: &str) -> Result<()> {
        let got = self.peek();
        if got != wanted {
            return Err(self.error(format_args!("expected {wanted:?}, found {got:?}")));
        }
        self.next();
        Ok(())
    }

    fn name(&mut self) -> Result<&'a str> {
        let token = self.peek();
        if !token.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(self.error(format_args!("expected a name, found {token:?}")));
        }
        Ok(self.next())
    }

    fn dtype(&mut self, name: &str) -> Result<Dtype> {
        let found = SHORT.iter().position(|s| *s == name).map(|i| Dtype::ALL[i]);
        found.ok_or_else(|| self.error(format_args!("unknown dtype {name:?}")))
    }

    fn float(&mut self, dtype: Dtype) -> Result<f64> {
        let token = self.next();
        let value = if let Some(bits) = token.strip_prefix("nan:0x") {
            u64::from_str_radix(bits, 16).ok().map(f64::from_bits).filter(|v| v.is_nan())
        } else if token == "nan" {
            Some(f64::NAN)
        } else if dtype == Dtype::Float64 {
            token.parse().ok()
        } else {
            token.parse::<f32>().ok().map(f64::from)
        };
        value.ok_or_else(|| self.error(format_args!("{token:?} is not a {}", short(dtype))))
    }

    fn constant(&mut self, dtype: Dtype) -> Result<Scalar> {
        if dtype.is_complex() {
            self.expect("(")?;
            let re = self.float(Dtype::Float32)? as f32;
            let im = self.float(Dtype::Float32)? as f32;
            self.expect(")")?;
            Ok(Scalar::Complex(c64::new(re, im)))
        } else if dtype.is_float() {
            Ok(Scalar::Float(self.float(dtype)?))
        } else {
            let token = self.next();
            let value = match dtype {
                Dtype::Bool => token.parse().ok().map(Scalar::Bool),
                _ => token.parse().ok().map(Scalar::Int),
            };
            value.ok_or_else(|| self.error(format_args!("{token:?} is not a {}", short(dtype))))
        }
    }
}

impl FromStr for Program {
    type Err = Error;

    /// Parses the text form, checking names, arities and dtypes.
    fn from_str(text: &str) -> Result<Program> {
        let mut t = Tokens { text, at: 0 };
        let mut names: Vec<&str> = Vec::new();
        let mut inputs = Vec::new();
        t.expect("(")?;
        while t.peek() != ")" {
            if !inputs.is_empty() {
                t.expect(",")?;
            }
            names.push(t.name()?);
            t.expect(":")?;
            let d = t.name()?;
            inputs.push(t.dtype(d)?);
        }
        t.expect(")")?;
        t.expect("{")?;
        let mut b = Builder::new(&inputs);
        // The builder shares equal constants, so names map to registers.
        let mut regs: Vec<Reg> = (0..inputs.len() as Reg).collect();
        let find = |t: &Tokens, names: &[&str], regs: &[Reg], name: &str| {
            let i = names.iter().rposition(|n| *n == name);
            i.map(|i| regs[i]).ok_or_else(|| t.error(format_args!("unknown name {name:?}")))
        };
        while t.peek() != "}" {
            let name = t.name()?;
            t.expect("=")?;
            let head = t.name()?;
            let Some((op, dtype)) = head.split_once('.') else {
                return Err(t.error(format_args!("expected operation.dtype, found {head:?}")));
            };
            let dtype = t.dtype(dtype)?;
            let reg = if op == "const" {
                let value = t.constant(dtype)?;
                b.constant(value, dtype)
            } else {
                let Some(op) = ScalarOp::from_name(op) else {
                    return Err(t.error(format_args!("unknown operation {op:?}")));
                };
                let mut args = Vec::new();
                while t.peek() != ";" {
                    let arg = t.name()?;
                    args.push(find(&t, &names, &regs, arg)?);
                }
                match (op, &args[..]) {
                    (ScalarOp::Cast, &[x]) => b.cast(x, dtype),
                    _ => {
                        let reg = b.emit(op, &args)?;
                        if b.dtype_of(reg) != dtype {
                            return Err(t.error(format_args!("{} returns {}", op.name(), b.dtype_of(reg))));
                        }
                        reg
                    }
                }
            };
            t.expect(";")?;
            names.push(name);
            regs.push(reg);
        }
        t.expect("}")?;
        t.expect("->")?;
        let mut outputs = Vec::new();
        loop {
            let name = t.name()?;
            outputs.push(find(&t, &names, &regs, name)?);
            match t.next() {
                "," => {}
                "" => return Ok(b.finish(&outputs)),
                other => return Err(t.error(format_args!("expected the end, found {other:?}"))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_constant_reads_back() {
        for &op in ScalarOp::ALL {
            for d in Dtype::ALL.into_iter().step_by(if cfg!(miri) { 5 } else { 1 }) {
                let args = if op == ScalarOp::Select { vec![Dtype::Bool, d, d] } else { vec![d; op.arity()] };
                let mut b = Builder::new(&args);
                let regs: Vec<Reg> = (0..args.len() as Reg).collect();
                let out = match op {
                    ScalarOp::Cast => Dtype::ALL.iter().map(|&to| b.cast(0, to)).next_back().unwrap(),
                    _ => match b.emit(op, &regs) {
                        Ok(r) => r,
                        Err(e) => {
                            assert!(e.message().contains(op.name()) && e.message().contains(d.name()), "{e}");
                            continue;
                        }
                    },
                };
                let p = b.finish(&[out, 0]);
                assert_eq!(p.to_string().parse::<Program>().unwrap(), p);
            }
        }
    }

    #[test]
    fn constants_keep_their_bits() {
        let floats = [0.0, -0.0, 1.0 / 3.0, 1e-45, 3.4e38, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN, 5e-324];
        for d in Dtype::ALL {
            let mut b = Builder::new(&[]);
            let values = floats.iter().map(|&v| Scalar::Float(v));
            let odd_nan = Scalar::Float(f32::from_bits(0x7fc0_1230).into());
            let ints = [Scalar::Int(-1), Scalar::Int(u64::MAX.into()), Scalar::Complex(c64::new(-0.0, f32::NAN)), odd_nan];
            let regs: Vec<Reg> = values.chain(ints).map(|v| b.constant(v, d)).collect();
            let p = b.finish(&regs);
            let q: Program = p.to_string().parse().unwrap();
            // Debug output tells zeros apart; bits decide for NaN.
            assert_eq!(format!("{p:?}"), format!("{q:?}"));
            assert_eq!(p.to_string(), q.to_string());
        }
    }

    #[test]
    fn errors_say_what_and_where() {
        for (text, want) in [
            ("(x: f32) { y = foo.f32 x; } -> y", "unknown operation \"foo\""),
            ("(x: f33) { } -> x", "unknown dtype"),
            ("(x: f32) { y = add.f32 x; } -> y", "takes 2 arguments"),
            ("(x: f32) { y = neg.f32 z; } -> y", "unknown name \"z\""),
            ("(x: f32) { y = neg.f64 x; } -> y", "returns float32"),
            ("(x: i32) { y = exp.f32 x; } -> y", "int32"),
            ("(x: f32) { y = const.f32 abc; } -> y", "not a f32"),
            ("(x: f32) { } x", "expected \"->\""),
            ("(x: f32", "expected"),
            ("", "expected \"(\""),
            ("(x: f32) { } -> x x", "expected the end"),
        ] {
            let e = text.parse::<Program>().unwrap_err();
            assert!(e.message().contains(want), "{text}: {e}");
        }
    }
}
