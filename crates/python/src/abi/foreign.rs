//! Primitives of other modules: callbacks over a state, as primitives of the core.

use super::call::value;
use super::handles::{arrays, borrowed, dtype, giving, guarded, null, outcome, slice, take, text};
use millpond_abi as abi;
use millpond_core::array::{Array, Spec};
use millpond_core::dtype::Dtype;
use millpond_core::error::{Error, Kind, Result};
use millpond_core::gpu::GpuCall;
use millpond_core::graph::CpuCall;
use millpond_core::primitive::{Attribute, Attributes, Batched, Jvp, Primitive, Specs, Vjp, Vmap};
use millpond_core::registry::Arg;
use millpond_core::scalar::Program;
use millpond_core::shape::Layout;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;

/// A primitive whose callbacks and state belong to a module.
struct Foreign {
    name: String,
    table: abi::Primitive,
    state: *mut c_void,
    /// What it does to one element of inputs of the dtypes it was made for.
    program: Option<Program>,
    /// The dtype of the one input of something that gives views.
    view_dtype: Option<Dtype>,
    /// What its view rule failed with: every evaluation does so from then on.
    view_failed: OnceLock<Error>,
}

// SAFETY: modules promise that callbacks may run on any thread.
unsafe impl Send for Foreign {}
// SAFETY: as above.
unsafe impl Sync for Foreign {}

impl Drop for Foreign {
    fn drop(&mut self) {
        if let Some(destroy) = self.table.destroy {
            // SAFETY: the state is this primitive's and nothing uses it any more.
            unsafe { destroy(self.state) };
        }
    }
}

/// What callbacks push into.
pub(super) enum Sink {
    Specs(Specs),
    Arrays(Vec<(Option<Array>, i64)>),
    Attributes(Attributes),
    Text(String),
    Layout(Option<Layout>),
}

impl Sink {
    pub(super) fn handle(&mut self) -> *mut abi::Sink {
        ptr::from_mut(self).cast()
    }
}

/// The sink behind a handle.
///
/// # Safety
/// `sink` is what the core gave to the callback that is running.
unsafe fn sink<'a>(sink: *mut abi::Sink) -> Result<&'a mut Sink> {
    // SAFETY: said above.
    unsafe { sink.cast::<Sink>().as_mut() }.ok_or_else(|| null("the sink"))
}

fn misplaced(what: &str) -> Result<()> {
    Err(Error::value(format!("[C API] this callback does not return {what}")))
}

/// Handles of arrays that are borrowed: an array handle is the address of an `Array`.
fn handles(arrays: &[Array]) -> Vec<*const abi::Array> {
    arrays.iter().map(|a| ptr::from_ref(a).cast()).collect()
}

type RuleFn = unsafe extern "C" fn(*mut c_void, *const abi::Rule, *mut abi::Sink) -> *mut abi::Error;

impl Foreign {
    /// Runs a rule.
    fn rule(&self, name: &str, f: Option<RuleFn>, rule: abi::Rule) -> Result<Vec<(Option<Array>, i64)>> {
        let Some(f) = f else { return Err(Error::new(Kind::NoRule, format!("[{}] has no {name} rule", self.name))) };
        let mut sink = Sink::Arrays(Vec::new());
        // SAFETY: the state is this primitive's, the rest lives during the call.
        unsafe { outcome(f(self.state, &rule, sink.handle()))? };
        if let Sink::Arrays(arrays) = sink { Ok(arrays) } else { Ok(Vec::new()) }
    }
}

impl Foreign {
    /// The scalar program for inputs of these dtypes, if the module gives one.
    fn ask_program(&self, dtypes: &[Dtype]) -> Result<Option<Program>> {
        let Some(program) = self.table.program else { return Ok(None) };
        let numbers: Vec<u32> = dtypes.iter().map(|d| *d as u32).collect();
        let mut sink = Sink::Text(String::new());
        // SAFETY: the state is this primitive's, the rest lives during the call.
        unsafe { outcome(program(self.state, numbers.as_ptr(), numbers.len(), sink.handle()))? };
        match sink {
            Sink::Text(text) if !text.is_empty() => text.parse().map(Some),
            _ => Ok(None),
        }
    }

