//! Every operation on the GPU, by the same rows that check it on the CPU.
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::error::Result;
use millpond_core::gpu::{declined, kernels};
use millpond_core::graph::eval;
use millpond_core::ops;
use millpond_core::ops::create::arange;
use millpond_core::ops::elementwise::remainder;
use millpond_core::ops::index::{Index, Update, set, update};
use std::path::Path;

#[test]
fn every_row() {
    let only = std::env::var("MILLPOND_ROW").unwrap_or_default();
    let rows: Vec<_> = ops::CONFORMANCE.iter().flat_map(|f| f.iter()).filter(|r| r.name.contains(&only)).collect();
    assert!(!rows.is_empty(), "no row is called {only:?}");
    // All groups are compiled, so that all kernels there are get translated.
    // SAFETY: the only test of this program, before anything reads the environment on another thread.
    unsafe { std::env::set_var("MILLPOND_GPU_FUSE", "always") };
    let stream = driver::gpu(false);
    let mut failures = Vec::new();
    for row in &rows {
        failures.extend(stream.run(|| millpond_testkit::check(row)));
    }
    if std::env::var_os("MILLPOND_SHOW_DECLINED").is_some() {
        declined().iter().for_each(|(why, times)| println!("{times:6} {why}"));
    }
    let shown: Vec<_> = failures.iter().take(60).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} checks of {} rows failed:\n{}", failures.len(), rows.len(), shown.join("\n"));
    if only.is_empty() {
        stream.run(many_positions).unwrap();
        keep_kernels();
    }
    let unexpected: Vec<String> = declined().into_keys().filter(|why| !may_run_on_host(why)).collect();
    assert!(unexpected.is_empty(), "these have kernels and did not use them:\n{}", unexpected.join("\n"));
}

/// Scatters more than the rows do: few elements from many positions have kernels of their own.
fn many_positions() -> Result<()> {
    let index = [Index::Array(remainder(arange(5000, Dtype::Int32)?, 7)?)];
    for dtype in [Dtype::Float32, Dtype::Float16, Dtype::Int64, Dtype::Complex64] {
        let x = Array::splat(1, &[7], dtype);
        let all = [update(&x, &index, 2, Update::Add)?, update(&x, &index, 2, Update::Maximum)?, set(&x, &index, 2)?];
        eval(&all)?;
    }
    Ok(())
}

/// Operations without kernels.
const ON_HOST: [&str; 12] = [
    "cholesky",
    "eig",
    "eigh",
    "inv",
    "lu",
    "put_strided",
    "qr",
    "singular_values",
    "solve",
    "solve_triangular",
    "svd",
    "unique",
];

/// Whether what declined is known to: an operation without a kernel, or `float64`, which kernels can't compute with.
fn may_run_on_host(why: &str) -> bool {
    let whole = ON_HOST.iter().any(|name| why.starts_with(&format!("[{name}]")));
    let parts = ["for float64", "for windows", "for nothing", "for scalars", "cast of float64"];
    whole || parts.iter().any(|part| why.contains(part))
}

/// Leaves all kernels, the text after a line with the name, for the test in `emission/`, which translates them.
fn keep_kernels() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    for kernel in kernels() {
        let text = format!("// {}\n{}", kernel.name, kernel.source);
        std::fs::write(dir.join(format!("{}.wgsl", kernel.id)), text).unwrap();
    }
}
