//! What somebody who has read the crate's first page writes: data into arrays and back, subscripts, functions of their own,
//! threads, and errors in programs that have others too.

use millpond::prelude::*;
use millpond::{CustomFunction, Kind, bf16, c64};
use std::sync::mpsc;
use std::thread;

#[test]
fn nested_data_becomes_an_array_and_comes_back() -> Result<()> {
    let values = vec![1.0f32, 2.0, 3.0];
    for a in [array(&values)?, array(values.clone())?, array(&values[..])?, array([1.0f32, 2.0, 3.0])?] {
        assert_eq!((a.shape(), a.to_vec::<f32>()?), (&[3][..], values.clone()));
    }
    let a = array(vec![vec![[1, 2, 3]], vec![[4, 5, 6]]])?;
    assert_eq!((a.shape(), a.dtype(), a.to_vec::<i32>()?), (&[2, 1, 3][..], Dtype::Int32, (1..7).collect()));
    assert_eq!(array(2.5f64)?.item::<f64>()?, 2.5);
    assert_eq!(array(true)?.dtype(), Dtype::Bool);
    assert_eq!(array([c64::new(1.0, 2.0)])?.dtype(), Dtype::Complex64);
    assert_eq!(array([bf16::from_f32(1.5)])?.item::<bf16>()?.to_f32(), 1.5);
    assert_eq!(array(Vec::<Vec<u8>>::new())?.shape(), [0, 0]);
    let rows = array([[1.0f32, 2.0], [3.0, 4.0]])?.unstack(0)?;
    let rows: Vec<Vec<f32>> = rows.iter().map(Array::to_vec).collect::<Result<_>>()?;
    assert_eq!(rows, [[1.0, 2.0], [3.0, 4.0]]);
    let ragged = array(vec![vec![vec![1, 2], vec![3, 4]], vec![vec![5, 6], vec![7]]]).unwrap_err();
    assert!(ragged.kind() == Kind::Value && ragged.message().contains("2 and 1"), "{ragged}");
    Ok(())
}

#[test]
#[allow(clippy::reversed_empty_ranges)] // Bounds of subscripts count from the end.
fn subscripts_are_what_python_writes() -> Result<()> {
    let a = arange(12, Dtype::Int32)?.reshape(&[3, 4])?;
    let n = a.shape()[0];
    let is = |part: Array, shape: &[usize], elements: &[i32]| {
        assert_eq!((part.shape(), part.to_vec::<i32>().unwrap()), (shape, elements.to_vec()));
    };
    is(a.get(1)?, &[4], &[4, 5, 6, 7]);
    is(a.get(-1)?, &[4], &[8, 9, 10, 11]);
    is(a.get((1, 2))?, &[], &[6]);
    is(a.get((.., 1..3))?, &[3, 2], &[1, 2, 5, 6, 9, 10]);
    is(a.get((0..n - 1, ..=1))?, &[2, 2], &[0, 1, 4, 5]);
    is(a.get((n - 1, 2..=-1))?, &[2], &[10, 11]);
    is(a.get((-2.., -1))?, &[2], &[7, 11]);
    is(a.get((0, Index::stepped(.., -1)))?, &[4], &[3, 2, 1, 0]);
    is(a.get((0, Index::stepped(2..=0, -1)))?, &[3], &[2, 1, 0]);
    is(a.get((0, Index::stepped(3..=1, -2)))?, &[2], &[3, 1]);
    is(a.get((0, Index::stepped(..=-1, 2)))?, &[2], &[0, 2]);
    is(a.get((Index::Ellipsis, 0, Index::NewAxis))?, &[3, 1], &[0, 4, 8]);
    is(a.get(&array([2, 0])?)?.get((.., 0))?, &[2], &[8, 0]);
    is(a.get((.., array([0, 3])?))?, &[3, 2], &[0, 3, 4, 7, 8, 11]);
    is(a.get(a.greater(8)?)?, &[3], &[9, 10, 11]);
    is(a.get(&[Index::Ellipsis, 1.into()])?, &[3], &[1, 5, 9]);
    is(a.get(vec![Index::from(0), 1.into()])?, &[], &[1]);
    is(a.get(())?.get((2, 3))?, &[], &[11]);
    is(a.set((0, ..), 9)?.get(..2)?, &[2, 4], &[9, 9, 9, 9, 4, 5, 6, 7]);
    is(a.set((.., 0), array([7, 8, 9])?)?.get((.., 0))?, &[3], &[7, 8, 9]);
    is(a.set(a.less(10)?, -1)?.get(2)?, &[4], &[-1, -1, 10, 11]);
    is(a.update(&array([0, 0])?, 1, Update::Add)?.get(0)?, &[4], &[2, 3, 4, 5]);
    assert_eq!(a.get(7).unwrap_err().kind(), Kind::Index);
    assert_eq!(a.get((0, 0, 0)).unwrap_err().kind(), Kind::Value);
    assert_eq!(a.get(Index::stepped(.., 0)).unwrap_err().kind(), Kind::Value);
    Ok(())
}

