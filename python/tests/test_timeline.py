"""What `mx.timeline` records, and the files it writes."""

import json
import re
import shutil
import subprocess

import millpond.core as mx
import pytest
from repeat import on_threads

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "headless_shell"))), None)


def two_streams():
    """A long task on one stream, a short one on another that then waits for it."""
    a, b = mx.new_stream(mx.cpu), mx.new_stream(mx.cpu)
    x = mx.random.normal((600, 600))
    mx.eval(x)
    slow = x
    for _ in range(4):
        slow = mx.matmul(slow, x * 0.01, stream=a)
    quick = mx.sort(x, stream=b)
    mx.eval(mx.add(mx.max(slow, stream=a), mx.max(quick, stream=b), stream=b))
    return a, b


def page_data(path):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.DOTALL)[1])


def test_tasks_say_what_they_waited_for():
    with mx.timeline() as tasks:
        a, b = two_streams()
    last = [t for t in tasks if t["stream"] == b][-1]
    (need,) = last["needs"]
    source = next(t for t in tasks if t["id"] == need["id"])
    assert need["stream"] == a == source["stream"]
    assert source["end_ns"] <= last["start_ns"] and need["waited_ns"] <= last["start_ns"] - last["queued_ns"]
    assert not last["failed"] and not last["transfer"]


def test_fused_operations_are_listed():
    x = mx.ones(10)
    mx.eval(x)
    with mx.timeline() as tasks:
        y = x
        for _ in range(9):
            y = mx.sin(y)
        mx.eval(mx.cos(y))
    assert [t["ops"] for t in tasks] == ["sin ×9, cos"]


def test_the_page_has_all_tasks(tmp_path):
    path = tmp_path / "run.html"
    with mx.timeline(path) as tasks:
        two_streams()
    data = page_data(path)
    assert len(data["tasks"]) == len(tasks) and data["dropped"] == 0
    rows = [(data["names"][row[1]], row[4], row[5], row[5] + row[6], row[5] + row[6] + row[7]) for row in data["tasks"]]
    assert rows == [(t["name"], t["bytes"], t["queued_ns"], t["start_ns"], t["end_ns"]) for t in tasks]
    assert any(row[9] for row in data["tasks"]), "an arrow"
    text = path.read_text()
    assert "http://" not in text and "https://" not in text and "<link" not in text and "src=" not in text


def test_the_trace_is_well_formed(tmp_path):
    path = tmp_path / "run.json"
    with mx.timeline(str(path)) as tasks:
        two_streams()
    trace = json.loads(path.read_text())
    events = trace["traceEvents"]
    slices = [e for e in events if e["ph"] == "X" and e["cat"] == "task"]
    assert len(slices) == len(tasks) and all(e["dur"] >= 0 for e in slices)
    names = {e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert len(names) == len({t["stream"].index for t in tasks})
    starts, ends = ([e for e in events if e["ph"] == ph] for ph in "sf")
    assert starts and {e["id"] for e in starts} == {e["id"] for e in ends}
    # Perfetto binds an arrow to the slice around each of its ends.
    for e in starts + ends:
        assert any(s["tid"] == e["tid"] and s["ts"] <= e["ts"] <= s["ts"] + s["dur"] + 1e-3 for s in slices)


def test_lanes_overlap(tmp_path):
    # On a busy machine a round may run one stream after the other; some round does not.
    for _ in range(20):
        with mx.timeline() as tasks:
            a, b = two_streams()
        mine, others = ([t for t in tasks if t["stream"] == s] for s in (a, b))
        if any(t["start_ns"] < u["end_ns"] and u["start_ns"] < t["end_ns"] for t in mine for u in others):
            return
    pytest.fail("two streams never overlapped")


def test_queued_work_is_waited_for(tmp_path):
    with mx.timeline(tmp_path / "run.html") as tasks:
        y = mx.matmul(mx.ones((500, 500)), mx.ones((500, 500)))
        mx.async_eval(y)
    assert any("matmul" in t["name"] for t in tasks)


def test_names_are_escaped(tmp_path):
    # Everything that comes from outside passes through JSON in a script element, where `<` must not occur.
    path = tmp_path / "run.html"
    with mx.timeline(path):
        mx.eval(mx.ones(3) + 1)
    assert "<" not in re.search(r'id="data">(.*?)</script>', path.read_text(), re.DOTALL)[1]


def test_bad_paths_are_told_before_anything_runs(tmp_path):
    with pytest.raises(ValueError, match=r"run\.txt must end in \.html"):
        mx.timeline(tmp_path / "run.txt")
    with pytest.raises(FileNotFoundError, match="cannot write"):
        mx.timeline(tmp_path / "no" / "run.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(OSError, match=r"folder\.html"):
        mx.timeline(tmp_path / "folder.html")
    with pytest.raises(TypeError):
        mx.timeline(3)


def test_an_exception_leaves_the_file_and_passes(tmp_path):
    path = tmp_path / "run.html"
    with pytest.raises(KeyError), mx.timeline(path) as tasks:
        mx.eval(mx.ones(3) + 1)
        raise KeyError("mine")
    assert len(page_data(path)["tasks"]) == len(tasks) > 0


def test_an_empty_recording(tmp_path):
    for name in ("run.html", "run.json"):
        with mx.timeline(tmp_path / name) as tasks:
            mx.ones(3) + 1  # never evaluated
        assert tasks == []
    assert page_data(tmp_path / "run.html")["tasks"] == []
    assert json.loads((tmp_path / "run.json").read_text())["traceEvents"]


def test_nested_and_concurrent():
    x = mx.ones(100)
    mx.eval(x)
    with mx.timeline() as outer:
        mx.eval(mx.sin(x))
        with mx.timeline() as inner:
            mx.eval(mx.cos(x))
        mx.eval(mx.tan(x))
    assert [t["name"] for t in outer] == ["sin", "cos", "tan"] and [t["name"] for t in inner] == ["cos"]

    def record(_):
        with mx.timeline() as tasks:
            for _ in range(50):
                mx.eval(mx.exp(x))
        return sum(t["name"] == "exp" for t in tasks)

    assert all(50 <= n <= 200 for n in on_threads(4, record))


def test_one_timeline_is_not_entered_twice():
    timeline = mx.timeline()
    with timeline:
        with pytest.raises(RuntimeError, match="already"):
            timeline.__enter__()
    with pytest.raises(RuntimeError, match="without"):
        timeline.__exit__(None, None, None)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_shows_the_page(tmp_path):
    path = tmp_path / "run.html"
    with mx.timeline(path) as tasks:
        two_streams()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    run = subprocess.run([BROWSER, *flags, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    body = re.search(r"<tbody>(.*?)</tbody>", run.stdout, re.DOTALL)[1]
    assert {t["name"] for t in tasks} <= set(re.findall(r"</i>([^<]+)</td>", body)), "the table was filled by the page's script"
    assert "Several streams worked at once" in run.stdout
