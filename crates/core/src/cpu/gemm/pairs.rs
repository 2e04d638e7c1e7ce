//! Products of `bfloat16` matrices on CPUs with AVX512-BF16, which multiply pairs of elements and add them to a `float32` in one
//! instruction. Subnormal numbers count as zero there.
//!
//! Operands are packed once into panels: for every two steps along the folded axis, the pairs of a panel's rows (of its columns for
//! the right operand) lie next to each other. A tile of the result stays in registers for the whole sum.

use super::{How, Mat, WORK};
use crate::cpu::pool;
use crate::dtype::bf16;
use std::arch::x86_64::*;
use std::sync::OnceLock;

/// Rows and columns of a tile.
const ROWS: usize = 12;
const COLS: usize = 32;
/// Panels of rows that one piece of work goes through.
const DEEP: usize = 16;
/// Elements of a matrix that are worth a thread when it meets a vector.
const GRAIN: usize = 1 << 17;

/// Whether this CPU can.
pub(super) fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        wide && is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512bf16")
    })
}

/// See [`Factor::product`](super::Factor::product).
///
/// # Safety
/// As there; [`is_available`] holds.
pub(super) unsafe fn product(c: Mat<*mut bf16>, a: Mat<*const bf16>, b: Mat<*const bf16>, how: How) {
    if c.col_stride != 1 && c.row_stride == 1 {
        // SAFETY: cᵀ = bᵀ aᵀ.
        return unsafe { product(c.transposed(), b.transposed(), a.transposed(), how) };
    }
    let many = !how.sequential && c.rows * c.cols * a.cols >= WORK;
    // SAFETY: the operands are readable.
    let (left, right) = unsafe { (Panels::<ROWS>::of(a, many), Panels::<COLS>::of(b.transposed(), many)) };
    let steps = a.cols.div_ceil(2);
    let (down, across) = (left.count.div_ceil(DEEP), right.count);
    let work = |i: usize| {
        let (chunk, j) = (i % down, i / down);
        let cols = COLS.min(c.cols - j * COLS);
        for p in chunk * DEEP..left.count.min((chunk + 1) * DEEP) {
            let rows = ROWS.min(c.rows - p * ROWS);
            let mut sums = [[0f32; COLS]; ROWS];
            // SAFETY: panels hold `steps` steps; tiles of the result are disjoint.
            unsafe {
                tile(steps, left.panel(p), right.panel(j), &mut sums);
                let target = c.row_block(p * ROWS, rows).col_block(j * COLS, cols);
                for (r, sums) in sums[..rows].iter().enumerate() {
                    put(target.row_block(r, 1), &sums[..cols], how.add);
                }
            }
        }
    };
    if many { pool::parallel(down * across, &work) } else { (0..down * across).for_each(work) }
}

/// Rounds `sums` into a row, or adds them to it.
unsafe fn put(row: Mat<*mut bf16>, sums: &[f32], add: bool) {
    for (j, &sum) in sums.iter().enumerate() {
        // SAFETY: the row has as many elements.
        unsafe {
            let to = row.ptr.offset(j as isize * row.col_stride);
            to.write(bf16::from_f32(if add { to.read().to_f32() + sum } else { sum }));
        }
    }
}

/// The tile of sums of a panel of rows and one of columns.
///
/// # Safety
/// The panels hold `steps` steps; the CPU has AVX512-BF16.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
unsafe fn tile(steps: usize, left: *const u32, right: *const u32, sums: &mut [[f32; COLS]; ROWS]) {
    // SAFETY: passed on to the caller.
    unsafe {
        let mut acc = [[_mm512_setzero_ps(); 2]; ROWS];
        for step in 0..steps {
            let at = right.add(step * COLS).cast::<__m512i>();
            let b0: __m512bh = std::mem::transmute(at.read_unaligned());
            let b1: __m512bh = std::mem::transmute(at.add(1).read_unaligned());
            let column = left.add(step * ROWS);
            for (r, acc) in acc.iter_mut().enumerate() {
                let x: __m512bh = std::mem::transmute(_mm512_set1_epi32(*column.add(r) as i32));
                acc[0] = _mm512_dpbf16_ps(acc[0], x, b0);
                acc[1] = _mm512_dpbf16_ps(acc[1], x, b1);
            }
        }
        for (sums, acc) in sums.iter_mut().zip(acc) {
            _mm512_storeu_ps(sums.as_mut_ptr(), acc[0]);
            _mm512_storeu_ps(sums.as_mut_ptr().add(COLS / 2), acc[1]);
        }
    }
}

/// A matrix as panels of `W` rows: for each pair of columns, the `W` pairs of elements. Zeros fill what is missing.
struct Panels<const W: usize> {
    data: Vec<u32>,
    steps: usize,
    count: usize,
}

impl<const W: usize> Panels<W> {
    /// # Safety
    /// `a` is readable.
    unsafe fn of(a: Mat<*const bf16>, many: bool) -> Panels<W> {
        let (steps, count) = (a.cols.div_ceil(2), a.rows.div_ceil(W));
        let mut data = vec![0u32; steps * W * count];
        let pack = |p: usize, out: &mut [u32]| {
            let rows = W.min(a.rows - p * W);
            // SAFETY: passed on to the caller.
            unsafe { pack::<W>(a.row_block(p * W, rows), out) };
        };
        match steps * W {
            0 => {}
            panel if many => pool::parallel_chunks(&mut data, panel, &|start, out| pack(start / panel, out)),
            panel => data.chunks_exact_mut(panel).enumerate().for_each(|(p, out)| pack(p, out)),
        }
        Panels { data, steps, count }
    }

