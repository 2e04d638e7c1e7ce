//! The 8-bit floating-point format E4M3 (OCP 8-bit Floating Point Specification 1.0): a sign, 4 exponent bits with bias 7, 3
//! fraction bits, no infinities, one NaN pattern a sign, largest number 448. Its bits are stored in `uint8`.

use super::*;
use crate::ext::*;

const LARGEST: f32 = 448.0;
const NAN: u8 = 0x7f;

op! {
    to_fp8 "(x: array)" => |c| to_fp8(c.array(0)?);
    /// The bits (`uint8`) of the E4M3 number nearest to each element, ties to even; beyond ±448 the nearest is ±448.
    ///
    /// # Errors
    /// When `x` is not of a real floating-point dtype.
    pub fn to_fp8(x: &Array) -> Result<Array> {
        if !x.dtype().is_float() {
            return Err(undefined("to_fp8", &[x.dtype()]));
        }
        Array::apply(Handle::Static(&Fp8::Encode), &[astype(x, Dtype::Float32)?])
    }

    from_fp8 "(x: array, dtype: dtype = bfloat16)" => |c| from_fp8(c.array(0)?, c.dtype(1)?);
    /// The numbers of type `dtype` that the E4M3 bits (`uint8`) in `x` stand for.
    ///
    /// # Errors
    /// When `x` is not `uint8`, or `dtype` is no real floating-point dtype.
    pub fn from_fp8(x: &Array, dtype: Dtype) -> Result<Array> {
        if x.dtype() != Dtype::Uint8 || !dtype.is_float() {
            return Err(undefined("from_fp8", &[x.dtype(), dtype]));
        }
        astype(&Array::apply(Handle::Static(&Fp8::Decode), std::slice::from_ref(x))?, dtype)
    }
}

/// The declarations of the conversions to and from 8-bit floats.
pub static FP8: &[&OpDecl] = &[&to_fp8::DECL, &from_fp8::DECL];

enum Fp8 {
    Encode,
    Decode,
}

impl Primitive for Fp8 {
    fn name(&self) -> &str {
        match self {
            Fp8::Encode => "to_fp8",
            Fp8::Decode => "from_fp8",
        }
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let dtype = match self {
            Fp8::Encode => Dtype::Uint8,
            Fp8::Decode => Dtype::Float32,
        };
        Ok(smallvec![Spec::new(&inputs[0].shape, dtype)])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let input = call.contiguous(0)?;
        match self {
            Fp8::Encode => convert(&input, call.output(0)?, encode),
            Fp8::Decode => {
                let table: [f32; 256] = std::array::from_fn(|bits| decode(bits as u8));
                convert(&input, call.output(0)?, |bits: u8| table[usize::from(bits)]);
            }
        }
        Ok(())
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None; call.wanted.len()])
    }
    fn jvp(&self, _call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        vmap_elementwise(call)
    }
}

fn convert<A: Element, B: Element>(input: &Value, output: &mut [B], f: impl Fn(A) -> B) {
    let input = input.as_slice::<A>().expect("contiguous and of the dtype inferred");
    output.iter_mut().zip(input).for_each(|(o, &i)| *o = f(i));
}

fn decode(bits: u8) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 3 & 15), f32::from(bits & 7));
    let size = match exponent {
        _ if bits & NAN == NAN => f32::NAN,
        0 => fraction / 8.0 * 2f32.powi(-6),
        e => (1.0 + fraction / 8.0) * 2f32.powi(e - 7),
    };
    if bits & 0x80 != 0 { -size } else { size }
}

fn encode(x: f32) -> u8 {
    let sign = if x.is_sign_negative() { 0x80 } else { 0 };
    if x.is_nan() {
        return sign | NAN;
    }
    let size = x.abs().min(LARGEST);
    // The spacing of E4M3 numbers around `size`; in units of it every such number is an integer below 16.
    let exponent = ((size.to_bits() >> 23) as i32 - 127).max(-6);
    let units = (size / 2f32.powi(exponent - 3)).round_ties_even() as u8;
    sign | ((((exponent + 7) as u8) << 3) + units).wrapping_sub(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_survives_a_round_trip() {
        for bits in 0..=255u8 {
            let x = decode(bits);
            assert!(x.is_nan() || encode(x) == bits, "{bits:#x} is {x} is {:#x}", encode(x));
        }
    }

    #[test]
    fn rounds_to_nearest_even_and_saturates() {
        let cases =
            [(1.0, 56), (448.0, 126), (500.0, 126), (f32::INFINITY, 126), (-1e9, 254), (0.1, 29), (0.001, 1), (-0.0, 128)];
        cases.iter().for_each(|&(x, bits)| assert_eq!(encode(x), bits, "{x}"));
        assert_eq!((encode(17.0), encode(19.0)), (encode(16.0), encode(20.0)));
        assert_eq!(encode(f32::NAN), NAN);
    }
}
