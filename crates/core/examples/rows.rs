//! Times reductions, softmax, scans and sorts: `cargo run --release -p millpond-core --example rows`.

use millpond_core::ext::*;
use millpond_core::ops::elementwise::astype;
use millpond_core::ops::scan::Scan;
use millpond_core::ops::view::transpose;
use std::time::Instant;

/// Processor time of this process: what the wall clock would show on an idle machine with one thread.
fn cpu_seconds() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `t` is writable.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}

fn main() -> Result<()> {
    let only = std::env::args().nth(1).unwrap_or_default();
    let mut state = 1u32;
    let data: Vec<f32> = (0..16 << 20)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect();
    let of = |shape: &[usize]| Array::from_slice(&data[..size(shape)], shape);
    let (long, square, wide, million, rows) =
        (of(&[16 << 20])?, of(&[4096, 4096])?, of(&[4096, 1024])?, of(&[1 << 20])?, of(&[1024, 1024])?);
    let (thin, tiny, half) = (of(&[1 << 20, 3])?, of(&[8])?, astype(&wide, Dtype::Bfloat16)?);
    let doubles = astype(&million, Dtype::Float64)?;
    eval([&half, &doubles])?;
    let across = transpose(&square, ..)?;
    type Case<'a> = (&'a str, Box<dyn Fn() -> Result<Array> + 'a>);
    let cases: Vec<Case> = vec![
        ("sum 16M", Box::new(|| long.sum(..))),
        ("sum 4096² over 0", Box::new(|| square.sum(0))),
        ("sum 4096² over 1", Box::new(|| square.sum(1))),
        ("sum 4096²ᵀ over 0", Box::new(|| across.sum(0))),
        ("sum 1M×3 over 1", Box::new(|| thin.sum(1))),
        ("sum 1M×3 over 0", Box::new(|| thin.sum(0))),
        ("sum of 8", Box::new(|| tiny.sum(..))),
        ("sum of squares 16M", Box::new(|| long.square()?.sum(..))),
        ("max 16M", Box::new(|| long.max(..))),
        ("argmax 16M", Box::new(|| long.argmax(..))),
        ("argmax 4096² over 0", Box::new(|| square.argmax(0))),
        ("argmax 4096² over 1", Box::new(|| square.argmax(1))),
        ("any 16M", Box::new(|| long.any(..))),
        ("mean bf16 4M", Box::new(|| half.mean(..))),
        ("var 4096×1024 over 1", Box::new(|| wide.var(1, 0))),
        ("logsumexp 4096×1024", Box::new(|| wide.logsumexp(1))),
        ("softmax 4096×1024", Box::new(|| wide.softmax(-1, false))),
        ("softmax 4096×1024 over 0", Box::new(|| wide.softmax(0, false))),
        ("cumsum 4096×1024 along 1", Box::new(|| wide.cumsum(1, Scan::default()))),
        ("cumsum 4096×1024 along 0", Box::new(|| wide.cumsum(0, Scan::default()))),
        ("cumsum 16M", Box::new(|| long.cumsum(0, Scan::default()))),
        ("sort 1M f32", Box::new(|| million.sort(0))),
        ("sort 1M f64", Box::new(|| doubles.sort(0))),
        ("sort 1024²", Box::new(|| rows.sort(-1))),
        ("argsort 1M", Box::new(|| million.argsort(0))),
        ("argsort 1024²", Box::new(|| rows.argsort(-1))),
        ("topk 8 of 1024²", Box::new(|| rows.topk(8, -1))),
    ];
    for (name, run) in cases.iter().filter(|c| c.0.contains(&only)) {
        let mut least = f64::INFINITY;
        let mut times: Vec<f64> = (0..9)
            .map(|_| {
                let (start, used) = (Instant::now(), cpu_seconds());
                run()?.eval()?;
                least = least.min((cpu_seconds() - used) * 1e3);
                Ok(start.elapsed().as_secs_f64() * 1e3)
            })
            .collect::<Result<_>>()?;
        times.sort_by(f64::total_cmp);
        println!("{name:26} {:9.4} ms  least {:9.4} ms {:9.4} ms of processor time", times[4], times[0], least);
    }
    Ok(())
}
