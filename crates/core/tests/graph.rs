//! The graph and its evaluation: laziness, fusion, donation, failure, threads, size.

use millpond_core::args::keep;
use millpond_core::array::Array;
use millpond_core::device::CPU;
use millpond_core::dtype::Dtype;
use millpond_core::error::{Kind, Result};
use millpond_core::ext::{CpuCall, Primitive, Spec, Specs, smallvec};
use millpond_core::graph::{async_eval, eval, timeline};
use millpond_core::memory::allocator as memory;
use millpond_core::ops::elementwise::{abs, add, divide, exp, maximum, multiply, negative, sqrt, subtract};
use millpond_core::ops::reduce::{mean, sum};
use millpond_core::ops::view::{reshape, transpose};
use millpond_core::stream::{Stream, cpu};
use millpond_core::transform::{grad, jvp, vjp, vmap};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// One test at a time: counters, limits and the timeline are the process's.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|e| e.into_inner())
}

fn ramp(n: usize) -> Array {
    let data: Vec<f32> = (0..n).map(|i| i as f32 / n as f32).collect();
    Array::from_slice(&data, &[n]).unwrap()
}

/// Waits, then fails or passes its input on.
struct Slow {
    wait: Duration,
    fail: Option<Kind>,
    panics: bool,
}

impl Primitive for Slow {
    fn name(&self) -> &str {
        "slow"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        std::thread::sleep(self.wait);
        assert!(!self.panics, "the kernel of a test panics");
        if let Some(kind) = self.fail {
            return Err(millpond_core::error::Error::new(kind, "[slow] failed on purpose"));
        }
        let value = call.contiguous(0)?;
        call.output::<f32>(0)?.copy_from_slice(value.as_slice::<f32>().unwrap());
        Ok(())
    }
}

fn slow(a: &Array, ms: u64) -> Array {
    Array::apply(Slow { wait: Duration::from_millis(ms), fail: None, panics: false }, &[a.clone()]).unwrap()
}

fn failing(a: &Array) -> Array {
    Array::apply(Slow { wait: Duration::ZERO, fail: Some(Kind::Runtime), panics: false }, &[a.clone()]).unwrap()
}

