//! Order and liveness over several streams: random graphs against one stream, many threads at once, streams of their own.
//!
//! `MILLPOND_STRESS_SECONDS` makes the timed ones run longer (two seconds by default).

use millpond_core::array::Array;
use millpond_core::device::{CPU, Device, DeviceType};
use millpond_core::error::Kind;
use millpond_core::graph::{async_eval, eval};
use millpond_core::ops::elementwise::{add, multiply, negative};
use millpond_core::ops::view::transpose;
use millpond_core::stream::{Stream, cpu, gpu};
use std::time::{Duration, Instant};

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
}

fn stress_time() -> Duration {
    let seconds = std::env::var("MILLPOND_STRESS_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(2);
    Duration::from_secs(seconds)
}

/// A graph drawn from `seed`, each operation on a stream drawn from `streams`; evaluated at random places on the way.
fn random_graph(seed: u64, streams: &[Stream]) -> Vec<f32> {
    let mut shape = Random(seed);
    let mut place = Random(seed ^ 0xabcdef);
    let data: Vec<f32> = (0..16).map(|i| (i % 5) as f32 - 2.0).collect();
    let mut arrays = vec![Array::from_slice(&data, &[4, 4]).unwrap()];
    for _ in 0..40 {
        let a = arrays[shape.below(arrays.len())].clone();
        let b = arrays[shape.below(arrays.len())].clone();
        let stream = streams[place.below(streams.len())];
        let next = stream.run(|| match shape.below(5) {
            0 => add(&a, &b),
            1 => multiply(&a, 0.5),
            2 => negative(&a),
            3 => transpose(&a, ..),
            _ => multiply(add(&a, transpose(&b, ..).unwrap()).unwrap(), 0.25),
        });
        arrays.push(next.unwrap());
        match shape.below(12) {
            0 => async_eval([&arrays[arrays.len() - 1]]).unwrap(),
            1 => arrays[shape.below(arrays.len())].eval().unwrap(),
            2 if arrays.len() > 8 => drop(arrays.swap_remove(1)),
            _ => {}
        }
    }
    eval(&arrays).unwrap();
    arrays.iter().flat_map(|a| a.to_vec::<f32>().unwrap()).collect()
}

#[test]
fn thousands_of_random_graphs_equal_one_stream() {
    let streams: Vec<Stream> = (0..4).map(|_| Stream::new(CPU).unwrap()).collect();
    for seed in 0..3000 {
        assert_eq!(random_graph(seed, &streams), random_graph(seed, &[cpu()]), "seed {seed}");
    }
}

#[test]
fn overlapping_graphs_on_two_streams_never_deadlock() {
    let streams = [Stream::new(CPU).unwrap(), Stream::new(CPU).unwrap()];
    let deadline = Instant::now() + stress_time();
    let mut seed = 0;
    while Instant::now() < deadline {
        seed += 1;
        let x = Array::from_slice(&[1.0f32; 64], &[64]).unwrap();
        let mut shared = vec![x];
        for i in 0..60 {
            let (a, b) = (&shared[i], &shared[i / 2]);
            let next = streams[(i + seed) % 2].run(|| multiply(add(a, b).unwrap(), 0.5)).unwrap();
            shared.push(next);
        }
        std::thread::scope(|scope| {
            let targets = [&shared[60], &shared[59], &shared[31]];
            let threads: Vec<_> = targets.map(|t| scope.spawn(move || t.to_vec::<f32>().unwrap())).into_iter().collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap(), [1.0f32; 64]);
            }
        });
    }
}

#[test]
fn ten_threads_get_what_one_gets() {
    let deadline = Instant::now() + stress_time();
    let data: Vec<f32> = (0..512).map(|i| i as f32 / 512.0).collect();
    let x = Array::from_slice(&data, &[512]).unwrap();
    let shared: Vec<Array> = (0..30).map(|i| multiply(&x, f64::from(i) / 8.0).unwrap()).collect();
    let expected: Vec<f32> = {
        let own: Vec<Array> = (0..30).map(|i| multiply(&x, f64::from(i) / 8.0).unwrap()).collect();
        total(&own).to_vec().unwrap()
    };
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let own = Stream::new(CPU).unwrap();
                while Instant::now() < deadline {
                    assert_eq!(own.run(|| total(&shared)).to_vec::<f32>().unwrap(), expected);
                }
            });
        }
    });
}

fn total(arrays: &[Array]) -> Array {
    arrays[1..].iter().fold(arrays[0].clone(), |sum, a| add(&sum, a).unwrap())
}

#[test]
fn a_missing_gpu_is_a_clear_error() {
    if Device::count(DeviceType::Gpu) > 0 {
        return;
    }
    let error = gpu().unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    assert!(error.message().contains("Device(gpu, 0) is not available"), "{error}");
    assert!(Stream::new(Device { kind: DeviceType::Cpu, index: 3 }).unwrap_err().message().contains("Device(cpu, 3)"));
    assert!(Device::from(DeviceType::Gpu).set_default().is_err());
    add(Array::from_slice(&[1.0f32], &[1]).unwrap(), 1.0).unwrap().eval().unwrap();
}

#[test]
fn the_current_stream_is_the_innermost() {
    let (a, b) = (Stream::new(CPU).unwrap(), Stream::new(CPU).unwrap());
    assert_eq!(a.run(|| (Stream::current(), b.run(Stream::current), Stream::current())), (a, b, a));
    assert_eq!(Stream::current(), cpu());
    assert!(std::panic::catch_unwind(|| a.run(|| panic!("inside"))).is_err());
    assert_eq!(Stream::current(), cpu(), "restored after a panic");
}

#[cfg(unix)]
#[test]
fn a_forked_child_computes() {
    let stream = Stream::new(CPU).unwrap();
    let x = Array::from_slice(&[1.0f32, 2.0], &[2]).unwrap();
    async_eval([&stream.run(|| add(&x, 1.0)).unwrap()]).unwrap();
    stream.synchronize().unwrap();
    // SAFETY: the child only computes and exits without running this process's destructors.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let y = stream.run(|| add(&x, 5.0)).unwrap();
        let ok = async_eval([&y]).is_ok() && y.to_vec::<f32>().is_ok_and(|v| v == [6.0, 7.0]);
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(if ok { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: waits for the child made above.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(status, 0, "the child computes as its parent does");
}