    fn panel(&self, p: usize) -> *const u32 {
        self.data[p * W * self.steps..].as_ptr()
    }
}

/// Packs at most `W` rows.
///
/// # Safety
/// `a` is readable.
unsafe fn pack<const W: usize>(a: Mat<*const bf16>, out: &mut [u32]) {
    // SAFETY: passed on to the caller.
    let bits = |i: usize, j: usize| unsafe {
        u32::from(a.ptr.offset(i as isize * a.row_stride + j as isize * a.col_stride).read().to_bits())
    };
    let pairs = a.cols / 2;
    for (step, out) in out.chunks_exact_mut(W).enumerate() {
        if step == pairs {
            // The last column of an odd number.
            out.iter_mut().zip(0..a.rows).for_each(|(out, i)| *out = bits(i, 2 * step));
        } else if a.row_stride == 1 && a.rows == W {
            // SAFETY: two whole columns, each in one piece.
            let [low, high] = [0, 1]
                .map(|k| unsafe { a.ptr.offset((2 * step + k) as isize * a.col_stride).cast::<[u16; W]>().read_unaligned() });
            out.iter_mut().zip(low.iter().zip(&high)).for_each(|(out, (&l, &h))| *out = u32::from(l) | u32::from(h) << 16);
        } else {
            for (i, out) in out.iter_mut().enumerate().take(a.rows) {
                *out = bits(i, 2 * step) | bits(i, 2 * step + 1) << 16;
            }
        }
    }
}

/// `y = A x`, or `y += A x`, of rows that lie in one piece.
///
/// # Safety
/// As for [`product`]; `c` and `b` have one column, and the columns of `a` are adjacent.
pub(super) unsafe fn by_vector(c: Mat<*mut bf16>, a: Mat<*const bf16>, b: Mat<*const bf16>, how: How) {
    debug_assert!(b.cols == 1 && a.col_stride == 1);
    // SAFETY: `b` is readable.
    let x: Vec<u16> = (0..b.rows).map(|i| unsafe { b.row_block(i, 1).ptr.read() }.to_bits()).collect();
    let block = |start: usize, rows: usize| {
        let mut sums = [0f32; 4];
        for first in (start..start + rows).step_by(4) {
            let n = 4.min(start + rows - first);
            // Rows that are missing are the first of the four, again.
            let row = |r: usize| a.row_block(first + if r < n { r } else { 0 }, 1).ptr.cast::<u16>();
            // SAFETY: rows of `a`, as long as `x`.
            unsafe {
                dots([row(0), row(1), row(2), row(3)], &x, &mut sums);
                put(c.row_block(first, n).transposed(), &sums[..n], how.add);
            }
        }
    };
    if how.sequential || a.rows * a.cols <= GRAIN / 2 {
        return block(0, a.rows);
    }
    let rows = GRAIN.div_ceil(a.cols).next_multiple_of(4);
    pool::parallel_ranges(a.rows, rows, &|r| block(r.start, r.len()));
}

/// Four rows times `x`.
///
/// # Safety
/// The rows are as long as `x`; the CPU has AVX512-BF16.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
unsafe fn dots(rows: [*const u16; 4], x: &[u16], sums: &mut [f32; 4]) {
    const LANES: usize = 32;
    // SAFETY: reads stay inside the rows and `x`: the last ones are masked.
    unsafe {
        let mut acc = [[_mm512_setzero_ps(); 2]; 4];
        let load = |from: *const u16, at: usize, left: usize| -> __m512bh {
            let from = from.add(at).cast::<i16>();
            let words = if left >= LANES { _mm512_loadu_epi16(from) } else { _mm512_maskz_loadu_epi16((1 << left) - 1, from) };
            std::mem::transmute(words)
        };
        let whole = x.len() / (2 * LANES) * (2 * LANES);
        for at in (0..whole).step_by(2 * LANES) {
            let (x0, x1) = (load(x.as_ptr(), at, LANES), load(x.as_ptr(), at + LANES, LANES));
            for (acc, row) in acc.iter_mut().zip(rows) {
                acc[0] = _mm512_dpbf16_ps(acc[0], load(row, at, LANES), x0);
                acc[1] = _mm512_dpbf16_ps(acc[1], load(row, at + LANES, LANES), x1);
            }
        }
        for at in (whole..x.len()).step_by(LANES) {
            let left = x.len() - at;
            let x0 = load(x.as_ptr(), at, left);
            for (acc, row) in acc.iter_mut().zip(rows) {
                acc[0] = _mm512_dpbf16_ps(acc[0], load(row, at, left), x0);
            }
        }
        for (sum, acc) in sums.iter_mut().zip(acc) {
            *sum = _mm512_reduce_add_ps(_mm512_add_ps(acc[0], acc[1]));
        }
    }
}
