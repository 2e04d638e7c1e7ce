//! What building and evaluating one small operation costs, in nanoseconds. An argument runs only the lines that contain it.

use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::ops::elementwise::{add, exp};
use std::time::Instant;

fn per_call(name: &str, n: u32, mut f: impl FnMut()) {
    if std::env::args().nth(1).is_some_and(|only| !name.contains(&only)) {
        return;
    }
    let best = (0..7)
        .map(|_| {
            let start = Instant::now();
            (0..n).for_each(|_| f());
            start.elapsed().as_nanos() as f64 / f64::from(n)
        })
        .fold(f64::INFINITY, f64::min);
    println!("{name:24} {best:8.1} ns");
}

fn main() {
    let a = Array::from_slice(&[1.0f32, 2.0, 3.0, 4.0], &[2, 2]).unwrap();
    per_call("build a + a", 100_000, || drop(add(&a, &a).unwrap()));
    per_call("build a + 2.0", 100_000, || drop(add(&a, 2.0).unwrap()));
    per_call("build exp(a)", 100_000, || drop(exp(&a).unwrap()));
    per_call("build + eval a + a", 100_000, || add(&a, &a).unwrap().eval().unwrap());
    let s = Array::scalar(0.0, Dtype::Float32);
    per_call("chain of 100, an op", 1_000, || {
        let mut x = s.clone();
        for _ in 0..100 {
            x = add(&x, &s).unwrap();
        }
        x.eval().unwrap();
    });
}