#[test]
fn values_and_weak_scalars() {
    let _turn = alone();
    let a = Array::from_slice(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]).unwrap();
    let b = Array::from_slice(&[10.0f32, 20.0, 30.0], &[3]).unwrap();
    let c = add(multiply(&a, 2.0).unwrap(), &b).unwrap();
    assert_eq!(c.to_vec::<f32>().unwrap(), [12.0, 24.0, 36.0, 18.0, 30.0, 42.0]);
    assert_eq!(transpose(&a, ..).unwrap().to_vec::<f32>().unwrap(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert!(add(&a, Array::from_slice(&[0f32; 4], &[4]).unwrap()).unwrap_err().message().contains("(2, 3)"));
}

#[test]
fn a_chain_is_one_task() {
    let _turn = alone();
    let x = ramp(1000);
    let (y, spans) = timeline::record(|| {
        let mut y = x.clone();
        for _ in 0..8 {
            y = add(negative(&y).unwrap(), 1.0).unwrap();
        }
        y.eval().unwrap();
        y
    });
    let ours: Vec<_> = spans.iter().filter(|s| s.task.name.contains("negative")).collect();
    assert_eq!(ours.len(), 1, "{spans:?}");
    assert_eq!(y.to_vec::<f32>().unwrap().len(), 1000);
}

#[test]
fn live_intermediates_are_stored_in_passing() {
    let _turn = alone();
    let x = ramp(100);
    let a = add(&x, 1.0).unwrap();
    let b = multiply(&a, 2.0).unwrap();
    let c = negative(&b).unwrap();
    let ((), spans) = timeline::record(|| c.eval().unwrap());
    assert_eq!(spans.iter().filter(|s| s.task.name.contains("negative")).count(), 1);
    assert!(a.is_available() && b.is_available(), "computed in the same task");
    let want: Vec<f32> = x.to_vec::<f32>().unwrap().iter().map(|v| v + 1.0).collect();
    assert_eq!(a.to_vec::<f32>().unwrap(), want);
}

#[test]
fn large_intermediates_are_left_pending_once() {
    let _turn = alone();
    let x = ramp(200_000);
    x.eval().unwrap();
    let bits = |a: &Array| a.to_vec::<f32>().unwrap().into_iter().map(f32::to_bits).collect::<Vec<_>>();
    // An unnamed operation lies between two named ones.
    let a = multiply(add(&x, 1.0).unwrap(), 2.0).unwrap();
    let b = exp(&negative(&a).unwrap()).unwrap();
    let c = sqrt(&b).unwrap();
    c.eval().unwrap();
    assert!(!a.is_available() && !b.is_available(), "nobody has asked for them");
    let alone: Vec<f32> = x.to_vec::<f32>().unwrap().iter().map(|v| (v + 1.0) * 2.0).collect();
    // Another evaluation that comes by stores them: what is used twice is worth its memory.
    negative(&b).unwrap().eval().unwrap();
    assert!(b.is_available() && a.is_available());
    assert_eq!(bits(&sqrt(&b).unwrap()), bits(&c));
    assert_eq!(a.to_vec::<f32>().unwrap(), alone);
    // What another task reads is stored, and so is what is asked for by name.
    let d = add(&x, 3.0).unwrap();
    let (e, f) = (negative(&d).unwrap(), slow(&d, 0));
    eval([&e, &f]).unwrap();
    assert!(d.is_available());
    let g = add(&x, 4.0).unwrap();
    let h = negative(&g).unwrap();
    eval([&h, &g]).unwrap();
    assert!(g.is_available() && h.is_available());
}

#[test]
fn light_results_of_several_readers_are_not_stored() {
    let _turn = alone();
    let x = reshape(&ramp(1 << 18), &[1 << 8, 1 << 10]).unwrap();
    x.eval().unwrap();
    let normalized = || {
        let centred = subtract(&x, mean(&x, keep(-1))?)?;
        let spread = mean(&multiply(&centred, &centred)?, keep(-1))?;
        divide(&centred, sqrt(&add(spread, 1e-5)?)?)
    };
    let y = normalized().unwrap();
    let before = memory::active_memory();
    memory::reset_peak_memory();
    y.eval().unwrap();
    let peak = memory::peak_memory() - before;
    assert!(peak < (4 << 18) + (64 << 10), "the result alone is 1 MiB, but {peak} bytes were taken");
}

#[test]
fn what_is_computed_again_where_it_is_read_is_the_same() {
    let _turn = alone();
    let x = multiply(reshape(&ramp(1 << 17), &[1 << 7, 1 << 10]).unwrap(), 3.0).unwrap();
    x.eval().unwrap();
    // A generator of its own: Marsaglia's xorshift.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut draw = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % n
    };
    for _ in 0..60 {
        // The same graph twice: once lazily, with some handles dropped, and once operation by operation.
        let (mut lazy, mut eager) = (vec![x.clone()], vec![x.clone()]);
        for _ in 0..3 + draw(12) {
            let (op, i, j) = (draw(9), draw(lazy.len()), draw(lazy.len()));
            let apply = |all: &[Array]| -> Result<Array> {
                let (a, b) = (&all[i], &all[j]);
                match op {
                    0 => add(a, b),
                    1 => subtract(a, mean(a, keep(-1))?),
                    2 => multiply(a, a),
                    3 => maximum(a, negative(b)?),
                    4 => multiply(a, 0.5),
                    5 => divide(a, add(abs(&sum(b, keep(-1))?)?, 1.0)?),
                    6 => exp(&negative(&abs(a)?)?),
                    7 => add(mean(&multiply(a, b)?, keep(-1))?, b),
                    _ => sqrt(&abs(a)?),
                }
            };
            let (y, z) = (apply(&lazy).unwrap(), apply(&eager).unwrap());
            z.eval().unwrap();
            lazy.push(y);
            eager.push(z);
        }
        let kept: Vec<usize> = (0..lazy.len()).filter(|_| draw(3) == 0).chain([lazy.len() - 1]).collect();
        let asked: Vec<Array> = kept.iter().filter(|_| draw(2) == 0).map(|&i| lazy[i].clone()).collect();
        let lazy: Vec<Array> = kept.iter().map(|&i| lazy[i].clone()).collect();
        eval(&asked).unwrap();
        for (y, &i) in lazy.iter().zip(&kept) {
            let bits = |a: &Array| a.to_vec::<f32>().unwrap().into_iter().map(f32::to_bits).collect::<Vec<_>>();
            assert!(bits(y) == bits(&eager[i]));
        }
    }
}

