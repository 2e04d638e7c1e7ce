//! The backend on the software Vulkan driver, which shares the host's memory. Without that driver these tests fail: install it with
//! `apt-get install -y mesa-vulkan-drivers libvulkan1`.
#![cfg(target_os = "linux")]

mod driver;
mod folds;
mod graphs;

use millpond_core::array::Array;
use millpond_core::device::{Device, DeviceType};
use millpond_core::dtype::Dtype;
use millpond_core::error::Kind;
use millpond_core::gpu::{backends, declined, kernels, submissions, transfers};
use millpond_core::graph::timeline;
use millpond_core::ops::elementwise::{add, exp, multiply, sqrt};
use millpond_core::ops::index::take;
use millpond_core::ops::linalg::cholesky;
use millpond_core::ops::matmul::matmul;
use millpond_core::ops::reduce::sum;
use millpond_core::ops::view::transpose;
use millpond_core::stream::{Stream, cpu, synchronize};
use std::sync::{Mutex, MutexGuard};

/// Tests that count take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|e| e.into_inner())
}

fn gpu() -> Stream {
    driver::gpu(false)
}

fn ramp(n: usize) -> Array {
    Array::from_slice(&(0..n).map(|i| i as f32 / n as f32).collect::<Vec<_>>(), &[n]).unwrap()
}

#[test]
fn the_backend_is_registered_and_its_device_described() {
    let stream = gpu();
    assert_eq!(backends(), ["wgpu"]);
    let info = stream.device().info().unwrap();
    assert!(info.name.contains("llvmpipe"), "{info:?}");
    let missing = Device { kind: DeviceType::Gpu, index: 99 };
    let error = Stream::new(missing).unwrap_err();
    assert!(error.message().contains("numbered from 0"), "{error}");
}

#[test]
fn both_devices_use_the_same_memory() {
    let _turn = alone();
    let gpu = gpu();
    let before = transfers();
    let a = ramp(100_000);
    let b = gpu.run(|| add(&a, 1.0)).unwrap();
    let c = cpu().run(|| multiply(&a, &b)).unwrap();
    let d = gpu.run(|| add(&b, &c)).unwrap();
    let (a, d) = (a.to_vec::<f32>().unwrap(), d.to_vec::<f32>().unwrap());
    for (x, y) in a.iter().zip(&d) {
        assert!((y - ((x + 1.0) + x * (x + 1.0))).abs() < 1e-6);
    }
    assert_eq!(transfers(), before, "nothing is copied between a CPU and a GPU that share memory");
}

#[test]
fn a_long_chain_is_submitted_at_once() {
    let _turn = alone();
    let gpu = gpu();
    let mut x = gpu.run(|| add(ramp(1000), 0.5)).unwrap();
    x.eval().unwrap();
    let before = submissions();
    for _ in 0..250 {
        x = gpu.run(|| sqrt(&add(&x, 0.25)?)).unwrap();
    }
    x.eval().unwrap();
    assert!(submissions() - before <= 2, "{} submissions", submissions() - before);
    // The fixed point of x = sqrt(x + 1/4).
    assert!(x.to_vec::<f32>().unwrap().iter().all(|v| (v - 1.207_106_8).abs() < 1e-5));
}

#[test]
fn a_group_is_compiled_when_it_comes_again() {
    let _turn = alone();
    let gpu = gpu();
    let x = ramp(1000);
    let group = || {
        let y = sqrt(&multiply(&add(&x, 0.125)?, &exp(&x)?)?)?;
        sum(&multiply(&y, &exp(&y)?)?, 0)
    };
    let own = || kernels().iter().filter(|k| k.name.matches("exp.").count() == 2 && k.name.contains("sqrt.")).count();
    let want = cpu().run(group).unwrap().to_vec::<f32>().unwrap()[0];
    for compiled in [0, 1, 1] {
        let got = gpu.run(group).unwrap().to_vec::<f32>().unwrap()[0];
        assert!((got - want).abs() < 1e-3 * want, "{got} {want}");
        assert_eq!(own(), compiled);
    }
}

#[test]
fn a_timeline_shows_when_the_device_worked() {
    let _turn = alone();
    // Streams that no other test has used.
    let (gpu, cpu) = (Stream::new(gpu().device()).unwrap(), Stream::new(cpu().device()).unwrap());
    let x = ramp(1 << 16);
    let square = Array::splat(1.0, &[256, 256], Dtype::Float32);
    let run = || {
        let products = gpu.run(|| (0..4).try_fold(square.clone(), |m, _| matmul(&m, &square))).unwrap();
        let chain = cpu.run(|| (0..500).try_fold(x.clone(), |x, _| exp(&x))).unwrap();
        millpond_core::graph::eval([&products, &chain]).unwrap();
    };
    // Whether the machine lets the two run at once is its scheduler's business, so there are several tries.
    let overlap = (0..50).any(|_| {
        let ((), tasks) = timeline::record(run);
        let mut on_gpu: Vec<_> = tasks.iter().filter(|t| t.task.stream == gpu).collect();
        on_gpu.sort_by_key(|t| t.start);
        assert_eq!(on_gpu.len(), 4);
        assert!(on_gpu.iter().all(|t| t.queued <= t.start && t.start < t.end), "{on_gpu:?}");
        assert!(on_gpu.windows(2).all(|pair| pair[0].end <= pair[1].start), "a stream's tasks run one after another: {on_gpu:?}");
        let meet = |a: &timeline::Span, b: &timeline::Span| a.start < b.end && b.start < a.end;
        tasks.iter().filter(|t| t.task.stream == cpu).any(|t| on_gpu.iter().any(|g| meet(t, g)))
    });
    assert!(overlap, "the CPU and the GPU never worked at once");
}

