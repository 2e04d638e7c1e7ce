//! The one reduction engine: folds any axes of what a [`Loader`] reads, for any [`Fold`].
//!
//! Neighbouring axes that are all folded, or all kept, count as one, so every reduction is a row of alternating runs. A *stage*
//! folds the innermost folded run: elements seen as `[outer, rows, columns]`, where `columns` is the kept run behind it (or 1).
//! Long runs are folded in pieces; pieces, and folded runs further out, are folded by further stages over what the first one
//! left in memory. How a reduction is cut depends on its shape alone, so the result does not change with the number of threads.

use crate::ext::*;
use std::ops::Range;

/// A way to fold elements into one: a monoid, and how elements enter it.
pub trait Fold: 'static {
    /// The type of the elements.
    type In: Copy + Send + Sync;
    /// The type of partial results.
    type Acc: Copy + Send + Sync;
    /// The fold of partial results.
    type Again: Fold<In = Self::Acc, Acc = Self::Acc>;
    /// The fold of nothing.
    const IDENTITY: Self::Acc;
    /// Whether [`Fold::lift`] looks at the index.
    const INDEXED: bool = false;
    /// The fold of one element, the `index`th of those folded together.
    fn lift(x: Self::In, index: usize) -> Self::Acc;
    /// Two partial results together. Associative up to rounding, and commutative.
    fn combine(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// The fold of a row of elements, the first of them the `index`th.
    #[inline(always)]
    fn row(xs: &[Self::In], index: usize) -> Self::Acc {
        lanes::<Self>(xs, index)
    }
}

/// Independent partial results of a row: enough vectors to hide the latency of an addition.
const LANES: usize = 64;
/// The least elements a task works on.
const GRAIN: usize = 32 * 1024;
/// Elements of a long row that are folded into one before pieces are folded together.
const PIECE: usize = 64 * 1024;
/// The most rows that are added onto one accumulator, one after the other.
const DEPTH: usize = 256;
/// The most columns of a task.
const STRIP: usize = 4096;
/// Narrow columns are folded side by side up to this width.
const WIDE: usize = 256;
const TILE: usize = Reader::TILE;

#[inline(always)]
pub(super) fn lanes<F: Fold + ?Sized>(xs: &[F::In], index: usize) -> F::Acc {
    if xs.len() < 8 {
        return xs.iter().zip(index..).fold(F::IDENTITY, |acc, (&x, i)| F::combine(acc, F::lift(x, i)));
    }
    if xs.len() < 2 * LANES {
        let mut few = [F::IDENTITY; 8];
        let mut eights = xs.chunks_exact(8);
        for (j, eight) in eights.by_ref().enumerate() {
            for i in 0..8 {
                few[i] = F::combine(few[i], F::lift(eight[i], index + 8 * j + i));
            }
        }
        let done = xs.len() / 8 * 8;
        for (i, &x) in eights.remainder().iter().enumerate() {
            few[i] = F::combine(few[i], F::lift(x, index + done + i));
        }
        return halve::<F, 8>(few);
    }
    let mut many = [F::IDENTITY; LANES];
    let mut chunks = xs.chunks_exact(LANES);
    for (j, chunk) in chunks.by_ref().enumerate() {
        for i in 0..LANES {
            many[i] = F::combine(many[i], F::lift(chunk[i], index + LANES * j + i));
        }
    }
    let done = xs.len() / LANES * LANES;
    for (i, &x) in chunks.remainder().iter().enumerate() {
        many[i] = F::combine(many[i], F::lift(x, index + done + i));
    }
    halve::<F, LANES>(many)
}

/// The lanes together, halves on halves.
#[inline(always)]
fn halve<F: Fold + ?Sized, const N: usize>(mut lanes: [F::Acc; N]) -> F::Acc {
    let mut n = N / 2;
    while n > 0 {
        for i in 0..n {
            lanes[i] = F::combine(lanes[i], lanes[i + n]);
        }
        n /= 2;
    }
    lanes[0]
}

/// Folds rows of `xs`, `acc.len()` wide, into `acc`. The first row's elements are the `index`th of theirs.
#[inline(always)]
fn columns<F: Fold>(acc: &mut [F::Acc], xs: &[F::In], index: usize) {
    for (row, xs) in xs.chunks(acc.len()).enumerate() {
        for (a, &x) in acc.iter_mut().zip(xs) {
            *a = F::combine(*a, F::lift(x, index + row));
        }
    }
}

