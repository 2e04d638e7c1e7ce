//! Tasks that follow each other over the same rows, run together a block of rows at a time.
//!
//! A reduction along the inner axes and what is computed from its results and its input, as in a normalization, are tasks of their
//! own, each of which would read the input from memory again. Where every task needs of the others only the rows it is at, a block of
//! rows goes through all of them while it is in the cache. The results are the same, bit for bit.

use super::task::{Output, Task, Work, await_value, reduce};
use super::timeline;
use crate::array::Value;
use crate::cpu::Loader;
use crate::cpu::fused::{self, Compiled, Sink, Source};
use crate::cpu::pool;
use crate::error::{Error, Result};
use crate::memory::Storage;
use crate::shape::{Shape, size};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex};

/// The most elements of a row.
const ROW: usize = 64 * 1024;
/// Elements of a block, if a row is not longer.
const BLOCK: usize = 64 * 1024;
/// Elements below which a reduction's input stays in the cache as it is.
const SMALL: usize = 256 * 1024;
/// The most tasks run together.
const MOST: usize = 16;

/// How many tasks at the front of `queue` can run together with `first`, which is before them.
pub(crate) fn followers(first: &Task, queue: &VecDeque<Box<Task>>) -> usize {
    if queue.is_empty() || timeline::is_on() {
        return 0;
    }
    let Some((rows, row)) = rows_of(first) else { return 0 };
    let elements = rows * row;
    if elements < SMALL || row > ROW || rows < 2 || leading_of(first, rows, &[]).is_none() {
        return 0;
    }
    let mut run: SmallVec<[&Task; 4]> = SmallVec::from_slice(&[first]);
    for task in queue.iter().take(MOST - 1) {
        if leading_of(task, rows, &run).is_none() {
            break;
        }
        run.push(task);
    }
    // What reads little more than the results of the run has no need of it.
    while run.len() > 1 && run.last().is_some_and(|t| size(shape_of(t).unwrap_or(&[])) < elements) {
        run.pop();
    }
    run.len() - 1
}

fn shape_of(task: &Task) -> Option<&[usize]> {
    match &task.work {
        Work::Fused { shape, .. } | Work::Reduce { shape, .. } => Some(shape),
        Work::Primitive(_) => None,
    }
}

/// The rows a reduction keeps, as many as are evenly spaced in all it reads, and the elements of one.
fn rows_of(task: &Task) -> Option<(usize, usize)> {
    let Work::Reduce { shape, reduction, .. } = &task.work else { return None };
    let even = |&n: &usize| task.inputs.iter().all(|v| row_step(v, n).is_some());
    let leading = (1..=reduction.reduction()?.leading_axes()).rev().find(even)?;
    Some((size(&shape[..leading]), size(&shape[leading..])))
}

/// How many leading axes of `shape` make `rows` rows.
fn leading_axes(shape: &[usize], rows: usize) -> Option<usize> {
    (1..=shape.len()).find(|&n| size(&shape[..n]) == rows)
}

/// How many leading axes of what `task` runs over make `rows` rows, if it can run after the tasks of `run` row by row.
fn leading_of(task: &Task, rows: usize, run: &[&Task]) -> Option<usize> {
    let shape = shape_of(task)?;
    let leading = leading_axes(shape, rows)?;
    if let Work::Reduce { reduction, .. } = &task.work
        && (leading > reduction.reduction()?.leading_axes() || !is_dense_inside(task, shape))
    {
        return None;
    }
    let mut related = run.is_empty();
    for value in &task.inputs {
        let step = row_step(value, leading)?;
        let Some(event) = value.storage.event() else { continue };
        match run.iter().find(|t| Arc::ptr_eq(&t.event, event)) {
            // Row `r` must be computed from row `r` alone.
            Some(maker) => {
                let row = value.storage.bytes() / value.dtype.size() / rows;
                let inner = value.layout.shape[leading..].iter().zip(&value.layout.strides[leading..]);
                let reach: isize = inner.map(|(&n, &s)| if s < 0 { isize::MAX / 64 } else { (n as isize - 1) * s }).sum();
                if value.layout.offset != 0 || step != row as isize || reach >= row as isize || maker.outputs.is_empty() {
                    return None;
                }
                related = true;
            }
            // Waiting here for what may itself wait for a task of the run would never end.
            None if run.is_empty() || matches!(event.poll(), Ok(true)) => {}
            None => return None,
        }
    }
    related |= task.inputs.iter().any(|v| run.iter().any(|t| t.inputs.iter().any(|w| Arc::ptr_eq(&v.storage, &w.storage))));
    related.then_some(leading)
}

