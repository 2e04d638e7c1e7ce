use super::*;
use crate::ops::elementwise::astype;
use crate::transform::{vmap, vmap_axes};

fn vec<T: Element>(a: Result<Array>) -> Vec<T> {
    a.unwrap().to_vec().unwrap()
}

fn near(a: Result<Array>, expected: &[f32]) {
    let a = vec::<f32>(a);
    assert!(
        a.len() == expected.len() && a.iter().zip(expected).all(|(x, y)| (x - y).abs() <= 2e-6 * y.abs().max(0.1)),
        "{a:?} {expected:?}"
    );
}

fn k42() -> Option<Array> {
    Some(key(42))
}

#[test]
fn bits_are_the_published_ones() {
    assert_eq!(bits::threefry([0, 0], [0, 0]), [0x6b200159, 0x99ba4efe]);
    let words = [2954079971, 2575172198, 1139032965, 1681094280, 3276725750, 1223413151, 173471767];
    assert_eq!(vec::<u32>(bits(&[7], &key(42))), words);
    assert_eq!(vec::<u32>(split(&key(0), 2)), [4146024105, 967050713, 2718843009, 1272950319]);
    assert_eq!(vec::<u32>(split(&key(42), 3)), [3134548294, 3733159049, 3746501087, 894150801, 801545058, 2363201431]);
    assert_eq!(vec::<u32>(Ok(key(u64::MAX - 1))), [u32::MAX, u32::MAX - 1]);
    let bytes: Vec<u8> = vec::<u32>(bits(&[3], &key(5))).iter().flat_map(|w| w.to_le_bytes()).collect();
    assert_eq!(vec::<u8>(bits_of(&[11], 1, &key(5))), bytes[..11]);
    // Many words, on many threads, are those of the definition.
    let n = if cfg!(miri) { 2001 } else { 100_001 };
    let many = vec::<u32>(bits(&[n], &key(3)));
    for i in (0..n / 2).step_by(997) {
        assert_eq!([many[i], many[i + n / 2 + 1]], bits::threefry([0, 3], [i as u32, (i + n / 2 + 1) as u32]));
    }
}

#[test]
fn the_state_of_a_thread_moves_on_with_every_draw() {
    seed(7);
    let draws: Vec<f32> = (0..3).map(|_| uniform(&[]).unwrap().item().unwrap()).collect();
    assert_eq!(draws, [0.071_843_22, 0.978_434_86, 0.271_506_88]);
    assert_eq!(vec::<u32>(Ok(state())), [4115690175, 2622646953]);
    // A state that is not computed yet gives the same draws.
    set_state(split(&key(1), 1).and_then(|k| crate::ops::view::reshape_to(&k, &[2])).unwrap());
    let lazy = uniform(&[4]).unwrap();
    set_state(Array::from_slice(&vec::<u32>(split(&key(1), 1)), &[2]).unwrap());
    assert_eq!(vec::<f32>(uniform(&[4])), vec::<f32>(Ok(lazy)));
    let elsewhere = std::thread::spawn(|| vec::<u32>(Ok(state()))).join().unwrap();
    assert_ne!(elsewhere, vec::<u32>(Ok(state())));
}

#[test]
fn distributions_give_the_known_numbers() {
    let u = Uniform { key: k42(), ..Uniform::default() };
    assert_eq!(vec::<f32>(u.sample(&[4])), [0.574_144_4, 0.856_637_54, 0.059_461_18, 0.062_355_6]);
    let wide = Uniform { low: (-3.7).into(), high: 11.3.into(), ..u.clone() };
    assert_eq!(vec::<f32>(wide.sample(&[3])), [4.912_166_6, -2.197_626_6, -2.808_082_3]);
    let half = Uniform { dtype: Dtype::Float16, ..u };
    near(half.sample(&[3]).and_then(|a| astype(&a, Dtype::Float32)), &[0.57421875, 0.10015869140625, 0.0594482421875]);
    let randint = Randint { key: k42(), ..Randint::default() };
    assert_eq!(vec::<i32>(randint.sample(-7, 100, &[6])), [71, 86, 86, 15, 12, 51]);
    let truths = [false, false, true, true, false, true, true, true];
    assert_eq!(vec::<bool>(bernoulli(0.3, Some(&[8]), k42().as_ref())), truths);
    let normal = Normal { key: k42(), ..Normal::default() };
    near(normal.sample(&[5]), &[0.612265408, 1.1225886344, -0.8544130325, -0.8127323985, -0.8904047012]);
    let complex = Normal { dtype: Dtype::Complex64, loc: Some(1.0.into()), scale: Some(2.0.into()), ..normal };
    let parts = complex.sample(&[2]).and_then(|a| crate::ops::view::view(&a, Dtype::Float32));
    near(parts, &[1.264366865158081, 1.506609559059143, -1.2052011489868164, -2.1712353615]);
    near(Laplace { key: k42(), ..Laplace::default() }.sample(&[3]), &[-0.1605079025, 1.6078563928, 2.129283905]);
    near(Gumbel { key: k42(), ..Gumbel::default() }.sample(&[3]), &[0.5890136957, -0.8333455324, -1.0375987291]);
    let cut = TruncatedNormal { lower: (-1).into(), upper: 2.into(), dtype: Dtype::Float32, key: k42() };
    near(cut.sample(Some(&[3])), &[0.3282715678, -0.7042316198, -0.8157208561]);
    let logits: Vec<f32> = (0..12).map(|i| i as f32 * 0.1).collect();
    let logits = Array::from_slice(&logits, &[3, 4]).unwrap();
    let draw = |options: Categorical| vec::<u32>(categorical(&logits, Categorical { key: k42(), ..options }));
    assert_eq!(draw(Categorical::default()), [3, 2, 1]);
    assert_eq!(draw(Categorical { axis: 0, ..Default::default() }), [0, 2, 1, 0]);
    assert_eq!(draw(Categorical { num_samples: Some(5), ..Default::default() }), [1, 1, 1, 0, 3, 2, 3, 3, 1, 0, 2, 1, 3, 3, 0]);
    assert_eq!(draw(Categorical { shape: Some(Shape::from_slice(&[2, 3])), ..Default::default() }), [2, 3, 3, 3, 1, 2]);
}

