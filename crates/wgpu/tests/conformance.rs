//! Every operation on the GPU, by the same rows that check it on the CPU.
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::ops;

#[test]
fn every_row() {
    let only = std::env::var("MILLPOND_ROW").unwrap_or_default();
    let rows: Vec<_> = ops::CONFORMANCE.iter().flat_map(|f| f.iter()).filter(|r| r.name.contains(&only)).collect();
    assert!(!rows.is_empty(), "no row is called {only:?}");
    let stream = driver::gpu(false);
    let mut failures = Vec::new();
    for row in &rows {
        failures.extend(stream.run(|| millpond_testkit::check(row)));
    }
    let shown: Vec<_> = failures.iter().take(60).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} checks of {} rows failed:\n{}", failures.len(), rows.len(), shown.join("\n"));
}
