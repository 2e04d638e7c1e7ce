//! Elementwise operations.

// Shared with the core.
mod align;

pub use align::*;

use crate::array::raw;
use crate::call::collect;
use crate::ext::*;
use crate::ops::view::batch_to_front;
use crate::table::{api, text};

macro_rules! functions {
    ($($unary:ident)*; $($binary:ident)*) => {
        $(
            #[doc = concat!("`millpond.core.", stringify!($unary), "`, element by element.")]
            pub fn $unary(a: &Array) -> Result<Array> {
                Ok(call(stringify!($unary), &[Arg::Array(a)])?.swap_remove(0))
            }
        )*
        $(
            #[doc = concat!("`millpond.core.", stringify!($binary), "` of operands that are broadcast together.")]
            pub fn $binary(a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Array> {
                let (a, b) = (a.into(), b.into());
                Ok(call(stringify!($binary), &[(&a).into(), (&b).into()])?.swap_remove(0))
            }
        )*
    };
}

functions! {
    abs negative sign exp expm1 log log2 log10 log1p sqrt rsqrt square reciprocal sin cos tan arcsin arccos arctan
    sinh cosh tanh arcsinh arccosh arctanh sigmoid erf erfinv floor ceil real imag conjugate isnan isinf logical_not;
    add subtract multiply divide floor_divide remainder power maximum minimum arctan2 logaddexp
    equal not_equal less less_equal greater greater_equal logical_and logical_or
}

/// `a` converted to `dtype`.
pub fn astype(a: &Array, dtype: Dtype) -> Result<Array> {
    if a.dtype() == dtype { Ok(a.clone()) } else { a.astype(dtype) }
}

/// `program` applied to every element of `inputs`, which have one shape and the program's dtypes: as many arrays as the program
/// has outputs. It runs and fuses as the core's own operations do, and has all rules.
///
/// # Errors
/// When number, shapes or dtypes of the inputs do not fit.
pub fn scalar_function(name: &str, program: Program, inputs: &[Array]) -> Result<Vec<Array>> {
    let program = program.to_string();
    collect(|out, capacity, count| {
        // SAFETY: texts and inputs live during the call.
        unsafe { (api().scalar_function)(text(name), text(&program), raw(inputs), inputs.len(), out, capacity, count) }
    })
}

/// The vmap rule of every elementwise primitive: batch axes in front, and the operation as it is.
pub fn vmap_elementwise(call: &Vmap) -> Result<Batched> {
    let front = |(a, &axis): (&Array, &Option<usize>)| batch_to_front(a, axis, call.size);
    let inputs: Vec<Array> = call.inputs.iter().zip(call.axes).map(front).collect::<Result<_>>()?;
    Ok(Array::from_primitive(call.primitive.clone(), &inputs)?.into_iter().map(|o| (o, Some(0))).collect())
}
