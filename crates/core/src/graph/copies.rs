//! Light results that several units read are computed in each of them instead of being stored and read again.
//!
//! Memory is slower than arithmetic: `x - mean`, which a variance and the quotient by its root both need, costs less to compute
//! twice than to write once.

use super::fuse::{Plan, Planned, UnitKind};
use crate::array::Array;
use crate::shape::size;
use smallvec::SmallVec;

/// Bytes from which on a result does not stay in a core's cache.
const LARGE: usize = 256 << 10;
/// The most operations that are repeated for one result.
const MOST: usize = 4;

impl Plan {
    /// Has units compute for themselves what they read from others, where that pays.
    pub(super) fn copy_light_results(&mut self) {
        for at in 0..self.ops.len() {
            let Planned { unit: home, wanted, result, .. } = &self.ops[at];
            let unit = &self.units[*home];
            let large = || result.as_ref().is_some_and(|n| size(&n.shape) * n.dtype.size() >= LARGE);
            if !wanted || unit.kind != UnitKind::Map || unit.reduction == Some(at) || !large() {
                continue;
            }
            let (home, stream, shape) = (*home, unit.stream, unit.shape.clone());
            let Some(group) = self.light_group(at) else { continue };
            let reads = |user: usize| self.ops[user].inputs.iter().filter(|i| self.position(&i.0) == Some(at)).count();
            let users: SmallVec<[(usize, usize); 4]> = (at + 1..self.ops.len())
                .filter(|&u| self.ops[u].unit != home)
                .map(|u| (u, reads(u)))
                .filter(|u| u.1 > 0)
                .collect();
            let fits = |&(user, _): &(usize, usize)| {
                let unit = &self.units[self.ops[user].unit];
                unit.kind == UnitKind::Map
                    && unit.stream == stream
                    && unit.shape == shape
                    && unit.reduction != Some(user)
                    && unit.has_room_for(group.len())
            };
            if users.is_empty() || !users.iter().all(fits) {
                continue;
            }
            for (user, count) in users {
                let unit = self.ops[user].unit;
                let ops = &mut self.units[unit].ops;
                ops.extend(group.iter().copied());
                ops.sort_unstable();
                ops.dedup();
                self.ops[at].internal_uses += count;
            }
            self.ops[at].wanted = false;
        }
    }

    /// The operations to repeat where the result of `at` is needed: itself and those of its unit that it needs. `None` where they
    /// are too many or not light, or read more from memory than the result.
    fn light_group(&self, at: usize) -> Option<SmallVec<[usize; MOST]>> {
        let home = &self.units[self.ops[at].unit];
        let mut group: SmallVec<[usize; MOST]> = SmallVec::from_slice(&[at]);
        let mut large: SmallVec<[&Array; MOST]> = SmallVec::new();
        let mut next = 0;
        while let Some(&p) = group.get(next) {
            next += 1;
            if !self.ops[p].program.as_ref()?.instrs().iter().all(|i| i.op.is_light()) {
                return None;
            }
            for input in &self.ops[p].inputs {
                match self.position(&input.0).filter(|q| home.ops.contains(q)) {
                    Some(q) if group.contains(&q) => {}
                    Some(q) if group.len() < MOST => group.push(q),
                    Some(_) => return None,
                    None => {
                        let layout = self.layout_of(input);
                        let spread = layout.shape.iter().zip(&layout.strides).any(|(&n, &s)| n > 1 && s == 0);
                        if !spread && !large.iter().any(|a| a.is_same(input)) {
                            large.push(input);
                        }
                    }
                }
            }
        }
        (large.len() <= 1).then_some(group)
    }
}
