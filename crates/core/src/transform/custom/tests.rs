//! Functions with rules of their own, under every transform and nesting.

use super::*;
use crate::dtype::Dtype;
use crate::error::Kind;
use crate::ops::elementwise::{add, exp, multiply, sin};
use crate::transform::{grad, jvp, vjp, vmap};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

fn f32s(data: &[f32]) -> Array {
    Array::from_slice(data, &[data.len()]).unwrap()
}

fn all(a: &Array) -> Vec<f32> {
    a.to_vec().unwrap()
}

/// `x · y`, which says that its derivatives are `10 y` and `20 x`.
fn product() -> impl Fn(&[Array]) -> Result<Vec<Array>> + Clone {
    let f = CustomFunction::new(|x: &[Array]| Ok(vec![multiply(&x[0], &x[1])?]))
        .with_vjp(|x, cotangents, _| {
            let by = |a: &Array, times: i32| multiply(&cotangents[0], multiply(a, times)?).map(Some);
            Ok(vec![by(&x[1], 10)?, by(&x[0], 20)?])
        })
        .with_jvp(|x, tangents| {
            let by = |t: &Option<Array>, a: &Array, times: i32| match t {
                Some(t) => multiply(t, multiply(a, times)?),
                None => multiply(a, 0),
            };
            Ok(vec![add(by(&tangents[0], &x[1], 10)?, by(&tangents[1], &x[0], 20)?)?])
        });
    let f = Arc::new(f);
    move |x| f.call(x)
}

#[test]
fn its_rules_are_used() {
    let (x, y, one) = (f32s(&[1.0, 2.0]), f32s(&[3.0, 4.0]), f32s(&[1.0, 1.0]));
    let (outputs, grads) = vjp(product(), &[x.clone(), y.clone()], std::slice::from_ref(&one)).unwrap();
    assert_eq!([all(&outputs[0]), all(&grads[0]), all(&grads[1])], [[3.0, 8.0], [30.0, 40.0], [20.0, 40.0]]);
    let (_, tangents) = jvp(product(), &[x, y], &[one.clone(), one]).unwrap();
    assert_eq!(all(&tangents[0]), [50.0, 80.0]);
}

#[test]
fn its_rules_hold_in_batches() {
    let (x, y) = (Array::from_slice(&[1f32, 2.0, 3.0, 4.0], &[2, 2]).unwrap(), f32s(&[5.0, 6.0]));
    let f = product();
    let inner = f.clone();
    // The gradient of a vectorized function, one argument batched and one not.
    let batched = move |x: &[Array]| {
        let y = x[1].clone();
        let f = inner.clone();
        vmap(move |x: &[Array]| f(&[x[0].clone(), y.clone()]))(&x[..1])
    };
    let ones = Array::splat(1.0, &[2, 2], Dtype::Float32);
    let (_, grads) = vjp(batched.clone(), &[x.clone(), y.clone()], std::slice::from_ref(&ones)).unwrap();
    assert_eq!(all(&grads[0]), [50.0, 60.0, 50.0, 60.0]);
    assert_eq!(all(&grads[1]), [80.0, 120.0]);
    let (_, tangents) = jvp(batched, &[x.clone(), y.clone()], &[ones.clone(), f32s(&[1.0, 1.0])]).unwrap();
    assert_eq!(all(&tangents[0]), [70.0, 100.0, 110.0, 140.0]);
    // A vectorized gradient.
    let slope = move |x: &[Array]| {
        let f = f.clone();
        grad(move |x: &[Array]| f(x)?.remove(0).sum(..), &[0])(x)
    };
    assert_eq!(all(&vmap(slope)(&[x, Array::splat(5.0, &[2, 2], Dtype::Float32)]).unwrap()[0]), [50.0; 4]);
}

#[test]
fn derivatives_of_rules() {
    // sin, with cos given as exp: the second derivative is that of exp.
    let f = Arc::new(
        CustomFunction::new(|x: &[Array]| Ok(vec![sin(&x[0])?]))
            .with_vjp(|x, c, _| Ok(vec![Some(multiply(&c[0], exp(&x[0])?)?)])),
    );
    let first = move |x: &[Array]| {
        let f = f.clone();
        Ok(grad(move |x: &[Array]| Ok(f.call(x)?.remove(0)), &[0])(x)?.remove(0))
    };
    let second = grad(first, &[0])(&[Array::scalar(2.0, Dtype::Float32)]).unwrap();
    assert!((second[0].item::<f32>().unwrap() - 2f32.exp()).abs() < 1e-5);
}

#[test]
fn what_has_no_rule_is_derived() {
    let plain =
        Arc::new(CustomFunction::new(|x: &[Array]| Ok(vec![sin(&x[0])?])).with_vjp(|x, _, _| Ok(vec![Some(x[0].clone())])));
    let f = plain.clone();
    let x = f32s(&[0.5]);
    let (_, tangents) = jvp(move |x| f.call(x), std::slice::from_ref(&x), &[f32s(&[1.0])]).unwrap();
    assert!((all(&tangents[0])[0] - 0.5f32.cos()).abs() < 1e-6);
    let f = plain.clone();
    assert!((all(&vmap(move |x: &[Array]| f.call(x))(&[x]).unwrap()[0])[0] - 0.5f32.sin()).abs() < 1e-6);
}