    /// Asks for the program and checks that it is one for these inputs and for what the shape rule makes of them.
    fn learn_program(&mut self, inputs: &[Array]) -> Result<()> {
        let dtypes: Vec<Dtype> = inputs.iter().map(Array::dtype).collect();
        let Some(program) = self.ask_program(&dtypes)? else { return Ok(()) };
        let specs: Vec<Spec> = inputs.iter().map(|a| Spec::new(a.shape(), a.dtype())).collect();
        let outputs = self.infer(&specs)?;
        let made = program.outputs().iter().map(|&r| program.dtype_of(r));
        let fits = program.inputs() == dtypes && made.eq(outputs.iter().map(|o| o.dtype));
        let shape = &outputs[0].shape;
        if !fits || !specs.iter().chain(&outputs).all(|s| s.shape == *shape) {
            let name = &self.name;
            return Err(Error::value(format!(
                "[{name}] the program {program} does not fit inputs {specs:?} and outputs {outputs:?}"
            )));
        }
        self.program = Some(program);
        Ok(())
    }
}

fn layout_of(layout: &Layout) -> abi::Layout {
    let (shape, strides) = (layout.shape.as_ptr(), layout.strides.as_ptr());
    abi::Layout { ndim: layout.ndim(), shape, strides, offset: layout.offset }
}

/// What rules are given; `wanted`, `axes` and `size` are filled in by those that have them.
fn arguments(inputs: &[*const abi::Array], outputs: &[*const abi::Array], changes: &[*const abi::Array]) -> abi::Rule {
    let start = |list: &[*const abi::Array]| if list.is_empty() { ptr::null() } else { list.as_ptr() };
    abi::Rule {
        inputs: start(inputs),
        input_count: inputs.len(),
        outputs: start(outputs),
        output_count: outputs.len(),
        changes: start(changes),
        wanted: ptr::null(),
        wanted_count: 0,
        axes: ptr::null(),
        size: 0,
    }
}

impl Primitive for Foreign {
    fn name(&self) -> &str {
        &self.name
    }

