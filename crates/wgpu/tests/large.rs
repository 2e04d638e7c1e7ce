//! Kernels at sizes at which they work in several steps, against the CPU. (The rows of the conformance test are small.)
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::array::Array;
use millpond_core::dtype::{Dtype, c64};
use millpond_core::error::Result;
use millpond_core::gpu::declined;
use millpond_core::ops::elementwise::{
    add, arctan, arctanh, astype, cos, divide, equal, greater, greater_equal, imag, isfinite, isinf, isnan, less, less_equal,
    log, logical_and, logical_not, logical_or, maximum, minimum, multiply, not_equal, power, real, reciprocal, remainder, sign,
    sin, tan,
};
use millpond_core::ops::index::{Index, Update, put_along_axis, set, take, take_along_axis, update};
use millpond_core::ops::matmul::matmul;
use millpond_core::ops::random::{bits_of, key};
use millpond_core::ops::reduce::{all, any, argmax, argmin};
use millpond_core::ops::scan::{Scan, cummax, cumsum, logcumsumexp};
use millpond_core::ops::sort::{Side, argsort, searchsorted, sort};
use millpond_core::ops::view::{reshape, transpose, view};
use millpond_core::stream::cpu;
use millpond_core::transform::vjp;

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
fn many_positions_lead_to_few_elements() {
    let modes = [Update::Add, Update::Multiply, Update::Maximum, Update::Minimum];
    // Runs of one, of some and of all; short enough to be folded in the CPU's order, and longer ones.
    for (length, n, dtypes) in [(5000i32, 2000, &dtypes()[..7]), (40, 1500, &dtypes()[..7]), (3, 20_000, &dtypes()[..3])] {
        let indices: Vec<i32> = (0..n).map(|i: i32| i.wrapping_mul(7919).rem_euclid(2 * length) - length).collect();
        let index = [Index::Array(Array::from_slice(&indices, &[n as usize]).unwrap())];
        let numbers: Vec<i32> = (0..n).map(|i| (i.wrapping_mul(31) % 97) - 48).collect();
        let numbers = Array::from_slice(&numbers, &[n as usize]).unwrap();
        for &dtype in dtypes {
            let (x, y) = (Array::splat(3, &[length as usize], dtype), astype(&numbers, dtype).unwrap());
            same(&format!("{n} {dtype} to {length}"), 0.0, || set(&x, &index, &y));
            for mode in modes {
                // Long products overflow, and long sums of halves depend on the order.
                let float = dtype.is_inexact() && n / length > 60;
                let exact = matches!(mode, Update::Maximum | Update::Minimum);
                if float && !exact && (mode == Update::Multiply || dtype == Dtype::Float16) {
                    continue;
                }
                same(&format!("{mode:?} {n} {dtype} to {length}"), 0.0, || update(&x, &index, &y, mode));
            }
        }
    }
    let table = Array::splat(1.5, &[6, 5, 3], Dtype::Float16);
    let pairs: Vec<Index> = [(6, 5), (5, 3)]
        .map(|(n, step)| Array::from_slice(&(0..4000u32).map(|i| i * step / 7 % n).collect::<Vec<_>>(), &[2000, 2]).unwrap())
        .map(Index::Array)
        .into();
    let row = Array::from_slice(&[0.5f32, -1.0, 2.0], &[3]).unwrap();
    same("add rows", 0.0, || update(&table, &pairs, &row, Update::Add));
    same("assign rows", 0.0, || set(&table, &pairs, &row));
    let taken = |x: &[Array]| set(&x[0], &pairs, &x[1]);
    let updates = Array::from_slice(&(0..12_000).map(|i| i as f32).collect::<Vec<_>>(), &[2000, 2, 3]).unwrap();
    let cotangent = Array::from_slice(&(0..90).map(|i| i as f32).collect::<Vec<_>>(), &[6, 5, 3]).unwrap();
    let table = Array::splat(1.5, &[6, 5, 3], Dtype::Float32);
    let back = |k: usize| {
        let (_, grads) =
            vjp(|x: &[Array]| Ok(vec![taken(x)?]), &[table.clone(), updates.clone()], std::slice::from_ref(&cotangent))?;
        Ok(grads[k].clone())
    };
    same("what assignment keeps", 0.0, || back(0));
    same("what assignment takes", 0.0, || back(1));
}

