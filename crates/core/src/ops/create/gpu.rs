//! Arrays made from positions, on GPUs.

use super::band::Band;
use crate::ext::gpu::{program, wgsl};
use crate::ext::*;

/// An expression for `x`, of type `from`, as a `to`.
fn cast(from: Dtype, to: Dtype, x: &str, call: &GpuCall) -> Result<String> {
    let text = if from == to { Some(x.to_owned()) } else { program::expression(ScalarOp::Cast, &[from], to, &[x]) };
    text.filter(|_| call.supports(to)).ok_or_else(|| call.declined(&format!("for {to}")))
}

/// The band as parameters, and the condition that column `j` of row `r` lies in it.
const INSIDE: &str = "let inside = bitcast<i32>(j) - bitcast<i32>(r) >= bitcast<i32>(P[1]) && \
                      bitcast<i32>(j) - bitcast<i32>(r) <= bitcast<i32>(P[2]);\n";

fn bounds(band: Band) -> [u32; 2] {
    [band.low, band.high].map(|b| b.clamp(i32::MIN.into(), i32::MAX.into()) as i32 as u32)
}

/// Ones inside of a band, zeros elsewhere.
pub(super) fn ones(band: Band, call: &mut GpuCall) -> Result<()> {
    let dtype = call.output_dtype(0);
    let value = cast(Dtype::Bool, dtype, "inside", call)?;
    let [low, high] = bounds(band);
    let columns = call.output_shape(0)[1] as u32;
    let body = || format!("let r = i / P[3];\nlet j = i % P[3];\n{INSIDE}let value = {value};\n");
    call.elements("band", dtype, &[], &[], &[low, high, columns], body)
}

/// Input 0 inside of a band of its last two axes, zeros elsewhere.
pub(super) fn within(band: Band, call: &mut GpuCall) -> Result<()> {
    call.check_output(0)?;
    let layout = call.input(0).layout().clone();
    let [.., rows, columns] = layout.shape[..] else { unreachable!("at least two axes") };
    let dtype = wgsl::carrier(call.output_dtype(0).size());
    let [low, high] = bounds(band);
    let source = call.source(0)?;
    let mut params = vec![0, low, high, columns as u32, rows as u32, source.start];
    gpu::push_walk(&mut params, &layout.shape, &layout.strides);
    let body = || {
        let x = wgsl::load(dtype, "a0", "P[5] + walk(6u, i)");
        let zero = wgsl::register(dtype);
        format!(
            "let r = (i / P[3]) % P[4];\nlet j = i % P[3];\n{INSIDE}let x = {x};\nvar value = {zero}();\nif (inside) {{ value = x; }}\n"
        )
    };
    call.elements("within a band", dtype, &[&source], &[], &params[1..], body)
}

/// Numbers below this are exact in `f32`.
const EXACT: usize = 1 << 24;

/// A number in two parts of `f32`.
fn parts(x: f64) -> [u32; 2] {
    let high = x as f32;
    let low = if high.is_finite() { (x - f64::from(high)) as f32 } else { 0.0 };
    [high.to_bits(), low.to_bits()]
}

/// `start + i step`.
pub(super) fn steps(start: Scalar, step: Scalar, call: &mut GpuCall) -> Result<()> {
    let dtype = call.output_dtype(0);
    if dtype.is_integer() {
        let words = |s: Scalar| {
            let bits = dispatch!(dtype, T => T::from_scalar(s).to_scalar().to_int()) as u64;
            [bits as u32, (bits >> 32) as u32]
        };
        let value = match dtype {
            _ if dtype.size() == 8 => {
                let sum = "((u64(P[1]) | (u64(P[2]) << 32u)) + u64(i) * (u64(P[3]) | (u64(P[4]) << 32u)))";
                if dtype == Dtype::Int64 { format!("bitcast<i64>({sum})") } else { sum.to_owned() }
            }
            _ if dtype.is_signed_integer() => wgsl::wrapped(dtype, "bitcast<i32>(P[1] + i * P[3])".into()),
            _ => wgsl::wrapped(dtype, "(P[1] + i * P[3])".into()),
        };
        if !call.supports(dtype) {
            return Err(call.declined(&format!("for {dtype}")));
        }
        let params = [words(start), words(step)].concat();
        return call.elements("steps", dtype, &[], &[], &params, || format!("let value = {value};\n"));
    }
    if call.output_shape(0)[0] > EXACT {
        return Err(call.declined("for so many numbers"));
    }
    let value = cast(Dtype::Float32, dtype, "x", call)?;
    let params = [parts(start.to_f64()), parts(step.to_f64())].concat();
    let body = || {
        let p = |k: usize| format!("bitcast<f32>(P[{k}])");
        let (s, s_low, d, d_low) = (p(1), p(2), p(3), p(4));
        format!("let k = f32(i);\nlet x = fma(k, {d}, {s}) + fma(k, {d_low}, {s_low});\nlet value = {value};\n")
    };
    call.elements("steps", dtype, &[], &[], &params, body)
}

/// `start` to `stop` in so many parts.
pub(super) fn between(start: f64, stop: f64, parts: usize, call: &mut GpuCall) -> Result<()> {
    let dtype = call.output_dtype(0);
    if parts > EXACT {
        return Err(call.declined("for so many numbers"));
    }
    let value = cast(Dtype::Float32, dtype, "x", call)?;
    let params = [start as f32, stop as f32, parts as f32].map(f32::to_bits);
    let body = || {
        format!(
            "let t = f32(i) / bitcast<f32>(P[3]);\nlet x = (1.0 - t) * bitcast<f32>(P[1]) + t * bitcast<f32>(P[2]);\n\
             let value = {value};\n"
        )
    };
    call.elements("between", dtype, &[], &[], &params, body)
}
