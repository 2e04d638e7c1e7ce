//! Sorting rows: short ones many a task, long ones with all threads.

use super::keys::Keyed;
use super::radix;
use crate::ext::*;

/// The least elements a task works on.
const GRAIN: usize = 16 * 1024;

/// Sorts each row of the input into the output.
pub(super) fn sort(call: &mut CpuCall) -> Result<()> {
    dispatch!(call.input(0).dtype(), T => values::<T>(call))
}

/// Puts the order of each row of the input into the output.
pub(super) fn argsort(call: &mut CpuCall) -> Result<()> {
    dispatch!(call.input(0).dtype(), T => order::<T>(call))
}

fn values<T: Keyed>(call: &mut CpuCall) -> Result<()> {
    let input = call.contiguous(0)?;
    let (xs, n) = (input.as_slice::<T>().unwrap_or_default(), row_length(call));
    let out = Disjoint::new(call.output::<T>(0)?);
    by_rows(xs.len(), n, &|rows| {
        let (mut keys, mut spare) = (vec![T::Key::default(); n], vec![T::Key::default(); n]);
        for row in rows {
            let range = row * n..(row + 1) * n;
            keys.iter_mut().zip(&xs[range.clone()]).for_each(|(key, x)| *key = x.key());
            radix::sort(&mut keys, &mut spare, 0, T::BITS);
            // SAFETY: rows are one task's.
            let out = unsafe { out.part(range) };
            out.iter_mut().zip(&keys).for_each(|(out, &key)| *out = T::element(key));
        }
    });
    Ok(())
}

fn order<T: Keyed>(call: &mut CpuCall) -> Result<()> {
    let input = call.contiguous(0)?;
    let (xs, n) = (input.as_slice::<T>().unwrap_or_default(), row_length(call));
    let out = Disjoint::new(call.output::<u32>(0)?);
    by_rows(xs.len(), n, &|rows| {
        let (mut tagged, mut spare) = (vec![T::Tagged::default(); n], vec![T::Tagged::default(); n]);
        for row in rows {
            let range = row * n..(row + 1) * n;
            tagged.iter_mut().zip(&xs[range.clone()]).enumerate().for_each(|(i, (tag, x))| *tag = x.tagged(i));
            radix::sort(&mut tagged, &mut spare, T::SHIFT, T::BITS);
            // SAFETY: rows are one task's.
            let out = unsafe { out.part(range) };
            out.iter_mut().zip(&tagged).for_each(|(out, &tag)| *out = T::index(tag));
        }
    });
    Ok(())
}

/// Where each value belongs in the sorted sequence of its batch: how many elements are less than it, or not greater.
pub(super) fn search(right: bool, call: &mut CpuCall) -> Result<()> {
    dispatch!(call.input(0).dtype(), T => {
        let (sequence, values) = (call.contiguous(0)?, call.contiguous(1)?);
        let n = sequence.shape().last().copied().unwrap_or(1);
        let each = values.size() / size(&sequence.shape()[..sequence.shape().len() - 1]).max(1);
        let (sequence, values) = (sequence.as_slice::<T>().unwrap_or_default(), values.as_slice::<T>().unwrap_or_default());
        let out = Disjoint::new(call.output::<u32>(0)?);
        pool::parallel_ranges(values.len(), GRAIN / 4, &|range| {
            // SAFETY: ranges are one task's.
            let out = unsafe { out.part(range.clone()) };
            for (i, out) in range.zip(out) {
                let value = values[i].equal_key();
                let sequence = &sequence[i / each * n..(i / each + 1) * n];
                let before = |x: &T| if right { x.equal_key() <= value } else { x.equal_key() < value };
                *out = sequence.partition_point(before) as u32;
            }
        });
        Ok(())
    })
}

/// Of each row the places of its different elements: the first place of each, which of them each element is, and how many there are.
pub(super) fn unique(kept: usize, call: &mut CpuCall) -> Result<()> {
    dispatch!(call.input(0).dtype(), T => places::<T>(kept, call))
}

fn places<T: Keyed>(kept: usize, call: &mut CpuCall) -> Result<()> {
    let input = call.contiguous(0)?;
    let (xs, n) = (input.as_slice::<T>().unwrap_or_default(), input.shape().last().copied().unwrap_or(1));
    let rows = size(&input.shape()[..input.shape().len() - 1]);
    let (mut first, mut counts, mut inverse) = (vec![0u32; rows * kept], vec![0i32; rows * kept], vec![0u32; rows * n]);
    let (mut tagged, mut spare) = (vec![T::Tagged::default(); n], vec![T::Tagged::default(); n]);
    for row in 0..rows {
        let xs = &xs[row * n..(row + 1) * n];
        let (first, counts) = (&mut first[row * kept..(row + 1) * kept], &mut counts[row * kept..(row + 1) * kept]);
        let inverse = &mut inverse[row * n..(row + 1) * n];
        tagged.iter_mut().zip(xs).enumerate().for_each(|(i, (tag, x))| *tag = x.tagged(i));
        radix::sort(&mut tagged, &mut spare, T::SHIFT, T::BITS);
        let place = |i: usize| T::index(tagged[i]) as usize;
        let mut which = 0;
        for i in 0..n {
            let begins = i == 0 || xs[place(i)].equal_key() != xs[place(i - 1)].equal_key();
            which += usize::from(begins && i > 0);
            inverse[place(i)] = which.min(kept.saturating_sub(1)) as u32;
            if which < kept {
                counts[which] += 1;
                if begins {
                    first[which] = place(i) as u32;
                }
            }
        }
        // Where nothing is left, the first stands in.
        if let Some((&mut stand_in, rest)) = first.split_first_mut() {
            rest.iter_mut().skip(which).for_each(|first| *first = stand_in);
        }
    }
    call.output::<u32>(0)?.copy_from_slice(&first);
    call.output::<u32>(1)?.copy_from_slice(&inverse);
    call.output::<i32>(2)?.copy_from_slice(&counts);
    Ok(())
}

fn row_length(call: &CpuCall) -> usize {
    call.output_shape(0).last().copied().unwrap_or(1)
}

/// Runs `task` over ranges of the rows of length `n` in `total` elements.
fn by_rows(total: usize, n: usize, task: &(dyn Fn(std::ops::Range<usize>) + Sync)) {
    let rows = total.checked_div(n).unwrap_or(0);
    match rows {
        0 => {}
        // Left to this thread, a row can use the others itself.
        1 => task(0..1),
        _ => pool::parallel_ranges(rows, GRAIN.div_ceil(n), task),
    }
}
