//! Transforms against finite differences, against each other, and against a loop.

use crate::Failures;
use crate::data::{Random, contiguous, dtype_of, read, values};
use millpond_core::array::Array;
use millpond_core::conformance::{C, Dense, Row};
use millpond_core::dtype::Dtype;
use millpond_core::error::Result;
use millpond_core::transform::{jvp, vjp, vmap_axes};

type Run<'a> = dyn Fn(&[Array]) -> Result<Vec<Array>> + 'a;

const STEP: f64 = 1e-6;
const BATCH: usize = 3;

/// vjp against central differences along a random direction, jvp against vjp, both again for the vjp itself.
pub fn check_derivatives(row: &Row) -> Failures {
    let mut failures = Failures::new();
    if row.differentiable.is_empty() {
        return failures;
    }
    let mut random = Random::named(row.name);
    for shapes in row.shapes.iter().filter(|s| s.iter().all(|s| !s.contains(&0))) {
        let inputs: Vec<Array> = shapes
            .iter()
            .enumerate()
            .map(|(i, shape)| {
                let dtype = dtype_of(row, i, Dtype::Float64);
                contiguous(&values(&mut random, row.domain(i), shape, dtype), dtype)
            })
            .collect();
        let run = |p: &[Array]| {
            let mut all = inputs.clone();
            row.differentiable.iter().zip(p).for_each(|(&i, p)| all[i] = p.clone());
            (row.run)(&all)
        };
        let primals: Vec<Array> = row.differentiable.iter().map(|&i| inputs[i].clone()).collect();
        let first = check_at(&run, &primals, &mut random);
        let failed = first.is_err();
        failures.extend(first.err().map(|e| format!("{shapes:?}: {e}")));
        if row.twice && !failed {
            let second = check_second(&run, &primals, &mut random);
            failures.extend(second.err().map(|e| format!("{shapes:?} twice: {e}")));
        }
    }
    failures
}

fn check_second(run: &Run, primals: &[Array], random: &mut Random) -> Result<(), String> {
    let outputs = run(primals).map_err(text)?;
    let cotangents: Vec<Array> = outputs.iter().map(|o| direction(random, o)).collect();
    let gradient = |p: &[Array]| Ok(vjp(|p| run(p), p, &cotangents)?.1);
    check_at(&gradient, primals, random)
}

fn check_at(run: &Run, primals: &[Array], random: &mut Random) -> Result<(), String> {
    let outputs = run(primals).map_err(text)?;
    let cotangents: Vec<Array> = outputs.iter().map(|o| direction(random, o)).collect();
    let tangents: Vec<Array> = primals.iter().map(|p| direction(random, p)).collect();

    let (_, gradients) = vjp(|p| run(p), primals, &cotangents).map_err(|e| format!("vjp: {e}"))?;
    let backward = dot(&gradients, &tangents)?;
    let (_, out) = jvp(|p| run(p), primals, &tangents).map_err(|e| format!("jvp: {e}"))?;
    let forward = dot(&cotangents, &out)?;

    let at = |step: f64| -> Result<f64, String> {
        let moved: Vec<Array> = primals.iter().zip(&tangents).map(|(p, t)| shifted(p, t, step)).collect::<Result<_, _>>()?;
        dot(&cotangents, &run(&moved).map_err(text)?)
    };
    let (above, below) = (at(STEP)?, at(-STEP)?);
    let numeric = (above - below) / (2.0 * STEP);
    let scale = numeric.abs().max(1.0).max((above.abs() + below.abs()) * 0.1);
    if (numeric - backward).abs() > 2e-5 * scale || backward.is_nan() {
        return Err(format!("vjp gives {backward}, finite differences {numeric}"));
    }
    if (forward - backward).abs() > 1e-9 * scale.max(backward.abs()) || forward.is_nan() {
        return Err(format!("jvp gives {forward}, vjp {backward}"));
    }
    Ok(())
}

/// vmap against a loop, for each batched input alone and for all, with batch axes in front and at the end; and a derivative
/// through vmap.
pub fn check_vmap(row: &Row) -> Failures {
    let mut failures = Failures::new();
    if row.batched.is_empty() {
        return failures;
    }
    let mut random = Random::named(row.name);
    let dtype = if row.dtypes.contains(&Dtype::Float32) { Dtype::Float32 } else { row.dtypes[0] };
    let mut subsets: Vec<Vec<usize>> = row.batched.iter().map(|&i| vec![i]).collect();
    if row.batched.len() > 1 {
        subsets.push(row.batched.to_vec());
    }
    for shapes in row.shapes {
        for subset in &subsets {
            for end in [false, true] {
                let result = vmap_once(row, shapes, subset, end, dtype, &mut random);
                failures.extend(
                    result.err().map(|e| format!("{shapes:?} batched {subset:?} {}: {e}", if end { "last" } else { "first" })),
                );
            }
        }
        let all = &subsets[subsets.len() - 1];
        let inside = !row.differentiable.is_empty() && shapes.iter().all(|s| !s.contains(&0));
        if inside && row.differentiable.iter().all(|i| all.contains(i)) {
            let result = derivative_through(row, shapes, all, &mut random);
            failures.extend(result.err().map(|e| format!("{shapes:?} derivative through vmap: {e}")));
        }
    }
    failures
}

