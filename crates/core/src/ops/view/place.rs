//! Some of the elements of an array: slices, flips, diagonals, strided windows. Each is a [`Place`]: [`Select`] looks at the
//! elements there, and its transpose [`Embed`] puts elements there into an array of zeros.

use super::{batch_to_front, batched, copy_row_major, linear, moveaxis, reshape_to};
use crate::ext::*;
use crate::ops::elementwise::astype;
use crate::ops::index::Combine;
use crate::ops::reduce::sum;

op! {
    flip "(a: array, /, axis: axes = None)" => |c| flip(c.array(0)?, c.axes(1)?);
    /// `a` with the order of its elements reversed along `axes`. Nothing is copied.
    ///
    /// # Errors
    /// When an axis is out of range.
    pub fn flip(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into().resolve("flip", a.ndim())?;
        let (mut starts, mut steps) = (Shape::from_elem(0, a.ndim()), Strides::from_elem(1, a.ndim()));
        for axis in axes {
            (starts[axis], steps[axis]) = (a.shape()[axis].saturating_sub(1), -1);
        }
        window(a, &starts, &steps, a.shape())
    }

    as_strided "(a: array, /, shape: shape? = None, strides: ints? = None, offset: int = 0)"
        => |c| {
            let shape = c.opt_shape(1)?.unwrap_or_else(|| Shape::from_slice(c.array(0).map(Array::shape).unwrap_or_default()));
            let strides = c.opt_ints(2)?.map_or_else(|| row_major(&shape), |s| s.into_iter().map(|s| s as isize).collect());
            as_strided(c.array(0)?, &shape, &strides, c.int(3)?)
        };
    /// The elements of `a`, taken in row-major order, at `offset + Σ iₖ · stridesₖ` for each index of `shape`. Strides count
    /// elements; they may be zero or negative, and places may overlap.
    ///
    /// # Errors
    /// When there are not as many strides as lengths, or an index would reach outside of `a`.
    pub fn as_strided(a: &Array, shape: &[usize], strides: &[isize], offset: i64) -> Result<Array> {
        let flat = reshape_to(a, &[a.size()])?;
        let place = strided(a.size(), shape, strides, offset)?;
        Array::apply(Select { place }, &[flat])
    }

    diagonal "(a: array, offset: int = 0, axis1: int = 0, axis2: int = 1)"
        => |c| diagonal(c.array(0)?, c.int(1)?, c.int(2)?, c.int(3)?);
    /// The elements of `a` whose index along `axis2` is the one along `axis1` plus `offset`, as a new last axis in place of
    /// those two. Nothing is copied.
    ///
    /// # Errors
    /// When `a` has fewer than two axes or the two are the same.
    pub fn diagonal(a: &Array, offset: i64, axis1: i64, axis2: i64) -> Result<Array> {
        if a.ndim() < 2 {
            return Err(Error::value(format!("[diagonal] an array of shape {} has fewer than two axes", show(a.shape()))));
        }
        let (row, column) = (axis("diagonal", axis1, a.ndim())?, axis("diagonal", axis2, a.ndim())?);
        if row == column {
            return Err(Error::value(format!("[diagonal] axis1 and axis2 are both axis {row}")));
        }
        let a = moveaxis(a, row as i64, -1)?;
        let a = moveaxis(&a, (column - usize::from(column > row)) as i64, -1)?;
        Array::apply(Select { place: Place::Diagonal { offset } }, &[a])
    }

    trace "(a: array, /, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: dtype? = None)"
        => |c| trace(c.array(0)?, c.int(1)?, c.int(2)?, c.int(3)?, c.opt_dtype(4)?);
    /// The sum of a [`diagonal`], of elements converted to `dtype` if one is given.
    ///
    /// # Errors
    /// As [`diagonal`].
    pub fn trace(a: &Array, offset: i64, axis1: i64, axis2: i64, dtype: Option<Dtype>) -> Result<Array> {
        let diagonal = diagonal(a, offset, axis1, axis2)?;
        sum(&astype(&diagonal, dtype.unwrap_or(a.dtype()))?, -1)
    }

    diag "(a: array, /, k: int = 0)" => |c| diag(c.array(0)?, c.int(1)?);
    /// For a matrix its `k`-th diagonal; for a vector the matrix of zeros that has it on the `k`-th diagonal.
    ///
    /// # Errors
    /// When `a` is neither.
    pub fn diag(a: &Array, k: i64) -> Result<Array> {
        match a.shape() {
            [n] => {
                let side = usize::try_from(k.unsigned_abs()).ok().and_then(|k| n.checked_add(k)).unwrap_or(usize::MAX);
                checked_size("diag", &[side, side])?;
                embed(a, Place::Diagonal { offset: k }, &[side, side])
            }
            [_, _] => diagonal(a, k, 0, 1),
            _ => Err(Error::value(format!("[diag] needs a vector or a matrix, not an array of shape {}", show(a.shape())))),
        }
    }
}