/// Whether the last axis is that along which the inputs are densest: reductions choose their order by that.
fn is_dense_inside(task: &Task, shape: &[usize]) -> bool {
    let distance = |axis: usize| task.inputs.iter().map(|v| v.layout.strides[axis].unsigned_abs()).sum::<usize>();
    let moving = || (0..shape.len()).filter(|&axis| shape[axis] > 1).map(distance);
    moving().next_back().is_none_or(|last| moving().all(|d| d == 0 || d >= last))
}

/// The elements from one row to the next, where `leading` axes, walked together, are evenly spaced.
fn row_step(value: &Value, leading: usize) -> Option<isize> {
    let axes = value.layout.shape[..leading].iter().zip(&value.layout.strides[..leading]).rev().filter(|(n, _)| **n != 1);
    let mut step = None;
    let mut next = 0;
    for (&n, &s) in axes {
        if step.is_some() && s != next {
            return None;
        }
        step.get_or_insert(s);
        next = s * n as isize;
    }
    Some(step.unwrap_or(0))
}

/// A task of a run, ready to run over blocks of rows. Its outputs are allocated.
struct Part<'a> {
    compiled: Arc<Compiled>,
    task: &'a Task,
    rows: usize,
    shape: &'a [usize],
    leading: usize,
    /// Each input, and the elements from one row of it to the next.
    sources: SmallVec<[(Source, isize); 4]>,
    sinks: SmallVec<[Sink; 2]>,
}

// SAFETY: sources are only read, except for rows of another task's sinks by the thread that has just written them; each block of
// rows of a sink is written by one thread.
unsafe impl Sync for Part<'_> {}

