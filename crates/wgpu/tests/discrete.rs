//! The software device used as if it had memory of its own: arrays are copied, once in each direction.
#![cfg(target_os = "linux")]

mod driver;
mod folds;
mod graphs;

use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::error::{Kind, Result};
use millpond_core::gpu::{kernels, transfers};
use millpond_core::graph::{eval, timeline};
use millpond_core::memory::allocator::set_memory_limit;
use millpond_core::ops::elementwise::{add, exp, multiply};
use millpond_core::ops::matmul::matmul;
use millpond_core::ops::reduce::sum;
use millpond_core::ops::view::broadcast_to;
use millpond_core::stream::cpu;
use std::sync::{Mutex, MutexGuard};

/// Tests that count take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|e| e.into_inner())
}

fn ramp(n: usize) -> Array {
    Array::from_slice(&(0..n).map(|i| (i % 1024) as f32).collect::<Vec<_>>(), &[n]).unwrap()
}

#[test]
fn reductions_without_subgroups() {
    let _turn = alone();
    folds::reductions(driver::gpu(true));
    assert!(!kernels().iter().any(|k| k.name.contains(" subgroups")));
}

#[test]
fn copies_go_when_the_device_is_full() {
    const N: usize = 1 << 20;
    let _turn = alone();
    let gpu = driver::gpu(true);
    let arrays: Vec<Array> = (0..12).map(|_| ramp(N)).collect();
    let row = broadcast_to(&ramp(1 << 10), &[1 << 14, 1 << 10]).unwrap();
    let sums = |arrays: &[Array]| -> Result<Vec<Array>> {
        arrays.iter().map(|x| gpu.run(|| sum(x, 0)).and_then(|total| total.eval().map(|()| total))).collect()
    };
    let before = transfers().to_device;
    // Room for four of the twelve.
    let limit = set_memory_limit(18 << 20);
    let totals = sums(&arrays).and_then(|all| Ok([all, sums(&arrays[..1])?].concat()));
    let large = gpu.run(|| exp(&row)).unwrap();
    let too_large = large.eval();
    set_memory_limit(limit);
    let totals = totals.expect("copies that the host has are dropped for others");
    assert_eq!(transfers().to_device - before - 4096, 13 * 4 * N as u64, "the first was dropped, and copied again");
    for total in &totals {
        assert_eq!(total.to_vec::<f32>().unwrap(), [1024.0 * 1023.0 / 2.0 * 1024.0]);
    }
    let error = too_large.unwrap_err();
    assert!(
        error.kind() == Kind::Memory && error.message().contains("llvmpipe") && error.message().contains("allowed"),
        "{error}"
    );
    large.eval().expect("with more room it can be had after all");
}

#[test]
fn copies_overlap_kernels() {
    let _turn = alone();
    let gpu = driver::gpu(true);
    let square = Array::splat(0.001, &[384, 384], Dtype::Float32);
    gpu.run(|| sum(&matmul(&square, &square)?, ..)).unwrap().eval().unwrap();
    // Whether the machine lets the two run at once is its scheduler's business, so there are several tries.
    let overlap = (0..50).any(|_| {
        let x = ramp(1 << 22);
        let ((), tasks) = timeline::record(|| {
            let products = gpu.run(|| (0..3).try_fold(square.clone(), |m, _| matmul(&m, &square))).unwrap();
            let total = gpu.run(|| add(&sum(&products, ..)?, &sum(&x, ..)?)).unwrap();
            total.eval().unwrap();
        });
        let copies: Vec<_> = tasks.iter().filter(|t| t.task.transfer).collect();
        assert!(copies.iter().any(|c| c.task.bytes == 1 << 24 && c.task.stream == gpu), "{copies:?}");
        let meet = |c: &timeline::Span, t: &timeline::Span| !t.task.transfer && c.start < t.end && t.start < c.end;
        copies.iter().any(|c| c.task.bytes == 1 << 24 && tasks.iter().any(|t| meet(c, t)))
    });
    assert!(overlap, "no kernel ever ran during a copy");
}

