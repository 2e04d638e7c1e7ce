//! Values against the oracle, over shapes, dtypes and layouts.

use crate::Failures;
use crate::data::{LAYOUTS, Lay, Random, close, dtype_of, laid_out, read, values};
use millpond_core::conformance::{C, Dense, Oracle, Row};
use millpond_core::dtype::Dtype;
use millpond_core::error::Result;
use millpond_core::shape::{Shape, broadcast_all};

pub fn check(row: &Row) -> Failures {
    let mut failures = Failures::new();
    if matches!(row.oracle, Oracle::Itself) {
        return failures;
    }
    let mut random = Random::named(row.name);
    for shapes in row.shapes {
        for &dtype in row.dtypes {
            for lay in LAYOUTS {
                if let Err(e) = one(row, shapes, dtype, lay, &mut random) {
                    failures.push(format!("{shapes:?} {dtype} {lay:?}: {e}"));
                }
            }
        }
    }
    failures
}

fn one(row: &Row, shapes: &[&[usize]], dtype: Dtype, lay: Lay, random: &mut Random) -> Result<(), String> {
    let text = |e: millpond_core::error::Error| e.to_string();
    let mut arrays = Vec::new();
    let mut shown = Vec::new();
    for (i, shape) in shapes.iter().enumerate() {
        let dtype = dtype_of(row, i, dtype);
        let (array, dense) = laid_out(&values(random, row.domain(i), shape, dtype), dtype, lay).map_err(text)?;
        arrays.push(array);
        shown.push(dense);
    }
    let got = (row.run)(&arrays).map_err(text)?;
    let want = expected(&row.oracle, &shown).map_err(text)?;
    if got.len() != want.len() {
        return Err(format!("{} outputs, not {}", got.len(), want.len()));
    }
    for (got, want) in got.iter().zip(&want) {
        let dtype = got.dtype();
        let got = read(got).map_err(text)?;
        if got.shape != want.shape {
            return Err(format!("shape {:?}, not {:?}", got.shape, want.shape));
        }
        for (k, (&g, &w)) in got.data.iter().zip(&want.data).enumerate() {
            if !close(g, w, dtype, row.ulps) {
                let inputs: Vec<String> = shown.iter().map(|d| d.data.get(k).map_or("…".into(), |v| v.to_string())).collect();
                return Err(format!("element {k} is {g}, not {w} (inputs there: {})", inputs.join(", ")));
            }
        }
    }
    Ok(())
}

fn expected(oracle: &Oracle, inputs: &[Dense]) -> Result<Vec<Dense>> {
    let real = |c: C| c.re;
    Ok(match oracle {
        Oracle::Real1(f) => vec![map1(&inputs[0], |x| C::new(f(real(x)), 0.0))],
        Oracle::Complex1(f) => vec![map1(&inputs[0], f)],
        Oracle::Real2(f) => vec![map2(inputs, |x, y| C::new(f(real(x), real(y)), 0.0))?],
        Oracle::Complex2(f) => vec![map2(inputs, f)?],
        Oracle::Dense(f) => f(inputs),
        Oracle::Itself => Vec::new(),
    })
}

fn map1(x: &Dense, f: impl Fn(C) -> C) -> Dense {
    Dense { shape: x.shape.clone(), data: x.data.iter().map(|&v| f(v)).collect() }
}

fn map2(inputs: &[Dense], f: impl Fn(C, C) -> C) -> Result<Dense> {
    let shapes: Vec<&[usize]> = inputs.iter().map(|d| &d.shape[..]).collect();
    let shape: Shape = broadcast_all("oracle", shapes)?;
    Ok(Dense::from_fn(&shape, |i| f(inputs[0].broadcast_at(i), inputs[1].broadcast_at(i))))
}
