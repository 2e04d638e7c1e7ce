//! Kernels at sizes at which they work in several steps, against the CPU. (The rows of the conformance test are small.)
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::error::Result;
use millpond_core::gpu::declined;
use millpond_core::ops::elementwise::{astype, cos, greater, power, remainder, sin, tan};
use millpond_core::ops::index::{Index, Update, put_along_axis, take, take_along_axis, update};
use millpond_core::ops::random::{bits_of, key};
use millpond_core::ops::reduce::{argmax, argmin};
use millpond_core::ops::scan::{Scan, cummax, cumsum, logcumsumexp};
use millpond_core::ops::sort::{argsort, sort};
use millpond_core::ops::view::transpose;
use millpond_core::stream::cpu;

/// Numbers with many repetitions, a NaN and both zeros among them.
fn data(n: usize) -> Vec<f32> {
    let mut x: Vec<f32> = (0..n as u64).map(|i| (i.wrapping_mul(2_654_435_761) >> 7 & 0x3ff) as f32 / 8.0 - 64.0).collect();
    (x[n / 2], x[n / 3], x[n / 5]) = (f32::NAN, -0.0, 0.0);
    x
}

/// Both devices compute the same numbers, and the GPU does it itself.
fn same(what: &str, tolerance: f32, f: impl Fn() -> Result<Array>) {
    let gpu = driver::gpu(false);
    let values = |stream: millpond_core::stream::Stream| {
        let y = stream.run(&f).unwrap();
        y.eval().unwrap();
        cpu().run(|| astype(&y, Dtype::Float32)).unwrap().to_vec::<f32>().unwrap()
    };
    let before = declined();
    let (got, want) = (values(gpu), values(cpu()));
    assert_eq!(declined(), before, "{what} ran on the host");
    assert_eq!(got.len(), want.len());
    for (i, (x, y)) in got.iter().zip(&want).enumerate() {
        let close = x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= tolerance * (1.0 + y.abs());
        assert!(close, "{what}: element {i} is {x}, not {y}");
    }
}

fn dtypes() -> [Dtype; 8] {
    use Dtype::*;
    [Float32, Float16, Int8, Uint16, Int32, Int64, Complex64, Bool]
}

#[test]
fn every_length_is_sorted() {
    for shape in [vec![1usize, 5000], vec![3, 513], vec![7, 512], vec![200, 3], vec![1, 2048]] {
        let n = shape.iter().product();
        let x = Array::from_slice(&data(n), &shape).unwrap();
        for dtype in dtypes() {
            let x = astype(&x, dtype).unwrap();
            same(&format!("sort {shape:?} {dtype}"), 0.0, || sort(&x, -1));
            same(&format!("argsort {shape:?} {dtype}"), 0.0, || argsort(&x, -1));
            same(&format!("sort {shape:?} {dtype} along columns"), 0.0, || sort(&transpose(&x, ..)?, 0));
        }
    }
}

#[test]
fn lines_of_every_length_are_scanned() {
    for shape in [vec![2usize, 1000], vec![3, 256], vec![300, 4], vec![2, 63]] {
        let n = shape.iter().product();
        let x = Array::from_slice(&(0..n).map(|i| ((i * 7) % 11) as f32 / 8.0 - 0.6).collect::<Vec<_>>(), &shape).unwrap();
        for dtype in [Dtype::Float32, Dtype::Int8, Dtype::Int64, Dtype::Complex64] {
            let x = astype(&x, dtype).unwrap();
            for (axis, reverse) in [(0, false), (1, true), (1, false)] {
                let scan = Scan { reverse, ..Scan::default() };
                same(&format!("cumsum {shape:?} {dtype}"), 1e-4, || cumsum(&x, axis, scan));
            }
        }
        same("cummax", 0.0, || cummax(&x, 1, Scan::default()));
        same("logcumsumexp", 1e-4, || logcumsumexp(&x, 1, Scan { reverse: true, ..Scan::default() }));
    }
}

#[test]
fn places_of_extremes() {
    for shape in [vec![100_000usize], vec![3, 300], vec![300, 3]] {
        let x = Array::from_slice(&data(shape.iter().product()), &shape).unwrap();
        for dtype in dtypes() {
            let x = astype(&x, dtype).unwrap();
            same(&format!("argmax {shape:?} {dtype}"), 0.0, || argmax(&x, 0));
            same(&format!("argmin {shape:?} {dtype}"), 0.0, || argmin(&x, -1));
        }
    }
}

#[test]
fn slices_are_gathered_and_scattered() {
    let table = Array::from_slice(&(0..70_000).map(|i| i as f32).collect::<Vec<_>>(), &[1000, 70]).unwrap();
    let rows: Vec<i32> = (0..5000).map(|i| (i * 7919) % 2000 - 1000).collect();
    for dtype in [Dtype::Float32, Dtype::Float16, Dtype::Uint8, Dtype::Int64] {
        let table = astype(&table, dtype).unwrap();
        let rows = Array::from_slice(&rows, &[5000]).unwrap();
        same("take", 0.0, || take(&table, &rows, Some(0)));
        let updates = take(&table, &rows, Some(0)).unwrap();
        let index = [Index::Array(rows.clone())];
        same("add", 0.0, || update(&table, &index, &updates, Update::Add));
        let order = argsort(&table, 0).unwrap();
        same("take along", 0.0, || take_along_axis(&table, &order, Some(0)));
        same("put along", 0.0, || put_along_axis(&table, &order, &table, Some(0)));
    }
}

#[test]
fn random_bits_are_the_same_everywhere() {
    for n in [1usize, 2, 3, 1001, 4096] {
        for width in [1, 2, 4] {
            same("bits", 0.0, || bits_of(&[n], width, &key(7)));
        }
    }
}

#[test]
fn functions_far_out() {
    let x: Vec<f32> = (0..4000).map(|i| (i as f32 - 2000.0) * 10f32.powi(i % 30 - 5)).collect();
    let y: Vec<f32> = (0..4000).map(|i| ((i * 37) % 101) as f32 / 7.0 - 7.0).collect();
    let (x, y) = (Array::from_slice(&x, &[4000]).unwrap(), Array::from_slice(&y, &[4000]).unwrap());
    same("sin", 1e-6, || sin(&x));
    same("cos", 1e-6, || cos(&x));
    same("tan", 2e-6, || tan(&x));
    same("power", 1e-6, || power(&x, &y));
    same("remainder", 1e-6, || remainder(&x, &y));
    same("greater", 0.0, || greater(&x, &y));
}