#[test]
fn numbers_of_64_bits_become_floats_and_back() {
    let mut wide: Vec<u64> = (0..64).flat_map(|k| [1u64 << k, (1 << k) - 1, (1 << k) | 1, 3 << k >> 1]).collect();
    let mut x = 0x9e37_79b9_7f4a_7c15u64;
    for k in 0..4000 {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Halfway between two floats, and beside it, among others.
        wide.extend([x >> (k % 64), (x | 1 << 63) >> 40 << 40 | 1 << 39, ((x | 1 << 63) >> 40 << 40 | 1 << 39) + 1]);
    }
    let n = wide.len();
    let unsigned = Array::from_slice(&wide, &[n]).unwrap();
    let signed = Array::from_slice(&wide.iter().map(|&x| x as i64).collect::<Vec<_>>(), &[n]).unwrap();
    let bits = |to: Dtype, a: &Array| {
        let y = astype(a, to)?;
        view(
            &y,
            match to.size() {
                2 => Dtype::Uint16,
                _ => Dtype::Uint32,
            },
        )
    };
    for from in [unsigned, signed] {
        for narrow in [from.dtype(), Dtype::Uint32, Dtype::Int32] {
            let from = astype(&from, narrow).unwrap();
            for to in [Dtype::Float32, Dtype::Float16, Dtype::Bfloat16, Dtype::Complex64] {
                same(&format!("{narrow} to {to}"), 0.0, || bits(to, &from));
            }
        }
    }
    let mut floats: Vec<f32> =
        (0..80).flat_map(|k| [2f32.powi(k), 2f32.powi(k) * (1.0 - f32::EPSILON / 2.0), 1.7 * 2f32.powi(k - 8)]).collect();
    floats.extend([0.0, -0.0, 0.5, f32::INFINITY, f32::NAN, f32::MIN_POSITIVE]);
    floats.extend(floats.clone().iter().map(|x| -x));
    let floats = Array::from_slice(&floats, &[floats.len()]).unwrap();
    for from in [Dtype::Float32, Dtype::Float16, Dtype::Bfloat16, Dtype::Complex64] {
        let floats = astype(&floats, from).unwrap();
        for to in [Dtype::Int64, Dtype::Uint64] {
            same(&format!("{from} to {to}"), 0.0, || bits(to, &floats));
        }
    }
}

#[test]
fn values_are_searched_for() {
    let x = Array::from_slice(&data(3000), &[3000]).unwrap();
    let queries = Array::from_slice(&data(7001), &[7001]).unwrap();
    for dtype in dtypes().into_iter().chain([Dtype::Uint64, Dtype::Bfloat16]) {
        let (sequence, queries) = (sort(&astype(&x, dtype).unwrap(), 0).unwrap(), astype(&queries, dtype).unwrap());
        for side in [Side::Left, Side::Right] {
            same(&format!("searchsorted {dtype} {side:?}"), 0.0, || searchsorted(&sequence, &queries, side));
        }
    }
}

