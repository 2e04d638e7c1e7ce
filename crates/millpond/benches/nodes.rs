//! What it costs to build a node of the graph, and to build and evaluate a tiny one: `cargo bench --bench nodes`.

use std::hint::black_box;
use std::time::Instant;

use millpond::prelude::*;

const SAMPLES: usize = 31;
const CALLS: u32 = 20_000;

/// Prints the median cost of a call of `f`.
fn measure(name: &str, mut f: impl FnMut() -> Result<Array>) -> Result<()> {
    let mut nanoseconds = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(f()?);
        }
        nanoseconds.push(start.elapsed().as_nanos() as f64 / f64::from(CALLS));
    }
    nanoseconds.sort_by(f64::total_cmp);
    println!("{name:32} {:8.0} ns", nanoseconds[SAMPLES / 2]);
    Ok(())
}

fn main() -> Result<()> {
    let a = Array::from_slice(&[1.0f32, 2.0, 3.0, 4.0], &[4])?;
    let b = Array::from_slice(&[0.5f32, 1.5, 2.5, 3.5], &[4])?;
    println!("one call, median of {SAMPLES} times {CALLS}");
    measure("build a + b", || Ok(&a + &b))?;
    measure("build a + 2.0", || Ok(&a + 2.0))?;
    measure("build exp(a)", || a.exp())?;
    measure("build and evaluate a + b", || {
        let sum = &a + &b;
        sum.eval()?;
        Ok(sum)
    })?;
    measure("build and evaluate 10 in a chain", || {
        let end = (0..10).fold(a.clone(), |x, _| x + &b);
        end.eval()?;
        Ok(end)
    })?;
    dispatches()
}

/// Prints the processor time that the thread which encodes for a GPU takes for one dispatch, if there is a GPU. `MILLPOND_GPU=software`
/// makes one.
fn dispatches() -> Result<()> {
    if Device::count(DeviceType::Gpu) == 0 {
        return Ok(());
    }
    let chain = |n: u32| {
        let start = ones(&[4, 4], Dtype::Float32)?;
        // Not fused: a run of a kernel each.
        let end = gpu()?.run(|| (0..n).try_fold(start, |x, _| x.softmax(-1, false)))?;
        eval([&end])
    };
    chain(1000)?;
    let before = encoding();
    chain(CALLS)?;
    if let (Some(before), Some(after)) = (before, encoding()) {
        println!("{:32} {:8.0} ns", "encode one dispatch", (after - before) as f64 / f64::from(CALLS));
    }
    Ok(())
}

/// Nanoseconds of processor time so far of the threads that encode, where the system tells.
fn encoding() -> Option<u64> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?.flatten();
    let lanes = threads.filter(|t| {
        let name = std::fs::read_to_string(t.path().join("comm")).unwrap_or_default();
        name.trim_end().strip_prefix("millpond-gpu-").is_some_and(|n| n.parse::<usize>().is_ok())
    });
    let time =
        |t: std::fs::DirEntry| std::fs::read_to_string(t.path().join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok();
    Some(lanes.filter_map(time).sum())
}
