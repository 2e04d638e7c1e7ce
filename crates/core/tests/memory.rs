//! Memory: limits, counters, peaks, and what tasks may do while they run. One test at a time: counters are the process's.

use millpond_core::array::{Array, Value};
use millpond_core::device::CPU;
use millpond_core::dtype::Dtype;
use millpond_core::error::{Kind, Result};
use millpond_core::ext::{CpuCall, Layout, Primitive, Spec, Specs, smallvec};
use millpond_core::graph::async_eval;
use millpond_core::memory::allocator as memory;
use millpond_core::ops::elementwise::{add, negative};
use millpond_core::stream::Stream;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|e| e.into_inner())
}

fn zeros(n: usize) -> Array {
    Array::from_slice(&vec![0f32; n], &[n]).unwrap()
}

/// Copies its input by a kernel of its own: never fused, never donated to.
struct Copy;

impl Primitive for Copy {
    fn name(&self) -> &str {
        "copy"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let value = call.contiguous(0)?;
        call.output::<f32>(0)?.copy_from_slice(value.as_slice::<f32>().unwrap());
        Ok(())
    }
}

fn copy(a: &Array) -> Array {
    Array::apply(Copy, std::slice::from_ref(a)).unwrap()
}

#[test]
fn the_peak_follows_what_is_live() {
    let _turn = alone();
    const N: usize = 1 << 18;
    let x = zeros(N);
    let mut y = x.clone();
    for _ in 0..100 {
        y = copy(&y);
    }
    let before = memory::active_memory();
    memory::reset_peak_memory();
    y.eval().unwrap();
    let peak = memory::peak_memory() - before;
    assert!(peak <= 2 * 4 * N + 4096, "100 copies of 1 MiB took {peak} bytes at once");
    assert_eq!(memory::active_memory() - before, 4 * N, "only the last is alive");
}

#[test]
fn donation_keeps_a_chain_in_one_block() {
    let _turn = alone();
    const N: usize = 1 << 18;
    let x = copy(&zeros(N));
    x.eval().unwrap();
    let mut y = negative(&x).unwrap();
    drop(x);
    for _ in 0..5 {
        y.eval().unwrap();
        memory::reset_peak_memory();
        let before = memory::active_memory();
        let next = add(&y, 1.0).unwrap();
        drop(y);
        next.eval().unwrap();
        assert_eq!(memory::peak_memory(), before, "written where its input was");
        y = next;
    }
}

#[test]
fn freed_blocks_are_kept_and_given_back() {
    let _turn = alone();
    memory::clear_cache();
    drop(zeros(1 << 20));
    assert!(memory::cache_memory() >= 4 << 20);
    memory::clear_cache();
    assert_eq!(memory::cache_memory(), 0);
    let previous = memory::set_cache_limit(0);
    drop(zeros(1 << 20));
    assert_eq!(memory::cache_memory(), 0);
    assert_eq!(memory::set_cache_limit(previous), 0);
}

#[test]
fn what_fits_no_limit_fails_at_once_and_alone() {
    let _turn = alone();
    let x = zeros(16);
    let previous = memory::set_memory_limit(memory::active_memory() + (1 << 20));
    let huge = copy(&Array::splat(0, &[1 << 30], Dtype::Float32));
    let error = huge.eval().unwrap_err();
    assert_eq!(error.kind(), Kind::Memory);
    assert!(error.message().contains(&(4usize << 30).to_string()), "{error}");
    copy(&x).eval().unwrap();
    assert_eq!(memory::set_memory_limit(previous), memory::active_memory() + (1 << 20));
}

#[test]
fn a_long_chain_that_ran_out_of_memory_can_be_dropped_or_tried_again() {
    let _turn = alone();
    let x = zeros(64);
    let chain = || (0..200_000).fold(x.clone(), |y, _| copy(&y));
    let (dropped, mut again) = (chain(), chain());
    let previous = memory::set_memory_limit(0);
    assert_eq!(dropped.eval().unwrap_err().kind(), Kind::Memory);
    assert_eq!(again.eval().unwrap_err().kind(), Kind::Memory);
    drop(dropped);
    memory::set_memory_limit(previous);
    again = copy(&again);
    assert_eq!(again.to_vec::<f32>().unwrap(), [0.0; 64]);
}

#[test]
fn foreign_memory_is_read_in_place_and_released_once() {
    let _turn = alone();
    struct Owner(Vec<f32>, Arc<AtomicUsize>);
    impl Drop for Owner {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
    let released = Arc::new(AtomicUsize::new(0));
    let owner = Owner(vec![1.0, 2.0, 3.0], released.clone());
    let ptr = NonNull::new(owner.0.as_ptr().cast_mut().cast::<u8>()).unwrap();
    // SAFETY: the owner keeps its vector unchanged until it is dropped.
    let value = unsafe { Value::foreign(ptr, Layout::contiguous(&[3]), Dtype::Float32, Box::new(owner)) };
    let x = Array::from_value(value);
    assert_eq!(x.value().unwrap().ptr(), ptr.as_ptr().cast_const());
    let y = negative(&x).unwrap();
    drop(x);
    assert_eq!(y.to_vec::<f32>().unwrap(), [-1.0, -2.0, -3.0]);
    assert_ne!(y.value().unwrap().ptr(), ptr.as_ptr().cast_const(), "foreign memory is never written");
    assert_eq!(released.load(Ordering::SeqCst), 1);
}

/// Evaluates another array from inside its kernel.
struct Inside(Array);

impl Primitive for Inside {
    fn name(&self) -> &str {
        "inside"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let data = self.0.to_vec::<f32>()?;
        call.output::<f32>(0)?.copy_from_slice(&data);
        Ok(())
    }
}

#[test]
fn eval_inside_a_task_works_across_streams_and_is_an_error_on_its_own() {
    let _turn = alone();
    let (a, b) = (Stream::new(CPU).unwrap(), Stream::new(CPU).unwrap());
    let x = zeros(4);
    let other = b.run(|| copy(&x));
    let fine = a.run(|| Array::apply(Inside(other), &[x.clone()]).unwrap());
    assert_eq!(fine.to_vec::<f32>().unwrap(), [0.0; 4]);
    let own = a.run(|| copy(&x));
    let stuck = a.run(|| Array::apply(Inside(own), &[x.clone()]).unwrap());
    let error = stuck.eval().unwrap_err();
    assert_eq!(error.kind(), Kind::Device);
    assert!(error.message().contains("inside a task"), "{error}");
    a.run(|| copy(&x)).eval().unwrap();
}

#[test]
fn an_asynchronous_failure_is_reported_by_its_own_array() {
    let _turn = alone();
    let (a, b) = (Stream::new(CPU).unwrap(), Stream::new(CPU).unwrap());
    let x = zeros(4);
    let wrong = a.run(|| Array::apply(Inside(Array::splat(0, &[9], Dtype::Float32)), &[x.clone()]).unwrap());
    let after = b.run(|| negative(&wrong).unwrap());
    let unrelated = b.run(|| negative(&x).unwrap());
    async_eval([&after, &unrelated]).unwrap();
    a.synchronize().unwrap();
    b.synchronize().unwrap();
    unrelated.eval().unwrap();
    assert!(after.eval().unwrap_err().message().starts_with("[inside]"), "names the operation that failed");
}