/// The elements `start, start + step, …` along each axis, `length` of them. Nothing is copied.
///
/// # Errors
/// When there are not as many numbers as axes, or an element would be outside of `a`.
pub fn window(a: &Array, starts: &[usize], steps: &[isize], lengths: &[usize]) -> Result<Array> {
    let refused = || {
        let message =
            format!("[slice] starts {starts:?}, steps {steps:?}, lengths {lengths:?} reach outside of {}", show(a.shape()));
        Error::index(message)
    };
    if [starts.len(), steps.len(), lengths.len()] != [a.ndim(); 3] {
        return Err(refused());
    }
    for (axis, &n) in a.shape().iter().enumerate() {
        let last = (lengths[axis] as i128 - 1) * steps[axis] as i128 + starts[axis] as i128;
        if lengths[axis] > 0 && (starts[axis] >= n || last < 0 || last >= n as i128) {
            return Err(refused());
        }
    }
    if lengths == a.shape() && steps.iter().zip(lengths).all(|(&s, &n)| s == 1 || n <= 1) {
        return Ok(a.clone());
    }
    let place = Place::Slice { starts: starts.into(), steps: steps.into(), lengths: lengths.into() };
    Array::apply(Select { place }, std::slice::from_ref(a))
}

/// The elements `start..start + length` along `axis`.
///
/// # Errors
/// When they reach outside of `a`.
pub fn narrow(a: &Array, axis: usize, start: usize, length: usize) -> Result<Array> {
    let (mut starts, mut lengths) = (Shape::from_elem(0, a.ndim()), Shape::from_slice(a.shape()));
    (starts[axis], lengths[axis]) = (start, length);
    window(a, &starts, &Strides::from_elem(1, a.ndim()), &lengths)
}

/// The transpose of [`window`]: zeros of `shape` with the elements of `a` at `start, start + step, …` along each axis.
///
/// # Errors
/// When an element would be outside of `shape`.
pub fn put_window(a: &Array, shape: &[usize], starts: &[usize], steps: &[isize]) -> Result<Array> {
    // The window's own checks are made on an array of the target's shape that holds nothing.
    window(&Array::splat(0, shape, a.dtype()), starts, steps, a.shape())?;
    embed(a, Place::Slice { starts: starts.into(), steps: steps.into(), lengths: a.shape().into() }, shape)
}

/// `a` with the elements at `start, start + step, …` along each axis replaced by those of `part`.
///
/// # Errors
/// When an element would be outside of `a`, or the dtypes differ.
pub fn put_part(a: &Array, part: &Array, starts: &[usize], steps: &[isize]) -> Result<Array> {
    window(a, starts, steps, part.shape())?;
    if part.shape() == a.shape() && steps.iter().zip(a.shape()).all(|(&s, &n)| s == 1 || n <= 1) {
        return Ok(part.clone());
    }
    let place = Place::Slice { starts: starts.into(), steps: steps.into(), lengths: part.shape().into() };
    Array::apply(Replace { place }, &[a.clone(), part.clone()])
}

