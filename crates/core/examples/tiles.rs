//! Times fused programs: `cargo run --release -p millpond-core --example tiles`.

use millpond_core::cpu::fused::{Compiled, Sink, Source, run};
use millpond_core::scalar::Program;
use millpond_core::shape::{Strides, row_major};
use std::time::Instant;

/// Processor time of this process: what the wall clock would show on an idle machine with one thread.
fn cpu_seconds() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `t` is writable.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}

fn time(name: &str, text: &str, shape: &[usize], transposed: bool) {
    let program: Program = text.parse().unwrap();
    let n: usize = shape.iter().product();
    let mut inputs: Vec<Vec<f32>> =
        (0..program.inputs().len()).map(|k| (0..n).map(|i| (i % 1000 + k) as f32 * 1e-3).collect()).collect();
    let mut out = vec![0f64; n.max(2)];
    let sources: Vec<Source> = inputs
        .iter_mut()
        .enumerate()
        .map(|(k, v)| {
            let mut strides: Strides = row_major(shape);
            if transposed && k == 1 {
                strides.reverse();
            }
            Source { ptr: v.as_ptr().cast(), strides }
        })
        .collect();
    let sinks = [Sink::new(out.as_mut_ptr().cast(), 0)];
    let reps = (40_000_000 / n.max(1)).clamp(5, 200_000);
    let (mut best, mut cpu) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..5 {
        let (start, used) = (Instant::now(), cpu_seconds());
        for _ in 0..reps {
            let c = Compiled::new(&program).unwrap();
            // SAFETY: sources and the sink have the shape.
            unsafe { run(&c, shape, &sources, &sinks) };
        }
        best = best.min(start.elapsed().as_secs_f64() / reps as f64);
        cpu = cpu.min((cpu_seconds() - used) / reps as f64);
    }
    println!("{name:28} {:>12.3} µs {:>12.3} µs of processor time", best * 1e6, cpu * 1e6);
}

fn main() {
    let add = "(x: f32, y: f32) { a = add.f32 x y; } -> a";
    time("add, 4 elements", add, &[4], false);
    time("add, 4M", add, &[1 << 22], false);
    time("add, 16M", add, &[1 << 24], false);
    time("add, 4096²", add, &[4096, 4096], false);
    time("a + b.T, 4096²", add, &[4096, 4096], true);
    time("add 1000x3 + T", add, &[1000, 1000], true);
    let chain = "(x: f32, y: f32) { a = add.f32 x y; b = mul.f32 a x; c = sub.f32 b y; d = max.f32 c x; e = mul.f32 d d; \
                 f = add.f32 e y; g = neg.f32 f; h = abs.f32 g; } -> h";
    time("chain of 8, 4M", chain, &[1 << 22], false);
    for f in [
        "exp", "log", "sin", "tan", "tanh", "erf", "sigmoid", "expm1", "log1p", "sqrt", "asin", "atan", "erfinv", "floor",
        "rsqrt",
    ] {
        time(&format!("{f}, 8M"), &format!("(x: f32) {{ a = {f}.f32 x; }} -> a"), &[1 << 23], false);
    }
    time("pow, 8M", "(x: f32, y: f32) { a = pow.f32 x y; } -> a", &[1 << 23], false);
    time("gt+select, 8M", "(x: f32, y: f32) { c = gt.bool x y; a = select.f32 c x y; } -> a", &[1 << 23], false);
    let gelu = "(x: f32) { k = const.f32 0.70710677; a = mul.f32 x k; b = erf.f32 a; o = const.f32 1.0; c = add.f32 b o; \
                h = const.f32 0.5; d = mul.f32 x h; e = mul.f32 d c; } -> e";
    time("gelu (erf), 4M", gelu, &[1 << 22], false);
    let half = |t: &str| "(x: T, y: T) { a = mul.T x y; b = add.T a y; } -> b".replace('T', t);
    time("f16 mul add, 8M", &half("f16"), &[1 << 23], false);
    time("bf16 mul add, 8M", &half("bf16"), &[1 << 23], false);
    time("f32->i32, 8M", "(x: f32) { a = cast.i32 x; } -> a", &[1 << 23], false);
}
