use super::*;

/// Numbers without pattern, small enough for exact sums in half precision.
fn fill<T: Element>(n: usize, seed: u64) -> Vec<T> {
    let mut x = seed | 1;
    let mut next = || {
        x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((x >> 33) % 5) as i64 - 2
    };
    (0..n).map(|_| T::from_scalar(next().into())).collect()
}

fn check<T: Factor>(m: usize, n: usize, k: usize, layout: usize, how: How) {
    let (a, b, mut c) = (fill::<T>(2 * m * k + 1, 7), fill::<T>(2 * k * n + 1, 11), fill::<T>(m * n, 13));
    // Row-major, column-major, every second element.
    let mat = |p: *const T, rows: usize, cols: usize, layout: usize| match layout {
        0 => Mat::row_major(p, rows, cols),
        1 => Mat::row_major(p, cols, rows).transposed(),
        _ => Mat { ptr: p, rows, cols, row_stride: 2 * cols as isize, col_stride: 2 },
    };
    let (am, bm) = (mat(a.as_ptr(), m, k, layout % 3), mat(b.as_ptr(), k, n, layout / 3 % 3));
    let value = |x: &[T], m: &Mat<*const T>, i: usize, j: usize| {
        x[(i as isize * m.row_stride + j as isize * m.col_stride) as usize].to_scalar().to_f64()
    };
    let target =
        if layout < 9 { Mat::row_major(c.as_mut_ptr(), m, n) } else { Mat::row_major(c.as_mut_ptr(), n, m).transposed() };
    let at = |i: usize, j: usize| (i as isize * target.row_stride + j as isize * target.col_stride) as usize;
    let expected: Vec<f64> = (0..m * n)
        .map(|p| {
            let (i, j) = (p / n, p % n);
            let before = if how.add { c[at(i, j)].to_scalar().to_f64() } else { 0.0 };
            before + (0..k).map(|l| value(&a, &am, i, l) * value(&b, &bm, l, j)).sum::<f64>()
        })
        .collect();
    // SAFETY: the buffers hold the matrices.
    unsafe { T::product(target, am, bm, how) };
    for (p, &e) in expected.iter().enumerate() {
        let got = c[at(p / n, p % n)];
        let want = T::from_scalar(e.into());
        assert!(got == want, "{} {m}x{n}x{k} layout {layout} {how:?} at {p}: {got:?}, not {want:?}", T::DTYPE);
    }
}

#[test]
fn products_agree_with_the_definition_for_every_layout() {
    let sizes = [
        (1, 1, 1),
        (1, 7, 5),
        (7, 1, 130),
        (3, 4, 0),
        (5, 6, 7),
        (33, 17, 70),
        (64, 64, 64),
        (130, 90, 65),
        (1, 700, 90),
        (1, 2500, 67),
        (200, 1, 300),
    ];
    for &(m, n, k) in &sizes[..if cfg!(miri) { 5 } else { sizes.len() }] {
        for layout in 0..18 {
            for add in [false, true] {
                let how = How { add, sequential: layout % 2 == 1 };
                check::<f32>(m, n, k, layout, how);
                check::<f64>(m, n, k, layout, how);
                check::<c64>(m, n, k, layout, how);
                check::<f16>(m, n, k, layout, how);
                check::<bf16>(m, n, k, layout, how);
            }
        }
    }
}
