//! The conformance runner: takes the rows that operations keep beside them and checks each against its oracle, and its
//! transforms against finite differences, against each other and against a loop.

mod data;
mod transforms;
mod value;

use millpond_core::conformance::Row;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What is wrong with a row: one line a failed check.
pub type Failures = Vec<String>;

/// Failures shown of one part of one row.
const MOST: usize = 3;

/// Runs all checks of `row`.
pub fn check(row: &Row) -> Failures {
    let mut failures = Failures::new();
    type Check = fn(&Row) -> Failures;
    let parts: [(&str, Check); 3] =
        [("value", value::check), ("derivative", transforms::check_derivatives), ("vmap", transforms::check_vmap)];
    for (part, run) in parts {
        let found = catch_unwind(AssertUnwindSafe(|| run(row))).unwrap_or_else(|panic| {
            let what = panic.downcast_ref::<String>().cloned();
            vec![format!("panicked: {}", what.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).into())).unwrap_or_default())]
        });
        let more = found.len().saturating_sub(MOST);
        failures.extend(found.into_iter().take(MOST).map(|f| format!("{} {part}: {f}", row.name)));
        if more > 0 {
            failures.push(format!("{} {part}: and {more} more", row.name));
        }
    }
    failures
}