#[test]
fn what_is_left_pending_fails_like_the_rest() {
    let _turn = alone();
    let bad = failing(&ramp(200_000));
    let a = add(&bad, 1.0).unwrap();
    let b = negative(&a).unwrap();
    let first = b.eval().unwrap_err().to_string();
    assert_eq!(a.eval().unwrap_err().to_string(), first);
    assert_eq!(a.eval().unwrap_err().to_string(), first);
}

#[test]
fn diamonds_with_something_in_between_stay_ordered() {
    let _turn = alone();
    let x = ramp(64);
    let t = exp(&x).unwrap();
    let s = slow(&t, 0);
    let y = add(&t, &s).unwrap();
    let want: Vec<f32> = t.to_vec::<f32>().unwrap().iter().map(|v| v + v).collect();
    assert_eq!(y.to_vec::<f32>().unwrap(), want);
}

#[test]
fn donation_reuses_the_address() {
    let _turn = alone();
    let a = slow(&ramp(10_000), 0);
    a.eval().unwrap();
    let address = a.value().unwrap().ptr();
    let b = negative(&a).unwrap();
    drop(a);
    assert_eq!(b.value().unwrap().ptr(), address, "a dead input of the same shape is written in place");
    let c = negative(&b).unwrap();
    assert_ne!(c.value().unwrap().ptr(), b.value().unwrap().ptr(), "a live input is not");
}

#[test]
fn a_million_pending_operations() {
    let _turn = alone();
    let mut x = Array::scalar(0.0, Dtype::Float32);
    for _ in 0..1_000_000 {
        x = add(&x, 1.0).unwrap();
    }
    let dropped = (0..1_000_000).fold(x.clone(), |y, _| negative(&y).unwrap());
    drop(dropped);
    assert_eq!(x.item::<f32>().unwrap(), 1_000_000.0);
}

#[test]
fn failures_stick_to_what_depends_on_them() {
    let _turn = alone();
    let x = ramp(8);
    let bad = failing(&x);
    let after = negative(&add(&bad, 1.0).unwrap()).unwrap();
    let good = negative(&x).unwrap();
    for _ in 0..3 {
        assert_eq!(after.eval().unwrap_err().message(), "[slow] failed on purpose");
        assert_eq!(bad.to_vec::<f32>().unwrap_err().message(), "[slow] failed on purpose");
    }
    good.eval().unwrap();
    let panicking = Array::apply(Slow { wait: Duration::ZERO, fail: None, panics: true }, &[x.clone()]).unwrap();
    assert!(panicking.eval().unwrap_err().message().contains("the kernel of a test panics"));
    assert_eq!(x.to_vec::<f32>().unwrap().len(), 8);
}

#[test]
fn streams_overlap_and_wait_for_each_other() {
    let _turn = alone();
    let (s1, s2) = (Stream::new(CPU).unwrap(), Stream::new(CPU).unwrap());
    let x = ramp(4);
    let ((), spans) = timeline::record(|| {
        let a = s1.run(|| slow(&x, 60));
        let b = s2.run(|| slow(&x, 60));
        let c = add(&a, &b).unwrap();
        c.eval().unwrap();
    });
    let find = |s: Stream| spans.iter().find(|t| t.task.stream == s).unwrap();
    let (a, b) = (find(s1), find(s2));
    assert!(a.start < b.end && b.start < a.end, "{spans:?}");
    let c = find(cpu());
    assert!(c.start >= a.end && c.start >= b.end, "the sum waits for both");
}

#[test]
fn async_eval_returns_at_once() {
    let _turn = alone();
    let x = ramp(4);
    let s = Stream::new(CPU).unwrap();
    let y = s.run(|| slow(&x, 200));
    let started = Instant::now();
    async_eval([&y]).unwrap();
    assert!(!y.is_available());
    assert!(started.elapsed() < Duration::from_millis(150));
    y.eval().unwrap();
    s.synchronize().unwrap();
}

#[test]
fn out_of_memory_is_an_error_and_can_be_retried() {
    let _turn = alone();
    let x = ramp(1000);
    x.eval().unwrap();
    let previous = memory::set_memory_limit(memory::active_memory() + 1000);
    let y = slow(&negative(&x).unwrap(), 0);
    let error = y.eval().unwrap_err();
    memory::set_memory_limit(previous);
    assert_eq!(error.kind(), Kind::Memory);
    assert!(error.message().contains("bytes asked for"), "{error}");
    y.eval().expect("out of memory is retried");
    negative(&x).unwrap().eval().unwrap();
}

