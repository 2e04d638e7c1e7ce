//! Strided copies by element size.
#![allow(missing_docs)]
pub unsafe fn copy(elem: usize, shape: &[usize], src: *const u8, ss: &[isize], dst: *mut u8, ds: &[isize]) {
    let n: usize = shape.iter().product();
    for flat in 0..n {
        let (mut f, mut s, mut d) = (flat, 0isize, 0isize);
        for a in (0..shape.len()).rev() {
            let i = (f % shape[a]) as isize;
            f /= shape[a];
            s += i * ss[a];
            d += i * ds[a];
        }
        unsafe { std::ptr::copy_nonoverlapping(src.offset(s * elem as isize), dst.offset(d * elem as isize), elem) };
    }
}
