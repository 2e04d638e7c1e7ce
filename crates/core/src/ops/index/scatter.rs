//! Scattering: slices put into an array where index arrays say. Positions take effect in row-major order, so results do not
//! depend on the number of threads, and where slices meet the last one assigned stays.

use super::combine::Combine;
use super::gather::{batch_indices, batched_sources, gather, picked_shape, positions};
use super::gpu;
use super::plan::{Plan, Source, attributes, linear};
use super::sorted;
use crate::ext::*;
use crate::ops::elementwise::{astype, conjugate, divide, equal, multiply, subtract, where_};
use crate::ops::view::{batch_to_front, copy_row_major};

/// What happens to the element that is already there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// It is replaced.
    Assign,
    /// It is added to.
    Add,
    /// It is multiplied.
    Multiply,
    /// The larger stays.
    Maximum,
    /// The smaller stays.
    Minimum,
}

impl Mode {
    /// The scalar operation of the element that is there and the one that comes; `None` where it is replaced.
    pub(super) fn scalar_op(self) -> Option<ScalarOp> {
        match self {
            Mode::Assign => None,
            Mode::Add => Some(ScalarOp::Add),
            Mode::Multiply => Some(ScalarOp::Mul),
            Mode::Maximum => Some(ScalarOp::Max),
            Mode::Minimum => Some(ScalarOp::Min),
        }
    }
}

/// `a` with the slices `updates` put at every position of `indices`; the shapes are those of [`gather`].
///
/// # Errors
/// When shapes or dtypes do not agree. An index out of range is an error of the result.
pub fn scatter(op: &'static str, mode: Mode, a: &Array, indices: &[Array], updates: &Array, sources: &[Source]) -> Result<Array> {
    let mut inputs: SmallVec<[Array; 4]> = smallvec![a.clone(), updates.clone()];
    inputs.extend(positions(op, indices)?);
    Array::apply(Scatter { op, mode, sources: sources.into() }, &inputs)
}

struct Scatter {
    op: &'static str,
    mode: Mode,
    sources: SmallVec<[Source; 4]>,
}

impl Scatter {
    fn again(&self, a: &Array, indices: &[Array], updates: &Array) -> Result<Array> {
        scatter(self.op, self.mode, a, indices, updates, &self.sources)
    }
    fn gather(&self, a: &Array, indices: &[Array]) -> Result<Array> {
        gather(self.op, a, indices, &self.sources)
    }
    /// The derivative of a product with respect to each of its factors: the product of `a` and the other factors that meet there.
    fn others(&self, a: &Array, indices: &[Array], factors: &Array) -> Result<Array> {
        let zero = equal(factors, 0)?;
        let nonzero = where_(&zero, 1, factors)?;
        let product = self.gather(&self.again(a, indices, &nonzero)?, indices)?;
        let none = Array::splat(0, a.shape(), a.dtype());
        let zeros = scatter(self.op, Mode::Add, &none, indices, &astype(&zero, a.dtype())?, &self.sources)?;
        // A factor's own zero does not count.
        let zeros = subtract(&self.gather(&zeros, indices)?, astype(&zero, a.dtype())?)?;
        where_(equal(zeros, 0)?, divide(product, nonzero)?, 0)
    }
}

/// `part` where `winner` equals `loser`, else 0: the share of the derivative that a maximum or minimum passes on.
fn where_equal(part: &Array, winner: &Array, loser: &Array) -> Result<Array> {
    multiply(part, astype(&equal(winner, loser)?, part.dtype())?)
}

/// The cotangent `g` times the conjugate of a derivative.
fn conjugate_product(g: &Array, derivative: &Array) -> Result<Array> {
    multiply(g, conjugate(derivative)?)
}

