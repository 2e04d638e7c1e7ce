//! The different elements of an array.

use super::cpu;
use crate::ext::*;
use crate::ops::elementwise::{astype, greater, where_};
use crate::ops::index::take_along_axis;
use crate::ops::view::{batch_to_front, flatten, narrow, reshape_to};

/// What [`unique`] finds.
pub struct Unique {
    /// The different elements, ascending; then the filling.
    pub values: Array,
    /// Where each of them is first in the flattened array, as `uint32`.
    pub index: Array,
    /// Which of them each element of the array is, as `uint32`, in the array's shape.
    pub inverse: Array,
    /// How often each of them occurs, as `int32`; 0 where there is only filling.
    pub counts: Array,
}

op! {
    unique "(a: array, /, size: int, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, fill_value: operand? = None)"
        => |c| {
            let found = unique(c.array(0)?, c.int(1)?, c.opt_operand(5)?)?;
            let more = [(2, found.index), (3, found.inverse), (4, found.counts)];
            let mut wanted = vec![found.values];
            for (i, array) in more {
                if c.bool(i)? {
                    wanted.push(array);
                }
            }
            Ok::<Output, Error>(if wanted.len() == 1 { Output::Array(wanted.remove(0)) } else { Output::Tuple(wanted) })
        };
    /// The different elements of `a`, flattened, in ascending order. There are `size` of them whatever the values are: the
    /// smallest ones if there are more (the others then count as the last of these in `inverse`), and if there are fewer, `fill`
    /// or the first of them in their stead. All NaNs are one element.
    ///
    /// # Errors
    /// When `size` is negative, or positive and there is nothing to fill the result with.
    pub fn unique(a: &Array, size: i64, fill: Option<Operand>) -> Result<Unique> {
        let refuse = |why: &str| Err(Error::value(format!("[unique] {why} (size {size}, shape {})", show(a.shape()))));
        let Ok(size) = usize::try_from(size) else { return refuse("size must not be negative") };
        if a.size() > u32::MAX as usize {
            return refuse("uint32 cannot hold the indices");
        }
        let flat = flatten(a, 0, -1)?;
        let found = Array::from_primitive(Places { size }, std::slice::from_ref(&flat))?;
        let [index, inverse, counts] = &found[..] else { return refuse("three outputs were expected") };
        let fill = match fill {
            Some(fill) => Some(astype(&fill.into_array(), a.dtype())?),
            None => None,
        };
        let values = match (a.size(), fill) {
            (0, None) if size > 0 => return refuse("an empty array needs a fill value"),
            (0, None) => narrow(&flat, 0, 0, 0)?,
            (0, Some(fill)) => where_(true, fill, Array::splat(0, &[size], a.dtype()))?,
            (_, None) => take_along_axis(&flat, index, Some(0))?,
            (_, Some(fill)) => where_(&greater(counts, 0)?, &take_along_axis(&flat, index, Some(0))?, fill)?,
        };
        Ok(Unique { values, index: index.clone(), inverse: reshape_to(inverse, a.shape())?, counts: counts.clone() })
    }
}

/// Index, inverse and counts of the different elements of each row.
struct Places {
    size: usize,
}

impl Primitive for Places {
    fn name(&self) -> &str {
        "unique"
    }
    fn attributes(&self) -> Attributes {
        vec![("size", self.size.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let mut found = inputs[0].shape.clone();
        if let Some(last) = found.last_mut() {
            *last = self.size;
        }
        Ok(smallvec![
            Spec { shape: found.clone(), dtype: Dtype::Uint32 },
            Spec { shape: inputs[0].shape.clone(), dtype: Dtype::Uint32 },
            Spec { shape: found, dtype: Dtype::Int32 },
        ])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        cpu::unique(self.size, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None; call.wanted.len()])
    }
    fn jvp(&self, _: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None; 3])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let found = Array::from_primitive(call.primitive.clone(), &[input])?;
        Ok(found.into_iter().map(|a| (a, Some(0))).collect())
    }
}
