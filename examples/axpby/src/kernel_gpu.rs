//! The GPU kernel, in WGSL: any strides, the same four types.

use millpond::ext::gpu::{GROUP, wgsl};
use millpond::ext::*;

/// Computes the one output of `call`.
pub fn run(call: &mut GpuCall, alpha: f64, beta: f64) -> Result<()> {
    let dtype = call.output_dtype(0);
    if !matches!(dtype, Dtype::Float32 | Dtype::Float16 | Dtype::Bfloat16 | Dtype::Complex64) {
        return Err(call.declined(&format!("for {dtype}")));
    }
    let shape = Shape::from_slice(call.output_shape(0));
    let n = size(&shape);
    if n == 0 {
        return Ok(());
    }
    let (x, y) = (call.source(0)?, call.source(1)?);
    let mut params = vec![n as u32, (alpha as f32).to_bits(), (beta as f32).to_bits(), x.start, y.start];
    params.extend(shape.iter().map(|&d| d as u32));
    for i in 0..2 {
        params.extend(call.input(i).layout().strides.iter().map(|&s| s as i32 as u32));
    }
    let z = call.sink(0)?;
    // Elements narrower than a word share one, so that a thread writes them together.
    let groups = call.groups_for(n.div_ceil(wgsl::per_word(dtype)));
    call.run(&format!("{dtype} {}", shape.len()), &[&x, &y], &[&z], &params, groups, || Ok(source(dtype, shape.len())))
}

/// The kernel for elements of type `dtype` with `rank` axes. Parameters: how many, alpha, beta, where x and y start, the shape,
/// the strides of x and of y.
fn source(dtype: Dtype, rank: usize) -> String {
    let per = wgsl::per_word(dtype);
    let (x, y) = (wgsl::load(dtype, "a0", "at.x"), wgsl::load(dtype, "a1", "at.y"));
    let store = match per {
        1 => wgsl::store(dtype, "b0", "i", "z"),
        _ => format!("word |= {} << (j * {}u);", wgsl::bits(dtype, "z"), 32 / per),
    };
    let last = if per == 1 { "" } else { "b0[first / per] = word;" };
    let body = format!(
        "\
const per = {per}u;

// Where element i, in row-major order, of x and y is.
fn places(i: u32) -> vec2<u32> {{
    var at = vec2<u32>(P[3], P[4]);
    var left = i;
    for (var d = {rank}u; d > 0u; d--) {{
        let length = P[4u + d];
        at += (left % length) * vec2<u32>(P[4u + {rank}u + d], P[4u + 2u * {rank}u + d]);
        left /= length;
    }}
    return at;
}}

{main}
    let first = (group * {GROUP}u + lane) * per;
    let alpha = bitcast<f32>(P[1]);
    let beta = bitcast<f32>(P[2]);
    var word = 0u;
    for (var j = 0u; j < per; j++) {{
        let i = first + j;
        if (i < P[0]) {{
            let at = places(i);
            let z = alpha * {x} + beta * {y};
            {store}
        }}
    }}
    if (first < P[0]) {{ {last} }}
}}
",
        main = wgsl::main(GROUP as usize)
    );
    wgsl::with_library(&(wgsl::buffers(2, 1) + &body))
}
