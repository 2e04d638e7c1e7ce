use super::*;
use crate::transform::{jvp, vjp, vmap};

fn vec<T: Element>(a: Result<Array>) -> Vec<T> {
    a.unwrap().to_vec().unwrap()
}

fn error(a: Result<Array>) -> String {
    a.unwrap_err().to_string()
}

#[test]
fn constants_take_no_memory_and_refuse_what_does_not_fit() {
    let big = ones(&[1 << 20, 1 << 20], Dtype::Float64).unwrap();
    assert!(big.value().unwrap().layout().is_splat());
    assert_eq!(vec::<i32>(full(&[2, 3], Array::from_slice(&[1, 2, 3], &[3]).unwrap(), None)), [1, 2, 3, 1, 2, 3]);
    assert_eq!(full(&[2], 3.5, None).unwrap().dtype(), Dtype::Float32);
    assert_eq!(vec::<i8>(full_like(&zeros(&[2], Dtype::Int8).unwrap(), 3.5)), [3, 3]);
    assert_eq!(error(full(&[2], -1, Dtype::Uint8)), "Converting -1 to uint8 would result in overflow.");
    assert!(zeros(&[1 << 40, 1 << 40], Dtype::Float32).is_err());
}

#[test]
fn aranges_have_the_length_and_dtype_of_their_span() {
    assert_eq!(vec::<i32>(arange(3, None)), [0, 1, 2]);
    assert_eq!(vec::<i32>(arange((10, 1, -3), None)), [10, 7, 4]);
    assert_eq!(vec::<f32>(arange((0.0, 1.1, 0.25), None)), [0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(vec::<i32>(arange((0.7, 4.2, 1.0), Dtype::Int32)), [0, 1, 2, 3]);
    assert_eq!(vec::<i32>(arange((0.0, 3.0, 0.5), Dtype::Int32)), [0; 6]);
    assert_eq!(vec::<u8>(arange(254..258, Dtype::Uint8)), [254, 255, 0, 1]);
    assert_eq!(vec::<i64>(arange(1i64 << 31..(1 << 31) + 2, None)), [1 << 31, (1 << 31) + 1]);
    assert_eq!(vec::<i32>(arange(-3, None)), [0; 0]);
    assert_eq!(vec::<c64>(arange(2, Dtype::Complex64)), [c64::new(0.0, 0.0), c64::new(1.0, 0.0)]);
    let long = vec::<f32>(arange((0.0, if cfg!(miri) { 1e2 } else { 1e5 }, 0.1), None));
    assert!(long.iter().enumerate().all(|(i, &x)| x == (i as f64 * 0.1) as f32));
    assert_eq!(error(arange((1, 4, 0), None)), "[arange] step must be nonzero.");
    assert_eq!(error(arange(f64::INFINITY, None)), "[arange] Cannot compute length.");
    assert_eq!(error(arange(3, Dtype::Bool)), "bool not supported for arange.");
}

#[test]
fn linspace_ends_where_it_is_told() {
    let with = |endpoint, dtype| Linspace { endpoint, dtype };
    assert_eq!(vec::<f32>(linspace(0.0, 1.0, 5, Linspace::default())), [0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(vec::<f32>(linspace(0.0, 1.0, 4, with(false, Dtype::Float32))), [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(vec::<i32>(linspace(-10.0, 10.0, 7, with(true, Dtype::Int32))), [-10, -6, -3, 0, 3, 6, 10]);
    assert_eq!(vec::<f32>(linspace(0.0, 1.0, 1, Linspace::default())), [0.0]);
    assert_eq!(vec::<f32>(linspace(0.0, 1.0, 0, Linspace::default())), [0.0; 0]);
    assert!(error(linspace(0.0, 1.0, -1, Linspace::default())).contains("must be non-negative"));
}

#[test]
fn windows_are_symmetric_and_start_where_they_should() {
    for (window, ends) in [(hanning as fn(i64) -> _, 0.0), (hamming, 0.08), (blackman, 0.0), (bartlett, 0.0)] {
        let w = vec::<f32>(window(33));
        assert!((w[0] - ends).abs() < 1e-6 && (w[16] - 1.0).abs() < 1e-6);
        assert!((0..33).all(|i| (w[i] - w[32 - i]).abs() < 1e-6));
        assert_eq!((vec::<f32>(window(1)), vec::<f32>(window(0))), (vec![1.0], vec![]));
    }
}

#[test]
fn bands_lie_where_their_diagonals_say() {
    let large = if cfg!(miri) { (40, 30) } else { (400, 300) };
    for (n, m) in [(3, 3), (2, 5), (5, 2), (0, 3), (3, 0), large] {
        for k in [-7, -1, 0, 1, 4] {
            let matrix = Matrix { m: Some(m), k, dtype: Dtype::Int32 };
            let x = arange((n * m) as i32, None).and_then(|a| crate::ops::view::reshape_to(&a, &[n, m])).unwrap();
            let check = |a: Array, f: &dyn Fn(i64, i32) -> i32| {
                let place = |p: usize| ((p % m) as i64 - (p / m) as i64, p as i32);
                let expected: Vec<i32> = (0..n * m).map(|p| f(place(p).0, place(p).1)).collect();
                assert_eq!((a.shape(), a.to_vec::<i32>().unwrap()), (&[n, m][..], expected));
            };
            check(eye(n, matrix).unwrap(), &|d, _| (d == k) as i32);
            check(tri(n, matrix).unwrap(), &|d, _| (d <= k) as i32);
            check(tril(&x, k).unwrap(), &|d, x| if d <= k { x } else { 0 });
            check(triu(&x, k).unwrap(), &|d, x| if d >= k { x } else { 0 });
        }
    }
    assert_eq!(error(tril(&ones(&[3], Dtype::Float32).unwrap(), 0)), "[tril] array must be at least 2-D");
}

#[test]
fn triangles_are_linear_and_can_be_batched() {
    let x = arange(24, Dtype::Float32).and_then(|a| crate::ops::view::reshape_to(&a, &[2, 3, 4])).unwrap();
    let f = |p: &[Array]| Ok(vec![triu(&p[0], 1)?]);
    let (_, pulled) = vjp(f, std::slice::from_ref(&x), std::slice::from_ref(&x)).unwrap();
    let (_, pushed) = jvp(f, std::slice::from_ref(&x), std::slice::from_ref(&x)).unwrap();
    let batched = vmap(f)(std::slice::from_ref(&x)).unwrap();
    let expected = vec::<f32>(triu(&x, 1));
    for y in [&pulled[0], &pushed[0], &batched[0]] {
        assert_eq!(y.to_vec::<f32>().unwrap(), expected);
    }
}