impl Primitive for Scatter {
    fn name(&self) -> &str {
        self.op
    }
    fn attributes(&self) -> Attributes {
        let mut attributes = attributes(&self.sources);
        attributes.push(("mode", format!("{:?}", self.mode).as_str().into()));
        attributes
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let shape = picked_shape(self.op, &self.sources, &inputs[0].shape, &inputs[2..])?;
        if inputs[1].shape != shape || inputs[1].dtype != inputs[0].dtype {
            let (got, into) = (&inputs[1], &inputs[0]);
            let got = format!("updates of shape {} and type {}", show(&got.shape), got.dtype);
            return Err(Error::value(format!("[{}] {got} where {} of type {} is needed", self.op, show(&shape), into.dtype)));
        }
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let whole = start_from(call)?;
        let (shape, dtype) = (Shape::from_slice(call.output_shape(0)), call.output_dtype(0));
        let plan = Plan::new(self.op, &self.sources, &shape, &row_major(&shape), &call.inputs()[2..]);
        plan.check()?;
        let updates = call.input(1);
        let pairs =
            Pairs { plan: &plan, whole, part: updates.ptr().cast_mut(), strides: &updates.layout().strides, reverse: false };
        // SAFETY: `whole` is the output, filled by `start_from`; the updates are ready and laid out so, and are only read.
        unsafe {
            macro_rules! combine {
                ($name:ident) => {
                    dispatch!(dtype, T => pairs.each::<T>(size(&shape), |a, b| *a = Combine::$name(*a, *b)))
                };
            }
            match self.mode {
                Mode::Assign => dispatch_size!(dtype, T => pairs.each::<T>(size(&shape), |a, b| *a = *b)),
                Mode::Add => combine!(add),
                Mode::Multiply => combine!(multiply),
                Mode::Maximum => combine!(maximum),
                Mode::Minimum => combine!(minimum),
            }
        }
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::scatter(self.op, self.mode, &self.sources, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let (a, updates, indices) = (&call.primals[0], &call.primals[1], &call.primals[2..]);
        let (out, g) = (&call.outputs[0], &call.cotangents[0]);
        if self.mode == Mode::Assign {
            let inputs: Vec<Array> = std::iter::once(g).chain(indices).cloned().collect();
            let taken = Array::from_primitive(Take { op: self.op, sources: self.sources.clone() }, &inputs)?;
            return Ok(call.wanted.iter().map(|&i| Some(taken[i].clone())).collect());
        }
        let grad = |&i: &usize| match (self.mode, i) {
            (Mode::Add, 0) => Ok(Some(g.clone())),
            (Mode::Add, _) => self.gather(g, indices).map(Some),
            (Mode::Multiply, 0) => self.again(g, indices, &conjugate(updates)?).map(Some),
            (Mode::Multiply, _) => conjugate_product(&self.gather(g, indices)?, &self.others(a, indices, updates)?).map(Some),
            (_, 0) => where_equal(g, a, out).map(Some),
            _ => where_equal(&self.gather(g, indices)?, updates, &self.gather(out, indices)?).map(Some),
        };
        call.wanted.iter().map(grad).collect()
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let (a, updates, indices) = (&call.primals[0], &call.primals[1], &call.primals[2..]);
        let zeros = |like: &Array| Array::splat(0, like.shape(), like.dtype());
        let tangent = |i: usize| call.tangents[i].clone().unwrap_or_else(|| zeros(&call.primals[i]));
        if call.tangents[0].is_none() && call.tangents[1].is_none() {
            return Ok(vec![None]);
        }
        let (da, du) = (tangent(0), tangent(1));
        let out = &call.outputs[0];
        Ok(vec![Some(match self.mode {
            Mode::Assign | Mode::Add => self.again(&da, indices, &du)?,
            Mode::Multiply if call.tangents[1].is_none() => self.again(&da, indices, updates)?,
            Mode::Multiply => {
                let du = multiply(&du, self.others(a, indices, updates)?)?;
                scatter(self.op, Mode::Add, &self.again(&da, indices, updates)?, indices, &du, &self.sources)?
            }
            Mode::Maximum | Mode::Minimum => {
                let du = where_equal(&du, updates, &self.gather(out, indices)?)?;
                scatter(self.op, Mode::Add, &where_equal(&da, a, out)?, indices, &du, &self.sources)?
            }
        })])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let a = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let updates = batch_to_front(&call.inputs[1], call.axes[1], call.size)?;
        let out = scatter(self.op, self.mode, &a, &batch_indices(call, 2)?, &updates, &batched_sources(&self.sources, true))?;
        Ok(vec![(out, Some(0))])
    }
}

/// The transpose of assignment: from the end on, every position takes its slice out of the array and leaves zeros. What is
/// left, and what was taken.
struct Take {
    op: &'static str,
    sources: SmallVec<[Source; 4]>,
}

impl Primitive for Take {
    fn name(&self) -> &str {
        "take_out"
    }
    fn attributes(&self) -> Attributes {
        attributes(&self.sources)
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let shape = picked_shape(self.op, &self.sources, &inputs[0].shape, &inputs[1..])?;
        Ok(smallvec![inputs[0].clone(), Spec { shape, dtype: inputs[0].dtype }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let part = call.output_ptr(1)?;
        let whole = start_from(call)?;
        let (shape, dtype) = (Shape::from_slice(call.output_shape(0)), call.output_dtype(0));
        let strides = row_major(call.output_shape(1));
        let plan = Plan::new(self.op, &self.sources, &shape, &row_major(&shape), &call.inputs()[1..]);
        plan.check()?;
        let pairs = Pairs { plan: &plan, whole, part, strides: &strides, reverse: true };
        // SAFETY: `whole` is the first output, filled by `start_from`, and `part` the second, whose every element is written.
        unsafe {
            dispatch_size!(dtype, T => pairs.each::<T>(size(&shape), |a, b| {
                *b = *a;
                *a = 0;
            }));
        }
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        sorted::take_out(self.op, &self.sources, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let (left, taken) = (&call.cotangents[0], &call.cotangents[1]);
        Ok(vec![Some(scatter(self.op, Mode::Assign, left, &call.primals[1..], taken, &self.sources)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(t) = &call.tangents[0] else { return Ok(vec![None, None]) };
        let inputs: Vec<Array> = std::iter::once(t).chain(&call.primals[1..]).cloned().collect();
        Ok(Array::from_primitive(call.primitive.clone(), &inputs)?.into_iter().map(Some).collect())
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let mut inputs = vec![batch_to_front(&call.inputs[0], call.axes[0], call.size)?];
        inputs.extend(batch_indices(call, 1)?);
        let out = Array::from_primitive(Take { op: self.op, sources: batched_sources(&self.sources, true) }, &inputs)?;
        Ok(out.into_iter().map(|o| (o, Some(0))).collect())
    }
}

/// Output 0 as input 0: taken over where possible, else copied.
fn start_from(call: &mut CpuCall) -> Result<*mut u8> {
    if call.donate(0, 0) { call.output_ptr(0) } else { copy_row_major(call) }
}

/// The elements of an array's slices, each with the element of the updates that belongs to it.
struct Pairs<'a, 'p> {
    plan: &'a Plan<'p>,
    whole: *mut u8,
    part: *mut u8,
    /// The strides of the updates: axes of the positions, then of a slice.
    strides: &'a [isize],
    reverse: bool,
}
// SAFETY: threads visit disjoint elements of the whole array.
unsafe impl Sync for Pairs<'_, '_> {}

/// Elements below which one thread does it all.
const SMALL: usize = 1 << 15;

impl Pairs<'_, '_> {
    /// Calls `f` with each pair: positions in their order (or its reverse), so elements that are the same meet in that order.
    /// Threads share the work by the elements of the whole array, `len` in number, that they are responsible for.
    ///
    /// # Safety
    /// The indices of the plan have been checked; `whole` and `part` are of type `T` and `f` may be called with them.
    unsafe fn each<T>(&self, len: usize, f: impl Fn(*mut T, *mut T) + Sync) {
        let plan = self.plan;
        let axes = self.strides.len() - plan.shape.len();
        let (shape, [a, b]) = collapse(&plan.shape, [&plan.strides, &self.strides[axes..]]);
        let positions = &self.strides[..axes];
        let (&row, outer) = shape.split_last().unwrap_or((&1, &[]));
        let (step_a, step_b) = (a.last().copied().unwrap_or(0), b.last().copied().unwrap_or(0));
        let tasks = if plan.len() * size(&shape) < SMALL { 1 } else { pool::threads() };
        // A thread's share: a part of every slice's rows where they are long, else the slices that begin in a part of the array.
        let by_row = row >= 64 * tasks || !plan.disjoint;
        let tasks = if by_row && row < 64 * tasks { 1 } else { tasks };
        let share = |task: usize, n: usize| task * n / tasks..(task + 1) * n / tasks;
        let run = |task: usize| {
            let columns = if by_row { share(task, row) } else { 0..row };
            let (begin, width) = (columns.start as isize, columns.len());
            let begins = if by_row { 0..len.max(1) } else { share(task, len) };
            let mut parts = [0isize; 1024];
            let visited = plan.chunks(0..plan.len(), self.reverse, |first, offsets| {
                linear(&plan.positions, positions, first..first + offsets.len(), &mut parts[..offsets.len()]);
                for i in 0..offsets.len() {
                    let i = if self.reverse { offsets.len() - 1 - i } else { i };
                    if !begins.contains(&(offsets[i] as usize)) {
                        continue;
                    }
                    let (whole, part) = (self.whole.cast::<T>().wrapping_offset(offsets[i]), self.part.cast::<T>());
                    let part = part.wrapping_offset(parts[i]);
                    walk(outer, &a, &b, whole, part, &mut |whole, part| {
                        let (whole, part) = (whole.wrapping_offset(begin * step_a), part.wrapping_offset(begin * step_b));
                        // Written out for dense rows, so that the compiler vectorizes it.
                        if (step_a, step_b) == (1, 1) {
                            (0..width).for_each(|i| f(whole.wrapping_add(i), part.wrapping_add(i)));
                        } else {
                            let far = |p: *mut T, i: usize, step: isize| p.wrapping_offset(i as isize * step);
                            (0..width).for_each(|i| f(far(whole, i, step_a), far(part, i, step_b)));
                        }
                    });
                }
            });
            visited.expect("the indices have been checked");
        };
        pool::parallel(tasks, &run);
    }
}

/// Calls `f` at every index of `shape`, with both pointers moved by their strides.
fn walk<T>(shape: &[usize], a: &[isize], b: &[isize], at: *mut T, bt: *mut T, f: &mut impl FnMut(*mut T, *mut T)) {
    let Some((&n, rest)) = shape.split_first() else { return f(at, bt) };
    for i in 0..n as isize {
        walk(rest, &a[1..], &b[1..], at.wrapping_offset(i * a[0]), bt.wrapping_offset(i * b[0]), f);
    }
}
