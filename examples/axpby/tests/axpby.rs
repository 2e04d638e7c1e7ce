//! The operation as its users see it, both ways.

use axpby::{Axpby, axpby, scalar};
use millpond::ext::positions;
use millpond::prelude::*;
use millpond::{Kind, bf16, c64, f16, timeline};

type Operation = fn(&Array, &Array, f64, f64) -> Result<Array>;
const BOTH: [(&str, Operation); 2] =
    [("by hand", |x, y, a, b| axpby(x, y, a, b)), ("as a scalar program", |x, y, a, b| scalar::axpby(x, y, a, b))];

fn numbers(shape: &[usize]) -> Result<Array> {
    let n: usize = shape.iter().product();
    (arange(n as f64, Dtype::Float32)?.reshape(&shape.iter().map(|&d| d as i64).collect::<Vec<_>>())? * 0.37).sin()
}

fn list(a: &Array) -> Result<Vec<f32>> {
    a.astype(Dtype::Float32)?.to_vec()
}

#[test]
fn values_dtypes_and_layouts() -> Result<()> {
    for (way, axpby) in BOTH {
        let (x, y) = (numbers(&[5, 7])?, numbers(&[7, 5])?);
        for dtype in [Dtype::Float32, Dtype::Float16, Dtype::Bfloat16, Dtype::Complex64] {
            let layouts = [
                (x.clone(), y.reshape(&[5, 7])?),
                (x.clone(), y.transpose(..)?),
                (x.clone(), numbers(&[7])?),
                (numbers(&[5, 1])?, numbers(&[7])?),
            ];
            for (x, y) in layouts {
                let (x, y) = (x.astype(dtype)?, y.astype(dtype)?);
                let z = axpby(&x, &y, 4.0, -0.5)?;
                assert_eq!((z.dtype(), z.shape()), (dtype, &[5, 7][..]), "{way}");
                let wanted = list(&(x.astype(Dtype::Float32)? * 4.0 + y.astype(Dtype::Float32)? * -0.5))?;
                let tolerance = if dtype.size() == 2 { 2e-2 } else { 1e-6 };
                for (got, wanted) in list(&z)?.iter().zip(&wanted) {
                    assert!((got - wanted).abs() <= tolerance, "{way}, {dtype}: {got} is not {wanted}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn dtypes_promote() -> Result<()> {
    for (_, axpby) in BOTH {
        let of = |dtype| Array::splat(3, &[2], dtype);
        assert_eq!(axpby(&of(Dtype::Int32), &of(Dtype::Uint8), 2.0, 0.5)?.to_vec::<f32>()?, [7.5, 7.5]);
        assert_eq!(axpby(&of(Dtype::Float16), &of(Dtype::Int32), 2.0, 0.5)?.to_vec::<f16>()?, [f16::from_f32(7.5); 2]);
        assert_eq!(axpby(&of(Dtype::Bfloat16), &of(Dtype::Float16), 2.0, 0.5)?.dtype(), Dtype::Float32);
        let z = axpby(&of(Dtype::Complex64), &of(Dtype::Bfloat16), 1.0, 1.0)?;
        assert_eq!(z.to_vec::<c64>()?, [c64::new(6.0, 0.0); 2]);
        assert_eq!(bf16::from_f32(7.5), axpby(&of(Dtype::Bfloat16), &of(Dtype::Bfloat16), 2.0, 0.5)?.to_vec::<bf16>()?[0]);
    }
    Ok(())
}

#[test]
fn gradients_agree_with_finite_differences() -> Result<()> {
    for (way, axpby) in BOTH {
        // The sines make the function curved, the weights tell its elements apart.
        let weights = numbers(&[3, 4])? + 2.0;
        let f = |p: &[Array]| (axpby(&p[0].sin()?, &p[1].square()?, 4.0, 2.0)? * &weights).sum(..);
        let (x, y) = (numbers(&[3, 4])?, numbers(&[4])?);
        let gradients = grad(f, &[0, 1])(&[x.clone(), y.clone()])?;
        let (_, tangents) = jvp(|p| Ok(vec![f(p)?]), &[x.clone(), y.clone()], &[ones_like(&x), ones_like(&y)])?;
        let total: f32 = list(&gradients[0])?.iter().chain(&list(&gradients[1])?).sum();
        assert!((tangents[0].item::<f32>()? - total).abs() < 1e-3, "{way}: the jvp is not the vjp's");
        let h = 1e-2f32;
        for (which, gradient) in gradients.iter().enumerate() {
            for (k, slope) in list(gradient)?.iter().enumerate() {
                let moved = |by: f32| -> Result<f32> {
                    let mut inputs = [x.clone(), y.clone()];
                    let mut data = list(&inputs[which])?;
                    data[k] += by;
                    inputs[which] = Array::from_slice(&data, inputs[which].shape())?;
                    f(&inputs)?.item()
                };
                let numeric = (moved(h)? - moved(-h)?) / (2.0 * h);
                assert!((numeric - slope).abs() < 2e-2 * numeric.abs().max(1.0), "{way}: {slope} is not {numeric}");
            }
        }
        let second = grad(|p: &[Array]| grad(f, &[0])(p)?[0].sum(..), &[0])(&[x.clone(), y])?;
        let wanted = list(&(x.sin()? * &weights * -4.0))?;
        for (got, wanted) in list(&second[0])?.iter().zip(&wanted) {
            assert!((got - wanted).abs() < 1e-4, "{way}: second derivative {got} is not {wanted}");
        }
    }
    Ok(())
}

#[test]
fn vmap_agrees_with_a_loop() -> Result<()> {
    for (way, axpby) in BOTH {
        let (x, y) = (numbers(&[6, 3])?, numbers(&[3, 6])?);
        let once = |p: &[Array]| Ok(vec![axpby(&p[0], &p[1], 4.0, 2.0)?]);
        let batched = millpond::vmap_axes(once, &[x.clone(), y.clone()], &[Some(0), Some(1)], |n| vec![Some(0); n])?;
        let shared = millpond::vmap_axes(once, &[x.clone(), y.reshape(&[6, 3])?.take(0, Some(0))?], &[Some(0), None], |n| {
            vec![Some(0); n]
        })?;
        for i in 0..6 {
            let row = axpby(&x.take(i, Some(0))?, &y.take(i, Some(1))?, 4.0, 2.0)?;
            assert_eq!(list(&batched[0].take(i, Some(0))?)?, list(&row)?, "{way}");
            let row = axpby(&x.take(i, Some(0))?, &y.reshape(&[6, 3])?.take(0, Some(0))?, 4.0, 2.0)?;
            assert_eq!(list(&shared[0].take(i, Some(0))?)?, list(&row)?, "{way}");
        }
        let f = |p: &[Array]| axpby(&p[0].square()?, &p[1], 4.0, 2.0)?.sum(..);
        let slopes = vmap(grad(f, &[0]))(&[x.clone(), y.transpose(..)?])?;
        let wanted = list(&(&x * 8.0))?;
        list(&slopes[0])?.iter().zip(&wanted).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{way}: {a} is not {b}"));
    }
    Ok(())
}

#[test]
fn the_scalar_program_fuses() -> Result<()> {
    let (x, y) = (numbers(&[64, 64])?, numbers(&[64, 64])?);
    eval([&x, &y])?;
    // A stream of its own: the timeline also shows what other tests run meanwhile.
    let own = Stream::new(DeviceType::Cpu)?;
    let kernels = |axpby: Operation| -> Result<usize> {
        let (z, spans) = timeline::record(|| {
            let z = own.run(|| axpby(&x.exp()?, &y, 4.0, 2.0)?.square())?;
            z.eval()?;
            Ok::<_, Error>(z)
        });
        z?;
        Ok(spans.iter().filter(|s| s.task.stream == own).count())
    };
    assert_eq!(kernels(BOTH[1].1)?, 1);
    assert_eq!(kernels(BOTH[0].1)?, 3);
    Ok(())
}

#[test]
fn the_memory_of_y_is_reused() -> Result<()> {
    let (x, y) = (numbers(&[1 << 20])?, numbers(&[1 << 20])?);
    let kept = axpby(&x, &y, 4.0, 2.0)?;
    eval([&x, &y, &kept])?;
    let wanted = list(&kept)?;
    let address = y.value()?.ptr();
    let z = axpby(&x, y, 4.0, 2.0)?;
    z.eval()?;
    assert_eq!(z.value()?.ptr(), address);
    assert_eq!(list(&z)?, wanted);
    Ok(())
}

#[test]
fn errors_name_the_operation() -> Result<()> {
    let error = axpby(&numbers(&[2, 3])?, &numbers(&[4])?, 1.0, 1.0).unwrap_err();
    assert!(error.message().contains("[axpby]") && error.message().contains("(2, 3)"), "{error}");

    let ints = Array::splat(1, &[2], Dtype::Int32);
    let z = Array::apply(Axpby { alpha: 1.0, beta: 1.0 }, &[ints.clone(), ints])?;
    for _ in 0..2 {
        let error = z.eval().unwrap_err();
        assert_eq!(error.kind(), Kind::Type);
        assert!(error.message().contains("[axpby]") && error.message().ends_with("got int32"), "{error}");
    }
    Ok(())
}

#[test]
fn runs_on_the_stream_it_was_built_on() -> Result<()> {
    let other = Stream::new(DeviceType::Cpu)?;
    let (x, y) = (numbers(&[8])?, numbers(&[8])?);
    let (z, spans) = timeline::record(|| {
        let z = other.run(|| axpby(&x, &y, 4.0, 2.0))?;
        z.eval()?;
        Ok::<_, Error>(z)
    });
    z?;
    assert!(spans.iter().any(|s| &*s.task.name == "axpby" && s.task.stream == other));
    Ok(())
}

#[test]
fn positions_follow_flipped_and_empty_axes() {
    assert_eq!(positions(&[3], [(2, &[-1])]).collect::<Vec<_>>(), [[2], [1], [0]]);
    assert_eq!(positions(&[2, 0], [(0, &[1, 1])]).count(), 0);
    assert_eq!(positions(&[], [(5, &[])]).collect::<Vec<_>>(), [[5]]);
}
