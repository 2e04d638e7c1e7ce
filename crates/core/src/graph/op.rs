//! An operation in the graph: a primitive, its inputs and stream, until it is scheduled.

use crate::array::{Array, Node, Spec};
use crate::error::Result;
use crate::primitive::Handle;
use crate::shape::size;
use crate::stream::Stream;
use crate::transform::{self, Record, TraceSet};
use smallvec::SmallVec;
use std::mem::take;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};

pub(crate) type Inputs = SmallVec<[Array; 2]>;

/// One application of a primitive. Outputs hold it strongly; it knows them weakly.
pub(crate) struct Op {
    pub(crate) primitive: Handle,
    pub(crate) stream: Stream,
    /// When it was created, counted over the process: inputs come before the operations that use them.
    pub(crate) sequence: u64,
    /// Moved out when the operation is scheduled, so that walkers then see a leaf.
    pub(crate) inputs: Mutex<Inputs>,
    pub(crate) outputs: OnceLock<SmallVec<[Weak<Node>; 1]>>,
    /// Whether it has been scheduled. Changed under the scheduler's lock.
    pub(crate) claimed: AtomicBool,
    /// Whether it has been computed on the way to something else and left pending. Changed under the scheduler's lock.
    pub(crate) replayed: AtomicBool,
    /// Scratch of the scheduler, meaningful under its lock.
    pub(crate) mark: AtomicU64,
}

static SEQUENCE: AtomicU64 = AtomicU64::new(0);

impl Array {
    /// Applies `primitive` to `inputs` on the current stream: the outputs, not computed yet.
    ///
    /// # Errors
    /// What the primitive's shape rule says of these inputs.
    pub fn from_primitive(primitive: impl Into<Handle>, inputs: &[Array]) -> Result<SmallVec<[Array; 1]>> {
        let traces = transform::traces_of(inputs);
        Array::build(primitive.into(), inputs, traces.clone(), traces)
    }

    /// [`Array::from_primitive`] that `recorders` write on their tapes, and whose outputs `traces` watch from here on.
    pub(crate) fn build(
        primitive: Handle,
        inputs: &[Array],
        recorders: Option<Arc<TraceSet>>,
        traces: Option<Arc<TraceSet>>,
    ) -> Result<SmallVec<[Array; 1]>> {
        let mut specs: SmallVec<[_; 3]> = SmallVec::new();
        inputs.iter().for_each(|a| specs.push(a.spec()));
        let specs = primitive.infer(&specs)?;
        let stream = Stream::current();
        let mut held = Inputs::new();
        inputs.iter().for_each(|a| held.push(a.clone()));
        let op = Arc::new(Op {
            primitive,
            stream,
            sequence: SEQUENCE.fetch_add(1, Ordering::Relaxed),
            inputs: Mutex::new(held),
            outputs: OnceLock::new(),
            claimed: AtomicBool::new(false),
            replayed: AtomicBool::new(false),
            mark: AtomicU64::new(0),
        });
        let mut outputs: SmallVec<[Array; 1]> = SmallVec::new();
        let mut known: SmallVec<[Weak<Node>; 1]> = SmallVec::new();
        for Spec { shape, dtype } in specs {
            debug_assert!(size(&shape) <= isize::MAX as usize);
            let node = Node { shape, dtype, op: Some(op.clone()), traces: traces.clone(), value: OnceLock::new() };
            let node = Arc::new(node);
            known.push(Arc::downgrade(&node));
            outputs.push(Array(node));
        }
        let _ = op.outputs.set(known);
        if let Some(recorders) = recorders {
            recorders.record(|| Record {
                primitive: op.primitive.clone(),
                stream,
                inputs: SmallVec::from(inputs),
                outputs: outputs.clone(),
            });
        }
        Ok(outputs)
    }

    /// [`Array::from_primitive`] for a primitive with one output.
    pub fn apply(primitive: impl Into<Handle>, inputs: &[Array]) -> Result<Array> {
        Ok(Array::from_primitive(primitive, inputs)?.swap_remove(0))
    }
}

impl Drop for Op {
    /// Takes a long chain of operations apart in a loop; dropping inputs field by field would recurse once an operation.
    fn drop(&mut self) {
        let mut stack = take(self.inputs.get_mut().unwrap_or_else(|e| e.into_inner()));
        while let Some(array) = stack.pop() {
            let Some(mut node) = Arc::into_inner(array.0) else { continue };
            let Some(mut op) = node.op.take().and_then(Arc::into_inner) else { continue };
            stack.append(op.inputs.get_mut().unwrap_or_else(|e| e.into_inner()));
        }
    }
}
