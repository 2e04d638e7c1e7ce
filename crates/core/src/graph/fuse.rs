//! Fusion: partitions a batch of pending operations into units, each of which becomes one task.
//!
//! Operations come in creation order, so inputs come before users. Units are numbered in the order they will be enqueued; an
//! elementwise operation may join the last unit it depends on, and pull in earlier ones, as long as nothing between needs them:
//!
//! - an operation joins unit `u` when all else it reads comes from units before `u`;
//! - unit `g` moves into a later unit `u` when no unit before `u` other than `g` itself reads from `g`.
//!
//! A reduction whose input an elementwise unit computes joins that unit as its last step.

use super::op::Op;
use crate::array::{Array, Node};
use crate::primitive::Specs;
use crate::scalar::Program;
use crate::shape::{Layout, Shape};
use crate::stream::Stream;
use smallvec::SmallVec;
use std::cell::Cell;
use std::mem::take;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// The most operations in one unit: what keeps a program's registers and inputs few.
const MOST_OPS: usize = 48;
/// The most operations of a plan whose room is kept for the next one.
const SPARED: usize = 64;

pub(super) struct Plan {
    pub(super) units: Vec<Unit>,
    pub(super) ops: Vec<Planned>,
    epoch: u64,
}

/// An operation of the batch.
pub(super) struct Planned {
    pub(super) op: Arc<Op>,
    /// Its first output, if anybody has a use for that.
    pub(super) result: Option<Arc<Node>>,
    pub(super) inputs: SmallVec<[Array; 2]>,
    pub(super) unit: usize,
    /// The output's layout, where it is a view.
    pub(super) view: Option<Layout>,
    pub(super) program: Option<Program>,
    /// How many inputs inside its own unit, and inside those that repeat it, refer to its first output.
    pub(super) internal_uses: usize,
    /// Whether something waits for it to be stored: it is asked for by name or read by a unit that does not repeat it.
    pub(super) wanted: bool,
}

pub(super) struct Unit {
    /// Positions in the batch, ascending. Some may be those of other units' operations, repeated here.
    pub(super) ops: SmallVec<[usize; 4]>,
    pub(super) stream: Stream,
    pub(super) kind: UnitKind,
    /// The reduction at the end of a map.
    pub(super) reduction: Option<usize>,
    /// The shape a map runs over.
    pub(super) shape: Shape,
    /// The first other unit that reads from this one.
    first_reader: usize,
    moved_to: Option<usize>,
}

thread_local! {
    /// Room for the next plan of this thread: small graphs are planned in less time than it takes to allocate it.
    static SPARE: Cell<(Vec<Unit>, Vec<Planned>)> = const { Cell::new((Vec::new(), Vec::new())) };
}

impl Drop for Plan {
    fn drop(&mut self) {
        let (mut units, mut ops) = (take(&mut self.units), take(&mut self.ops));
        units.clear();
        ops.clear();
        if ops.capacity() <= SPARED {
            let _ = SPARE.try_with(|spare| spare.set((units, ops)));
        }
    }
}

