//! A recording as one page that needs nothing else: `page.html` with the tasks written into it.

use super::json::{Quoted, list};
use super::{Recording, Task};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::hash::Hash;
use std::io::{Result, Write};

const PAGE: &str = include_str!("page.html");
const MARK: &str = "<!-- data -->";

/// Values met so far, each written once and then known by its number.
struct Table<T> {
    numbers: HashMap<T, usize>,
    text: Vec<String>,
}

impl<T: Hash + Eq + Copy> Table<T> {
    fn new() -> Table<T> {
        Table { numbers: HashMap::new(), text: Vec::new() }
    }

    fn number<D: Display>(&mut self, value: T, shown: impl FnOnce(T) -> D) -> usize {
        *self.numbers.entry(value).or_insert_with(|| {
            self.text.push(shown(value).to_string());
            self.text.len() - 1
        })
    }
}

/// Writes the page. A task is a row: stream, name, operations, shape, bytes, when its turn came, how long it waited, how long
/// it ran, flags (1: failed, 2: a transfer), and what it read from other streams as lists of
/// the task (or -1), the number of its stream and the time waited.
pub(super) fn write(recording: &Recording, out: &mut impl Write) -> Result<()> {
    let (head, tail) = PAGE.split_once(MARK).expect("the page has a place for its data");
    let places: HashMap<u64, usize> = recording.iter().enumerate().map(|(i, s)| (s.id, i)).collect();
    // Copies overlap the tasks of their stream, so they have a lane of their own.
    let lane_of = |task: &Task| (task.stream.index(), task.transfer);
    let streams: BTreeMap<_, _> = recording.iter().map(|s| (lane_of(&s.task), s.task.stream.device())).collect();
    let lanes: HashMap<(usize, bool), usize> = streams.keys().enumerate().map(|(lane, key)| (*key, lane)).collect();
    let (mut names, mut ops, mut shapes) = (Table::new(), Table::new(), Table::new());
    write!(out, "{head}<script type=\"application/json\" id=\"data\">{{\"dropped\":{},\"streams\":", recording.dropped)?;
    let stream = |((index, transfers), device): (&(usize, bool), &crate::device::Device)| {
        let device = format!("{} {}", device.kind.name(), device.index);
        format!("{{\"index\":{index},\"device\":{},\"transfers\":{transfers}}}", Quoted(&device))
    };
    write!(out, "{},\"tasks\":[", list(streams.iter().map(stream)))?;
    for (i, span) in recording.iter().enumerate() {
        let task = &span.task;
        let lane = lanes[&lane_of(task)];
        let name = names.number(&*task.name, Quoted);
        let op = ops.number(&*task.ops, Quoted);
        let shape = shapes.number(&task.shape, list);
        let (waited, ran) = (span.start - span.queued, span.end - span.start);
        let flags = u8::from(span.failed) | u8::from(task.transfer) << 1;
        let comma = if i > 0 { ",\n" } else { "\n" };
        write!(out, "{comma}[{lane},{name},{op},{shape},{},{},{waited},{ran},{flags},", task.bytes, span.queued)?;
        let needs = span.needs.iter().map(|n| {
            let from = places.get(&n.id).map_or(-1, |p| *p as i64);
            format!("[{from},{},{}]", n.stream.index(), n.waited)
        });
        write!(out, "{}]", list(needs))?;
    }
    let (names, ops, shapes) = (list(names.text), list(ops.text), list(shapes.text));
    write!(out, "],\"names\":{names},\"ops\":{ops},\"shapes\":{shapes}}}</script>{tail}")
}
