//! The picture at the end: the loss curve, and some images with what was read in them.

use std::convert::Infallible;
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use embedded_graphics::mono_font::{MonoTextStyle, ascii::FONT_9X15};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Line, Polyline, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Text};

use crate::data::PIXELS;

const SIZE: Size = Size::new(1000, 440);
const INK: Rgb888 = Rgb888::BLACK;
const CURVE: Rgb888 = Rgb888::new(31, 119, 180);
const WRONG: Rgb888 = Rgb888::RED;

/// An image with the digit it shows and the digit that was read.
pub struct Sample<'a> {
    pub pixels: &'a [f32],
    pub label: i32,
    pub read: i32,
}

/// Writes the picture; misread digits stand in red.
pub fn draw(path: &Path, losses: &[f32], samples: &[Sample]) -> Result<(), Box<dyn Error>> {
    let mut canvas = Canvas { pixels: vec![255; (SIZE.width * SIZE.height * 3) as usize] };
    let Ok(()) = curve(&mut canvas, losses);
    for (place, sample) in samples.iter().take(24).enumerate() {
        let corner = Point::new(500 + 80 * (place as i32 % 6), 40 + 98 * (place as i32 / 6));
        let Ok(()) = digit(&mut canvas, corner, sample);
    }
    let Ok(()) = text(&mut canvas, "digits as read, mistakes first and in red", Point::new(732, 432), INK, Alignment::Center);
    canvas.write(path)
}

/// The losses on a logarithmic scale, with a line at every power of ten.
fn curve(canvas: &mut Canvas, losses: &[f32]) -> Result<(), Infallible> {
    let frame = Rectangle::new(Point::new(60, 40), Size::new(400, 340));
    let logs: Vec<f32> = losses.iter().map(|loss| loss.max(f32::MIN_POSITIVE).log10()).collect();
    let low = logs.iter().copied().fold(f32::INFINITY, f32::min).floor();
    let high = logs.iter().copied().fold(f32::NEG_INFINITY, f32::max).ceil().max(low + 1.0);
    let x = |step: usize| frame.top_left.x + (step as f32 / losses.len() as f32 * frame.size.width as f32) as i32;
    let y = |log: f32| frame.top_left.y + ((high - log) / (high - low) * frame.size.height as f32) as i32;
    let right = frame.top_left.x + frame.size.width as i32;
    let bottom = y(low);

    for power in low as i32..=high as i32 {
        let line = Line::new(Point::new(frame.top_left.x, y(power as f32)), Point::new(right, y(power as f32)));
        line.into_styled(PrimitiveStyle::with_stroke(Rgb888::CSS_LIGHT_GRAY, 1)).draw(canvas)?;
        let label = 10f32.powi(power).to_string();
        text(canvas, &label, Point::new(frame.top_left.x - 5, y(power as f32) + 4), INK, Alignment::Right)?;
    }
    text(canvas, "0", Point::new(frame.top_left.x, bottom + 18), INK, Alignment::Center)?;
    text(canvas, &format!("{} steps", losses.len()), Point::new(right, bottom + 18), INK, Alignment::Right)?;
    text(canvas, "loss", frame.top_left + Point::new(frame.size.width as i32 / 2, -12), INK, Alignment::Center)?;
    frame.into_styled(PrimitiveStyle::with_stroke(INK, 1)).draw(canvas)?;
    let points: Vec<Point> = logs.iter().enumerate().map(|(step, &log)| Point::new(x(step), y(log))).collect();
    Polyline::new(&points).into_styled(PrimitiveStyle::with_stroke(CURVE, 2)).draw(canvas)
}

/// One image, with what was read above it.
fn digit(canvas: &mut Canvas, corner: Point, sample: &Sample) -> Result<(), Infallible> {
    const DOT: u32 = 8;
    debug_assert_eq!(sample.pixels.len(), PIXELS);
    for (place, ink) in sample.pixels.iter().enumerate() {
        let (row, column) = (place as i32 / 8, place as i32 % 8);
        let gray = (255.0 * (1.0 - ink)) as u8;
        let dot = Rectangle::new(corner + Point::new(column, row) * DOT as i32, Size::new(DOT, DOT));
        dot.into_styled(PrimitiveStyle::with_fill(Rgb888::new(gray, gray, gray))).draw(canvas)?;
    }
    let color = if sample.read == sample.label { INK } else { WRONG };
    text(canvas, &sample.read.to_string(), corner + Point::new(32, -6), color, Alignment::Center)
}

fn text(canvas: &mut Canvas, text: &str, at: Point, color: Rgb888, alignment: Alignment) -> Result<(), Infallible> {
    Text::with_alignment(text, at, MonoTextStyle::new(&FONT_9X15, color), alignment).draw(canvas).map(drop)
}

/// Pixels to draw on, three bytes each.
struct Canvas {
    pixels: Vec<u8>,
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        SIZE
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, color) in pixels {
            if self.bounding_box().contains(point) {
                let start = 3 * (point.y as usize * SIZE.width as usize + point.x as usize);
                self.pixels[start..start + 3].copy_from_slice(&[color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

impl Canvas {
    fn write(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), SIZE.width, SIZE.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&self.pixels)?;
        Ok(())
    }
}
