//! Dtypes, edge values, conventions at kinks and complex gradients: what conformance rows do not reach.

use super::*;
use crate::ext::*;
use crate::transform::{jvp, vjp};

/// The dtype of `a + b`, a row for `a`, both in declaration order; one hexadecimal digit a dtype.
const PROMOTION: [&str; 14] = [
    "0123456789abcd",
    "1123466789abcd",
    "2223477789abcd",
    "3333488889abcd",
    "44444bbbb9abcd",
    "5678b56789abcd",
    "6678b66789abcd",
    "7778b77789abcd",
    "8888b88889abcd",
    "9999999999bbcd",
    "aaaaaaaaababcd",
    "bbbbbbbbbbbbcd",
    "cccccccccccccd",
    "dddddddddddddd",
];

fn floats(values: &[f32]) -> Array {
    Array::from_slice(values, &[values.len()]).unwrap()
}

fn gradients(f: impl Fn(&[Array]) -> Result<Array>, primals: &[Array]) -> Vec<Vec<f32>> {
    let y = f(primals).unwrap();
    let ones = Array::splat(1, y.shape(), y.dtype());
    let (_, grads) = vjp(|p| Ok(vec![f(p)?]), primals, &[ones]).unwrap();
    grads.iter().map(|g| g.to_vec::<f32>().unwrap()).collect()
}

#[test]
fn dtypes_promote_by_the_table() {
    for (row, a) in PROMOTION.iter().zip(Dtype::ALL) {
        for (digit, b) in row.chars().filter(|c| *c != ' ').zip(Dtype::ALL) {
            let want = Dtype::ALL[digit.to_digit(16).unwrap() as usize];
            assert_eq!(a.promote(b), want, "{a} and {b}");
            let sum = add(Array::splat(1, &[2], a), Array::splat(1, &[1], b)).unwrap();
            assert_eq!(sum.dtype(), want, "{a} + {b}");
        }
    }
}

#[test]
fn scalars_yield_to_arrays() {
    for d in Dtype::ALL {
        let a = Array::splat(1, &[2], d);
        assert_eq!(add(&a, true).unwrap().dtype(), d);
        assert_eq!(add(&a, 2).unwrap().dtype(), if d == Dtype::Bool { Dtype::Int32 } else { d });
        assert_eq!(add(&a, 1.5).unwrap().dtype(), d.to_inexact());
        assert_eq!(multiply(&a, c64::I).unwrap().dtype(), Dtype::Complex64);
        assert_eq!(divide(&a, true).unwrap().dtype(), d.to_inexact());
        assert_eq!(where_(true, &a, 1.5).unwrap().dtype(), d.to_inexact());
        assert_eq!(left_shift(&a, true).is_ok(), !d.is_inexact());
    }
    assert_eq!(add(1, 2.5).unwrap().item::<f32>().unwrap(), 3.5);
    assert_eq!(add(1i64 << 40, 1).unwrap().item::<i64>().unwrap(), (1 << 40) + 1);
    assert_eq!(left_shift(Array::splat(true, &[], Dtype::Bool), true).unwrap().item::<u8>().unwrap(), 2);
}

#[test]
fn what_does_not_fit_or_is_not_defined_is_an_error() {
    let bytes = Array::splat(1, &[2], Dtype::Uint8);
    let error = |r: Result<Array>| r.unwrap_err().to_string();
    assert_eq!(error(add(&bytes, 300)), "Converting 300 to uint8 would result in overflow.");
    assert_eq!(error(maximum(&bytes, -1)), "Converting -1 to uint8 would result in overflow.");
    let x = floats(&[1.0]);
    assert_eq!(
        error(bitwise_and(&x, &x)),
        "[bitwise_and] Only allowed on integer or boolean types but got types float32 and float32, which promote to float32."
    );
    assert_eq!(error(floor(&astype(&x, Dtype::Complex64).unwrap())), "[floor] not defined for complex64");
    assert_eq!(error(negative(&Array::splat(true, &[], Dtype::Bool))), "[negative] not defined for bool");
}