#[test]
fn complex_matrices_are_multiplied() {
    let complex = |shape: &[usize], seed: usize| {
        let n = shape.iter().product::<usize>();
        let part =
            |k: usize| Array::from_slice(&(0..n).map(|i| ((i * k + seed) % 13) as f32 - 6.0).collect::<Vec<_>>(), shape).unwrap();
        let i = Array::from_slice(&[c64::new(0.0, 1.0)], &[1]).unwrap();
        add(part(7), multiply(part(5), i).unwrap()).unwrap()
    };
    // Products of small whole numbers are exact.
    for (a, b) in [([70, 33], [33, 45]), ([1, 50], [50, 200]), ([200, 20], [20, 3]), ([5, 0], [0, 4]), ([2, 3], [3, 2])] {
        let (a, b) = (complex(&a, 1), complex(&b, 4));
        for part in [real, imag] {
            same("product", 0.0, || part(&matmul(&a, &b)?));
            same("product of transposed", 0.0, || part(&matmul(&transpose(&b, ..)?, &transpose(&a, ..)?)?));
        }
    }
    let (a, b) = (complex(&[3, 1, 9, 7], 2), complex(&[2, 7, 11], 3));
    same("products", 0.0, || real(&matmul(&a, &b)?));
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
fn special_numbers_are_compared() {
    let one = [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1.0, -2.5];
    let n = one.len();
    let pairs = |f: fn(usize, usize) -> usize| (0..n * n).map(|i| one[f(i, one.len())]).collect::<Vec<_>>();
    let x = Array::from_slice(&pairs(|i, n| i / n), &[n * n]).unwrap();
    let y = Array::from_slice(&pairs(|i, n| i % n), &[n * n]).unwrap();
    // A NaN in either part, by itself.
    let numbers: Vec<c64> = (0..n * n).map(|i| c64::new(one[i / n], one[i % n])).collect();
    let complex = Array::from_slice(&numbers, &[n * n]).unwrap();
    let other = Array::from_slice(&numbers.iter().map(|z| c64::new(z.im, z.re)).collect::<Vec<_>>(), &[n * n]).unwrap();
    let bool = |a: Array| astype(&a, Dtype::Bool);
    for dtype in [Dtype::Float32, Dtype::Float16, Dtype::Bfloat16, Dtype::Complex64] {
        let (x, y) = if dtype.is_complex() {
            (complex.clone(), other.clone())
        } else {
            (astype(&x, dtype).unwrap(), astype(&y, dtype).unwrap())
        };
        for f in [equal, not_equal, less, less_equal, greater, greater_equal, logical_and, logical_or] {
            same(&format!("comparison of {dtype}"), 0.0, || f(&x, &y));
            same(&format!("comparison of {dtype} with itself"), 0.0, || f(&x, &x));
        }
        for f in [isnan, isinf, isfinite, logical_not] {
            same(&format!("kind of {dtype}"), 0.0, || f(&x));
        }
        same("truth", 0.0, || bool(x.clone()));
        let rows = reshape(&y, &[n as i64, n as i64]).unwrap();
        same("any", 0.0, || any(&rows, 0));
        same("all", 0.0, || all(&rows, 1));
        if !dtype.is_complex() {
            for f in [maximum, minimum] {
                same(&format!("larger or smaller {dtype}"), 0.0, || f(&x, &y));
            }
            same("sign", 0.0, || sign(&x));
            same("argmax", 0.0, || argmax(&rows, 1));
            same("argmin", 0.0, || argmin(&rows, 0));
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
    // Complex functions beside their poles, and quotients of special numbers.
    let near: Vec<c64> = (0..4000)
        .map(|i| (10f32.powi(-(i % 7)), i as f32 * 2.4))
        .zip([1.0f32, -1.0].into_iter().cycle())
        .map(|((r, t), pole)| c64::new(pole + r * t.cos(), r * t.sin()))
        .collect();
    let near = Array::from_slice(&near, &[4000]).unwrap();
    let turned = multiply(&near, Array::from_slice(&[c64::new(0.0, 1.0)], &[1]).unwrap()).unwrap();
    let special: Vec<c64> = [(f32::NAN, f32::INFINITY), (f32::INFINITY, 2.0), (0.0, 0.0), (3.0, -0.0), (1e30, 1e30)]
        .map(|(re, im)| c64::new(re, im))
        .into();
    let special = Array::from_slice(&special, &[5]).unwrap();
    for part in [real, imag] {
        same("arctanh", 2e-6, || part(&arctanh(&near)?));
        same("arctan", 2e-6, || part(&arctan(&turned)?));
        same("log", 2e-6, || part(&log(&near)?));
        same("reciprocal", 1e-6, || part(&reciprocal(&special)?));
        same("quotients", 1e-6, || part(&divide(&special, reshape(&special, &[5, 1])?)?));
    }
}