/// Folds each row of `n` elements into its place of `out`; a row's first element is the `index`th.
#[inline(always)]
fn rows<F: Fold>(xs: &[F::In], n: usize, index: usize, out: &mut [F::Acc]) {
    match n {
        2 => return few::<F, 2>(xs, index, out),
        3 => return few::<F, 3>(xs, index, out),
        4 => return few::<F, 4>(xs, index, out),
        8 => return few::<F, 8>(xs, index, out),
        _ => {}
    }
    for (out, row) in out.iter_mut().zip(xs.chunks_exact(n)) {
        *out = F::row(row, index);
    }
}

/// [`rows`] of `N` elements, a length worth a loop of its own.
#[inline(always)]
fn few<F: Fold, const N: usize>(xs: &[F::In], index: usize, out: &mut [F::Acc]) {
    for (out, row) in out.iter_mut().zip(xs.as_chunks::<N>().0) {
        let lifted = row[1..].iter().zip(index + 1..).map(|(&x, i)| F::lift(x, i));
        *out = lifted.fold(F::lift(row[0], index), F::combine);
    }
}

isa_clones! { fn rows_for<F: Fold>(xs: &[F::In], n: usize, index: usize, out: &mut [F::Acc]) = rows; }
isa_clones! { fn columns_for<F: Fold>(acc: &mut [F::Acc], xs: &[F::In], index: usize) = columns; }

/// The loops of a fold, for the instruction set of this machine: all that stages know of it, so that they are compiled for pairs
/// of types and not for each fold.
struct Loops<I, A> {
    identity: A,
    indexed: bool,
    combine: fn(A, A) -> A,
    rows: unsafe fn(&[I], usize, usize, &mut [A]),
    columns: unsafe fn(&mut [A], &[I], usize),
}

impl<I, A> Loops<I, A> {
    fn of<F: Fold<In = I, Acc = A>>() -> Self {
        let (rows, columns) = (rows_for::<F>(isa()), columns_for::<F>(isa()));
        Loops { identity: F::IDENTITY, indexed: F::INDEXED, combine: F::combine, rows, columns }
    }

    fn rows(&self, xs: &[I], n: usize, index: usize, out: &mut [A]) {
        // SAFETY: made for the instruction set in use.
        unsafe { (self.rows)(xs, n, index, out) }
    }

    fn columns(&self, acc: &mut [A], xs: &[I], index: usize) {
        // SAFETY: as above.
        unsafe { (self.columns)(acc, xs, index) }
    }
}

/// What a stage reads: tiles of elements in row-major order.
#[allow(clippy::large_enum_variant)] // One a task, on its stack.
enum Tiles<'a, T> {
    Loaded(Reader<'a>),
    Memory(&'a [T]),
}

impl<T: Copy> Tiles<'_, T> {
    /// The elements `start..start + len`, at most [`TILE`] of them.
    fn tile(&mut self, start: usize, len: usize) -> &[T] {
        match self {
            Tiles::Loaded(reader) => {
                let tile = reader.read(start, len).cast();
                // SAFETY: the reader returns `len` aligned elements of the loader's dtype, which `fold` checked to be `T`'s, valid
                // until the next read.
                unsafe { std::slice::from_raw_parts(tile, len) }
            }
            Tiles::Memory(elements) => &elements[start..start + len],
        }
    }
}

/// Partial results folded like elements.
pub struct Again<F>(std::marker::PhantomData<F>);

impl<F: Fold> Fold for Again<F> {
    type In = F::Acc;
    type Acc = F::Acc;
    type Again = Self;
    const IDENTITY: F::Acc = F::IDENTITY;
    #[inline(always)]
    fn lift(x: F::Acc, _: usize) -> F::Acc {
        x
    }
    #[inline(always)]
    fn combine(a: F::Acc, b: F::Acc) -> F::Acc {
        F::combine(a, b)
    }
}

/// Folds the axes `folded` of what `loader` reads and hands each result to `put`, with its position among the row-major results.
pub fn fold<F: Fold>(loader: &Loader, folded: &[usize], put: &mut dyn FnMut(usize, F::Acc))
where
    F::In: Element,
{
    assert_eq!(loader.dtype(), <F::In as Element>::DTYPE, "the fold is for another dtype");
    let steps = output_steps(loader.shape(), folded);
    if size(loader.shape()) == 0 {
        let kept = loader.shape().iter().zip(0..).filter(|(_, axis)| !folded.contains(axis)).map(|(&n, _)| n);
        return (0..kept.product()).for_each(|at| put(at, F::IDENTITY));
    }
    match reading_order(loader) {
        Some(order) => {
            let steps: Strides = order.iter().map(|&axis| steps[axis]).collect();
            ordered::<F>(&loader.permute(&order), &steps, put);
        }
        None => ordered::<F>(loader, &steps, put),
    }
}

