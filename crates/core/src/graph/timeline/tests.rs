use super::json::Quoted;
use super::*;
use crate::device::CPU;

fn span(id: u64, name: &str, stream: Stream, times: [u64; 3], needs: &[Need]) -> Span {
    let task =
        Task { name: name.into(), ops: name.into(), shape: [2, 3].into_iter().collect(), bytes: 24, stream, transfer: false };
    Span { id, task, queued: times[0], start: times[1], end: times[2], failed: false, needs: needs.iter().cloned().collect() }
}

fn written(recording: &Recording, extension: &str) -> String {
    let name = format!("millpond-timeline-{}-{:?}.{extension}", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    Destination::create(&path).unwrap().write(recording).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    text
}

#[test]
fn strings_cannot_end_the_script() {
    assert_eq!(Quoted("a\"\\\n</script>é").to_string(), "\"a\\\"\\\\\\u000a\\u003c/script\\u003eé\"");
}

#[test]
fn operations_are_counted() {
    assert_eq!(listed(["exp", "exp", "add", "exp"].into_iter()), "exp ×2, add, exp");
    let many: Vec<String> = (0..512).map(|i| format!("op{i}")).collect();
    let text = listed(many.iter().map(String::as_str));
    assert!(text.len() < 600 && text.contains("more"), "{text}");
}

#[test]
fn a_page_and_a_trace() {
    let (a, b) = (Stream::new(CPU).unwrap(), Stream::new(CPU).unwrap());
    let need = [Need { id: 7, stream: a, waited: 80 }, Need { id: 99, stream: a, waited: 0 }];
    let spans = vec![span(7, "exp", a, [0, 10, 100], &[]), span(8, "<b>", b, [20, 110, 150], &need)];
    let recording = Recording { spans, dropped: 5 };
    let page = written(&recording, "html");
    assert!(!page.contains("<b>\"") && page.contains("\\u003cb\\u003e") && page.contains("\"dropped\":5"));
    let row = format!("[1,1,1,0,24,20,90,40,0,[[0,{0},80],[-1,{0},0]]]", a.index());
    assert!(page.contains(&row), "the row of the second task");
    assert!(!page.contains("http"), "nothing is loaded from elsewhere");
    let trace = written(&recording, "json");
    assert!(trace.contains("wait for exp of stream") && trace.contains("\"ph\":\"s\"") && trace.contains("\"ph\":\"f\""));
}

#[test]
fn an_empty_recording_is_written() {
    assert!(written(&Recording::default(), "html").contains("\"tasks\":[]"));
    assert!(written(&Recording::default(), "json").ends_with("]}\n"));
}

#[test]
fn paths_are_checked_first() {
    let bad = |path: &str| record_to(path, || panic!("not called")).unwrap_err().message().to_owned();
    assert!(bad("run.txt").contains("run.txt must end in .html"));
    assert!(bad("no/such/folder/run.html").contains("cannot write"));
}

#[test]
#[cfg_attr(miri, ignore = "a quarter of a million tasks")]
fn the_log_keeps_the_latest() {
    let stream = Stream::new(CPU).unwrap();
    let mut log = Log { spans: VecDeque::new(), before: 0, names: HashSet::new() };
    for id in 0..LIMIT as u64 + 10 {
        log.push(span(id, "exp", stream, [id, id, id], &[]));
    }
    assert_eq!((log.spans.len(), log.before, log.spans[0].id), (LIMIT, 10, 10));
    assert_eq!(log.names.len(), 1, "names are kept once");
}
