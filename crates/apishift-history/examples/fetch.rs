//! Fetches projects of the package index and tells what that took: `fetch [--offline] CACHE_DIR PROJECT[SPECIFIERS][@NEWEST]...`.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Instant,
};

use apishift_history::{FetchOptions, Progress, ProjectSource, fetch};
use apishift_types::{Role, TreeSource};

#[derive(Default)]
struct Bytes(AtomicU64);

impl Progress for Bytes {
    fn advance_bytes(&self, done: u64) {
        self.0.fetch_add(done, Ordering::Relaxed);
    }
}

#[expect(clippy::print_stdout, reason = "an example for people at a terminal")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    let offline = arguments.next_if(|argument| argument == "--offline").is_some();
    let cache =
        arguments.next().ok_or("usage: fetch [--offline] CACHE_DIR PROJECT[SPECIFIERS][@NEWEST]...")?;
    let options = FetchOptions { offline, ..FetchOptions::new(cache) };
    for argument in arguments {
        let (argument, limit) = match argument.split_once('@') {
            Some((argument, limit)) => (argument, Some(limit.parse()?)),
            None => (argument.as_str(), None),
        };
        let border = argument.find(['<', '>', '=', '!', '~']).unwrap_or(argument.len());
        let (project, specifiers) = argument.split_at(border);
        let mut source = ProjectSource::pypi(project, Role::Library);
        source.versions = if specifiers.is_empty() { None } else { Some(specifiers.parse()?) };
        source.limit = limit;
        let (bytes, start) = (Bytes::default(), Instant::now());
        let fetched = fetch(&source, &options, &bytes, &AtomicBool::new(false))?;
        let seconds = start.elapsed().as_secs_f64();
        let downloaded = bytes.0.into_inner() as f64 / 1e6;
        let stored = folder_size(&fetched.repository)? as f64 / 1e6;
        let archives: u64 = fetched.project.releases.iter().map(|release| release.bytes).sum();
        println!(
            "{project}: {} releases in {seconds:.2} s, {downloaded:.1} MB downloaded, archives {:.1} MB, repository {stored:.1} MB, imports {:?}",
            fetched.project.releases.len(),
            archives as f64 / 1e6,
            fetched.project.imports,
        );
        let history = fetched.history()?;
        let (start, mut files, mut text) = (Instant::now(), 0, 0);
        for release in &fetched.project.releases {
            let listed = history.files(&release.commit)?;
            files += listed.len();
            for file in listed {
                text += history.read(file.blob)?.len();
            }
            println!("  {} {:?} {:?} {}", release.version, release.date, release.license, release.commit);
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "  read {files} files, {:.1} MB in {seconds:.2} s; skipped {:?}",
            text as f64 / 1e6,
            fetched.skipped
        );
    }
    Ok(())
}

fn folder_size(folder: &Path) -> std::io::Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        size += if metadata.is_dir() { folder_size(&entry.path())? } else { metadata.len() };
    }
    Ok(size)
}
