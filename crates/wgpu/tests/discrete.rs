//! The software device used as if it had memory of its own: arrays are copied, once in each direction.
#![cfg(target_os = "linux")]

mod driver;
mod graphs;

use millpond_core::array::Array;
use millpond_core::gpu::transfers;
use millpond_core::ops::elementwise::{add, multiply};
use millpond_core::stream::cpu;

#[test]
fn arrays_are_copied_once_in_each_direction() {
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
