//! Random bits: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
//!
//! A counter is encrypted with the key; each gives two words. Of n words the first half are the first outputs of the counters
//! `(i, i + ⌈n/2⌉)`, the second half their second outputs; for odd n the middle word comes from the counter `(⌊n/2⌋, 0)`.

use super::gpu;
use super::state::next_key;
use crate::ext::*;
use crate::ops::view::batch_to_front;

op! {
    key as "random.key" "(seed: seed)" => |c| c.seed(0).map(key);
    /// The key that stands for `seed`: its two halves as `uint32`, the upper first, of shape `(2,)`.
    pub fn key(seed: u64) -> Array {
        key_array([(seed >> 32) as u32, seed as u32])
    }

    split as "random.split" "(key: array, num: int = 2)" => |c| {
        let num = usize::try_from(c.int(1)?).map_err(|_| Error::value("[random.split] num must not be negative"))?;
        split(c.array(0)?, num)
    };
    /// `num` new keys made from `key`, of shape `(num, 2)`.
    ///
    /// # Errors
    /// When `key` is not a `uint32` array of shape `(2,)`.
    pub fn split(key: &Array, num: usize) -> Result<Array> {
        bits(&[num, 2], key)
    }
}

/// A key of these two words.
pub(super) fn key_array(words: [u32; 2]) -> Array {
    Array::from_slice(&words, &[2]).expect("two words")
}

/// Random `uint32` words of `shape`.
///
/// # Errors
/// When `key` is not a `uint32` array of shape `(2,)`, or `shape` has too many elements.
pub fn bits(shape: &[usize], key: &Array) -> Result<Array> {
    bits_of(shape, 4, key)
}

/// Random unsigned integers of `shape`, `width` (1, 2 or 4) bytes each: the bytes of the words that fill them.
///
/// # Errors
/// As [`bits`](bits()), and for other widths.
pub fn bits_of(shape: &[usize], width: usize, key: &Array) -> Result<Array> {
    let dtype = match width {
        1 => Dtype::Uint8,
        2 => Dtype::Uint16,
        4 => Dtype::Uint32,
        _ => return Err(Error::value(format!("[bits] the width must be 1, 2 or 4 bytes, not {width}."))),
    };
    if key.dtype() != Dtype::Uint32 {
        return Err(Error::value(format!("[bits] Expected key type uint32 but received {}.", key.dtype())));
    }
    if key.shape() != [2] {
        return Err(Error::value(format!("[bits] Expected key shape (2,) but received {}.", show(key.shape()))));
    }
    Array::apply(Bits { shape: Shape::from_slice(shape), dtype }, std::slice::from_ref(key))
}

/// [`bits`](bits()) for a key that may be drawn from this thread's state.
pub(super) fn draw(shape: &[usize], key: Option<&Array>) -> Result<Array> {
    match key {
        Some(key) => bits(shape, key),
        None => bits(shape, &next_key()?),
    }
}

/// Keys of shape `(…, 2)` to bits of shape `(…, shape)`.
struct Bits {
    shape: Shape,
    dtype: Dtype,
}

impl Primitive for Bits {
    fn name(&self) -> &str {
        "bits"
    }
    fn attributes(&self) -> Attributes {
        vec![("shape", self.shape[..].into()), ("dtype", self.dtype.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let keys = &inputs[0].shape;
        let shape: Shape = keys[..keys.len() - 1].iter().chain(&self.shape).copied().collect();
        checked_size("bits", &shape)?;
        Ok(smallvec![Spec { shape, dtype: self.dtype }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let keys = call.contiguous(0)?;
        let keys = keys.as_slice::<u32>().expect("keys are uint32");
        let n = size(&self.shape);
        if n == 0 {
            return call.output_ptr(0).map(drop);
        }
        for (i, key) in keys.chunks_exact(2).enumerate() {
            let key = [key[0], key[1]];
            match self.dtype {
                Dtype::Uint8 => call.output::<u8>(0)?[i * n..][..n].copy_from_slice(&narrow(key, n, |w| w.to_le_bytes())),
                Dtype::Uint16 => {
                    let halves = narrow(key, n, |w| [w as u16, (w >> 16) as u16]);
                    call.output::<u16>(0)?[i * n..][..n].copy_from_slice(&halves);
                }
                _ => fill(key, &mut call.output::<u32>(0)?[i * n..][..n]),
            }
        }
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::bits(size(&self.shape), call)
    }
    fn vjp(&self, _call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None])
    }
    fn jvp(&self, _call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let keys = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        Ok(vec![(Array::apply(call.primitive.clone(), &[keys])?, Some(0))])
    }
}

/// The first `n` of the pieces that random words are cut into.
fn narrow<T, const N: usize>(key: [u32; 2], n: usize, cut: impl Fn(u32) -> [T; N]) -> Vec<T> {
    let mut words = vec![0; n.div_ceil(N)];
    fill(key, &mut words);
    words.into_iter().flat_map(cut).take(n).collect()
}

/// Fills `out` with random words.
fn fill(key: [u32; 2], out: &mut [u32]) {
    const GRAIN: usize = 1 << 14;
    let (counters, offset) = (out.len() / 2, out.len().div_ceil(2));
    let (first, second) = out.split_at_mut(offset);
    if let Some(middle) = first.get_mut(counters) {
        *middle = threefry(key, [counters as u32, 0])[0];
    }
    let second = Disjoint::new(second);
    let pick = pick_encrypt(isa());
    pool::parallel_chunks(&mut first[..counters], GRAIN, &|start, first| {
        // SAFETY: pieces of one half are disjoint as pieces of the other are.
        let second = unsafe { second.part(start..start + first.len()) };
        // SAFETY: the clone is for this machine.
        unsafe { pick(key, start, offset, first, second) };
    });
}

#[inline(always)]
fn encrypt(key: [u32; 2], start: usize, offset: usize, first: &mut [u32], second: &mut [u32]) {
    for (i, (a, b)) in first.iter_mut().zip(second).enumerate() {
        let counter = start + i;
        [*a, *b] = threefry(key, [counter as u32, (counter + offset) as u32]);
    }
}

isa_clones! { fn pick_encrypt(key: [u32; 2], start: usize, offset: usize, first: &mut [u32], second: &mut [u32]) = encrypt; }

/// Encrypts a counter with a key.
#[inline(always)]
pub(super) fn threefry(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let keys = [key[0], key[1], 0x1bd1_1bda ^ key[0] ^ key[1]];
    let (mut x, mut y) = (counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1]));
    for round in 0..5u32 {
        for r in ROTATIONS[round as usize % 2] {
            x = x.wrapping_add(y);
            y = y.rotate_left(r) ^ x;
        }
        x = x.wrapping_add(keys[(round as usize + 1) % 3]);
        y = y.wrapping_add(keys[(round as usize + 2) % 3]).wrapping_add(round + 1);
    }
    [x, y]
}
