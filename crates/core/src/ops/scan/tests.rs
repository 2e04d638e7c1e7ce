//! Scans against a loop, cut and uncut, side by side and in rows.

use super::*;

fn looped(x: &[i64], n: usize, inner: usize, scan: Scan, start: i64, f: fn(i64, i64) -> i64) -> Vec<i64> {
    let mut y = x.to_vec();
    for outer in 0..x.len() / (n * inner) {
        for column in 0..inner {
            let mut so_far = start;
            for i in 0..n {
                let at = (outer * n + if scan.reverse { n - 1 - i } else { i }) * inner + column;
                let before = so_far;
                so_far = f(so_far, x[at]);
                y[at] = if scan.inclusive { so_far } else { before };
            }
        }
    }
    y
}

#[test]
fn every_shape_and_direction() {
    let long = if cfg!(miri) { 3007 } else { 300_007 };
    for shape in [[1, long, 1], [3, 7, 1], [40, 33, 1], [2, 5, 3000], [3, 1, 4], [2, 9, 17]] {
        let x: Vec<i64> = (0..size(&shape) as i64).map(|i| i * 7919 % 1009 - 500).collect();
        let a = Array::from_slice(&x, &shape).unwrap();
        for (reverse, inclusive) in [(false, true), (true, true), (false, false), (true, false)] {
            let scan = Scan { reverse, inclusive, dtype: None };
            let want = |start, f| looped(&x, shape[1], shape[2], scan, start, f);
            let got = |y: Result<Array>| y.unwrap().to_vec::<i64>().unwrap();
            assert_eq!(got(cumsum(&a, 1, scan)), want(0, i64::wrapping_add), "{shape:?} {scan:?}");
            assert_eq!(got(cumprod(&a, 1, scan)), want(1, i64::wrapping_mul), "{shape:?} {scan:?}");
            assert_eq!(got(cummax(&a, 1, scan)), want(i64::MIN, i64::max), "{shape:?} {scan:?}");
            assert_eq!(got(cummin(&a, 1, scan)), want(i64::MAX, i64::min), "{shape:?} {scan:?}");
        }
    }
}

#[test]
fn conventions() {
    let f = |v: &[f32]| Array::from_slice(v, &[v.len()]).unwrap();
    let got = |y: Result<Array>| y.unwrap().to_vec::<f32>().unwrap();
    let up = Scan::default();
    let exclusive = Scan { inclusive: false, ..up };
    let y = got(cummax(&f(&[1.0, f32::NAN, 2.0]), .., up));
    assert!(y[0] == 1.0 && y[1].is_nan() && y[2].is_nan());
    assert_eq!(got(cummin(&f(&[1.0, 3.0, 2.0]), .., exclusive)), [f32::INFINITY, 1.0, 1.0]);
    let y = got(logcumsumexp(&f(&[0.0, 1.0, f32::NEG_INFINITY]), .., up));
    assert!(y[0] == 0.0 && (y[1] - 1.313_261_7).abs() < 1e-6 && y[2] == y[1], "{y:?}");
    assert_eq!(got(logcumsumexp(&f(&[0.0, 1.0]), .., exclusive)), [f32::NEG_INFINITY, 0.0]);
    let bits = Array::from_slice(&[true, true], &[2]).unwrap();
    assert_eq!(cumsum(&bits, .., up).unwrap().to_vec::<i32>().unwrap(), [1, 2]);
    assert_eq!(cumprod(&bits, .., exclusive).unwrap().to_vec::<bool>().unwrap(), [true, true]);
    assert_eq!(cumsum(&Array::scalar(3, Dtype::Int32), .., up).unwrap().shape(), [1]);
    assert_eq!(got(diff(&f(&[1.0, 4.0, 9.0]), 2, -1)), [2.0]);
    assert_eq!(diff(&f(&[1.0, 4.0, 9.0]), 5, 0).unwrap().shape(), [0]);
    assert!(diff(&f(&[1.0]), -1, 0).is_err() && cumsum(&f(&[1.0]), 1, up).is_err());
}
