//! A reader with an allowance.

use std::{
    cell::Cell,
    io::{self, Read, Seek, SeekFrom},
    rc::Rc,
};

/// How much may still be read; shared between a [`Metered`] reader and who allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowance {
    left: Rc<Cell<u64>>,
    exceeded: Rc<Cell<bool>>,
}

impl Allowance {
    /// Allows `bytes` from here on, whatever was allowed before.
    pub(crate) fn set(&self, bytes: u64) {
        self.left.set(bytes);
    }

    /// Whether more was asked for than was allowed, and there was more.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }
}

/// Counts what is read, and fails where a total or the current allowance is exceeded: sizes that an archive declares
/// are promises, this is what really comes.
#[derive(Debug)]
pub(crate) struct Metered<R> {
    inner: R,
    total: u64,
    limit: u64,
    allowance: Allowance,
}

impl<R: Read> Metered<R> {
    pub(crate) fn new(inner: R, limit: u64, allowance: Allowance) -> Self {
        Self { inner, total: 0, limit, allowance }
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let count = read as u64;
        self.total += count;
        let left = self.allowance.left.get().checked_sub(count);
        match left {
            Some(left) if self.total <= self.limit => {
                self.allowance.left.set(left);
                Ok(read)
            }
            _ => {
                self.allowance.exceeded.set(true);
                Err(io::Error::other("more than its size allows"))
            }
        }
    }
}
