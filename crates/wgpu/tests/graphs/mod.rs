//! Random graphs over streams of both kinds, against the same graphs on one stream of the CPU.

use millpond_core::args::keep;
use millpond_core::array::Array;
use millpond_core::device::CPU;
use millpond_core::dtype::Dtype;
use millpond_core::error::Result;
use millpond_core::ops::elementwise::{abs, add, astype, exp, maximum, multiply, subtract, tanh};
use millpond_core::ops::matmul::matmul;
use millpond_core::ops::reduce::{max, sum};
use millpond_core::ops::softmax::softmax;
use millpond_core::ops::view::{broadcast_to, transpose};
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

/// One operation on arrays of 6 by 6.
fn step(dice: &mut Dice, known: &[Array]) -> Result<Array> {
    let x = &known[dice.below(known.len())];
    let y = &known[dice.below(known.len())];
    match dice.below(9) {
        0 => tanh(&add(x, y)?),
        1 => multiply(&tanh(x)?, y),
        2 => subtract(x, y),
        3 => tanh(&matmul(x, y)?),
        4 => transpose(x, ..),
        5 => broadcast_to(&tanh(&sum(x, keep(dice.below(2) as i64))?)?, &[SIDE, SIDE]),
        6 => softmax(x, -1, false),
        7 => maximum(&exp(&subtract(&tanh(x)?, &abs(y)?)?)?, y),
        _ => astype(&astype(&broadcast_to(&max(x, keep(0))?, &[SIDE, SIDE])?, Dtype::Float16)?, Dtype::Float32),
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
