//! Where a recording goes.

use super::{Recording, chrome, page};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// A file for a recording, known to be writable. Its extension says what is written.
#[derive(Debug)]
pub struct Destination {
    path: PathBuf,
    trace: bool,
}

impl Destination {
    /// Checks that `path` ends in `.html` or `.json` and can be written, without changing what is there.
    ///
    /// # Errors
    /// `InvalidInput` for another extension, else the system's error; the message names the path.
    pub fn create(path: impl AsRef<Path>) -> Result<Destination> {
        let path = path.as_ref();
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let trace = match extension.as_str() {
            "html" | "htm" => false,
            "json" => true,
            _ => {
                let message = format!("[timeline] {} must end in .html (a page) or .json (a Chrome trace)", path.display());
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        };
        // The working directory may change before the end.
        let destination = Destination { path: std::path::absolute(path)?, trace };
        destination.named(OpenOptions::new().write(true).create(true).truncate(false).open(&destination.path))?;
        Ok(destination)
    }

    /// Writes the recording, over what is in the file.
    ///
    /// # Errors
    /// The system's; the message names the path.
    pub fn write(&self, recording: &Recording) -> Result<()> {
        let write = || {
            let mut out = BufWriter::new(File::create(&self.path)?);
            if self.trace { chrome::write(recording, &mut out) } else { page::write(recording, &mut out) }?;
            out.flush()
        };
        self.named(write())
    }

    fn named<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|e| Error::new(e.kind(), format!("[timeline] cannot write {}: {e}", self.path.display())))
    }
}