/// The transpose of [`as_strided`]: `n` elements, each the sum of the elements of `a` whose place it is.
///
/// # Errors
/// When a place is not among the `n`.
pub fn put_strided(a: &Array, n: usize, strides: &[isize], offset: i64) -> Result<Array> {
    embed(a, strided(n, a.shape(), strides, offset)?, &[n])
}

fn embed(a: &Array, place: Place, shape: &[usize]) -> Result<Array> {
    Array::apply(Embed { shape: Shape::from_slice(shape), place }, std::slice::from_ref(a))
}

fn strided(n: usize, shape: &[usize], strides: &[isize], offset: i64) -> Result<Place> {
    let refused = |why: &str| {
        let all = format!("shape {}, strides {strides:?} and offset {offset}", show(shape));
        Err(Error::value(format!("[as_strided] {all} {why} for an array of {n} elements")))
    };
    if shape.len() != strides.len() {
        return refused("do not agree");
    }
    checked_size("as_strided", shape)?;
    let (mut lo, mut hi) = (offset as i128, offset as i128);
    for (&n, &s) in shape.iter().zip(strides) {
        let reach = (n as i128 - 1) * s as i128;
        if reach < 0 { lo += reach } else { hi += reach }
    }
    if size(shape) > 0 && (lo < 0 || hi >= n as i128) {
        return refused("reach out of bounds");
    }
    let offset = if size(shape) > 0 { offset as usize } else { 0 };
    Ok(Place::Strided { shape: shape.into(), strides: strides.into(), offset })
}

/// Which elements of an array.
#[derive(Clone)]
enum Place {
    /// Evenly spaced along each axis.
    Slice { starts: Shape, steps: Strides, lengths: Shape },
    /// Along a diagonal of the last two axes.
    Diagonal { offset: i64 },
    /// At strides within an array of one axis; places may coincide.
    Strided { shape: Shape, strides: Strides, offset: usize },
}

impl Place {
    fn name(&self) -> &'static str {
        match self {
            Place::Slice { .. } => "slice",
            Place::Diagonal { .. } => "diagonal",
            Place::Strided { .. } => "as_strided",
        }
    }

    fn attributes(&self) -> Attributes {
        match self {
            Place::Slice { starts, steps, lengths } => {
                vec![("starts", starts[..].into()), ("steps", steps[..].into()), ("lengths", lengths[..].into())]
            }
            Place::Diagonal { offset } => vec![("offset", (*offset).into())],
            Place::Strided { shape, strides, offset } => {
                vec![("shape", shape[..].into()), ("strides", strides[..].into()), ("offset", (*offset).into())]
            }
        }
    }

    /// Where the elements lie, given where those of the whole array do.
    fn look(&self, whole: &Layout) -> Layout {
        match self {
            Place::Slice { starts, steps, lengths } => whole.slice(starts, steps, lengths),
            Place::Diagonal { offset } => {
                let last = whole.ndim() - 1;
                let along = |axis: usize, skip: i64| whole.shape[axis].saturating_sub(skip.max(0).unsigned_abs() as usize);
                let (rows, columns) = (along(last - 1, offset.saturating_neg()), along(last, *offset));
                let (mut shape, mut strides) = (whole.shape.clone(), whole.strides.clone());
                let length = rows.min(columns);
                shape.truncate(last);
                strides.truncate(last);
                shape[last - 1] = length;
                strides[last - 1] += whole.strides[last];
                let skipped = if *offset < 0 { whole.strides[last - 1] } else { whole.strides[last] };
                let reach = if length > 0 { offset.unsigned_abs() as isize * skipped } else { 0 };
                Layout { shape, strides, offset: (whole.offset as isize + reach) as usize }
            }
            Place::Strided { shape, strides, offset } => {
                let step = whole.strides[0];
                Layout {
                    shape: shape.clone(),
                    strides: strides.iter().map(|s| s * step).collect(),
                    offset: (whole.offset as isize + *offset as isize * step) as usize,
                }
            }
        }
    }

    /// The same place in each of `size` arrays of shape `whole`, which lie behind one another along a new first axis (for
    /// [`Place::Strided`]: along the only one).
    fn batched(&self, size: usize, whole: &[usize]) -> Place {
        match self {
            Place::Slice { starts, steps, lengths } => Place::Slice {
                starts: batched(0, starts),
                steps: std::iter::once(1).chain(steps.iter().copied()).collect(),
                lengths: batched(size, lengths),
            },
            Place::Diagonal { .. } => self.clone(),
            Place::Strided { shape, strides, offset } => Place::Strided {
                shape: batched(size, shape),
                strides: std::iter::once(whole[0] as isize).chain(strides.iter().copied()).collect(),
                offset: *offset,
            },
        }
    }

    /// The shape of `size` arrays of shape `whole` together, as [`Place::batched`] wants them.
    fn batched_whole(&self, size: usize, whole: &[usize]) -> Shape {
        match self {
            Place::Strided { .. } => smallvec![size * whole[0]],
            _ => batched(size, whole),
        }
    }
}

