//! Random graphs over streams of both kinds, against the same graphs on one stream of the CPU.

use millpond_core::args::keep;
use millpond_core::array::Array;
use millpond_core::device::CPU;
use millpond_core::dtype::Dtype;
use millpond_core::error::Result;
use millpond_core::ops::elementwise::{abs, add, astype, exp, maximum, multiply, subtract, tanh};
use millpond_core::ops::index::{Index, Update, put_along_axis, take, take_along_axis, update};
use millpond_core::ops::matmul::matmul;
use millpond_core::ops::reduce::{argmax, max, min, sum};
use millpond_core::ops::scan::{Scan, cummax, cumsum};
use millpond_core::ops::softmax::softmax;
use millpond_core::ops::sort::{argsort, sort};
use millpond_core::ops::view::{broadcast_to, reshape, transpose};
use millpond_core::stream::{Stream, cpu};

/// Numbers that look random: xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }
}

const SIDE: usize = 6;

/// Whole numbers below the side: rounding can't change where they lead.
fn places(dice: &mut Dice, shape: &[usize]) -> Result<Array> {
    let n = shape.iter().product();
    let places: Vec<i32> = (0..n).map(|_| dice.below(2 * SIDE) as i32 - SIDE as i32).collect();
    Array::from_slice(&places, shape)
}

/// One operation, or a few, on arrays of 6 by 6.
fn step(dice: &mut Dice, known: &[Array]) -> Result<Array> {
    let x = &known[dice.below(known.len())];
    let y = &known[dice.below(known.len())];
    let axis = dice.below(2) as i64;
    match dice.below(20) {
        0 => tanh(&add(x, y)?),
        1 => multiply(&tanh(x)?, y),
        2 => subtract(x, y),
        3 => tanh(&matmul(x, y)?),
        4 => transpose(x, ..),
        5 => broadcast_to(&tanh(&sum(x, keep(axis))?)?, &[SIDE, SIDE]),
        6 => softmax(x, -1, false),
        7 => maximum(&exp(&subtract(&tanh(x)?, &abs(y)?)?)?, y),
        8 => astype(&astype(&broadcast_to(&max(x, keep(0))?, &[SIDE, SIDE])?, Dtype::Float16)?, Dtype::Float32),
        9 => sort(x, axis),
        10 => tanh(&cumsum(x, axis, Scan::default())?),
        11 => cummax(x, axis, Scan { reverse: true, ..Scan::default() }),
        12 => take(x, &places(dice, &[SIDE])?, Some(axis)),
        13 => take_along_axis(x, &argsort(&places(dice, &[SIDE, SIDE])?, axis)?, Some(axis)),
        14 => put_along_axis(x, &places(dice, &[1, SIDE])?, &tanh(&max(y, keep(0))?)?, Some(0)),
        15 => {
            let at = [Index::Array(places(dice, &[3])?)];
            update(x, &at, &tanh(&take(y, &places(dice, &[3])?, Some(0))?)?, Update::Add)
        }
        16 => tanh(&matmul(&transpose(x, ..)?, &transpose(y, ..)?)?),
        17 => subtract(x, &multiply(&min(x, ..)?, 0.5)?),
        18 => take(x, &argmax(&places(dice, &[SIDE, SIDE])?, axis)?, Some(1 - axis)),
        _ => tanh(&sum(&multiply(&broadcast_to(&reshape(x, &[SIDE as i64, 1, SIDE as i64])?, &[SIDE, SIDE, SIDE])?, y)?, 2)?),
    }
}

/// The last arrays of a random graph whose operations go to random ones of `streams`.
fn graph(seed: u64, streams: &[Stream]) -> Result<Vec<Array>> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let data: Vec<f32> = (0..SIDE * SIDE).map(|_| dice.below(2001) as f32 / 1000.0 - 1.0).collect();
    let mut known = vec![Array::from_slice(&data, &[SIDE, SIDE])?];
    let steps = 4 + dice.below(28);
    for _ in 0..steps {
        // The same throw of the dice whatever the streams, so that all graphs of a seed are one.
        let place = dice.below(1 << 16);
        let next = streams[place % streams.len()].run(|| step(&mut dice, &known))?;
        if place.is_multiple_of(7) {
            millpond_core::graph::async_eval([&next])?;
        }
        known.push(next);
    }
    Ok(known.split_off(known.len().saturating_sub(4)))
}

/// How many graphs to try: `MILLPOND_GRAPH_SEEDS`, else `few`.
pub fn seeds(few: u64) -> u64 {
    std::env::var("MILLPOND_GRAPH_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(few)
}

/// Compares random graphs over two streams of the CPU and two of the GPU with the same graphs on one stream of the CPU.
pub fn random_graphs(gpu: Stream, seeds: std::ops::Range<u64>) {
    let streams = [cpu(), Stream::new(CPU).unwrap(), gpu, Stream::new(gpu.device()).unwrap()];
    for seed in seeds {
        let mixed = graph(seed, &streams).unwrap();
        let plain = graph(seed, &streams[..1]).unwrap();
        millpond_core::graph::eval(&mixed).unwrap();
        for (a, b) in mixed.iter().zip(&plain) {
            let (a, b) = (a.to_vec::<f32>().unwrap(), b.to_vec::<f32>().unwrap());
            let close = |(x, y): (&f32, &f32)| (x - y).abs() <= 2e-3 * (1.0 + y.abs()) || x.is_nan() && y.is_nan();
            assert!(a.iter().zip(&b).all(close), "seed {seed}:\n{a:?}\n{b:?}");
        }
    }
}