#[test]
#[cfg_attr(miri, ignore = "many numbers")]
fn moments_are_those_of_the_distributions() {
    let n = 200_000;
    let moments = |a: Result<Array>| {
        let v = vec::<f32>(a);
        let mean = v.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64;
        (mean, v.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n as f64)
    };
    let key = Some(key(11));
    let close = |(mean, variance): (f64, f64), m: f64, v: f64| {
        assert!((mean - m).abs() < 0.02 && (variance / v - 1.0).abs() < 0.03, "{mean} {variance}")
    };
    close(moments(Uniform { key: key.clone(), ..Default::default() }.sample(&[n])), 0.5, 1.0 / 12.0);
    close(moments(Normal { key: key.clone(), ..Default::default() }.sample(&[n])), 0.0, 1.0);
    close(
        moments(Normal { key: key.clone(), loc: Some(1.into()), scale: Some(3.into()), ..Default::default() }.sample(&[n])),
        1.0,
        9.0,
    );
    close(
        moments(Gumbel { key: key.clone(), ..Default::default() }.sample(&[n])),
        0.577_215_66,
        std::f64::consts::PI.powi(2) / 6.0,
    );
    close(moments(Laplace { key, ..Default::default() }.sample(&[n])), 0.0, 2.0);
}

#[test]
fn keys_can_be_batched() {
    let keys = split(&key(9), 3).unwrap();
    let f = |p: &[Array]| Ok(vec![Normal { key: Some(p[0].clone()), ..Normal::default() }.sample(&[5])?]);
    let batched = vec::<f32>(Ok(vmap(f)(std::slice::from_ref(&keys)).unwrap().swap_remove(0)));
    let words = vec::<u32>(Ok(keys.clone()));
    for i in 0..3 {
        let one = Array::from_slice(&words[2 * i..][..2], &[2]).unwrap();
        assert_eq!(vec::<f32>(Ok(f(&[one]).unwrap().swap_remove(0))), batched[5 * i..][..5]);
    }
    let across = crate::ops::view::matrix_transpose(&keys).unwrap();
    let y = vmap_axes(f, &[across], &[Some(1)], |n| vec![Some(0); n]).unwrap();
    assert_eq!(vec::<f32>(Ok(y[0].clone())), batched);
}

#[test]
fn what_can_not_be_drawn_is_refused() {
    let error = |a: Result<Array>| a.unwrap_err().to_string();
    assert_eq!(error(bits(&[2], &Array::splat(0, &[2], Dtype::Int32))), "[bits] Expected key type uint32 but received int32.");
    assert!(error(bits(&[2], &Array::splat(0, &[3], Dtype::Uint32))).contains("(3,)"));
    assert!(Uniform { dtype: Dtype::Int32, ..Default::default() }.sample(&[2]).is_err());
    let bounds = Array::splat(1, &[3], Dtype::Float32);
    assert!(
        error(Uniform { high: bounds.into(), ..Default::default() }.sample(&[])).contains("shape () from broadcasted shape (3,)")
    );
    assert!(error(bernoulli(1, None, None)).contains("must be a float type"));
    let logits = Array::splat(0, &[2, 2], Dtype::Float32);
    let options = Categorical { axis: 3, ..Default::default() };
    assert!(error(categorical(&logits, options)).contains("Invalid axis 3 for logits with 2 dimensions"));
    assert_eq!(vec::<u32>(split(&key(1), 0)), [0; 0]);
}

#[test]
fn permutations_sort_by_random_bits() {
    let with = |axis| Permutation { axis, key: Some(key(3)) };
    assert_eq!(vec::<u32>(with(0).of(4)), [1, 0, 3, 2]);
    assert_eq!(vec::<u32>(with(0).of(5)), [0, 1, 4, 3, 2]);
    let x = Array::from_slice(&[0i32, 1, 2, 3, 4, 5, 6, 7], &[2, 4]).unwrap();
    assert_eq!(vec::<i32>(with(-1).of(&x)), [1, 0, 3, 2, 5, 4, 7, 6]);
    let mut all = vec::<u32>(permutation(1000));
    assert!(!all.is_sorted());
    all.sort_unstable();
    assert!(all.into_iter().eq(0..1000));
    assert!(permutation(-1).is_err() && permutation(2.5).is_err() && with(2).of(&x).is_err());
}