    fn attributes(&self) -> Attributes {
        let mut sink = Sink::Attributes(vec![("type", Attribute::Identity(self.table.type_key as usize))]);
        if let Some(attributes) = self.table.attributes {
            // SAFETY: the state is this primitive's; the sink lives during the call.
            if let Err(error) = unsafe { outcome(attributes(self.state, sink.handle())) } {
                // Unlike all others, since nobody knows what it computes.
                let itself = Attribute::Identity(ptr::from_ref(self) as usize);
                return vec![("error", error.message().into()), ("state", itself)];
            }
        }
        if let Sink::Attributes(list) = sink { list } else { Attributes::new() }
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let infer = self.table.infer.ok_or_else(|| null("the callback infer"))?;
        let specs: Vec<abi::Spec> =
            inputs.iter().map(|s| abi::Spec { dtype: s.dtype as u32, ndim: s.shape.len(), shape: s.shape.as_ptr() }).collect();
        let mut sink = Sink::Specs(Specs::new());
        // SAFETY: the state is this primitive's, the rest lives during the call.
        unsafe { outcome(infer(self.state, specs.as_ptr(), specs.len(), sink.handle()))? };
        match sink {
            Sink::Specs(specs) if !specs.is_empty() => Ok(specs),
            _ => Err(Error::runtime(format!("[{}] the callback infer gives no output", self.name))),
        }
    }

    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        if let Some(error) = self.view_failed.get() {
            return Err(error.clone());
        }
        let Some(eval) = self.table.eval_cpu else {
            return Err(Error::new(Kind::NoRule, format!("[{}] has no CPU kernel", self.name)));
        };
        // SAFETY: the state is this primitive's, the call lives while the kernel runs.
        unsafe { outcome(eval(self.state, ptr::from_mut(call).cast())) }
    }

    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        if let Some(error) = self.view_failed.get() {
            return Err(error.clone());
        }
        let Some(eval) = self.table.eval_gpu else { return Err(call.declined("of its own")) };
        let mut run = super::gpu::Running { call, module: self.table.type_key };
        // SAFETY: the state is this primitive's, the call lives while the kernel is encoded.
        unsafe { outcome(eval(self.state, run.handle())) }
    }

    fn program(&self, dtypes: &[Dtype]) -> Option<Program> {
        self.program.as_ref().filter(|p| p.inputs() == dtypes).cloned()
    }

    fn view(&self, input: &Layout) -> Option<Layout> {
        let view = self.table.view?;
        let given = layout_of(input);
        let mut sink = Sink::Layout(None);
        // SAFETY: the state is this primitive's, the layout lives during the call.
        if let Err(error) = unsafe { outcome(view(self.state, &given, sink.handle())) } {
            // Left to the kernel, which returns it.
            let _ = self.view_failed.set(error);
            return None;
        }
        let Sink::Layout(layout) = sink else { return None };
        // What lies beyond the elements of the input may be no memory of ours, or nobody's.
        let inside = |l: &Layout| match (l.bounds(), input.bounds()) {
            (Some((lo, hi)), Some((from, to))) => from <= lo && hi <= to,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let expected = self.infer(&[Spec::new(&input.shape, self.view_dtype?)]).ok()?;
        layout.filter(|l| l.shape == expected[0].shape && inside(l))
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let (inputs, outputs, changes) = (handles(call.primals), handles(call.outputs), handles(call.cotangents));
        let rule =
            abi::Rule { wanted: call.wanted.as_ptr(), wanted_count: call.wanted.len(), ..arguments(&inputs, &outputs, &changes) };
        Ok(self.rule("vjp", self.table.vjp, rule)?.into_iter().map(|(a, _)| a).collect())
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let (inputs, outputs) = (handles(call.primals), handles(call.outputs));
        let changes: Vec<*const abi::Array> =
            call.tangents.iter().map(|t| t.as_ref().map_or(ptr::null(), |t| ptr::from_ref(t).cast())).collect();
        Ok(self.rule("jvp", self.table.jvp, arguments(&inputs, &outputs, &changes))?.into_iter().map(|(a, _)| a).collect())
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let inputs = handles(call.inputs);
        let axes: Vec<i64> = call.axes.iter().map(|a| a.map_or(-1, |a| a as i64)).collect();
        let rule = abi::Rule { axes: axes.as_ptr(), size: call.size, ..arguments(&inputs, &[], &[]) };
        let gave = self.rule("vmap", self.table.vmap, rule)?;
        let none = || Error::runtime(format!("[{}] the vmap rule gives no array for an output", self.name));
        let beyond = |axis: i64| Error::runtime(format!("[{}] the vmap rule names axis {axis} of an output", self.name));
        gave.into_iter()
            .map(|(array, axis)| {
                let array = array.ok_or_else(none)?;
                let at = usize::try_from(axis).ok();
                if at.is_some_and(|at| at >= array.ndim()) { Err(beyond(axis)) } else { Ok((array, at)) }
            })
            .collect()
    }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn make_node(
    primitive: *const abi::Primitive,
    state: *mut c_void,
    inputs: *const *const abi::Array,
    input_count: usize,
    outputs: *mut *mut abi::Array,
    capacity: usize,
    output_count: *mut usize,
) -> *mut abi::Error {
    let make = || {
        if primitive.is_null() {
            return Err(null("the primitive"));
        }
        // Zero bytes are a null for every callback.
        let mut table = MaybeUninit::<abi::Primitive>::zeroed();
        // SAFETY: the structure has `size` bytes, of which at most ours are read; zeros are valid in all fields.
        let table = unsafe {
            let size = (*primitive).size.min(size_of::<abi::Primitive>());
            ptr::copy_nonoverlapping(primitive.cast::<u8>(), table.as_mut_ptr().cast::<u8>(), size);
            table.assume_init()
        };
        let mut foreign =
            Foreign { name: String::new(), table, state, program: None, view_dtype: None, view_failed: OnceLock::new() };
        // SAFETY: the caller's pointers are what the declaration says.
        let inputs = unsafe {
            foreign.name = text(table.name)?.to_owned();
            foreign.table.name = borrowed("");
            arrays(inputs, input_count)?
        };
        foreign.learn_program(&inputs)?;
        foreign.view_dtype = if let [only] = &inputs[..] { Some(only.dtype()) } else { None };
        Ok(Array::from_primitive(foreign, &inputs)?.into_vec())
    };
    // SAFETY: as above.
    unsafe { giving(outputs, capacity, output_count, make) }
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn push_spec(into: *mut abi::Sink, spec: abi::Spec) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by a callback with its sink; the shape has `ndim` lengths.
        let (into, shape) = unsafe { (sink(into)?, slice(spec.shape, spec.ndim)) };
        millpond_core::shape::checked_size("infer", shape)?;
        let Sink::Specs(specs) = into else { return misplaced("specs") };
        specs.push(Spec::new(shape, dtype(spec.dtype)?));
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn push_text(into: *mut abi::Sink, given: abi::Text) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by a callback with its sink and a text that lives during the call.
        let (into, given) = unsafe { (sink(into)?, text(given)?) };
        let Sink::Text(all) = into else { return misplaced("a text") };
        all.push_str(given);
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn push_layout(into: *mut abi::Sink, given: abi::Layout) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by a callback with its sink; the layout's lists have `ndim` numbers.
        let (into, shape, strides) = unsafe { (sink(into)?, slice(given.shape, given.ndim), slice(given.strides, given.ndim)) };
        let Sink::Layout(layout) = into else { return misplaced("a layout") };
        millpond_core::shape::checked_size("view", shape)?;
        *layout = Some(Layout { shape: shape.into(), strides: strides.into(), offset: given.offset });
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn push_array(into: *mut abi::Sink, array: *mut abi::Array, axis: i64) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: the handle is the sink's from here on; called by a callback with its sink.
        let (array, into) = unsafe { ((!array.is_null()).then(|| take::<Array, _>(array)), sink(into)?) };
        let Sink::Arrays(arrays) = into else { return misplaced("arrays") };
        arrays.push((array, axis));
        Ok(())
    })
}

