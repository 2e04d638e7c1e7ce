//! Scans on the CPU: elements seen as `[outer, length, inner]`.
//!
//! Where the scanned axis is not the last, neighbouring scans lie side by side and run as vectors. Where it is, several rows run
//! abreast, since each alone would wait for the latency of its operation. A long row is cut into pieces that run like rows and
//! are joined afterwards; the cut depends on the shape alone.

use super::recurrence::Along;
use crate::ext::*;
use crate::ops::index::Combine;
use crate::ops::reduce::Ordered;
use std::marker::PhantomData;
use std::ops::Range;

/// Rows that run abreast.
const ABREAST: usize = 4;
/// The least elements a task works on.
const GRAIN: usize = 32 * 1024;
/// The length of the pieces of a long row.
const PIECE: usize = 16 * 1024;
/// From this length on a row is cut.
const LONG: usize = 16 * PIECE;
/// Neighbouring scans that run together.
const STRIP: usize = 1024;

/// What is carried along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Running {
    Sum,
    Product,
    Max,
    Min,
    LogSumExp,
}

/// One step: the next result from the one before and an element of each input.
trait Step: 'static {
    type T: Element;
    /// What comes before the first.
    const START: Self::T;
    /// Whether [`Step::join`] may be used: rows can be cut.
    const ASSOCIATIVE: bool = false;
    /// Joins what one piece of a row carried to a result of the next.
    #[inline(always)]
    fn join(carried: Self::T, _result: Self::T) -> Self::T {
        carried
    }
    /// Scans of one input are given it twice.
    fn step(before: Self::T, now: [Self::T; 2]) -> Self::T;
}

macro_rules! steps {
    ($($name:ident: $bound:ident, $start:expr, $method:ident;)*) => {$(
        struct $name<T>(PhantomData<T>);
        impl<T: $bound> Step for $name<T> {
            type T = T;
            const START: T = $start;
            const ASSOCIATIVE: bool = true;
            #[inline(always)]
            fn join(carried: T, result: T) -> T {
                carried.$method(result)
            }
            #[inline(always)]
            fn step(before: T, [now, _]: [T; 2]) -> T {
                before.$method(now)
            }
        }
    )*};
}
steps! {
    Add: Combine, T::ZERO, add;
    Multiply: Combine, T::ONE, multiply;
    Largest: Ordered, T::LOWEST, maximum;
    Smallest: Ordered, T::HIGHEST, minimum;
}

struct Linear<T>(PhantomData<T>);

impl<T: Combine> Step for Linear<T> {
    type T = T;
    const START: T = T::ZERO;
    #[inline(always)]
    fn step(before: T, [k, b]: [T; 2]) -> T {
        k.multiply(before).add(b)
    }
}

struct LogAddExp<T>(PhantomData<T>);

macro_rules! logaddexp {
    ($($ty:ty, $start:expr, $f:path;)*) => {$(
        impl Step for LogAddExp<$ty> {
            type T = $ty;
            const START: $ty = $start;
            #[inline(always)]
            fn step(before: $ty, [now, _]: [$ty; 2]) -> $ty {
                $f(before, now)
            }
        }
    )*};
}
logaddexp! {
    f32, f32::NEG_INFINITY, math::logaddexp;
    f64, f64::NEG_INFINITY, math::logaddexp_f64;
    c64, c64::new(f32::NEG_INFINITY, 0.0), logaddexp_c64;
}

fn logaddexp_c64(a: c64, b: c64) -> c64 {
    let (high, low) = if a.re >= b.re { (a, b) } else { (b, a) };
    if low.re == f32::NEG_INFINITY { high } else { high + ((low - high).exp() + 1.0).ln() }
}

macro_rules! among {
    ($dtype:expr, $op:expr, $($D:ident $T:ty)*; $S:ident, $call:tt) => {
        match $dtype {
            $(Dtype::$D => scan::<$S<$T>> $call,)*
            other => Err(Error::dtype(format!("[{}] does not run over elements of type {other}", $op))),
        }
    };
}

macro_rules! every_type {
    ($dtype:expr, $op:expr, $S:ident, $call:tt) => {
        among!($dtype, $op, Bool bool Uint8 u8 Uint16 u16 Uint32 u32 Uint64 u64 Int8 i8 Int16 i16 Int32 i32 Int64 i64 Float32 f32
            Float64 f64 Complex64 c64; $S, $call)
    };
}

