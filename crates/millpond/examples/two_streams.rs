//! Two streams side by side: a matrix product on one, a chain of 500 exponentials on the other.
//!
//! Both streams are the CPU's, unless there is a GPU: then the product runs there and the chain, whose steps are too
//! small for a GPU, stays on the CPU. The arrays are the same either way. The chain is over as many rows as make both take
//! about as long.
//!
//! With the argument `run.html` it writes the timeline as a page too.

use std::collections::BTreeMap;
use std::time::Instant;

use millpond::prelude::*;
use millpond::timeline::{self, Span};

const ROUNDS: usize = 30;
const COLUMNS: u64 = 80;

/// A chain of 500 exponentials.
fn chain(c: &Array, stream: Stream) -> Result<Array> {
    stream.run(|| (0..500).try_fold(c.clone(), |c, _| c.exp()))
}

/// The product on the stream `wide`, the chain on the stream `deep`; neither needs the other. Their sum, on `wide`, needs both.
fn work([a, b, c]: [&Array; 3], wide: Stream, deep: Stream) -> Result<[Array; 3]> {
    let x = wide.run(|| a.matmul(b))?;
    let y = chain(c, deep)?;
    let z = wide.run(|| y.sum(keep(0))?.add(&x))?;
    Ok([x, y, z])
}

/// How many rows the chain needs to take as long as the product.
fn rows_alike(a: &Array, b: &Array, wide: Stream, deep: Stream) -> Result<usize> {
    const ROWS: usize = 512;
    let c = random::normal(&[ROWS, 4])?;
    let shortest = |build: &dyn Fn() -> Result<Array>| {
        // The first time, threads start and kernels are built.
        (0..4).map(|_| milliseconds(|| Ok([build()?]))).skip(1).try_fold(f64::MAX, |least, time| Ok::<_, Error>(least.min(time?)))
    };
    let (product, exponentials) = (shortest(&|| wide.run(|| a.matmul(b)))?, shortest(&|| chain(&c, deep))?);
    Ok(((ROWS as f64 * product / exponentials) as usize).clamp(ROWS, 1 << 16))
}

/// Milliseconds until everything that `build` builds is computed.
fn milliseconds<const N: usize>(build: impl FnOnce() -> Result<[Array; N]>) -> Result<f64> {
    let start = Instant::now();
    eval(&build()?)?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Draws when each task ran, one line a stream.
fn chart(spans: &[Span]) {
    let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(1);
    let column = |time: u64| ((time - first) * (COLUMNS - 1) / (last - first).max(1)) as usize;

    let mut streams: BTreeMap<usize, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        streams.entry(span.task.stream.index()).or_default().push(span);
    }
    for spans in streams.values() {
        let mut line = vec![' '; COLUMNS as usize];
        for span in spans {
            line[column(span.start)..=column(span.end)].fill('█');
        }
        let line: String = line.into_iter().collect();
        let Span { task, .. } = spans[0];
        println!("  {:>25} │{line}│ {} × {}", task.stream.to_string(), spans.len(), task.name);
    }
    println!("{:>29}{:>width$}", 0, format!("{:.2} ms", (last - first) as f64 / 1e6), width = COLUMNS as usize);
}

fn main() -> Result<()> {
    for kind in [DeviceType::Cpu, DeviceType::Gpu] {
        for index in 0..Device::count(kind) as u32 {
            println!("{}", Device { kind, index });
        }
    }
    let fastest = if Device::count(DeviceType::Gpu) > 0 { DeviceType::Gpu } else { DeviceType::Cpu };
    let (wide, deep) = (Stream::new(fastest)?, Stream::new(DeviceType::Cpu)?);

    let a = random::normal(&[4096, 512])?;
    let b = random::normal(&[512, 4])?;
    let c = random::normal(&[rows_alike(&a, &b, wide, deep)?, 4])?;
    let arrays = [&a, &b, &c];
    eval(arrays)?;
    milliseconds(|| work(arrays, wide, deep))?;

    let run = || {
        let built = work(arrays, wide, deep)?;
        eval(&built)?;
        Ok::<_, Error>(built)
    };
    let (together, spans) = match std::env::args().nth(1) {
        Some(page) => timeline::record_to(page, run)?,
        None => timeline::record(run),
    };
    println!("\nboth streams, task by task:");
    chart(&spans);

    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // In turn, so that a slow spell of the machine falls on both.
        one.push(milliseconds(|| work(arrays, deep, deep))?);
        two.push(milliseconds(|| work(arrays, wide, deep))?);
    }
    println!("\none stream {:.2} ms, two streams {:.2} ms (medians of {ROUNDS})", median(one), median(two));

    let alone = work(arrays, deep, deep)?;
    for (x, y) in together?.iter().zip(&alone) {
        // A GPU sums in another order.
        let tolerance = if fastest == DeviceType::Gpu { 1e-4 } else { 0.0 };
        let same = |(x, y): (&f32, &f32)| x == y || (x - y).abs() <= tolerance * (1.0 + y.abs());
        assert!(x.to_vec::<f32>()?.iter().zip(&y.to_vec::<f32>()?).all(same), "the streams must not change the numbers");
    }
    Ok(())
}
