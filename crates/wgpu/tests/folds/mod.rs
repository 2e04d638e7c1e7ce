//! Reductions of every size, against the CPU.

use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::ops::elementwise::astype;
use millpond_core::ops::reduce::{max, min, sum};
use millpond_core::stream::{Stream, cpu};

/// Compares sums and extremes on `gpu`, of lines that take a thread, a group of threads or several groups.
pub fn reductions(gpu: Stream) {
    for (shape, axis) in
        [(vec![3, 7], 0), (vec![3, 7], 1), (vec![5, 300], 1), (vec![300, 5], 0), (vec![2, 100_000], 1), (vec![70_000], 0)]
    {
        let n: usize = shape.iter().product();
        let x = Array::from_slice(&(0..n).map(|i| (i * 7 % 17) as i32 - 3).collect::<Vec<_>>(), &shape).unwrap();
        for dtype in [Dtype::Int32, Dtype::Uint32, Dtype::Float32] {
            let folds = |stream: Stream| {
                let fold = || {
                    let x = astype(&x, dtype)?;
                    [sum(&x, axis)?, max(&x, axis)?, min(&x, axis)?]
                        .iter()
                        .map(|y| astype(y, Dtype::Int64))
                        .collect::<millpond_core::error::Result<Vec<Array>>>()
                };
                let arrays = stream.run(fold).unwrap();
                arrays.iter().map(|y| y.to_vec::<i64>().unwrap()).collect::<Vec<_>>()
            };
            assert_eq!(folds(gpu), folds(cpu()), "{shape:?} of {dtype} over {axis}");
        }
    }
}