impl Running {
    /// The name of the operation.
    pub(super) fn name(self) -> &'static str {
        match self {
            Running::Sum => "cumsum",
            Running::Product => "cumprod",
            Running::Max => "cummax",
            Running::Min => "cummin",
            Running::LogSumExp => "logcumsumexp",
        }
    }

    /// What joins the results of two stretches of a row.
    pub(super) fn scalar_op(self) -> ScalarOp {
        match self {
            Running::Sum => ScalarOp::Add,
            Running::Product => ScalarOp::Mul,
            Running::Max => ScalarOp::Max,
            Running::Min => ScalarOp::Min,
            Running::LogSumExp => ScalarOp::LogAddExp,
        }
    }

    /// What comes before the first element.
    pub(super) fn start(self, dtype: Dtype) -> Scalar {
        fn extreme<T: Ordered>(kind: Running) -> Scalar {
            if kind == Running::Max { T::LOWEST.to_scalar() } else { T::HIGHEST.to_scalar() }
        }
        match self {
            Running::Sum => Scalar::Int(0),
            Running::Product => Scalar::Int(1),
            Running::LogSumExp => Scalar::Float(f64::NEG_INFINITY),
            Running::Max | Running::Min => match dtype {
                Dtype::Bool => extreme::<bool>(self),
                Dtype::Uint8 => extreme::<u8>(self),
                Dtype::Uint16 => extreme::<u16>(self),
                Dtype::Uint32 => extreme::<u32>(self),
                Dtype::Uint64 => extreme::<u64>(self),
                Dtype::Int8 => extreme::<i8>(self),
                Dtype::Int16 => extreme::<i16>(self),
                Dtype::Int32 => extreme::<i32>(self),
                Dtype::Int64 => extreme::<i64>(self),
                Dtype::Complex64 => extreme::<c64>(self),
                _ => extreme::<f64>(self),
            },
        }
    }

    /// Runs along an axis of the input.
    pub(super) fn run(self, along: Along, call: &mut CpuCall) -> Result<()> {
        let dtype = call.input(0).dtype();
        match self {
            Running::Sum => every_type!(dtype, self.name(), Add, (along, call)),
            Running::Product => every_type!(dtype, self.name(), Multiply, (along, call)),
            Running::Max => every_type!(dtype, self.name(), Largest, (along, call)),
            Running::Min => every_type!(dtype, self.name(), Smallest, (along, call)),
            Running::LogSumExp => {
                among!(dtype, self.name(), Float32 f32 Float64 f64 Complex64 c64; LogAddExp, (along, call))
            }
        }
    }
}

/// `yᵢ = kᵢ yᵢ₋₁ + bᵢ` for the two inputs.
pub(super) fn recurrence(along: Along, call: &mut CpuCall) -> Result<()> {
    match call.input(0).dtype() {
        Dtype::Float32 => scan::<Linear<f32>>(along, call),
        Dtype::Float64 => scan::<Linear<f64>>(along, call),
        Dtype::Complex64 => scan::<Linear<c64>>(along, call),
        other => Err(Error::dtype(format!("[linear_recurrence] does not run over elements of type {other}"))),
    }
}

fn scan<S: Step>(along: Along, call: &mut CpuCall) -> Result<()> {
    let (first, last) = (call.contiguous(0)?, call.contiguous(call.inputs().len() - 1)?);
    let (Some(first), Some(last)) = (first.as_slice(), last.as_slice()) else {
        return Err(Error::dtype(format!("[{}] the inputs differ in dtype", call.name())));
    };
    let shape = Shape::from_slice(call.output_shape(0));
    let (n, inner) = (shape[along.axis], size(&shape[along.axis + 1..]));
    let out = call.output::<S::T>(0)?;
    if out.is_empty() {
        return Ok(());
    }
    if inner == 1 {
        lines::<S>([first, last], out, n, along.reverse);
    } else {
        planes::<S>([first, last], out, n, inner, along.reverse);
    }
    Ok(())
}

/// Scans of rows of length `n`.
fn lines<S: Step>(xs: [&[S::T]; 2], out: &mut [S::T], n: usize, reverse: bool) {
    if !S::ASSOCIATIVE || n < LONG {
        return rows::<S>(xs, out, n, reverse);
    }
    // Pieces are counted in the direction of the scan; the last may be shorter.
    let piece = |p: usize| {
        let (start, end) = (p * PIECE, n.min((p + 1) * PIECE));
        if reverse { n - end..n - start } else { start..end }
    };
    let (whole, pieces) = (n / PIECE * PIECE, n.div_ceil(PIECE));
    let (front, rest) = if reverse { (n - whole..n, 0..n - whole) } else { (0..whole, whole..n) };
    for (i, row) in out.chunks_mut(n).enumerate() {
        let xs = xs.map(|x| &x[i * n..(i + 1) * n]);
        rows::<S>(xs.map(|x| &x[front.clone()]), &mut row[front.clone()], PIECE, reverse);
        if !rest.is_empty() {
            rows::<S>(xs.map(|x| &x[rest.clone()]), &mut row[rest.clone()], rest.len(), reverse);
        }
        let mut carried = Vec::with_capacity(pieces);
        let mut so_far = S::START;
        for p in 0..pieces {
            carried.push(so_far);
            let piece = piece(p);
            so_far = S::join(so_far, row[if reverse { piece.start } else { piece.end - 1 }]);
        }
        let row = Disjoint::new(row);
        pool::parallel(pieces - 1, &|p| {
            // SAFETY: each piece is one task's.
            let piece = unsafe { row.part(piece(p + 1)) };
            piece.iter_mut().for_each(|y| *y = S::join(carried[p + 1], *y));
        });
    }
}

