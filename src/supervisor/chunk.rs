//! Buffers on their way from a pipe to the hub and back: a flood allocates nothing.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

/// Bytes that are read at once.
const SIZE: usize = 64 * 1024;

/// Buffers that wait for the next flood.
const SPARE: usize = 4;

/// Where buffers wait between two uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool(Rc<RefCell<Vec<Vec<u8>>>>);

impl Pool {
    /// A buffer to read into.
    pub(super) fn take(&self) -> Chunk {
        let spare = self.0.borrow_mut().pop();
        Chunk {
            buffer: spare.unwrap_or_else(|| vec![0; SIZE]),
            length: 0,
            home: self.clone(),
        }
    }
}

/// What was read at once.
#[derive(Debug)]
pub(super) struct Chunk {
    buffer: Vec<u8>,
    length: usize,
    home: Pool,
}

impl Chunk {
    /// All of its room.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    /// Takes note that so many bytes were read.
    pub(super) fn filled(mut self, length: usize) -> Self {
        self.length = length.min(self.buffer.len());
        self
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let mut spare = self.home.0.borrow_mut();
        if spare.len() < SPARE {
            spare.push(std::mem::take(&mut self.buffer));
        }
    }
}