/// # Safety
/// Called through the table, with what its documentation asks for.
pub unsafe extern "C" fn push_attribute(into: *mut abi::Sink, attribute: abi::Argument) -> *mut abi::Error {
    guarded(|| {
        // SAFETY: called by a callback with its sink; names live as long as the module, which is never unloaded.
        let (into, name, value) = unsafe { (sink(into)?, text(attribute.name)?, value(&attribute)?) };
        let Sink::Attributes(list) = into else { return misplaced("attributes") };
        let value = match value {
            Arg::Scalar(s) => Attribute::Scalar(s),
            Arg::Ints(v) => Attribute::Ints(v),
            Arg::Dtype(d) => Attribute::Dtype(d),
            Arg::Str(s) => Attribute::Str(s),
            _ => {
                return Err(Error::dtype(format!(
                    "[C API] the attribute '{name}' is no number, text, dtype or list of integers"
                )));
            }
        };
        list.push((name, value));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::handles::give;
    use super::*;

    extern "C" fn fails(_: *mut c_void, _: *mut abi::Sink) -> *mut abi::Error {
        give(Error::runtime("[probe] the list of attributes panicked"))
    }

    extern "C" fn answers(_: *mut c_void, sink: *mut abi::Sink) -> *mut abi::Error {
        let (name, data) = (borrowed("alpha"), ptr::null());
        let argument = abi::Argument { name, kind: abi::ARG_INT, integer: 3, real: 0.0, imaginary: 0.0, data, count: 0 };
        // SAFETY: the sink is this callback's.
        unsafe { push_attribute(sink, argument) }
    }

    fn primitive(attributes: unsafe extern "C" fn(*mut c_void, *mut abi::Sink) -> *mut abi::Error) -> Foreign {
        // SAFETY: zeros are valid in all fields.
        let table = abi::Primitive { attributes: Some(attributes), ..unsafe { MaybeUninit::zeroed().assume_init() } };
        let (name, state) = ("probe".to_owned(), ptr::null_mut());
        Foreign { name, table, state, program: None, view_dtype: None, view_failed: OnceLock::new() }
    }

    /// What fails to say what it computes must not be taken for another.
    #[test]
    fn attributes_that_fail_are_unlike_all_others() {
        let same = (primitive(answers), primitive(answers));
        assert_eq!(same.0.attributes(), same.1.attributes());
        assert_eq!(same.0.attributes()[1], ("alpha", Attribute::Scalar(3i64.into())));
        let failing = (primitive(fails), primitive(fails));
        assert_ne!(failing.0.attributes(), failing.1.attributes());
        let says = Attribute::Str("[probe] the list of attributes panicked".to_owned());
        assert_eq!(failing.0.attributes()[0], ("error", says));
    }
}