/// Scans of rows of length `n`.
fn rows<S: Step>(xs: [&[S::T]; 2], out: &mut [S::T], n: usize, reverse: bool) {
    let (several, single) = (several_for::<S>(isa()), single_for::<S>(isa()));
    let grain = (GRAIN / n).next_multiple_of(ABREAST).max(ABREAST);
    let (total, out) = (out.len() / n, Disjoint::new(out));
    let run = |rows: Range<usize>| {
        let mut row = rows.start;
        while row < rows.end {
            let (many, scan) = if rows.end - row >= ABREAST { (ABREAST, several) } else { (1, single) };
            let range = row * n..(row + many) * n;
            // SAFETY: rows are one task's; the loops are made for the instruction set in use.
            unsafe { scan(xs.map(|x| &x[range.clone()]), out.part(range.clone()), n, reverse) };
            row += many;
        }
    };
    if total <= grain { run(0..total) } else { pool::parallel_ranges(total, grain, &run) }
}

isa_clones! { fn several_for<S: Step>(xs: [&[S::T]; 2], out: &mut [S::T], n: usize, reverse: bool) = several; }
isa_clones! { fn single_for<S: Step>(xs: [&[S::T]; 2], out: &mut [S::T], n: usize, reverse: bool) = single; }
isa_clones! { fn line_for<S: Step>(carried: &mut [S::T], xs: [&[S::T]; 2], out: &mut [S::T]) = line; }

#[inline(always)]
fn several<S: Step>(xs: [&[S::T]; 2], out: &mut [S::T], n: usize, reverse: bool) {
    abreast::<S, ABREAST>(xs, out, n, reverse);
}

#[inline(always)]
fn single<S: Step>(xs: [&[S::T]; 2], out: &mut [S::T], n: usize, reverse: bool) {
    abreast::<S, 1>(xs, out, n, reverse);
}

#[inline(always)]
fn abreast<S: Step, const R: usize>(xs: [&[S::T]; 2], mut out: &mut [S::T], n: usize, reverse: bool) {
    // Every row is cut to `n` elements where it is made, so that no index below needs a check.
    let xs: [[&[S::T]; R]; 2] = xs.map(|x| std::array::from_fn(|r| &x[r * n..][..n]));
    let out: [&mut [S::T]; R] = std::array::from_fn(|_| &mut out.split_off_mut(..n).unwrap_or_default()[..n]);
    let mut carried = [S::START; R];
    for i in 0..n {
        let i = if reverse { n - 1 - i } else { i };
        for r in 0..R {
            carried[r] = S::step(carried[r], [xs[0][r][i], xs[1][r][i]]);
            out[r][i] = carried[r];
        }
    }
}

/// Scans along the first axis of blocks of `n` × `inner` elements.
fn planes<S: Step>(xs: [&[S::T]; 2], out: &mut [S::T], n: usize, inner: usize, reverse: bool) {
    let strips = inner.div_ceil(STRIP);
    let (units, out) = (out.len() / (n * inner) * strips, Disjoint::new(out));
    let line = line_for::<S>(isa());
    let run = |units: Range<usize>| {
        let mut carried = vec![S::START; STRIP.min(inner)];
        for unit in units {
            let (start, first) = (unit / strips * n * inner, unit % strips * STRIP);
            let width = STRIP.min(inner - first);
            carried.fill(S::START);
            for i in 0..n {
                let i = if reverse { n - 1 - i } else { i };
                let at = start + i * inner + first..start + i * inner + first + width;
                // SAFETY: a strip of a block is one task's; the loop is made for the instruction set in use.
                unsafe { line(&mut carried[..width], xs.map(|x| &x[at.clone()]), out.part(at.clone())) };
            }
        }
    };
    let grain = GRAIN.div_ceil(n * inner.min(STRIP));
    if units <= grain { run(0..units) } else { pool::parallel_ranges(units, grain, &run) }
}

#[inline(always)]
fn line<S: Step>(carried: &mut [S::T], xs: [&[S::T]; 2], out: &mut [S::T]) {
    let xs = xs.map(|x| &x[..out.len()]);
    for (i, (carried, out)) in carried.iter_mut().zip(out).enumerate() {
        *carried = S::step(*carried, [xs[0][i], xs[1][i]]);
        *out = *carried;
    }
}