/// How far the result moves with each axis: row-major over the kept ones, 0 over folded ones.
fn output_steps(shape: &[usize], folded: &[usize]) -> Strides {
    let mut steps = Strides::from_elem(0, shape.len());
    let mut step = 1;
    for axis in (0..shape.len()).rev().filter(|axis| !folded.contains(axis)) {
        steps[axis] = step;
        step *= shape[axis] as isize;
    }
    steps
}

/// The order of axes in which the sources are densest, where that is not the present one and may be had.
fn reading_order(loader: &Loader) -> Option<SmallVec<[usize; 4]>> {
    if !loader.can_permute() || size(loader.shape()) < TILE {
        return None;
    }
    let shape = loader.shape();
    let distance = |axis: usize| loader.source_strides().map(|s| s[axis].unsigned_abs()).sum::<usize>();
    let far: SmallVec<[usize; 4]> = (0..shape.len()).map(distance).collect();
    let moving = |&axis: &usize| shape[axis] > 1 && far[axis] > 0;
    let nearest = (0..shape.len()).filter(moving).map(|axis| far[axis]).min()?;
    let last = (0..shape.len()).rev().find(|&axis| shape[axis] > 1)?;
    if far[last] <= nearest {
        return None;
    }
    let mut order: SmallVec<[usize; 4]> = (0..shape.len()).collect();
    order.sort_by_key(|&axis| std::cmp::Reverse(if far[axis] == 0 { usize::MAX } else { far[axis] }));
    Some(order)
}

fn ordered<F: Fold>(loader: &Loader, steps: &[isize], put: &mut dyn FnMut(usize, F::Acc))
where
    F::In: Element,
{
    let (mut runs, [mut steps]) = collapse(loader.shape(), [steps]);
    let mut partial = stage(&Loops::of::<F>(), &|| Tiles::Loaded(loader.reader()), &mut runs, &mut steps);
    while steps.contains(&0) {
        let source = std::mem::take(&mut partial);
        partial = stage(&Loops::of::<F::Again>(), &|| Tiles::Memory(&source), &mut runs, &mut steps);
    }
    if runs.len() <= 1 {
        return partial.into_iter().enumerate().for_each(|(at, acc)| put(at, acc));
    }
    let mut index = Shape::from_elem(0, runs.len());
    let mut at = 0isize;
    for acc in partial {
        put(at as usize, acc);
        for run in (0..runs.len()).rev() {
            index[run] += 1;
            at += steps[run];
            if index[run] < runs[run] {
                break;
            }
            at -= steps[run] * runs[run] as isize;
            index[run] = 0;
        }
    }
}

/// A stage: `outer` blocks of `rows` × `columns` elements, in which the rows are folded together, `piece` at a time.
struct Stage {
    rows: usize,
    columns: usize,
    piece: usize,
    pieces: usize,
}

/// Folds the innermost folded run into its pieces, which take its place in `runs` (and leave it when there is but one).
fn stage<'a, I: Copy, A: Copy + Send + Sync>(
    loops: &Loops<I, A>,
    open: &(dyn Fn() -> Tiles<'a, I> + Sync),
    runs: &mut Shape,
    steps: &mut Strides,
) -> Vec<A> {
    let run = steps.iter().rposition(|&step| step == 0);
    let (rows, columns) = run.map_or((1, 1), |run| (runs[run], size(&runs[run + 1..])));
    let outer = size(runs) / (rows * columns);
    let piece = match columns {
        1 if outer >= 64 => rows,
        1 => PIECE,
        _ => (2 * PIECE / columns).clamp(64, DEPTH * WIDE.div_ceil(columns)),
    };
    let piece = if rows < 2 * piece { rows } else { piece };
    let plan = Stage { rows, columns, piece, pieces: rows.div_ceil(piece) };
    if let Some(run) = run {
        if plan.pieces == 1 {
            runs.remove(run);
            steps.remove(run);
        } else {
            runs[run] = plan.pieces;
        }
    }
    let mut out = vec![loops.identity; outer * plan.pieces * columns];
    let results = Disjoint::new(&mut out);
    let strips = columns.div_ceil(STRIP);
    let units = outer * plan.pieces * strips;
    let grain = (GRAIN / (piece * columns.min(STRIP))).max(1);
    let state = || (open(), vec![loops.identity; if columns == 1 { 0 } else { STRIP.min(columns.max(WIDE)) }]);
    let work = |(source, acc): &mut (Tiles<'a, I>, Vec<A>), units: Range<usize>| {
        if columns == 1 {
            // SAFETY: each unit is one result, and units go to one task each.
            let out = unsafe { results.part(units.clone()) };
            return plan.rows(loops, source, units, out);
        }
        for unit in units {
            let (block, first) = (unit / strips, unit % strips * STRIP);
            let width = STRIP.min(columns - first);
            // SAFETY: each unit is a strip of one piece's results, and units go to one task each.
            let out = unsafe { results.part(block * columns + first..block * columns + first + width) };
            plan.columns(loops, source, unit, acc, out);
        }
    };
    if units <= grain {
        work(&mut state(), 0..units)
    } else {
        let pieces = units.div_ceil(grain);
        pool::parallel_with(pieces, &state, &|state, i| work(state, i * grain..units.min((i + 1) * grain)))
    }
    out
}

