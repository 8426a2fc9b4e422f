//! The bytes of one file: a head for probes, the whole for documents, a stream for tables.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use inferguard_model::Problem;

use crate::limits;
use crate::reader::Refusal;

/// The opened file and what was read of it so far.
///
/// Small files, nearly all of them, are read once, whole, with one open and no further look.
pub struct Content {
    file: Option<File>,
    gzip: bool,
    bytes: Vec<u8>,
    complete: bool,
}

impl Content {
    /// Opens a file and reads its head into `buffer`, whose allocation is reused.
    pub fn open(path: &Path, mut buffer: Vec<u8>) -> Result<Self, Refusal> {
        buffer.clear();
        let mut file = File::open(path).map_err(|error| Refusal::io(&error))?;
        let gzip = is_gzip(path);
        let mut content = Self { file: None, gzip, bytes: buffer, complete: false };
        let wanted = limits::HEAD_BYTES as u64;
        if gzip {
            let mut reader = flate2::read::MultiGzDecoder::new(&mut file);
            // A head that cannot be decompressed is found again, and told, when the file is read.
            content.complete = read_up_to(&mut reader, &mut content.bytes, wanted).unwrap_or(false);
        } else {
            content.complete = read_up_to(&mut file, &mut content.bytes, wanted)
                .map_err(|error| Refusal::io(&error))?;
        }
        if !content.complete {
            content.file = Some(file);
        }
        Ok(content)
    }

    /// A file of which nothing could be read.
    pub(crate) fn empty() -> Self {
        Self { file: None, gzip: false, bytes: Vec::new(), complete: true }
    }

    /// The first bytes of the file, at most [`limits::HEAD_BYTES`] unless all was read.
    pub fn head(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the head is the whole file.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The whole file as UTF-8 text without BOM, and what was repaired in it.
    pub fn text(&mut self) -> Result<(Cow<'_, [u8]>, Option<Problem>), Refusal> {
        self.read_all()?;
        if self.bytes.is_empty() {
            return Err(Refusal::new("the file is empty"));
        }
        Ok(crate::text::decode(&self.bytes, false))
    }

    fn read_all(&mut self) -> Result<(), Refusal> {
        if self.complete {
            return Ok(());
        }
        let limit = limits::WHOLE_FILE_BYTES;
        let mut stream = self.stream()?;
        let mut bytes = Vec::new();
        let whole =
            read_up_to(&mut stream, &mut bytes, limit).map_err(|error| Refusal::io(&error))?;
        drop(stream);
        if !whole {
            return Err(Refusal::new(format!(
                "larger than {} MiB, the most that is read whole",
                limit >> 20
            )));
        }
        (self.bytes, self.complete) = (bytes, true);
        Ok(())
    }

    /// The whole file as a stream of raw bytes from its beginning, decompressed.
    pub fn stream(&mut self) -> Result<Box<dyn Read + '_>, Refusal> {
        if self.complete {
            return Ok(Box::new(&self.bytes[..]));
        }
        let Some(file) = self.file.as_mut() else {
            return Ok(Box::new(std::io::empty()));
        };
        file.rewind().map_err(|error| Refusal::io(&error))?;
        Ok(if self.gzip {
            Box::new(flate2::read::MultiGzDecoder::new(std::io::BufReader::new(file)))
        } else {
            Box::new(file)
        })
    }

    /// Gives the buffer back for the next file.
    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }
}

/// Opens a file as a stream of raw bytes, decompressed when its name ends in `.gz`.
pub fn open_stream(path: &Path) -> std::io::Result<Box<dyn Read + Send>> {
    let file = File::open(path)?;
    Ok(if is_gzip(path) {
        Box::new(flate2::read::MultiGzDecoder::new(std::io::BufReader::new(file)))
    } else {
        Box::new(file)
    })
}

/// Whether the name ends in `.gz` and is more than that; taking a path apart costs ten times as much.
fn is_gzip(path: &Path) -> bool {
    match path.as_os_str().as_encoded_bytes() {
        [.., before, b'.', b'g' | b'G', b'z' | b'Z'] => !std::path::is_separator((*before).into()),
        _ => false,
    }
}

/// Appends at most `limit` bytes and tells whether that was all there is.
fn read_up_to(reader: &mut impl Read, bytes: &mut Vec<u8>, limit: u64) -> std::io::Result<bool> {
    let start = bytes.len() as u64;
    reader.by_ref().take(limit).read_to_end(bytes)?;
    if bytes.len() as u64 - start < limit {
        return Ok(true);
    }
    let mut one_more = [0];
    Ok(reader.read(&mut one_more)? == 0)
}