#[test]
fn an_axis_is_a_number() -> Result<()> {
    let a = array([[1, 2], [3, 4]])?;
    assert_eq!(concatenate(&[a.clone(), a.clone()], 0)?.shape(), [4, 2]);
    assert_eq!(concatenate(&[a.clone(), a.clone()], None)?.shape(), [8]);
    assert_eq!(a.take(&array([1, 1, 0])?, -1)?.shape(), [2, 3]);
    assert_eq!(a.repeat(2, 1)?.to_vec::<i32>()?, [1, 1, 2, 2, 3, 3, 4, 4]);
    assert_eq!(a.take_along_axis(&a.argsort(1)?, 1)?.to_vec::<i32>()?, [1, 2, 3, 4]);
    assert!(a.allclose(&a, Default::default())?.item::<bool>()? && a.array_equal(&a, false)?.item::<bool>()?);
    Ok(())
}

#[test]
fn functions_of_ones_own_have_derivatives() -> Result<()> {
    let rosenbrock = |x: &[Array]| {
        let (a, b) = (x[0].get(0)?, x[0].get(1)?);
        (1.0f32 - &a).square()?.add((b - a.square()?).square()? * 100.0)
    };
    let x = array([-1.0f32, 2.0])?;
    let gradient = |x: &[Array]| grad(rosenbrock, &[0])(x);
    let hessian = vmap(|t: &[Array]| Ok(jvp(gradient, std::slice::from_ref(&x), t)?.1))(&[eye(2, Default::default())?])?;
    assert_eq!(hessian[0].to_vec::<f32>()?, [402.0, 400.0, 400.0, 200.0]);
    let rounded =
        CustomFunction::new(|x| Ok(vec![x[0].round(0)?])).with_vjp(|_, cotangents, _| Ok(vec![Some(cotangents[0].clone())]));
    let through = grad(|x: &[Array]| rounded.call(x)?[0].square()?.sum(..), &[0])(&[array([0.4f32, 1.6])?])?;
    assert_eq!(through[0].to_vec::<f32>()?, [0.0, 4.0]);
    Ok(())
}

#[test]
fn arrays_cross_threads() -> Result<()> {
    let shared = arange(100, Dtype::Float32)?.sqrt()?;
    let sums: Vec<f32> = thread::scope(|scope| {
        let sum = |k: i32| (&shared * k).sum(..)?.item();
        let threads: Vec<_> = (0..4).map(|k| scope.spawn(move || sum(k))).collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).collect::<Result<_>>()
    })?;
    assert!((sums[2] - 2.0 * sums[1]).abs() < 1e-2 * sums[2], "{sums:?}");
    let (sender, receiver) = mpsc::channel();
    let made = thread::spawn(move || -> Result<()> {
        for i in 0..3i64 {
            sender.send(array([i])? * 2).expect("somebody receives");
        }
        Ok(())
    });
    let received: Vec<Array> = receiver.iter().collect();
    made.join().expect("no panic")?;
    assert_eq!(concatenate(&received, 0)?.to_vec::<i64>()?, [0, 2, 4]);
    Ok(())
}

#[test]
fn errors_join_those_of_the_program() {
    fn last(path: &str) -> std::result::Result<f32, Box<dyn std::error::Error + Send + Sync>> {
        let numbers = path.split(',').map(str::parse::<f32>).collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(array(numbers)?.get(5)?.item()?)
    }
    assert!(last("1,x").unwrap_err().is::<std::num::ParseFloatError>());
    let error = last("1,2").unwrap_err().downcast::<Error>().expect("an array's error");
    assert_eq!(error.kind(), Kind::Index);
    assert!(error.message().contains("index 5 is out of range"), "{error}");
}