impl Stage {
    /// Where piece `p` of all pieces lies: its first row in its block, its length, and the position of its first element.
    fn locate(&self, p: usize) -> (usize, usize, usize) {
        let (block, first) = (p / self.pieces, p % self.pieces * self.piece);
        (first, self.piece.min(self.rows - first), (block * self.rows + first) * self.columns)
    }

    fn rows<I: Copy, A: Copy>(&self, loops: &Loops<I, A>, source: &mut Tiles<I>, units: Range<usize>, out: &mut [A]) {
        if self.rows <= TILE / 2 {
            let many = TILE / self.rows;
            for (batch, out) in out.chunks_mut(many).enumerate() {
                let start = (units.start + batch * many) * self.rows;
                let tile = source.tile(start, out.len() * self.rows);
                loops.rows(tile, self.rows, 0, out);
            }
            return;
        }
        for (out, unit) in out.iter_mut().zip(units) {
            let (first, length, start) = self.locate(unit);
            let mut sum = Cascade::new(loops);
            for at in (0..length).step_by(TILE) {
                let n = TILE.min(length - at);
                let mut tile = [loops.identity];
                loops.rows(source.tile(start + at, n), n, first + at, &mut tile);
                sum.push(tile[0]);
            }
            *out = sum.total();
        }
    }

    /// Strip `unit`, counted over all strips of all pieces.
    fn columns<I: Copy, A: Copy>(&self, loops: &Loops<I, A>, source: &mut Tiles<I>, unit: usize, acc: &mut [A], out: &mut [A]) {
        let strips = self.columns.div_ceil(STRIP);
        let strip = unit % strips * STRIP;
        let (first, length, start) = self.locate(unit / strips);
        if self.columns > TILE {
            out.fill(loops.identity);
            for row in 0..length {
                for (i, out) in out.chunks_mut(TILE).enumerate() {
                    let at = start + row * self.columns + strip + i * TILE;
                    loops.columns(out, source.tile(at, out.len()), first + row);
                }
            }
            return;
        }
        // Several rows side by side, as if they were one wide one.
        let abreast = if loops.indexed { 1 } else { (WIDE / self.columns).clamp(1, length) };
        let acc = &mut acc[..abreast * self.columns];
        acc.fill(loops.identity);
        let (total, step) = (length * self.columns, TILE / acc.len() * acc.len());
        for at in (0..total).step_by(step) {
            loops.columns(acc, source.tile(start + at, step.min(total - at)), first + at / self.columns);
        }
        out.copy_from_slice(&acc[..self.columns]);
        for more in acc[self.columns..].chunks(self.columns) {
            out.iter_mut().zip(more).for_each(|(a, &b)| *a = (loops.combine)(*a, b));
        }
    }
}

/// Folds a sequence pairwise: neighbours first, then neighbouring pairs, so that rounding errors grow with the logarithm.
struct Cascade<A> {
    combine: fn(A, A) -> A,
    identity: A,
    /// The folds of runs of 2ᵏ items, one for each bit of `count`.
    levels: SmallVec<[A; 8]>,
    count: usize,
}

impl<A: Copy> Cascade<A> {
    fn new<I>(loops: &Loops<I, A>) -> Self {
        Cascade { combine: loops.combine, identity: loops.identity, levels: SmallVec::new(), count: 0 }
    }

    fn push(&mut self, mut item: A) {
        self.count += 1;
        for _ in 0..self.count.trailing_zeros() {
            item = (self.combine)(self.levels.pop().unwrap_or(self.identity), item);
        }
        self.levels.push(item);
    }

    fn total(self) -> A {
        let combine = self.combine;
        self.levels.into_iter().rev().reduce(|later, earlier| combine(earlier, later)).unwrap_or(self.identity)
    }
}