#[test]
fn streams_of_both_kinds_agree_with_one() {
    let _turn = alone();
    graphs::random_graphs(gpu(), 0..graphs::seeds(3000));
}

#[test]
fn reductions_of_every_size() {
    let _turn = alone();
    let gpu = gpu();
    folds::reductions(gpu);
    assert!(kernels().iter().any(|k| k.name.contains(" subgroups")), "the driver has subgroups, which folds use");
}

#[test]
fn products_of_transposed_halves() {
    let _turn = alone();
    let gpu = gpu();
    let x = |m: usize, n: usize| {
        Array::from_slice(&(0..m * n).map(|i| ((i * 7) % 11) as f32 / 8.0 - 0.5).collect::<Vec<_>>(), &[m, n]).unwrap()
    };
    for (dtype, n) in [Dtype::Float32, Dtype::Float16, Dtype::Bfloat16].into_iter().flat_map(|d| [(d, 71), (d, 3)]) {
        let cast = |a: &Array| millpond_core::ops::elementwise::astype(a, dtype).unwrap();
        let (a, b) = (cast(&x(67, 33)), cast(&x(n, 33)));
        let product = || {
            let c = matmul(&a, &transpose(&b, ..)?)?;
            millpond_core::ops::elementwise::astype(&c, Dtype::Float32)
        };
        let (got, want) = (gpu.run(product).unwrap(), cpu().run(product).unwrap());
        for (x, y) in got.to_vec::<f32>().unwrap().iter().zip(want.to_vec::<f32>().unwrap()) {
            assert!((x - y).abs() <= 0.02 * (1.0 + y.abs()), "{dtype}: {x} {y}");
        }
    }
}

#[test]
fn a_failure_stays_with_what_depends_on_it() {
    let _turn = alone();
    let gpu = gpu();
    let x = ramp(10);
    let wrong = Array::from_slice(&[3i32, 12], &[2]).unwrap();
    let bad = gpu.run(|| exp(&take(&x, &wrong, Some(0))?)).unwrap();
    let good = gpu.run(|| exp(&x)).unwrap();
    let after = cpu().run(|| add(&bad, 1.0)).unwrap();
    let again = gpu.run(|| add(&after, 1.0)).unwrap();
    assert_eq!(again.eval().unwrap_err().kind(), Kind::Index);
    assert_eq!(bad.eval().unwrap_err().kind(), Kind::Index);
    good.eval().unwrap();
    synchronize().unwrap();
}

#[test]
fn what_does_not_fit_is_an_error_and_nothing_else() {
    let _turn = alone();
    let gpu = gpu();
    let vast = Array::splat(1, &[1 << 42], Dtype::Float32);
    let bad = gpu.run(|| add(&vast, 1.0)).unwrap();
    assert_eq!(bad.eval().unwrap_err().kind(), Kind::Memory);
    let good = gpu.run(|| add(ramp(10), 1.0)).unwrap();
    assert_eq!(good.to_vec::<f32>().unwrap()[0], 1.0);
    assert_eq!(cpu().run(|| add(&good, 1.0)).unwrap().to_vec::<f32>().unwrap()[0], 2.0);
}

#[test]
fn an_index_out_of_range_is_found_by_the_device() {
    let _turn = alone();
    let gpu = gpu();
    let x = ramp(10);
    let before = declined();
    for (indices, bad) in [(vec![0i64, -10, 9], None), (vec![3, 10], Some("index 10")), (vec![-11, 0], Some("index -11"))] {
        let y = gpu.run(|| take(&x, Array::from_slice(&indices, &[indices.len()])?, Some(0))).unwrap();
        let z = gpu.run(|| add(&y, 1.0)).unwrap();
        match (z.eval(), bad) {
            (Ok(()), None) => {}
            (Err(e), Some(bad)) => assert!(e.kind() == Kind::Index && e.message().contains(bad), "{e}"),
            (outcome, _) => panic!("{indices:?}: {outcome:?}"),
        }
    }
    assert_eq!(declined(), before);
}

#[test]
fn what_has_no_kernel_runs_on_the_host_in_order() {
    let _turn = alone();
    let gpu = gpu();
    let x = Array::from_slice(&[3.0f32, -1.0, -1.0, 8.0], &[2, 2]).unwrap();
    let before = declined().values().sum::<u64>();
    let y = gpu.run(|| multiply(&cholesky(&add(&x, 1.0)?, false)?, 2.0)).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [4.0, 0.0, 0.0, 6.0]);
    assert_eq!(declined().values().sum::<u64>(), before + 1);
}
