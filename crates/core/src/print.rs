//! Arrays as text: `array([1, 2.5], dtype=float32)`.
//!
//! Numbers are written as C's `%g` writes them, or with a fixed number of decimals; an axis longer than [`LONGEST`] shows
//! [`EDGE`] entries at each end.

use crate::array::{Array, Value};
use crate::dtype::{Dtype, Element};
use crate::error::Result;
use crate::scalar::Scalar;
use crate::shape::{Layout, Shape, Strides};
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// The longest axis that is shown whole.
const LONGEST: usize = 6;
/// How many entries of a longer axis are shown at each end.
const EDGE: usize = 3;
/// How many significant digits numbers have, unless decimals are asked for.
const DIGITS: i32 = 6;

static DECIMALS: AtomicI64 = AtomicI64::new(-1);

/// Sets how many decimals floating-point numbers are printed with; negative: as many as they need, up to six significant digits.
pub fn set_print_decimals(decimals: i64) {
    DECIMALS.store(decimals, Relaxed);
}

/// What [`set_print_decimals`] has set; -1 at first.
pub fn print_decimals() -> i64 {
    DECIMALS.load(Relaxed)
}

impl fmt::Display for Array {
    /// The elements and the dtype, evaluating first; the text of the error if that fails. `{:.3}` sets the decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().or_else(|| usize::try_from(print_decimals()).ok());
        match text(self, decimals) {
            Ok(text) => f.write_str(&text),
            Err(e) => write!(f, "array(<{e}>, dtype={})", self.dtype()),
        }
    }
}

/// The array as Python's `repr` shows it, evaluating first, with the number of decimals that [`set_print_decimals`] has set.
///
/// # Errors
/// When the evaluation fails.
pub fn repr(array: &Array) -> Result<String> {
    text(array, usize::try_from(print_decimals()).ok())
}

fn text(array: &Array, decimals: Option<usize>) -> Result<String> {
    let value = array.value()?;
    let mut printer = Printer { value, decimals, out: String::from("array(") };
    if array.shape().first() == Some(&0) {
        printer.out.push_str("[]");
    } else {
        printer.axis(0, value.layout().offset as isize)?;
    }
    write!(printer.out, ", dtype={})", array.dtype()).expect("strings take all text");
    Ok(printer.out)
}

struct Printer<'a> {
    value: &'a Value,
    decimals: Option<usize>,
    out: String,
}

