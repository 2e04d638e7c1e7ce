//! A device that is lost in the middle of work: errors that say so, and a CPU that goes on with what it has.
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::error::Kind;
use millpond_core::gpu::give_up;
use millpond_core::graph::{async_eval, eval};
use millpond_core::ops::elementwise::{add, exp, multiply};
use millpond_core::ops::matmul::matmul;
use millpond_core::stream::{Stream, cpu, synchronize};

#[test]
fn a_lost_device_fails_its_own_work_and_nothing_else() {
    let gpu = driver::gpu(false);
    let other = Stream::new(gpu.device()).unwrap();
    let data: Vec<f32> = (0..100_000).map(|i| i as f32).collect();
    let on_host = Array::from_slice(&data, &[data.len()]).unwrap();
    let done = gpu.run(|| add(&on_host, 1.0)).unwrap();
    eval([&done]).unwrap();

    // Much is queued, and a part of it runs, when the device goes.
    let square = Array::splat(0.001, &[256, 256], Dtype::Float32);
    let mut chains = Vec::new();
    for stream in [gpu, other] {
        let product = (0..40).try_fold(square.clone(), |m, _| stream.run(|| matmul(&m, &square))).unwrap();
        async_eval([&product]).unwrap();
        chains.push(product);
    }
    let waiting = cpu().run(|| exp(&chains[0])).unwrap();
    async_eval([&waiting]).unwrap();
    give_up(gpu.device()).unwrap();
    let after = gpu.run(|| multiply(&done, 2.0)).unwrap();
    let error = after.eval().unwrap_err();
    assert_eq!(error.kind(), Kind::Device, "{error}");
    assert!(error.message().contains("llvmpipe") && error.message().contains("lost"), "{error}");
    // What had ended before is there; the rest fails in the same way.
    for array in chains.iter().chain([&waiting]) {
        assert!(array.eval().err().is_none_or(|e| e.kind() == Kind::Device));
    }
    assert!(Stream::new(gpu.device()).unwrap().run(|| exp(&on_host)).unwrap().eval().is_err());
    let _ = synchronize();

    // The host's memory is whole, what the device had written to it too, and can be had anew.
    assert_eq!(done.to_vec::<f32>().unwrap()[99_999], 100_000.0);
    let sum = cpu().run(|| add(&on_host, &done)).unwrap();
    assert_eq!(sum.to_vec::<f32>().unwrap()[5], 11.0);
    drop((chains, waiting, after, done));
    let again = cpu().run(|| multiply(&sum, 2.0)).unwrap();
    assert_eq!(again.to_vec::<f32>().unwrap()[99_999], 399_998.0);
    assert_eq!(on_host.to_vec::<f32>().unwrap(), data);
}
