//! Every kernel that the conformance test of the backend made, in the language of every platform.

use millpond_emission::emit;
use std::collections::BTreeMap;
use std::path::Path;

/// Kernels whose translations are kept, for people to read: by the name, which says all that the text depends on.
const SHOWN: [(&str, &str); 6] = [
    ("add", "map float32l float32l;add.float32 0 1>2"),
    ("softmax", "softmax"),
    ("matmul", "matmul float32"),
    ("sort", "sort step one"),
    ("cumsum", "scan add float32 thread"),
    ("sum", "fold add float32 subgroups float32l>0"),
];

/// The kernels by name.
fn kernels() -> BTreeMap<String, String> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels");
    let files = std::fs::read_dir(&dir).unwrap_or_else(|_| {
        panic!(
            "no kernels in {}: cargo test --release --package millpond-wgpu --test conformance, in one target directory",
            dir.display()
        )
    });
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let (name, source) = text.split_once('\n').unwrap();
        (name.trim_start_matches("// ").to_owned(), source.to_owned())
    };
    files.map(read).collect()
}

#[test]
fn every_kernel_in_every_language() {
    let kernels = kernels();
    assert!(kernels.len() > 500, "{} kernels: was the whole suite run?", kernels.len());
    let mut failures = Vec::new();
    for (name, source) in &kernels {
        match emit(source) {
            Ok(emitted) => {
                assert!(emitted.metal.contains("kernel void main_"), "{name}:\n{}", emitted.metal);
                assert!(emitted.hlsl.contains("[numthreads("), "{name}:\n{}", emitted.hlsl);
                assert_eq!(emitted.spirv[0], 0x0723_0203, "{name}");
            }
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    let shown = failures.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {} kernels failed:\n{shown}", failures.len(), kernels.len());
    println!("{} kernels in three languages", kernels.len());
}

/// The translations of a few kernels are those in `snapshots/`; `MILLPOND_BLESS=1` writes them anew.
#[test]
fn snapshots() {
    let kernels = kernels();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let bless = std::env::var_os("MILLPOND_BLESS").is_some();
    for (file, name) in SHOWN {
        let source = kernels.get(name).unwrap_or_else(|| panic!("no kernel is called {name:?}"));
        let emitted = emit(source).unwrap();
        for (extension, text) in [("wgsl", source), ("metal", &emitted.metal), ("hlsl", &emitted.hlsl)] {
            let path = dir.join(file).with_extension(extension);
            if bless {
                std::fs::write(&path, text).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == *text, "{} has changed: look at it, then set MILLPOND_BLESS=1\n{text}", path.display());
        }
    }
}