/// Inputs of which those in `subset` have a batch axis (in front, or at the end), with that axis.
fn batch_inputs(
    row: &Row,
    shapes: &[&[usize]],
    subset: &[usize],
    end: bool,
    dtype: Dtype,
    random: &mut Random,
) -> (Vec<Dense>, Vec<Option<usize>>) {
    let mut dense = Vec::new();
    let mut axes = Vec::new();
    for (i, shape) in shapes.iter().enumerate() {
        let dtype = dtype_of(row, i, dtype);
        let batched = subset.contains(&i);
        let axis = batched.then_some(if end { shape.len() } else { 0 });
        // Every example on its own, so that properties such as distinct values hold in each.
        let examples: Vec<Dense> = (0..BATCH).map(|_| values(random, row.domain(i), shape, dtype)).collect();
        dense.push(match axis {
            None => examples[0].clone(),
            Some(axis) => {
                let mut with = shape.to_vec();
                with.insert(axis, BATCH);
                Dense::from_fn(&with, |index| {
                    let mut index = index.to_vec();
                    let b = index.remove(axis);
                    examples[b].at(&index)
                })
            }
        });
        axes.push(axis);
    }
    (dense, axes)
}

fn vmap_once(
    row: &Row,
    shapes: &[&[usize]],
    subset: &[usize],
    end: bool,
    dtype: Dtype,
    random: &mut Random,
) -> Result<(), String> {
    let (dense, axes) = batch_inputs(row, shapes, subset, end, dtype, random);
    let arrays: Vec<Array> = dense.iter().enumerate().map(|(i, d)| contiguous(d, dtype_of(row, i, dtype))).collect();
    let in_axes: Vec<Option<i64>> = axes.iter().map(|a| a.map(|a| a as i64)).collect();
    let got = vmap_axes(|x| (row.run)(x), &arrays, &in_axes, |n| vec![Some(0); n]).map_err(text)?;
    let got: Vec<Dense> = got.iter().map(read).collect::<Result<_>>().map_err(text)?;
    for b in 0..BATCH {
        let example: Vec<Array> = dense
            .iter()
            .zip(&axes)
            .enumerate()
            .map(|(i, (d, axis))| contiguous(&axis.map_or_else(|| d.clone(), |a| slice(d, a, b)), dtype_of(row, i, dtype)))
            .collect();
        let want = (row.run)(&example).map_err(text)?;
        for (k, want) in want.iter().enumerate() {
            let out_dtype = want.dtype();
            let want = read(want).map_err(text)?;
            let got = slice(&got[k], 0, b);
            if got.shape != want.shape {
                return Err(format!("output {k} has shape {:?} an example, not {:?}", got.shape, want.shape));
            }
            let tolerance = row.ulps.max(8.0);
            if let Some(at) = (0..want.data.len()).find(|&j| !crate::data::close(got.data[j], want.data[j], out_dtype, tolerance))
            {
                return Err(format!("example {b}, output {k}, element {at} is {}, a loop gives {}", got.data[at], want.data[at]));
            }
        }
    }
    Ok(())
}

fn derivative_through(row: &Row, shapes: &[&[usize]], subset: &[usize], random: &mut Random) -> Result<(), String> {
    let (dense, axes) = batch_inputs(row, shapes, subset, false, Dtype::Float64, random);
    let inputs: Vec<Array> = dense.iter().enumerate().map(|(i, d)| contiguous(d, dtype_of(row, i, Dtype::Float64))).collect();
    let in_axes: Vec<Option<i64>> = axes.iter().map(|a| a.map(|a| a as i64)).collect();
    let run = |p: &[Array]| {
        let mut all = inputs.clone();
        row.differentiable.iter().zip(p).for_each(|(&i, p)| all[i] = p.clone());
        vmap_axes(|x| (row.run)(x), &all, &in_axes, |n| vec![Some(0); n])
    };
    let primals: Vec<Array> = row.differentiable.iter().map(|&i| inputs[i].clone()).collect();
    check_at(&run, &primals, random)
}

fn slice(dense: &Dense, axis: usize, at: usize) -> Dense {
    let mut shape = dense.shape.clone();
    shape.remove(axis);
    Dense::from_fn(&shape, |index| {
        let mut index = index.to_vec();
        index.insert(axis, at);
        dense.at(&index)
    })
}

/// A random array like `a`; zero where `a` is not differentiable.
fn direction(random: &mut Random, a: &Array) -> Array {
    let exact = !a.dtype().is_inexact();
    let dense = Dense::from_fn(a.shape(), |_| C::new(if exact { 0.0 } else { random.signed() }, 0.0));
    contiguous(&dense, a.dtype())
}

fn shifted(p: &Array, t: &Array, step: f64) -> Result<Array, String> {
    let (p0, t) = (read(p).map_err(text)?, read(t).map_err(text)?);
    let data = p0.data.iter().zip(&t.data).map(|(p, t)| p + t * step).collect();
    Ok(contiguous(&Dense { shape: p0.shape, data }, p.dtype()))
}

fn dot(a: &[Array], b: &[Array]) -> Result<f64, String> {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        if !a.dtype().is_inexact() {
            continue;
        }
        let (a, b) = (read(a).map_err(text)?, read(b).map_err(text)?);
        sum += a.data.iter().zip(&b.data).map(|(a, b)| a.re * b.re + a.im * b.im).sum::<f64>();
    }
    Ok(sum)
}

fn text(e: millpond_core::error::Error) -> String {
    e.to_string()
}