impl Unit {
    /// Whether a program with `ops` more operations is not too long.
    pub(super) fn has_room_for(&self, ops: usize) -> bool {
        self.ops.len() + ops <= MOST_OPS
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum UnitKind {
    View,
    Map,
    Single,
}

/// Distinguishes the marks of different batches.
pub(super) const POSITION_BITS: u32 = 20;

impl Plan {
    /// Plans `ops`, in creation order and none of them scheduled yet. Their inputs are moved out of them.
    pub(super) fn new(ops: Vec<Arc<Op>>, epoch: u64) -> Plan {
        let (units, planned) = SPARE.try_with(Cell::take).unwrap_or_default();
        let mut plan = Plan { units, ops: planned, epoch };
        plan.units.reserve(ops.len());
        plan.ops.reserve(ops.len());
        for op in ops {
            plan.add(op);
        }
        for p in 0..plan.ops.len() {
            plan.ops[p].unit = plan.resolve(plan.ops[p].unit);
        }
        for user in 0..plan.ops.len() {
            for k in 0..plan.ops[user].inputs.len() {
                let Some(p) = plan.position(&plan.ops[user].inputs[k].0) else { continue };
                if plan.ops[p].unit == plan.ops[user].unit {
                    plan.ops[p].internal_uses += 1;
                } else {
                    plan.ops[p].wanted = true;
                }
            }
        }
        plan.copy_light_results();
        plan
    }

    /// Notes that `arrays` are asked for by name; with `more` to be planned later, that anything may be.
    pub(super) fn want(&mut self, arrays: &[&Array], more: bool) {
        if more {
            self.ops.iter_mut().for_each(|p| p.wanted = true);
        }
        for array in arrays {
            if let Some(at) = self.position(&array.0) {
                self.ops[at].wanted = true;
            }
        }
    }

    /// Where in the batch the operation behind `node` is.
    pub(super) fn position(&self, node: &Node) -> Option<usize> {
        let mark = node.op.as_ref()?.mark.load(Relaxed);
        (mark >> POSITION_BITS == self.epoch).then_some((mark & ((1 << POSITION_BITS) - 1)) as usize)
    }

    fn resolve(&self, mut unit: usize) -> usize {
        while let Some(next) = self.units[unit].moved_to {
            unit = next;
        }
        unit
    }

    pub(super) fn layout_of(&self, array: &Array) -> Layout {
        if let Some(value) = array.0.value.get() {
            return value.layout.clone();
        }
        let view = self.position(&array.0).and_then(|p| self.ops[p].view.clone());
        view.unwrap_or_else(|| Layout::contiguous(&array.0.shape))
    }

    fn add(&mut self, op: Arc<Op>) {
        let at = self.ops.len();
        let mut inputs = take(&mut *op.inputs.lock().unwrap());
        let twin = op.primitive.reduction().and_then(|_| self.twin(&op, &inputs));
        let repeated = twin.is_some();
        if let Some(same) = twin {
            inputs = SmallVec::from_iter([same]);
        }
        op.claimed.store(true, Relaxed);
        op.mark.store(self.epoch << POSITION_BITS | at as u64, Relaxed);

        let mut sources: SmallVec<[(usize, usize); 3]> = SmallVec::new();
        for p in inputs.iter().filter_map(|a| self.position(&a.0)) {
            sources.push((p, self.resolve(self.ops[p].unit)));
        }
        let result = op.outputs.get().and_then(|o| o.first()).and_then(|w| w.upgrade());
        let shape = result.as_ref().map(|n| n.shape.clone()).unwrap_or_default();
        let mut planned =
            Planned { op, result, inputs, unit: usize::MAX, view: None, program: None, internal_uses: 0, wanted: false };
        if repeated {
            planned.view = Some(Layout::contiguous(&planned.inputs[0].0.shape));
        } else if let [input] = &planned.inputs[..] {
            planned.view = planned.op.primitive.view(&self.layout_of(input));
        }
        if planned.view.is_none() {
            let mut dtypes: SmallVec<[_; 3]> = SmallVec::new();
            planned.inputs.iter().for_each(|a| dtypes.push(a.dtype()));
            planned.program = planned.op.primitive.program(&dtypes);
        }

        let op = &planned.op;
        let last = sources.iter().map(|&(_, u)| u).max();
        let unit = if planned.view.is_some() {
            self.open(op, UnitKind::View, shape.clone())
        } else if planned.program.is_some() {
            let home = last.filter(|&u| self.accepts(u, op, &shape, &sources));
            home.unwrap_or_else(|| self.open(op, UnitKind::Map, shape.clone()))
        } else if let Some(u) = op.primitive.reduction().and(last).filter(|&u| self.accepts_reduction(u, op, &sources)) {
            self.units[u].reduction = Some(at);
            u
        } else {
            self.open(op, UnitKind::Single, shape.clone())
        };
        planned.unit = unit;
        self.units[unit].ops.push(at);
        if planned.program.is_some() {
            for &(_, g) in &sources {
                self.pull(g, unit, &shape);
            }
        }
        for &(_, u) in &sources {
            let u = self.resolve(u);
            if u != unit {
                self.units[u].first_reader = self.units[u].first_reader.min(unit);
            }
        }
        self.ops.push(planned);
    }

    /// The result of an earlier reduction that is the same as `op` of `inputs`: formulas often ask for a mean twice.
    fn twin(&self, op: &Op, inputs: &[Array]) -> Option<Array> {
        let same = |p: &&Planned| {
            p.op.stream == op.stream
                && p.op.primitive.reduction().is_some()
                && p.inputs.len() == inputs.len()
                && p.inputs.iter().zip(inputs).all(|(a, b)| a.is_same(b))
                && p.op.primitive.type_name() == op.primitive.type_name()
                && p.op.primitive.name() == op.primitive.name()
                && p.op.primitive.attributes() == op.primitive.attributes()
        };
        match &self.ops.iter().find(same)?.op.outputs.get()?[..] {
            [output] => output.upgrade().map(Array),
            _ => None,
        }
    }

    fn open(&mut self, op: &Op, kind: UnitKind, shape: Shape) -> usize {
        self.units.push(Unit {
            ops: SmallVec::new(),
            stream: op.stream,
            kind,
            reduction: None,
            shape,
            first_reader: usize::MAX,
            moved_to: None,
        });
        self.units.len() - 1
    }

    /// Whether an elementwise `op` whose last source is unit `u` may run inside `u`.
    fn accepts(&self, u: usize, op: &Op, shape: &Shape, sources: &[(usize, usize)]) -> bool {
        let unit = &self.units[u];
        unit.kind == UnitKind::Map
            && unit.stream == op.stream
            && unit.shape == *shape
            && unit.has_room_for(1)
            && sources.iter().all(|&(p, _)| unit.reduction != Some(p))
    }

    /// Whether a reduction of what unit `u` computes may be its last step.
    fn accepts_reduction(&self, u: usize, op: &Op, sources: &[(usize, usize)]) -> bool {
        let unit = &self.units[u];
        unit.kind == UnitKind::Map && unit.stream == op.stream && unit.reduction.is_none() && sources.len() == 1
    }

    /// Moves the map `g` into the later map `u` if nothing before `u` reads it.
    fn pull(&mut self, g: usize, u: usize, shape: &Shape) {
        let g = self.resolve(g);
        if g == u {
            return;
        }
        let (from, to) = (&self.units[g], &self.units[u]);
        let fits = from.kind == UnitKind::Map
            && from.reduction.is_none()
            && from.stream == to.stream
            && from.shape == *shape
            && from.first_reader >= u
            && to.has_room_for(from.ops.len());
        if !fits {
            return;
        }
        let reader = if from.first_reader == u { usize::MAX } else { from.first_reader };
        let ops = take(&mut self.units[g].ops);
        self.units[g].moved_to = Some(u);
        let to = &mut self.units[u];
        to.first_reader = to.first_reader.min(reader);
        to.ops.extend(ops);
        to.ops.sort_unstable();
    }
}

/// Shapes and dtypes of the outputs of an operation some of whose outputs may be gone.
pub(super) fn output_specs(op: &Op, inputs: &[Array]) -> crate::error::Result<Specs> {
    let specs: SmallVec<[_; 3]> = inputs.iter().map(Array::spec).collect();
    op.primitive.infer(&specs)
}
