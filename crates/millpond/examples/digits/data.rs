//! The handwritten digits and their fixed split; see examples/data/README.md.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;

/// Pixels of an image.
pub const PIXELS: usize = 64;

/// Images, one after the other, with what they show.
#[derive(Default)]
pub struct Digits {
    /// `PIXELS` numbers from 0 to 1 for each image, row by row.
    pub pixels: Vec<f32>,
    /// The digit each image shows.
    pub labels: Vec<i32>,
}

/// Reads the file; gives the images to learn from and those held out.
pub fn load(path: &Path) -> Result<(Digits, Digits), Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (mut learned, mut held_out) = (Digits::default(), Digits::default());
    for (number, line) in BufReader::new(GzDecoder::new(file)).lines().enumerate() {
        let digits = if number % 5 == 0 { &mut held_out } else { &mut learned };
        let values = line?.split(',').map(str::parse).collect::<Result<Vec<i32>, _>>()?;
        let [pixels @ .., label] = values.as_slice() else { return Err("an empty line".into()) };
        if pixels.len() != PIXELS {
            return Err(format!("line {number} has {} pixels", pixels.len()).into());
        }
        digits.pixels.extend(pixels.iter().map(|&ink| ink as f32 / 16.0));
        digits.labels.push(*label);
    }
    Ok((learned, held_out))
}
