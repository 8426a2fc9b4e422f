//! The least that any program does with a tree: walk it, open and read every file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;

/// Reads everything below a folder into one reused buffer and prints how much it was.
pub(crate) fn floor(dir: &Path) -> anyhow::Result<()> {
    let (mut files, mut bytes) = (0_u64, 0_u64);
    let mut buffer = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let explain = || format!("cannot read {}", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(explain)? {
            let entry = entry.with_context(explain)?;
            let kind = entry.file_type().with_context(explain)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                buffer.clear();
                File::open(entry.path())?.read_to_end(&mut buffer)?;
                files += 1;
                bytes += buffer.len() as u64;
            }
        }
    }
    println!("{files} files, {bytes} bytes");
    Ok(())
}