#[test]
fn gradients_at_kinks() {
    let g = |f: fn(&Array) -> Result<Array>, x: &[f32]| gradients(|p| f(&p[0]), &[floats(x)]).remove(0);
    assert_eq!(g(abs, &[0.0, -0.0, -2.0, 2.0]), [0.0, 0.0, -1.0, 1.0]);
    assert_eq!(g(sign, &[0.0, 2.0]), [0.0, 0.0]);
    assert_eq!(g(sqrt, &[0.0, 4.0]), [f32::INFINITY, 0.25]);
    assert_eq!(g(log, &[0.0]), [f32::INFINITY]);
    assert_eq!(g(|x| maximum(x, 0), &[0.0, -1.0, 1.0]), [0.0, 0.0, 1.0]);
    assert_eq!(g(|x| clip(x, Some(0.into()), Some(1.into())), &[-1.0, 0.0, 0.5, 1.0, 2.0]), [0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(g(|x| power(x, 0), &[0.0, 3.0]), [0.0, 0.0]);
    assert_eq!(g(|x| power(x, 2), &[0.0, 3.0]), [0.0, 6.0]);
    assert_eq!(g(|x| power(2.0, x), &[0.0]), [std::f32::consts::LN_2]);
    assert_eq!(g(|x| where_(greater(x, 0)?, x, 0), &[1.0, -1.0]), [1.0, 0.0]);
    assert_eq!(g(|x| nan_to_num(x, NanToNum::default()), &[1.0, f32::NAN]), [1.0, 0.0]);
    let ties = [floats(&[1.0, 2.0, 3.0]), floats(&[1.0, 3.0, 2.0])];
    assert_eq!(gradients(|p| maximum(&p[0], &p[1]), &ties), [[0.0, 0.0, 1.0], [1.0, 1.0, 0.0]]);
    assert_eq!(gradients(|p| minimum(&p[0], &p[1]), &ties), [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]);
    let edge = [floats(&[0.0, 2.0]), floats(&[1.0, 0.0])];
    assert_eq!(gradients(|p| power(&p[0], &p[1]), &edge), [[1.0, 0.0], [0.0, std::f32::consts::LN_2]]);
    assert_eq!(gradients(|p| remainder(&p[0], &p[1]), &[floats(&[7.0]), floats(&[2.0])]), [[1.0], [-3.0]]);
}

/// For `L = Re f + 2 Im f` the cotangent of `z` is `∂L/∂Re z + i ∂L/∂Im z`, and the change of `L` along `t` is `Re(conj(g) t)`.
#[test]
#[cfg_attr(miri, ignore = "the functions of `libm` that it needs are written in assembly")]
fn complex_gradients() {
    type F = fn(&Array) -> Result<Array>;
    let functions: &[(&str, F)] = &[
        ("abs", abs),
        ("sign", sign),
        ("exp", exp),
        ("log", log),
        ("log1p", log1p),
        ("sqrt", sqrt),
        ("rsqrt", rsqrt),
        ("reciprocal", reciprocal),
        ("square", square),
        ("sin", sin),
        ("tan", tan),
        ("tanh", tanh),
        ("arcsin", arcsin),
        ("arccos", arccos),
        ("arctan", arctan),
        ("arcsinh", arcsinh),
        ("arccosh", arccosh),
        ("arctanh", arctanh),
        ("real", real),
        ("imag", imag),
        ("conjugate", conjugate),
        ("divide", |z| divide(c64::new(0.5, -1.0), z)),
        ("power", |z| power(z, c64::new(-0.5, 0.2))),
        ("exponent", |z| power(c64::new(-0.5, 0.2), z)),
        ("logaddexp", |z| logaddexp(z, c64::new(-0.5, 0.2))),
    ];
    let start = c64::new(-0.3, 0.4);
    let at = |z: c64| Array::scalar(z, Dtype::Complex64);
    for (name, f) in functions {
        let loss = |z: &Array| -> Result<Array> {
            let y = f(z)?;
            add(real(&y)?, multiply(imag(&y)?, 2.0)?)
        };
        let value = |z: c64| loss(&at(z)).unwrap().item::<f32>().unwrap();
        let h = 5e-3;
        let slope = |d: c64| (value(start + d) - value(start - d)) / (2.0 * h);
        let numeric = c64::new(slope(c64::new(h, 0.0)), slope(c64::new(0.0, h)));
        let one = Array::scalar(1, Dtype::Float32);
        let (_, g) = vjp(|p| Ok(vec![loss(&p[0])?]), &[at(start)], &[one]).unwrap();
        let g = g[0].item::<c64>().unwrap();
        assert!((g - numeric).norm() < 5e-3 * numeric.norm().max(1.0), "{name}: {g}, numerically {numeric}");
        let t = c64::new(0.7, -0.2);
        let (_, change) = jvp(|p| Ok(vec![loss(&p[0])?]), &[at(start)], &[at(t)]).unwrap();
        let change = change[0].item::<f32>().unwrap();
        assert!((change - (g.conj() * t).re).abs() < 1e-3, "{name}: jvp {change}, vjp {}", (g.conj() * t).re);
    }
}

#[test]
fn edge_values() {
    let ints = |v: &[i32]| Array::from_slice(v, &[v.len()]).unwrap();
    let (n, d) = (ints(&[7, -7, 7, -7, 5, i32::MIN]), ints(&[2, 2, -2, -2, 0, -1]));
    let (q, r) = divmod(&n, &d).unwrap();
    assert_eq!(q.to_vec::<i32>().unwrap(), [3, -4, -4, 3, 0, i32::MIN]);
    assert_eq!(r.to_vec::<i32>().unwrap(), [1, 1, -1, -1, 5, 0]);
    assert_eq!(
        power(ints(&[2, 3, 0, -2, 2, 1]), ints(&[3, 0, 0, 3, -1, -5])).unwrap().to_vec::<i32>().unwrap(),
        [8, 1, 1, -8, 0, 1]
    );
    assert_eq!(round(&ints(&[15, 25, -15, 149, 1]), -1).unwrap().to_vec::<i32>().unwrap(), [20, 20, -20, 150, 0]);
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let x = floats(&[nan, inf, -inf, 1.0]);
    let bits = |r: Result<Array>| r.unwrap().to_vec::<bool>().unwrap();
    assert_eq!(bits(isnan(&x)), [true, false, false, false]);
    assert_eq!(bits(isinf(&x)), [false, true, true, false]);
    assert_eq!(bits(isfinite(&x)), [false, false, false, true]);
    assert_eq!(bits(isposinf(&x)), [false, true, false, false]);
    assert_eq!(bits(isneginf(&x)), [false, false, true, false]);
    let tolerance = Tolerance { equal_nan: true, ..Tolerance::default() };
    assert_eq!(bits(isclose(&x, floats(&[nan, inf, inf, 1.000001]), tolerance)), [true, true, false, true]);
    assert_eq!(nan_to_num(&x, NanToNum::default()).unwrap().to_vec::<f32>().unwrap(), [0.0, f32::MAX, f32::MIN, 1.0]);
    assert_eq!(round(&floats(&[0.125, 2.345, -2.675, 3e38]), 2).unwrap().to_vec::<f32>().unwrap(), [0.12, 2.34, -2.68, 3e38]);
    let one = |r: Result<Array>| r.unwrap().item::<bool>().unwrap();
    assert!(one(allclose(floats(&[1.0, 2.0]), floats(&[1.0, 2.0]), Tolerance::default())));
    assert!(!one(allclose(floats(&[1.0, 2.0]), floats(&[1.0, 2.1]), Tolerance::default())));
    assert!(one(array_equal(&x, &x, true)) && !one(array_equal(&x, &x, false)) && !one(array_equal(&x, 1.0, false)));
    let truths = |v: &[bool]| Array::from_slice(v, &[v.len()]).unwrap();
    let (p, q) = (truths(&[true, true, false, false]), truths(&[true, false, true, false]));
    assert_eq!(bits(add(&p, &q)), [true, true, true, false]);
    assert_eq!(bits(subtract(&p, &q)), [false, true, true, false]);
    assert_eq!(bits(bitwise_invert(&p)), [false, false, true, true]);
}

#[test]
fn constants_that_are_kept_stay_apart() {
    let x = Array::from_slice(&[1f32, -1.0], &[2]).unwrap();
    // The sign of what is no number is the processor's choice.
    let number = |x: f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
    let bits = |c: f64| multiply(&x, c).unwrap().to_vec::<f32>().unwrap().into_iter().map(number).collect::<Vec<_>>();
    // More of them than are kept, twice; zeros of either sign, and what is no number.
    for c in [0.0, -0.0, f64::NAN, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].repeat(2) {
        assert_eq!(bits(c), [1f32, -1.0].map(|x| number(x * c as f32)), "{c}");
    }
    // The same number for another dtype, shape and kind of scalar, and one that does not fit.
    let small = Array::from_slice(&[1u8, 2, 3], &[3]).unwrap();
    for _ in 0..2 {
        assert_eq!(add(&small, 2).unwrap().to_vec::<u8>().unwrap(), [3, 4, 5]);
        assert_eq!(add(&small, 2.0).unwrap().to_vec::<f32>().unwrap(), [3.0, 4.0, 5.0]);
        assert_eq!(add(&x, 2).unwrap().to_vec::<f32>().unwrap(), [3.0, 1.0]);
        assert_eq!(subtract(&small, true).unwrap().to_vec::<u8>().unwrap(), [0, 1, 2]);
        assert!(add(&small, 256).unwrap_err().message().contains("overflow"));
    }
}
