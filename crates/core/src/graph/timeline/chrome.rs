//! A recording in the Chrome trace format, which Perfetto and `chrome://tracing` open: a process a device, a thread a stream,
//! waits as slices of their own, flow arrows for what one stream read from another.

use super::json::Quoted;
use super::{Recording, Span};
use crate::device::{Device, DeviceType};
use std::collections::{BTreeMap, HashMap};
use std::io::{Result, Write};

/// The number by which the trace knows a device.
fn process(device: Device) -> u32 {
    2 * device.index + u32::from(device.kind == DeviceType::Gpu) + 1
}

/// The number by which the trace knows a stream, or its copies, which overlap its tasks.
fn thread_of(index: usize, transfers: bool) -> usize {
    if transfers { (1 << 30) + index } else { index }
}

fn microseconds(ns: u64) -> f64 {
    ns as f64 / 1e3
}

pub(super) fn write(recording: &Recording, out: &mut impl Write) -> Result<()> {
    let by_id: HashMap<u64, &Span> = recording.iter().map(|s| (s.id, s)).collect();
    let streams: BTreeMap<(usize, bool), Device> =
        recording.iter().map(|s| ((s.task.stream.index(), s.task.transfer), s.task.stream.device())).collect();
    write!(out, "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"dropped\":{}}},\"traceEvents\":[", recording.dropped)?;
    write!(out, "{{\"ph\":\"M\",\"name\":\"trace_name\",\"pid\":0,\"tid\":0,\"args\":{{\"name\":\"Millpond\"}}}}")?;
    for ((index, transfers), device) in &streams {
        let device_name = format!("{} {}", device.kind.name(), device.index);
        let thread = if *transfers { format!("copies of stream {index}") } else { format!("stream {index}") };
        let index = thread_of(*index, *transfers);
        for (what, name) in [("process_name", device_name), ("thread_name", thread)] {
            let pid = process(*device);
            write!(out, ",\n{{\"ph\":\"M\",\"name\":\"{what}\",\"pid\":{pid},\"tid\":{index},")?;
            write!(out, "\"args\":{{\"name\":{}}}}}", Quoted(&name))?;
        }
    }
    let mut arrow = 0u64;
    for span in recording.iter() {
        let place = |s: &Span| {
            let thread = thread_of(s.task.stream.index(), s.task.transfer);
            format!("\"pid\":{},\"tid\":{thread}", process(s.task.stream.device()))
        };
        let here = place(span);
        let slowest = span.needs.iter().max_by_key(|n| n.waited).filter(|n| n.waited > 0 && span.start > span.queued);
        if let Some(need) = slowest {
            let what = by_id.get(&need.id).map_or("an earlier task", |s| &*s.task.name);
            let name = format!("wait for {what} of stream {}", need.stream.index());
            let (ts, dur) = (microseconds(span.queued), microseconds(span.start - span.queued));
            write!(out, ",\n{{\"ph\":\"X\",\"cat\":\"wait\",\"name\":{},\"ts\":{ts},\"dur\":{dur},{here}}}", Quoted(&name))?;
        }
        let kind = if span.task.transfer { "transfer" } else { "task" };
        let (ts, dur) = (microseconds(span.start), microseconds(span.end - span.start));
        write!(
            out,
            ",\n{{\"ph\":\"X\",\"cat\":\"{kind}\",\"name\":{},\"ts\":{ts},\"dur\":{dur},{here},\"args\":{{\"id\":{},\"ops\":{},\
             \"shape\":{},\"bytes\":{},\"waited_ns\":{},\"failed\":{}}}}}",
            Quoted(&span.task.name),
            span.id,
            Quoted(&span.task.ops),
            super::json::list(&span.task.shape),
            span.task.bytes,
            span.start - span.queued,
            span.failed
        )?;
        for source in span.needs.iter().filter_map(|n| by_id.get(&n.id)) {
            arrow += 1;
            let head = format!("\"cat\":\"needs\",\"name\":\"needs\",\"id\":{arrow}");
            // An arrow is bound to the slice that encloses its end, so it starts inside the producer's.
            let from = microseconds(source.end.saturating_sub(1).max(source.start));
            write!(out, ",\n{{\"ph\":\"s\",{head},\"ts\":{from},{}}}", place(source))?;
            write!(out, ",\n{{\"ph\":\"f\",\"bp\":\"e\",{head},\"ts\":{ts},{here}}}")?;
        }
    }
    writeln!(out, "]}}")
}
