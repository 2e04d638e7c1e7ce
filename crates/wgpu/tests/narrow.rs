//! A device whose kernels reach little memory at once, and few buffers: larger arrays are computed in pieces, or by the host, and groups
//! of many arrays an operation at a time.
#![cfg(target_os = "linux")]

mod driver;

use millpond_core::args::keep;
use millpond_core::array::Array;
use millpond_core::dtype::Dtype;
use millpond_core::error::Result;
use millpond_core::gpu::declined;
use millpond_core::ops::elementwise::{add, astype, exp, greater, multiply, where_};
use millpond_core::ops::index::{Index, Update, get, take, update};
use millpond_core::ops::matmul::matmul;
use millpond_core::ops::random::{bits_of, key};
use millpond_core::ops::reduce::{argmax, max, sum};
use millpond_core::ops::scan::{Scan, cumsum};
use millpond_core::ops::softmax::softmax;
use millpond_core::ops::sort::{Side, argsort, searchsorted, sort};
use millpond_core::ops::view::{broadcast_to, reshape, transpose};
use millpond_core::stream::{Stream, cpu};
use std::sync::Mutex;

/// Elements of arrays that fill a binding more than twice.
const N: usize = 3_000_001;

fn gpu() -> Stream {
    // SAFETY: the tests of this program set it to the same value, and before a device is looked for.
    unsafe {
        std::env::set_var("MILLPOND_GPU_BINDING_BYTES", (4 << 20).to_string());
        std::env::set_var("MILLPOND_GPU_BINDINGS", "8");
    }
    driver::gpu(false)
}

fn ramp(n: usize) -> Array {
    Array::from_slice(&(0..n).map(|i| (i * 37 % 1001) as f32 / 64.0 - 7.0).collect::<Vec<_>>(), &[n]).unwrap()
}

/// Both devices compute the same. Returns whether all of it was computed by kernels.
fn same(what: &str, f: impl Fn() -> Result<Array>) -> bool {
    let gpu = gpu();
    let values = |stream: Stream| {
        let y = stream.run(&f).unwrap();
        y.eval().unwrap_or_else(|e| panic!("{what}: {e}"));
        cpu().run(|| astype(&y, Dtype::Float32)).unwrap().to_vec::<f32>().unwrap()
    };
    // Tests that count take turns.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(|e| e.into_inner());
    let before = declined();
    let (got, want) = (values(gpu), values(cpu()));
    assert_eq!(got.len(), want.len(), "{what}");
    let wrong = got.iter().zip(&want).position(|(x, y)| (x - y).abs() > 1e-4 * (1.0 + y.abs()));
    assert_eq!(wrong, None, "{what}: {:?}", wrong.map(|i| (got[i], want[i])));
    declined() == before
}

#[test]
fn elementwise_groups_go_in_pieces() {
    let x = ramp(N);
    for dtype in [Dtype::Float32, Dtype::Float16, Dtype::Uint8, Dtype::Int64, Dtype::Complex64, Dtype::Bool] {
        let (x, whole) = (astype(&x, dtype).unwrap(), astype(&x, Dtype::Int32).unwrap());
        let group = || where_(&greater(&whole, 0)?, add(&x, 1)?, multiply(&x, &whole)?);
        assert!(same(&format!("{dtype}"), || astype(&group()?, Dtype::Float32)), "{dtype} has kernels: {:?}", declined());
        assert!(same(&format!("{dtype} again"), || astype(&group()?, Dtype::Float32)));
    }
}

#[test]
fn groups_of_many_arrays_go_an_operation_at_a_time() {
    let array = |k: usize| Array::from_slice(&(0..1000).map(|i| ((i * 37 + k * 11) % 101) as f32).collect::<Vec<_>>(), &[1000]);
    let arrays: Vec<Array> = (0..20).map(|k| array(k).unwrap()).collect();
    let group = || arrays.iter().try_fold(ramp(1000), |x, a| add(&multiply(&x, 0.5)?, a));
    for _ in 0..3 {
        assert!(same("group", group), "{:?}", declined());
        assert!(same("reduced group", || sum(&group()?, ..)), "{:?}", declined());
        assert!(
            same("both", || {
                let x = group()?;
                add(&sum(&x, ..)?, &x)
            }),
            "{:?}",
            declined()
        );
    }
    let indices: Vec<Index> = (0..6).map(|k| Index::Array(ints(&[k % 2, 1, 0]))).collect();
    let deep = || reshape(&ramp(64), &[2, 2, 2, 2, 2, 2]);
    same("many indices", || get(&deep()?, &indices));
    same("many indices", || update(&deep()?, &indices, 2, Update::Add));
}

fn ints(x: &[i32]) -> Array {
    Array::from_slice(x, &[x.len()]).unwrap()
}

#[test]
fn what_is_out_of_reach_is_left_to_the_host() {
    let (x, n) = (ramp(N - 1), (N - 1) as i64);
    let tall = || reshape(&x, &[n / 1000, 1000]);
    let few = Array::from_slice(&(0..2000u32).map(|i| i * 1499).collect::<Vec<_>>(), &[2000]).unwrap();
    let rows = Array::from_slice(&(0..700u32).map(|i| i * 4).collect::<Vec<_>>(), &[700]).unwrap();
    let checks: [(&str, &dyn Fn() -> Result<Array>); 16] = [
        ("sum", &|| sum(&x, ..)),
        ("sums of rows", &|| sum(&tall()?, keep(1))),
        ("max", &|| max(&exp(&x)?, ..)),
        ("argmax", &|| argmax(&tall()?, 0)),
        ("transpose", &|| add(&transpose(&tall()?, ..)?, 1)),
        ("broadcast", &|| add(broadcast_to(&ramp(1000), &[3000, 1000])?, reshape(&ramp(3000), &[3000, 1])?)),
        ("softmax", &|| softmax(&tall()?, -1, false)),
        ("cumsum", &|| cumsum(&tall()?, 1, Scan::default())),
        ("sort", &|| sort(&tall()?, 1)),
        ("argsort", &|| argsort(&tall()?, 1)),
        ("take", &|| take(&x, &few, Some(0))),
        ("take rows", &|| take(&tall()?, &rows, Some(0))),
        ("scatter", &|| update(&x, &[Index::Array(few.clone())], 2, Update::Add)),
        ("search", &|| searchsorted(&sort(&x, 0)?, &ramp(1000), Side::Right)),
        ("product", &|| matmul(&tall()?, &reshape(&ramp(2000), &[1000, 2])?)),
        ("bits", &|| bits_of(&[N], 4, &key(3))),
    ];
    for (what, f) in checks {
        same(what, f);
    }
}