/// What the CPU waits for is copied for it as soon as it is there, not after all that the device has got.
#[test]
fn copies_for_the_host_do_not_wait_for_later_kernels() {
    let _turn = alone();
    let gpu = driver::gpu(true);
    let square = Array::splat(0.01, &[256, 256], Dtype::Float32);
    let run = || {
        let first = gpu.run(|| matmul(&square, &square)).unwrap();
        let later = gpu.run(|| (0..8).try_fold(first.clone(), |m, _| matmul(&m, &square))).unwrap();
        let on_cpu = cpu().run(|| sum(&exp(&first)?, ..)).unwrap();
        eval([&on_cpu, &later]).unwrap();
        let (sum, last) = (on_cpu.to_vec::<f32>().unwrap()[0], later.to_vec::<f32>().unwrap()[0]);
        // 256 times 0.01 squared each.
        assert!((sum / 65536.0 - 0.0256f32.exp()).abs() < 1e-3, "{sum}");
        assert!((last - 0.0256 * 2.56f32.powi(8)).abs() < 1e-3 * last, "{last}");
    };
    run();
    // Whether the device had got more before it was known that the CPU waits is the scheduler's business, so there are several tries.
    let early = (0..50).any(|_| {
        let before = transfers().to_host;
        let ((), tasks) = timeline::record(run);
        assert_eq!(transfers().to_host - before, 2 * 4 * 65536, "each is copied once");
        let copy = tasks.iter().find(|t| t.task.transfer && &*t.task.name == "copy to the host" && t.task.stream == gpu).unwrap();
        let last = tasks.iter().filter(|t| !t.task.transfer && t.task.stream == gpu).map(|t| t.end).max().unwrap();
        let reader = tasks.iter().find(|t| t.task.stream == cpu()).unwrap();
        copy.end <= last && copy.end <= reader.end && reader.end < last
    });
    assert!(early, "the CPU always waited for kernels that it did not need");
}

/// The host's own reading is known when the work is given to the device.
#[test]
fn what_the_host_reads_comes_with_the_batch() {
    let _turn = alone();
    let gpu = driver::gpu(true);
    let square = Array::splat(0.01, &[256, 256], Dtype::Float32);
    let staged = (0..50).any(|_| {
        let ((), tasks) = timeline::record(|| {
            let product = gpu.run(|| matmul(&square, &square)).unwrap();
            assert!((product.to_vec::<f32>().unwrap()[7] - 0.0256).abs() < 1e-5);
        });
        let copy = tasks.iter().find(|t| t.task.transfer && &*t.task.name == "copy to the host").unwrap();
        let product = tasks.iter().find(|t| !t.task.transfer).unwrap();
        // A copy made by the reader begins to wait when the product is there.
        copy.queued < product.end
    });
    assert!(staged, "the copy was always asked for after the kernel");
}

#[test]
fn arrays_are_copied_once_in_each_direction() {
    let _turn = alone();
    let gpu = driver::gpu(true);
    let before = transfers();
    let data: Vec<f32> = (0..1001).map(|i| i as f32).collect();
    let a = Array::from_slice(&data, &[1001]).unwrap();
    let b = gpu.run(|| add(&a, 1.0)).unwrap();
    let c = gpu.run(|| multiply(&a, &b)).unwrap();
    c.eval().unwrap();
    assert_eq!(transfers().to_device - before.to_device, 4004, "the second reader finds the copy of the first");
    assert_eq!(transfers().to_host, before.to_host, "nothing is read before somebody asks");
    let d = cpu().run(|| add(&c, &a)).unwrap().to_vec::<f32>().unwrap();
    let _ = c.to_vec::<f32>().unwrap();
    assert!(data.iter().zip(&d).all(|(x, y)| *y == x * (x + 1.0) + x));
    assert_eq!(transfers().to_host - before.to_host, 4004);

    graphs::random_graphs(gpu, 1 << 20..(1 << 20) + graphs::seeds(1000));
}