#[test]
fn a_rule_for_batches() {
    let f = CustomFunction::new(|x: &[Array]| Ok(vec![sin(&x[0])?])).with_vmap(|x, axes| {
        assert_eq!(axes, [Some(0)]);
        Ok(vec![(multiply(&x[0], 100)?, Some(0))])
    });
    assert_eq!(all(&vmap(move |x: &[Array]| f.call(x))(&[f32s(&[1.0, 2.0])]).unwrap()[0]), [100.0, 200.0]);
}

#[test]
fn rules_that_do_not_fit_are_errors() {
    let run = |grads: Vec<Option<Array>>| {
        let f = CustomFunction::new(|x: &[Array]| Ok(vec![sin(&x[0])?])).with_vjp(move |_, _, _| Ok(grads.clone()));
        vjp(|x| f.call(x), &[f32s(&[1.0])], &[f32s(&[1.0])]).map(|(_, grads)| grads)
    };
    assert_eq!(run(vec![]).unwrap_err().kind(), Kind::Value);
    assert_eq!(run(vec![Some(f32s(&[1.0, 2.0]))]).unwrap_err().kind(), Kind::Value);
    assert_eq!(all(&run(vec![None]).unwrap()[0]), [0.0]);
}

#[test]
fn checkpoints_run_again_and_give_the_same() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = runs.clone();
    let captured = f32s(&[3.0, 4.0]);
    let loss = |keep: bool| {
        let counter = counter.clone();
        move |x: &[Array]| {
            let w = x[1].clone();
            let counter = counter.clone();
            let f = move |x: &[Array]| {
                counter.fetch_add(1, SeqCst);
                Ok(vec![multiply(exp(&sin(&x[0])?)?, &w)?])
            };
            let out = if keep { f(&x[..1])? } else { checkpoint(f)(&x[..1])? };
            out[0].sum(..)
        }
    };
    let args = [f32s(&[0.5, 1.5]), captured];
    // With respect to the argument and to what the function captures.
    let plain = grad(loss(true), &[0, 1])(&args).unwrap();
    runs.store(0, SeqCst);
    let kept = grad(loss(false), &[0, 1])(&args).unwrap();
    assert_eq!(runs.load(SeqCst), 2);
    for (a, b) in plain.iter().zip(&kept) {
        assert_eq!(all(a), all(b));
    }
    // Second derivatives and batches of them.
    let x = std::slice::from_ref(&args[0]);
    let twice = |keep: bool| {
        let f = move |x: &[Array]| {
            let f = |x: &[Array]| Ok(vec![exp(&sin(&x[0])?)?]);
            Ok(if keep { f(x)? } else { checkpoint(f)(x)? }.remove(0))
        };
        let first = move |x: &[Array]| Ok(grad(f, &[0])(x)?.remove(0));
        all(&vmap(grad(first, &[0]))(x).unwrap()[0])
    };
    assert_eq!(twice(true), twice(false));
    // The gradient of a batch of checkpoints.
    let batch = |x: &[Array]| vmap(checkpoint(|x: &[Array]| Ok(vec![exp(&sin(&x[0])?)?])))(x)?[0].sum(..);
    assert_eq!(all(&grad(batch, &[0])(x).unwrap()[0]), all(&grad(|x: &[Array]| exp(&sin(&x[0])?)?.sum(..), &[0])(x).unwrap()[0]));
}

#[test]
fn depending_arrays_wait_and_share_memory() {
    let x = f32s(&[1.0, 2.0, 3.0]);
    let y = exp(&x).unwrap();
    let out = depends(&[x.clone(), x.transpose(..).unwrap()], std::slice::from_ref(&y)).unwrap();
    assert_eq!(all(&out[0]), [1.0, 2.0, 3.0]);
    assert!(y.is_available());
    assert_eq!(out[0].value().unwrap().ptr(), x.value().unwrap().ptr());
    // Chains of shared memory are flat: dropping a long one must not recurse.
    let mut long = x.clone();
    for i in 0..if cfg!(miri) { 2000 } else { 200_000 } {
        long = depends(&[long], std::slice::from_ref(&y)).unwrap().remove(0);
        if i % 500 == 0 {
            long.eval().unwrap();
        }
    }
    assert_eq!(all(&long), [1.0, 2.0, 3.0]);
    let failed = f32s(&[1.0]).take(Array::scalar(5, Dtype::Int32), Some(0));
    if let Ok(failed) = failed {
        assert!(depends(&[x], &[failed]).unwrap()[0].eval().is_err());
    }
}

#[test]
fn transforms_go_through_depending_arrays() {
    let f = |x: &[Array]| depends(&[multiply(&x[0], &x[0])?], &[exp(&x[0])?]);
    let x = f32s(&[2.0, 3.0]);
    let (_, grads) = vjp(f, std::slice::from_ref(&x), &[f32s(&[1.0, 1.0])]).unwrap();
    let (_, tangents) = jvp(f, std::slice::from_ref(&x), &[f32s(&[1.0, 1.0])]).unwrap();
    assert_eq!([all(&grads[0]), all(&tangents[0])], [[4.0, 6.0], [4.0, 6.0]]);
    assert_eq!(all(&vmap(f)(&[x]).unwrap()[0]), [4.0, 9.0]);
}
