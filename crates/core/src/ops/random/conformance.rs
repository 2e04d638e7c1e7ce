//! What random functions must give for a key: the words of the algorithm, written plainly, and what is made of them exactly.
//! Other distributions are compared with themselves over batches of keys; their moments are in the tests.

use super::*;
use crate::ext::conformance::*;

const KEY: &[&[&[usize]]] = &[&[&[2]]];

/// Threefry-2x32, 20 rounds, of one counter.
fn threefry([k0, k1]: [u32; 2], [x0, x1]: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let keys = [k0, k1, 0x1bd1_1bda ^ k0 ^ k1];
    let (mut x0, mut x1) = (x0.wrapping_add(k0), x1.wrapping_add(k1));
    for round in 0..5 {
        for by in ROTATIONS[round % 2] {
            x0 = x0.wrapping_add(x1);
            x1 = x1.rotate_left(by) ^ x0;
        }
        x0 = x0.wrapping_add(keys[(round + 1) % 3]);
        x1 = x1.wrapping_add(keys[(round + 2) % 3]).wrapping_add(round as u32 + 1);
    }
    [x0, x1]
}

/// `n` words of a key.
fn words(key: &Dense, n: usize) -> Vec<u32> {
    let key = [key.data[0].re as u32, key.data[1].re as u32];
    let (pairs, half) = (n / 2, n.div_ceil(2));
    let mut out = vec![0; n];
    for i in 0..pairs {
        [out[i], out[half + i]] = threefry(key, [i as u32, (i + half) as u32]);
    }
    if n % 2 == 1 {
        out[pairs] = threefry(key, [pairs as u32, 0])[0];
    }
    out
}

/// Uniform numbers in [0, 1) as `float32` has them.
fn units(key: &Dense, n: usize) -> Vec<f32> {
    words(key, n).into_iter().map(|w| (w as f32 * 2f32.powi(-32)).min(1.0 - 2f32.powi(-24))).collect()
}

fn dense(shape: &[usize], data: impl IntoIterator<Item = f64>) -> Vec<Dense> {
    vec![Dense { shape: shape.to_vec(), data: data.into_iter().map(|x| C::new(x, 0.0)).collect() }]
}

/// Of one key and without derivative.
const fn of_key(name: &'static str, run: fn(&[Array]) -> Result<Vec<Array>>, oracle: Oracle) -> Row {
    Row::unary(name, run, oracle).shapes(KEY).dtypes(&[Dtype::Uint32]).on(&[Domain::Range(0.0, 4.2e9)]).flat().within(2.0)
}

macro_rules! bits_of_shape {
    ($($shape:expr),*) => {
        [$(of_key(
            "random.bits",
            |x| one(bits(&$shape, &x[0])),
            Oracle::Dense(|x| {
                let shape: &[usize] = &$shape;
                dense(shape, words(&x[0], shape.iter().product()).into_iter().map(f64::from))
            }),
        )),*]
    };
}

static BITS: [Row; 7] = bits_of_shape!([], [0], [1], [2], [3, 0], [7, 3], [5, 2, 4]);

/// One row a function and a choice of shape and dtype.
pub static ROWS: &[Row] = &[
    BITS[0],
    BITS[1],
    BITS[2],
    BITS[3],
    BITS[4],
    BITS[5],
    BITS[6],
    of_key(
        "random.split",
        |x| one(split(&x[0], 5)),
        Oracle::Dense(|x| dense(&[5, 2], words(&x[0], 10).into_iter().map(f64::from))),
    ),
    of_key(
        "random.uniform",
        |x| one(Uniform { key: Some(x[0].clone()), ..Uniform::default() }.sample(&[3, 67])),
        Oracle::Dense(|x| dense(&[3, 67], units(&x[0], 201).into_iter().map(f64::from))),
    ),
    of_key(
        "random.uniform",
        |x| one(Uniform { low: (-3.0).into(), high: 5.into(), key: Some(x[0].clone()), ..Uniform::default() }.sample(&[99])),
        Oracle::Dense(|x| dense(&[99], units(&x[0], 99).into_iter().map(|u| f64::from(u * 8.0 - 3.0)))),
    ),
    of_key(
        "random.uniform",
        |x| one(Uniform { dtype: Dtype::Float16, key: Some(x[0].clone()), ..Uniform::default() }.sample(&[50])),
        Oracle::Dense(|x| dense(&[50], units(&x[0], 50).into_iter().map(|u| f64::from(u.min(1.0 - 2f32.powi(-11)))))),
    ),
    of_key(
        "random.bernoulli",
        |x| one(bernoulli(0.25, Some(&[4, 33]), Some(&x[0]))),
        Oracle::Dense(|x| dense(&[4, 33], words(&x[0], 132).into_iter().map(|w| f64::from(u8::from(w < 1 << 30))))),
    ),
    of_key(
        "random.normal",
        |x| {
            one(Normal { loc: Some(1.into()), scale: Some(2.into()), key: Some(x[0].clone()), ..Normal::default() }
                .sample(&[5, 9]))
        },
        Oracle::Itself,
    ),
    of_key(
        "random.normal",
        |x| one(Normal { dtype: Dtype::Complex64, key: Some(x[0].clone()), ..Normal::default() }.sample(&[9])),
        Oracle::Itself,
    ),
    of_key(
        "random.truncated_normal",
        |x| {
            let (lower, upper) = ((-1).into(), 2.into());
            one(TruncatedNormal { lower, upper, dtype: Dtype::Float32, key: Some(x[0].clone()) }.sample(Some(&[31])))
        },
        Oracle::Itself,
    ),
    of_key("random.gumbel", |x| one(Gumbel { key: Some(x[0].clone()), ..Gumbel::default() }.sample(&[17])), Oracle::Itself),
    of_key("random.laplace", |x| one(Laplace { key: Some(x[0].clone()), ..Laplace::default() }.sample(&[0, 3])), Oracle::Itself),
    of_key(
        "random.randint",
        |x| one(Randint { key: Some(x[0].clone()), ..Randint::default() }.sample(-5, 100, &[3, 21])),
        Oracle::Dense(|x| dense(&[3, 21], units(&x[0], 63).into_iter().map(|u| f64::from((u * 105.0 - 5.0).floor())))),
    ),
    of_key(
        "random.permutation",
        |x| one(Permutation { axis: 0, key: Some(x[0].clone()) }.of(41)),
        Oracle::Dense(|x| {
            let words = words(&x[0], 41);
            let mut order: Vec<usize> = (0..41).collect();
            order.sort_by_key(|&i| words[i]);
            dense(&[41], order.into_iter().map(|i| i as f64))
        }),
    ),
];
