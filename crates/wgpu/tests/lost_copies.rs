//! A device with memory of its own goes: what the host has got copies of stays, the rest is an error, and nobody waits for ever.
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::array::Array;
use millpond_core::error::Kind;
use millpond_core::gpu::give_up;
use millpond_core::graph::{async_eval, eval};
use millpond_core::ops::elementwise::{add, exp};
use millpond_core::ops::matmul::matmul;
use millpond_core::ops::reduce::sum;
use millpond_core::stream::{cpu, synchronize};

#[test]
fn copies_outlive_their_device() {
    let gpu = driver::gpu(true);
    let square = Array::from_slice(&vec![0.01f32; 200 * 200], &[200, 200]).unwrap();
    let read = gpu.run(|| matmul(&square, &square)).unwrap();
    let on_cpu = cpu().run(|| sum(&exp(&read)?, ..)).unwrap();
    let unread = gpu.run(|| add(&read, 1.0)).unwrap();
    eval([&on_cpu, &unread]).unwrap();

    // The CPU waits for products that the device will not give.
    let slow = gpu.run(|| (0..200).try_fold(read.clone(), |x, _| matmul(&x, &square))).unwrap();
    let waiting = cpu().run(|| add(&slow, 1.0)).unwrap();
    async_eval([&waiting]).unwrap();
    give_up(gpu.device()).unwrap();
    for array in [&waiting, &slow, &unread, &gpu.run(|| exp(&read)).unwrap()] {
        let error = array.to_vec::<f32>().map(drop).unwrap_err();
        assert_eq!(error.kind(), Kind::Device, "{error}");
    }
    let _ = synchronize();
    assert!(read.to_vec::<f32>().unwrap().iter().all(|x| (x - 0.02).abs() < 1e-6));
    let again = cpu().run(|| sum(&add(&read, &square)?, ..)).unwrap();
    assert!((again.to_vec::<f32>().unwrap()[0] - 1200.0).abs() < 0.1);
}