impl Printer<'_> {
    /// Prints what lies at `offset` along `axis` and the axes after it.
    fn axis(&mut self, axis: usize, offset: isize) -> Result<()> {
        let layout = self.value.layout();
        let Some((&n, &stride)) = layout.shape.get(axis).zip(layout.strides.get(axis)) else {
            return self.element(offset as usize);
        };
        let last = axis + 1 == layout.ndim();
        let separator = if last { ", ".to_owned() } else { format!(",\n{}", " ".repeat("array(".len() + axis + 1)) };
        self.out.push('[');
        let (head, tail) = if n <= LONGEST { (n, n) } else { (EDGE, n - EDGE) };
        for i in (0..head).chain(tail..n) {
            if i > 0 {
                self.out.push_str(&separator);
            }
            if i == tail {
                self.out.push_str("...");
                self.out.push_str(&separator);
            }
            self.axis(axis + 1, offset + i as isize * stride)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn element(&mut self, offset: usize) -> Result<()> {
        let one = self.value.with_layout(Layout { shape: Shape::new(), strides: Strides::new(), offset })?;
        let scalar = crate::dispatch!(one.dtype(), T => one.to_vec::<T>()[0].to_scalar());
        self.out.push_str(&number(scalar, one.dtype(), self.decimals));
        Ok(())
    }
}

fn number(scalar: Scalar, dtype: Dtype, decimals: Option<usize>) -> String {
    match scalar {
        Scalar::Bool(b) => if b { "True" } else { "False" }.to_owned(),
        Scalar::Int(i) => i.to_string(),
        Scalar::Float(f) => float(f, decimals),
        Scalar::Complex(c) => {
            debug_assert!(dtype.is_complex());
            let (re, im) = (float(c.re.into(), decimals), float(c.im.into(), decimals));
            // The sign of -0 and NaN is not the sign of a number.
            let plus = if c.im < 0.0 { "" } else { "+" };
            format!("{re}{plus}{im}j")
        }
    }
}

/// `x` with `decimals` decimals, or as C's `%g`: [`DIGITS`] significant digits without trailing zeros, in scientific notation
/// where the exponent is below -4 or as large as the digits.
pub fn float(x: f64, decimals: Option<usize>) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if let Some(decimals) = decimals {
        return format!("{x:.decimals$}");
    }
    let rounded = format!("{x:.*e}", DIGITS as usize - 1);
    let (mantissa, exponent) = rounded.split_once('e').expect("scientific notation has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is an integer");
    if (-4..DIGITS).contains(&exponent) {
        return trimmed(&format!("{x:.*}", (DIGITS - 1 - exponent) as usize)).to_owned();
    }
    format!("{}e{}{:02}", trimmed(mantissa), if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::c64;
    use crate::ops::view::broadcast_to;

    fn show<T: Element>(data: &[T], shape: &[usize]) -> String {
        text(&Array::from_slice(data, shape).unwrap(), None).unwrap()
    }

    #[test]
    fn numbers() {
        let cases = [
            (1.0, "1"),
            (-1.5, "-1.5"),
            (1.0 / 3.0, "0.333333"),
            (123456.789, "123457"),
            (1234567.89, "1.23457e+06"),
            (999999.5, "1e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000123456789, "0.000123457"),
            (1e300, "1e+300"),
            (1e-300, "1e-300"),
            (-0.0, "-0"),
            (100000.0, "100000"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        cases.iter().for_each(|&(x, want)| assert_eq!(float(x, None), want));
        assert_eq!(float(1234.5678, Some(2)), "1234.57");
        assert_eq!(float(2.0, Some(0)), "2");
    }

    #[test]
    fn shapes() {
        assert_eq!(show(&[1i32], &[]), "array(1, dtype=int32)");
        assert_eq!(show(&[true, false], &[2]), "array([True, False], dtype=bool)");
        assert_eq!(show(&[1i32, -20, 300, 4], &[2, 2]), "array([[1, -20],\n       [300, 4]], dtype=int32)");
        let cube = "array([[[0, 1],\n        [2, 3]],\n       [[4, 5],\n        [6, 7]]], dtype=uint8)";
        assert_eq!(show(&[0u8, 1, 2, 3, 4, 5, 6, 7], &[2, 2, 2]), cube);
        assert_eq!(show::<f32>(&[], &[0, 3]), "array([], dtype=float32)");
        assert_eq!(show::<f32>(&[], &[3, 0]), "array([[],\n       [],\n       []], dtype=float32)");
        let z = [c64::new(1.0, 2.0), c64::new(-1.5, -2.5), c64::new(-0.0, -0.0), c64::new(f32::NAN, f32::INFINITY)];
        assert_eq!(show(&z, &[4]), "array([1+2j, -1.5-2.5j, -0+-0j, nan+infj], dtype=complex64)");
    }

    #[test]
    fn long_axes_show_their_ends() {
        let line: Vec<i32> = (0..14).collect();
        assert_eq!(show(&line[..6], &[6]), "array([0, 1, 2, 3, 4, 5], dtype=int32)");
        assert_eq!(show(&line[..7], &[7]), "array([0, 1, 2, ..., 4, 5, 6], dtype=int32)");
        let tall = "array([[0, 1],\n       [2, 3],\n       [4, 5],\n       ...,\n       [8, 9],\n       [10, 11],\n       [12, 13]], dtype=int32)";
        assert_eq!(show(&line, &[7, 2]), tall);
        let wide = broadcast_to(&Array::from_slice(&line[..2], &[2, 1]).unwrap(), &[2, 1 << 40]).unwrap();
        assert_eq!(wide.to_string(), "array([[0, 0, 0, ..., 0, 0, 0],\n       [1, 1, 1, ..., 1, 1, 1]], dtype=int32)");
    }

    #[test]
    fn decimals_of_a_format_are_obeyed() {
        let a = Array::from_slice(&[1.0f32 / 3.0, 2.0], &[2]).unwrap();
        assert_eq!(format!("{a:.2}"), "array([0.33, 2.00], dtype=float32)");
        assert_eq!(repr(&a).unwrap(), "array([0.333333, 2], dtype=float32)");
    }
}
