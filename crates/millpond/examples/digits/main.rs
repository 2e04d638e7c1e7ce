//! Learns to read handwritten digits: a multilayer perceptron, cross entropy and Adam, each in a few lines.
//!
//! `cargo run --release --example digits [PICTURE.png]`. The data and its fixed split are described in
//! examples/data/README.md.

mod data;
mod picture;

use std::path::Path;

use data::{Digits, PIXELS};
use indicatif::{ProgressBar, ProgressStyle};
use millpond::prelude::*;
use picture::Sample;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/digits.csv.gz");
const LAYERS: [usize; 3] = [PIXELS, 128, 10];
const EPOCHS: u64 = 60;
const BATCH: usize = 64;
const LEARNING_RATE: f32 = 3e-3;
const WANTED_ACCURACY: f32 = 0.97;

/// A weight and a bias per layer; He initialization (arXiv:1502.01852, equation 10).
fn initial_parameters() -> Result<Vec<Array>> {
    let mut parameters = Vec::new();
    for pair in LAYERS.windows(2) {
        let deviation = (2.0 / pair[0] as f32).sqrt();
        parameters.push(random::normal(pair)? * deviation);
        parameters.push(zeros(&pair[1..], Dtype::Float32)?);
    }
    Ok(parameters)
}

/// The score of each digit, for each row of `x`.
fn predict(parameters: &[Array], x: &Array) -> Result<Array> {
    let [hidden @ .., w, b] = parameters else { unreachable!("there is a last layer") };
    let mut x = x.clone();
    for layer in hidden.chunks(2) {
        x = (x.matmul(&layer[0])? + &layer[1]).maximum(0.0)?;
    }
    Ok(x.matmul(w)? + b)
}

/// The mean cross entropy between the scores and the digits; the arguments are the parameters, the images and the digits.
fn loss(args: &[Array]) -> Result<Array> {
    let [parameters @ .., x, y] = args else { unreachable!("called with images and digits") };
    let scores = predict(parameters, x)?;
    let right = scores.take_along_axis(&y.expand_dims(1)?, Some(1))?.squeeze(1)?;
    (scores.logsumexp(-1)? - right).mean(..)
}

/// Adam (arXiv:1412.6980, algorithm 1): the moments of the gradients, and the steps taken.
struct Adam {
    moments: Vec<[Array; 2]>,
    steps: i32,
}

impl Adam {
    fn new(parameters: &[Array]) -> Self {
        Self { moments: parameters.iter().map(|p| [zeros_like(p), zeros_like(p)]).collect(), steps: 0 }
    }

    fn step(&mut self, parameters: &mut [Array], gradients: &[Array]) -> Result<()> {
        self.steps += 1;
        let rate = LEARNING_RATE * (1.0 - 0.999f32.powi(self.steps)).sqrt() / (1.0 - 0.9f32.powi(self.steps));
        for ((p, g), [m, v]) in parameters.iter_mut().zip(gradients).zip(&mut self.moments) {
            *m = &*m * 0.9 + g * 0.1;
            *v = &*v * 0.999 + g * g * 0.001;
            *p = &*p - &*m * rate / (v.sqrt()? + 1e-8);
        }
        eval(parameters.iter().chain(self.moments.iter().flatten()))
    }
}

fn arrays(digits: &Digits) -> Result<(Array, Array)> {
    let count = digits.labels.len();
    Ok((Array::from_slice(&digits.pixels, &[count, PIXELS])?, Array::from_slice(&digits.labels, &[count])?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "digits-rust.png".to_owned());
    let (learned, held_out) = data::load(Path::new(DATA))?;
    let (x, y) = arrays(&learned)?;

    random::seed(0);
    let mut parameters = initial_parameters()?;
    let mut adam = Adam::new(&parameters);
    let loss_and_gradients = value_and_grad(loss, &[0, 1, 2, 3]);

    let mut losses = Vec::new();
    let style = ProgressStyle::with_template("learning {bar:40} {pos}/{len} epochs, {elapsed}, loss {msg}")?;
    let bar = ProgressBar::new(EPOCHS).with_style(style);
    for _ in 0..EPOCHS {
        let order = random::permutation(y.size())?.to_vec::<u32>()?;
        for batch in order.chunks(BATCH) {
            let rows = Array::from_slice(batch, &[batch.len()])?;
            let mut args = parameters.clone();
            args.extend([x.take(&rows, Some(0))?, y.take(&rows, Some(0))?]);
            let (value, gradients) = loss_and_gradients(&args)?;
            drop(args); // the old parameters are free to be written over
            adam.step(&mut parameters, &gradients)?;
            losses.push(value.item::<f32>()?);
        }
        bar.set_message(format!("{:.4}", losses[losses.len() - 1]));
        bar.inc(1);
    }
    bar.finish();

    let (x, y) = arrays(&held_out)?;
    let read = predict(&parameters, &x)?.argmax(-1)?.astype(Dtype::Int32)?;
    let accuracy = read.equal(&y)?.astype(Dtype::Float32)?.mean(..)?.item::<f32>()?;
    println!("held-out accuracy {:.2} % of {} images", 100.0 * accuracy, y.size());

    let read = read.to_vec::<i32>()?;
    let images = held_out.pixels.chunks(PIXELS).zip(&held_out.labels).zip(&read);
    let mut samples: Vec<Sample> = images.map(|((pixels, &label), &read)| Sample { pixels, label, read }).collect();
    samples.sort_by_key(|sample| sample.read == sample.label); // mistakes first
    picture::draw(Path::new(&picture), &losses, &samples)?;
    println!("wrote {picture}");
    if accuracy < WANTED_ACCURACY {
        return Err(format!("expected at least {} %", 100.0 * WANTED_ACCURACY).into());
    }
    Ok(())
}
