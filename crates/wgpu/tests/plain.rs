//! A device without anything that a device may lack: 64-bit integers are moved there and computed with by the host, in the stream's order,
//! and no kernel uses what is not there.
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::array::Array;
use millpond_core::conformance::Row;
use millpond_core::dtype::Dtype::{self, Int64, Uint64};
use millpond_core::error::Result;
use millpond_core::gpu::{declined, kernels};
use millpond_core::ops;
use millpond_core::ops::elementwise::{add, astype, multiply};
use millpond_core::ops::index::{Index, Update, take, update};
use millpond_core::ops::reduce::{argmax, sum};
use millpond_core::ops::sort::sort;
use millpond_core::stream::Stream;

/// The device, opened without what is optional.
fn gpu() -> Stream {
    // SAFETY: the tests of this program set it to the same value, and before a device is looked for.
    unsafe { std::env::set_var("MILLPOND_GPU_WITHOUT", "int64, subgroups, timestamps") };
    driver::gpu(false)
}

#[test]
fn every_row_of_64_bit_integers() {
    let stream = gpu();
    let wide = |row: &&Row| row.dtypes.contains(&Int64);
    let rows: Vec<&Row> = ops::CONFORMANCE.iter().flat_map(|f| f.iter()).filter(wide).collect();
    assert!(rows.len() > 50, "{} rows", rows.len());
    let mut failures = Vec::new();
    for row in rows {
        let dtypes: &[Dtype] = if row.dtypes.contains(&Uint64) { &[Int64, Uint64] } else { &[Int64] };
        let row = Row { dtypes, differentiable: &[], batched: &[], ..*row };
        failures.extend(stream.run(|| millpond_testkit::check(&row)));
    }
    assert!(failures.is_empty(), "{} checks failed:\n{}", failures.len(), failures[..failures.len().min(40)].join("\n"));
    assert!(declined().keys().any(|why| why.contains("for int64") || why.contains("for add of int64")), "{:?}", declined());
    let wider = |text: &str| ["u64", "i64", "subgroup"].iter().any(|word| text.contains(word));
    for kernel in kernels() {
        assert!(!wider(&kernel.source), "{} needs what the device has not:\n{}", kernel.name, kernel.source);
    }
}

#[test]
fn the_host_computes_in_order() {
    let gpu = gpu();
    let whole: Vec<i64> = (0..500).map(|i| (i - 250) << 33).collect();
    let x = Array::from_slice(&whole, &[500]).unwrap();
    let places = Array::from_slice(&(0..2000u32).map(|i| i % 500).collect::<Vec<_>>(), &[2000]).unwrap();
    let run = || -> Result<Vec<Array>> {
        let y = add(&multiply(&x, 3)?, 1)?;
        let y = update(&sort(&take(&y, &places, Some(0))?, 0)?, &[Index::from(0)], 5, Update::Add)?;
        Ok(vec![sum(&y, 0)?, argmax(&y, 0)?, astype(&y, Dtype::Float32)?])
    };
    let got = gpu.run(run).unwrap();
    let want = millpond_core::stream::cpu().run(run).unwrap();
    assert_eq!(got[0].to_vec::<i64>().unwrap(), want[0].to_vec::<i64>().unwrap());
    assert_eq!(got[1].to_vec::<u32>().unwrap(), want[1].to_vec::<u32>().unwrap());
    assert_eq!(got[2].to_vec::<f32>().unwrap(), want[2].to_vec::<f32>().unwrap());
}
