//! What a caller can show while a project is fetched.

/// What a fetch is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for another process that works on the same project.
    Waiting,
    /// Asking the index, or the git server, what there is.
    Listing,
    /// Downloading and importing releases.
    Releases,
    /// Looking for import names and licences.
    Reading,
}

/// Receives the progress of one [`fetch`](crate::fetch), from several threads. Every method does nothing by default,
/// so `()` shows nothing.
pub trait Progress: Sync {
    /// Another part of the work begins.
    fn phase(&self, _phase: Phase) {}

    /// So many more bytes will be downloaded.
    fn add_bytes(&self, _total: u64) {}

    /// So many more bytes have been downloaded.
    fn advance_bytes(&self, _done: u64) {}

    /// So many releases are wanted.
    fn add_releases(&self, _total: u64) {}

    /// A release is there, or was refused.
    fn release_done(&self) {}
}

impl Progress for () {}