impl<'a> Part<'a> {
    fn new(task: &'a Task, rows: usize) -> Result<Part<'a>> {
        let refused = || Error::runtime(format!("[{}] the task does not run by rows", task.name()));
        let (Work::Fused { program, shape, .. } | Work::Reduce { program, shape, .. }) = &task.work else {
            return Err(refused());
        };
        let leading = leading_axes(shape, rows).ok_or_else(refused)?;
        let sinks = task.outputs.iter().map(Output::sink).collect::<Result<_>>()?;
        let source = |v: &Value| {
            let step = row_step(v, leading).ok_or_else(refused)?;
            Ok((Source { ptr: v.ptr(), strides: v.layout.strides.clone() }, step))
        };
        let sources = task.inputs.iter().map(source).collect::<Result<_>>()?;
        Ok(Part { compiled: Compiled::new(program)?, task, rows, shape, leading, sources, sinks })
    }

    /// A shape with the same rows, cut down to `rows` of them.
    fn cut(&self, shape: &[usize], rows: usize) -> Shape {
        let mut cut = Shape::from_elem(1, self.leading);
        cut[self.leading - 1] = rows;
        cut.extend_from_slice(&shape[self.leading..]);
        cut
    }

    /// Runs the task over some of the rows.
    fn run(&self, rows: &Range<usize>) -> Result<()> {
        let shape = self.cut(self.shape, rows.len());
        let source = |((source, step), value): (&(Source, isize), &Value)| {
            let mut strides = source.strides.clone();
            strides[self.leading - 1] = *step;
            let offset = rows.start as isize * step * value.dtype.size() as isize;
            Source { ptr: source.ptr.wrapping_offset(offset), strides }
        };
        let sources: SmallVec<[Source; 4]> = self.sources.iter().zip(&self.task.inputs).map(source).collect();
        let start = |o: &Output| o.bytes() / self.rows * rows.start;
        let sink = |(sink, o): (&Sink, &Output)| Sink { ptr: sink.ptr.wrapping_add(start(o)), ..*sink };
        let all = self.sinks.iter().zip(&self.task.outputs);
        match &self.task.work {
            Work::Reduce { program, reduction, stored, .. } => {
                let reduced = self.sinks.len() - stored;
                let sinks = all.skip(reduced).map(sink).collect();
                let dtype = program.dtype_of(program.outputs()[0]);
                let loader = Loader { program: &self.compiled, shape, sources: sources.into_vec(), sinks, dtype };
                let output = |o: &Output| {
                    let ptr = NonNull::new(o.storage.ptr().cast_mut()).expect("elements have an address");
                    // SAFETY: the rows are part of the output.
                    let block = Storage::share(&o.storage, unsafe { ptr.add(start(o)) });
                    let storage = Arc::new(Storage::full(o.bytes() / self.rows * rows.len(), block));
                    Output { storage, shape: self.cut(&o.shape, rows.len()), dtype: o.dtype }
                };
                let mut outputs: SmallVec<[Output; 1]> = self.task.outputs[..reduced].iter().map(output).collect();
                reduce(reduction, &loader, &mut outputs)
            }
            _ => {
                let sinks: SmallVec<[Sink; 2]> = all.map(sink).collect();
                // SAFETY: inputs are ready over all rows, or computed by the run over these; sinks have room for them all, and are
                // fresh.
                unsafe { fused::run(&self.compiled, &shape, &sources, &sinks) };
                Ok(())
            }
        }
    }
}

/// Runs one task, or several of which [`followers`] has said that they can run together. Never panics.
pub(crate) fn run(tasks: SmallVec<[Box<Task>; 1]>) {
    let done = tasks.len() > 1 && matches!(catch_unwind(AssertUnwindSafe(|| by_blocks(&tasks))), Ok(Ok(())));
    for task in tasks {
        // One by one, each fails by itself, with its own error.
        if done { task.finish(Ok(())) } else { task.run() }
    }
}

fn by_blocks(tasks: &[Box<Task>]) -> Result<()> {
    let Some((rows, row)) = tasks.first().and_then(|t| rows_of(t)) else { return Ok(()) };
    for (at, task) in tasks.iter().enumerate() {
        let outside = |v: &&Value| v.storage.event().is_none_or(|e| tasks[..at].iter().all(|t| !Arc::ptr_eq(&t.event, e)));
        task.inputs.iter().filter(outside).try_for_each(await_value)?;
    }
    let parts: SmallVec<[Part; 4]> = tasks.iter().map(|t| Part::new(t, rows)).collect::<Result<_>>()?;
    let failure = Mutex::new(Ok(()));
    pool::parallel_ranges(rows, (BLOCK / row.max(1)).max(1), &|rows| {
        let outcome = parts.iter().try_for_each(|part| part.run(&rows));
        if outcome.is_err() {
            *failure.lock().unwrap_or_else(|e| e.into_inner()) = outcome;
        }
    });
    #[cfg(test)]
    tests::RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    failure.into_inner().unwrap_or_else(|e| e.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::keep;
    use crate::array::Array;
    use crate::device::CPU;
    use crate::graph::eval;
    use crate::ops::elementwise::{add, divide, exp, log, multiply, rsqrt, subtract};
    use crate::ops::reduce::{max, mean, sum, var};
    use crate::ops::view::{reshape, transpose};
    use crate::stream::Stream;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    pub(super) static RUNS: AtomicUsize = AtomicUsize::new(0);

    fn wave(shape: &[usize]) -> Array {
        let data: Vec<f32> = (0..size(shape)).map(|i| ((i * 7919 % 10007) as f32 / 5000.0 - 1.0) * 3.0).collect();
        let x = Array::from_slice(&data, shape).unwrap();
        x.eval().unwrap();
        x
    }

    fn normalized(x: &Array) -> Vec<Array> {
        let centred = subtract(x, mean(x, keep(-1)).unwrap()).unwrap();
        let scale = rsqrt(&add(var(x, keep(-1), 0).unwrap(), 1e-5).unwrap()).unwrap();
        let weight = wave(&x.shape()[x.ndim() - 1..]);
        vec![multiply(multiply(&centred, &scale).unwrap(), weight).unwrap(), scale]
    }

    fn soft(x: &Array) -> Vec<Array> {
        let e = exp(&subtract(x, max(x, keep(-1)).unwrap()).unwrap()).unwrap();
        let total = sum(&e, keep(-1)).unwrap();
        let log = log(&sum(&e, -1).unwrap()).unwrap();
        vec![divide(&e, &total).unwrap(), log, e]
    }

    fn inner_axes(x: &Array) -> Vec<Array> {
        vec![subtract(x, mean(x, keep([1, 2])).unwrap()).unwrap(), var(x, [1, 2], 1).unwrap()]
    }

    fn bits(arrays: &[Array]) -> Vec<Vec<u32>> {
        arrays.iter().map(|a| a.to_vec::<f32>().unwrap().into_iter().map(f32::to_bits).collect()).collect()
    }

    #[test]
    fn blocks_of_rows_give_what_whole_tasks_give() {
        let flat = wave(&[640, 1000]);
        let inputs = [
            flat.clone(),
            wave(&[50, 16, 800]),
            transpose(&wave(&[9, 64, 999]), [1, 0, 2]).unwrap(),
            reshape(&flat, &[64, 100, 100]).unwrap(),
            wave(&[6, 60_000]),
        ];
        let stream = Stream::new(CPU).unwrap();
        for x in &inputs {
            for formula in [normalized as fn(&Array) -> Vec<Array>, soft, inner_axes] {
                if x.ndim() < 3 && std::ptr::fn_addr_eq(formula, inner_axes as fn(&Array) -> Vec<Array>) {
                    continue;
                }
                let before = RUNS.load(Relaxed);
                let together = stream.run(|| formula(x));
                eval(&together).unwrap();
                assert!(RUNS.load(Relaxed) > before, "{:?} ran task by task", x.shape());
                let alone = stream.run(|| formula(x));
                let (outcome, _) = timeline::record(|| eval(&alone));
                outcome.unwrap();
                assert!(bits(&together) == bits(&alone), "{:?}", x.shape());
            }
        }
    }
}
