//! One memory for the CPU and the GPU: the same arrays on both, and a function split between them.
//!
//! With `MILLPOND_GPU=software` a driver that runs on the CPU plays the GPU; without any GPU, a second stream of the CPU takes its place.

use std::time::Instant;

use millpond::prelude::*;
use millpond::{Transfers, transfers};

const ROUNDS: usize = 5;

/// A stream with its name in the table.
type Named = (&'static str, Stream);

fn bytes_since(before: Transfers) -> u64 {
    let now = transfers();
    now.to_device - before.to_device + now.to_host - before.to_host
}

fn assert_close(x: &Array, y: &Array) -> Result<()> {
    for (x, y) in x.to_vec::<f32>()?.iter().zip(y.to_vec::<f32>()?) {
        assert!(*x == y || (x - y).abs() <= 1e-4 * (1.0 + y.abs()), "{x} and {y}");
    }
    Ok(())
}

/// Arrays have no location: operations have one.
fn same_arrays(other: Stream) -> Result<()> {
    let before = transfers();
    let (a, b) = (random::normal(&[1000, 1000])?, random::normal(&[1000, 1000])?);
    let x = cpu().run(|| a.add(&b))?;
    let y = other.run(|| a.add(&b))?; // both may run at once: they read the same a and b
    let c = cpu().run(|| a.add(&b))?;
    let d = other.run(|| a.add(&c))?; // waits for c by itself
    assert_close(&x, &y)?;
    assert_close(&d, &(&a + &c))?;
    println!("add on both devices copied {} bytes", bytes_since(before));
    Ok(())
}

/// A product on `d1` and 500 small steps on `d2`, which do not need each other.
fn split(a: &Array, b: &Array, d1: Stream, d2: Stream) -> Result<[Array; 2]> {
    let x = d1.run(|| a.matmul(b))?;
    let y = d2.run(|| (0..500).try_fold(b.clone(), |b, _| b.exp()))?;
    Ok([x, y])
}

/// The function in all four placements: large operations suit a GPU, chains of small ones the CPU.
fn placements(streams: [Named; 2]) -> Result<()> {
    let (a, b) = (random::normal(&[4096, 512])?, random::normal(&[512, 4])?);
    eval([&a, &b])?;
    let runs: Vec<(Named, Named)> = streams.iter().flat_map(|&first| streams.map(|second| (first, second))).collect();
    let reference = split(&a, &b, cpu(), cpu())?;
    for (first, second) in &runs {
        // The first time, kernels are compiled.
        for (x, y) in split(&a, &b, first.1, second.1)?.iter().zip(&reference) {
            assert_close(x, y)?;
        }
    }
    let mut rows: Vec<(Vec<f64>, u64)> = vec![Default::default(); runs.len()];
    for _ in 0..ROUNDS {
        // In turn, so that a slow spell of the machine falls on all.
        for ((first, second), (times, bytes)) in runs.iter().zip(&mut rows) {
            let (before, start) = (transfers(), Instant::now());
            eval(&split(&a, &b, first.1, second.1)?)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            *bytes = bytes_since(before);
        }
    }
    println!("\n{:>8} {:>8} {:>12} {:>12}", "product", "chain", "time", "copied");
    let mut medians = Vec::new();
    for ((first, second), (mut times, bytes)) in runs.iter().zip(rows) {
        times.sort_by(f64::total_cmp);
        medians.push(times[ROUNDS / 2]);
        println!("{:>8} {:>8} {:9.2} ms {bytes:>6} bytes", first.0, second.0, times[ROUNDS / 2]);
    }
    // The third has the product on the second stream and the chain on the first.
    for (name, time) in [(streams[0].0, medians[0]), (streams[1].0, medians[3])] {
        println!("split against all on {name}: {:.2} times as fast", time / medians[2]);
    }
    Ok(())
}

/// Every GPU is a device of its own; parts of one array are shared out among all devices.
fn many_devices() -> Result<()> {
    let of = |kind| (0..Device::count(kind) as u32).map(move |index| Device { kind, index });
    let devices: Vec<Device> = of(DeviceType::Cpu).chain(of(DeviceType::Gpu)).collect();
    let x = random::normal(&[256])?;
    for device in devices {
        println!("{device}: {}", device.info()?.name);
        assert_close(&Stream::new(device)?.run(|| x.square())?, &x.square()?)?;
    }
    Ok(())
}

/// Any thread may use any stream and read any array.
fn many_threads(other: Stream) -> Result<()> {
    let shared = other.run(|| ones(&[64, 64], Dtype::Float32)?.exp())?;
    let sums: Vec<f32> = std::thread::scope(|scope| {
        let sum = |k: usize| {
            let (shared, stream) = (&shared, if k % 2 == 1 { other } else { cpu() });
            scope.spawn(move || stream.run(|| shared.multiply(k as f32)?.sum(..))?.item::<f32>())
        };
        let threads: Vec<_> = (0..8).map(sum).collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).collect::<Result<_>>()
    })?;
    assert!(sums.iter().enumerate().all(|(k, s)| (s - k as f32 * sums[1]).abs() <= 1e-3 * s.abs()));
    println!("\neight threads on two streams agree");
    Ok(())
}

fn main() -> Result<()> {
    many_devices()?;
    let there = Device::count(DeviceType::Gpu) > 0;
    let other = Stream::new(if there { DeviceType::Gpu } else { DeviceType::Cpu })?;
    println!("{}", if there { "the first GPU beside the CPU" } else { "no GPU: a second stream of the CPU stands in" });
    same_arrays(other)?;
    placements([("cpu", cpu()), (if there { "gpu" } else { "cpu 2" }, other)])?;
    many_threads(other)
}