struct Select {
    place: Place,
}

impl Primitive for Select {
    fn name(&self) -> &str {
        self.place.name()
    }
    fn attributes(&self) -> Attributes {
        self.place.attributes()
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let shape = self.place.look(&Layout::contiguous(&inputs[0].shape)).shape;
        Ok(smallvec![Spec { shape, dtype: inputs[0].dtype }])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        Some(self.place.look(input))
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(embed(&call.cotangents[0], self.place.clone(), call.primals[0].shape())?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let whole = &input.shape()[1..];
        let place = self.place.batched(call.size, whole);
        let input = reshape_to(&input, &self.place.batched_whole(call.size, whole))?;
        Ok(vec![(Array::apply(Select { place }, &[input])?, Some(0))])
    }
}

struct Embed {
    shape: Shape,
    place: Place,
}

impl Primitive for Embed {
    fn name(&self) -> &str {
        match self.place {
            Place::Slice { .. } => "put_slice",
            Place::Diagonal { .. } => "put_diagonal",
            Place::Strided { .. } => "put_strided",
        }
    }
    fn attributes(&self) -> Attributes {
        let mut attributes = self.place.attributes();
        attributes.push(("into", self.shape[..].into()));
        attributes
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        debug_assert_eq!(self.place.look(&Layout::contiguous(&self.shape)).shape, inputs[0].shape);
        Ok(smallvec![Spec { shape: self.shape.clone(), dtype: inputs[0].dtype }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let whole = Layout::contiguous(&self.shape);
        let target = self.place.look(&whole);
        if let Place::Strided { .. } = self.place {
            let input = call.contiguous(0)?;
            return dispatch!(input.dtype(), T => accumulate::<T>(input.as_slice().unwrap_or_default(), &target, call.output(0)?));
        }
        let out = call.output_ptr(0)?;
        let input = call.input(0);
        let bytes = input.dtype().size();
        if target.size() != whole.size() {
            // SAFETY: the output is that many bytes; all zero bits are the value 0 of every dtype.
            unsafe { out.write_bytes(0, whole.size() * bytes) };
        }
        let start = out.wrapping_add(target.offset * bytes);
        // SAFETY: the input is ready and laid out so; `target` has its shape and stays inside the output, which is nobody else's.
        unsafe { copy::copy(bytes, input.shape(), input.ptr(), &input.layout().strides, start, &target.strides) };
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        if let Place::Strided { .. } = self.place {
            return Err(call.declined("for places that may coincide"));
        }
        let whole = Layout::contiguous(&self.shape);
        let target = self.place.look(&whole);
        let dtype = gpu::wgsl::carrier(call.output_dtype(0).size());
        call.in_words(0, dtype, |call, words| {
            if target.size() != whole.size() {
                call.clear_words(words, dtype, whole.size())?;
            }
            call.put_words(0, words, dtype, &target)
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(Array::apply(Select { place: self.place.clone() }, &call.cotangents[..1])?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let place = self.place.batched(call.size, &self.shape);
        let out = embed(&input, place, &self.place.batched_whole(call.size, &self.shape))?;
        Ok(vec![(reshape_to(&out, &batched(call.size, &self.shape))?, Some(0))])
    }
}

/// The first input with the elements at a place replaced by the second, of that shape.
struct Replace {
    place: Place,
}

impl Replace {
    fn again(&self, a: &Array, part: &Array) -> Result<Array> {
        Array::apply(Replace { place: self.place.clone() }, &[a.clone(), part.clone()])
    }
}

impl Primitive for Replace {
    fn name(&self) -> &str {
        "slice_update"
    }
    fn attributes(&self) -> Attributes {
        self.place.attributes()
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        if inputs[0].dtype != inputs[1].dtype {
            let message = format!("[slice_update] a part of type {} does not fit into {}", inputs[1].dtype, inputs[0].dtype);
            return Err(Error::dtype(message));
        }
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let out = if call.donate(0, 0) { call.output_ptr(0)? } else { copy_row_major(call)? };
        let target = self.place.look(&Layout::contiguous(call.output_shape(0)));
        let part = call.input(1);
        let bytes = part.dtype().size();
        let start = out.wrapping_add(target.offset * bytes);
        // SAFETY: the part is ready and laid out so; `target` has its shape and stays inside the output, which is nobody else's.
        unsafe { copy::copy(bytes, part.shape(), part.ptr(), &part.layout().strides, start, &target.strides) };
        Ok(())
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        let whole = Layout::contiguous(call.output_shape(0));
        let dtype = gpu::wgsl::carrier(call.output_dtype(0).size());
        call.in_words(0, dtype, |call, words| {
            call.put_words(0, words, dtype, &whole)?;
            call.put_words(1, words, dtype, &self.place.look(&whole))
        })
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let (g, part) = (&call.cotangents[0], &call.primals[1]);
        let grad = |&i: &usize| match i {
            0 => self.again(g, &Array::splat(0, part.shape(), part.dtype())),
            _ => Array::apply(Select { place: self.place.clone() }, std::slice::from_ref(g)),
        };
        call.wanted.iter().map(|i| grad(i).map(Some)).collect()
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        if call.tangents.iter().all(Option::is_none) {
            return Ok(vec![None]);
        }
        let zeros = |like: &Array| Array::splat(0, like.shape(), like.dtype());
        let tangent = |i: usize| call.tangents[i].clone().unwrap_or_else(|| zeros(&call.primals[i]));
        Ok(vec![Some(self.again(&tangent(0), &tangent(1))?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let a = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let part = batch_to_front(&call.inputs[1], call.axes[1], call.size)?;
        let place = self.place.batched(call.size, &a.shape()[1..]);
        Ok(vec![(Array::apply(Replace { place }, &[a, part])?, Some(0))])
    }
}

/// Adds each element of `input` to its place in `out`, in row-major order.
fn accumulate<T: Combine>(input: &[T], target: &Layout, out: &mut [T]) -> Result<()> {
    out.fill(T::ZERO);
    let mut index = Shape::from_elem(0, target.ndim());
    let mut at = target.offset as isize;
    for &x in input {
        out[at as usize] = out[at as usize].add(x);
        for axis in (0..index.len()).rev() {
            index[axis] += 1;
            at += target.strides[axis];
            if index[axis] < target.shape[axis] {
                break;
            }
            at -= target.strides[axis] * target.shape[axis] as isize;
            index[axis] = 0;
        }
    }
    Ok(())
}