#[test]
fn a_normalization_out_of_memory_can_be_retried() {
    let _turn = alone();
    let x = ramp(2048 * 1024).reshape(&[2048, 1024]).unwrap();
    let normalized = || {
        let centred = x.subtract(x.mean(keep(-1)).unwrap()).unwrap();
        centred.divide(x.var(keep(-1), 0).unwrap()).unwrap()
    };
    let expected = normalized().to_vec::<f32>().unwrap();
    memory::clear_cache();
    let y = normalized();
    let limit = memory::set_memory_limit(memory::active_memory() + (4 << 20));
    let refused = y.eval();
    memory::set_memory_limit(limit);
    assert_eq!(refused.unwrap_err().kind(), Kind::Memory);
    assert_eq!(y.to_vec::<f32>().unwrap(), expected);
}

#[test]
fn gradients_nest() {
    let _turn = alone();
    let f = |x: &[Array]| multiply(&multiply(&x[0], &x[0])?, &x[0]);
    let x = Array::scalar(2.0, Dtype::Float32);
    let d1 = grad(f, &[0])(&[x.clone()]).unwrap();
    assert_eq!(d1[0].item::<f32>().unwrap(), 12.0);
    let df = move |x: &[Array]| Ok(grad(f, &[0])(x)?.swap_remove(0));
    assert_eq!(grad(df, &[0])(&[x.clone()]).unwrap()[0].item::<f32>().unwrap(), 12.0);
    let (_, t) = jvp(|x| Ok(vec![df(x)?]), &[x.clone()], &[Array::scalar(1.0, Dtype::Float32)]).unwrap();
    assert_eq!(t[0].item::<f32>().unwrap(), 12.0);
    let xs = Array::from_slice(&[1.0f32, 2.0, 3.0], &[3]).unwrap();
    let batch = vmap(move |x: &[Array]| Ok(vec![df(x)?]))(&[xs]).unwrap();
    assert_eq!(batch[0].to_vec::<f32>().unwrap(), [3.0, 12.0, 27.0]);
    let (_, g) = vjp(|x| Ok(vec![exp(&x[0])?]), &[x.clone()], &[Array::scalar(3.0, Dtype::Float32)]).unwrap();
    assert!((g[0].item::<f32>().unwrap() - 3.0 * 2f32.exp()).abs() < 1e-4);
}

#[test]
fn control_flow_on_values_inside_grad() {
    let _turn = alone();
    let f = |x: &[Array]| if x[0].item::<f32>()? > 0.0 { multiply(&x[0], 3.0) } else { multiply(&x[0], 5.0) };
    let g = |v: f64| grad(f, &[0])(&[Array::scalar(v, Dtype::Float32)]).unwrap()[0].item::<f32>().unwrap();
    assert_eq!((g(1.0), g(-1.0)), (3.0, 5.0));
    let error = vmap(|x: &[Array]| Ok(vec![f(x)?]))(&[ramp(3)]).unwrap_err();
    assert!(error.message().contains("vmap"), "{error}");
}

#[test]
fn many_threads_share_arrays() {
    let _turn = alone();
    let x = ramp(256);
    let shared: Vec<Array> = (0..20).map(|i| add(exp(&x).unwrap(), i as f32).unwrap()).collect();
    let sums: Vec<Vec<f32>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let all = shared.iter().skip(1).fold(shared[0].clone(), |s, a| add(&s, a).unwrap());
                    eval([&all]).unwrap();
                    all.to_vec::<f32>().unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(sums.windows(2).all(|w| w[0] == w[1]));
}

#[test]
fn nothing_leaks() {
    let _turn = alone();
    let x = ramp(100_000);
    let run = || {
        let y = negative(&exp(&add(&x, 1.0).unwrap()).unwrap()).unwrap();
        let g = grad(|v: &[Array]| Ok(slow_sum(&multiply(&v[0], &v[0])?)), &[0]);
        let _ = g(&[x.clone()]);
        y.eval().unwrap();
    };
    run();
    let before = memory::active_memory();
    (0..100).for_each(|_| run());
    assert_eq!(memory::active_memory(), before);
}

fn slow_sum(a: &Array) -> Array {
    slow(a, 0)
}
