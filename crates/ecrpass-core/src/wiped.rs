//! A growing buffer for secrets. A vector that grows by itself moves elsewhere and leaves what it held where it was;
//! this one wipes every place it leaves.

use std::io;

use zeroize::Zeroizing;

/// How much is read at once, in bytes.
const CHUNK: usize = 4096;

/// Bytes that may be secret: wiped when they move, and on drop.
#[derive(Default)]
pub struct WipedBuffer(Zeroizing<Vec<u8>>);

impl WipedBuffer {
    /// An empty one with room for so many bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(capacity)))
    }

    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What it holds.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Adds bytes.
    pub fn extend(&mut self, bytes: &[u8]) {
        let needed = self.0.len().saturating_add(bytes.len());
        if needed > self.0.capacity() {
            let mut larger = Vec::with_capacity(needed.max(self.0.capacity().saturating_mul(2)));
            larger.extend_from_slice(&self.0);
            // The old place is wiped here, as it is dropped.
            self.0 = Zeroizing::new(larger);
        }
        self.0.extend_from_slice(bytes);
    }

    /// Reads until the end, or until it holds `limit` bytes. What was read before an error stays.
    ///
    /// # Errors
    /// The reader's own, but for an interruption.
    pub fn read_from(&mut self, reader: &mut impl io::Read, limit: usize) -> io::Result<()> {
        let mut chunk = Zeroizing::new([0; CHUNK]);
        loop {
            let room = limit.saturating_sub(self.len()).min(CHUNK);
            let Some(place) = chunk.get_mut(..room).filter(|place| !place.is_empty()) else { return Ok(()) };
            match reader.read(place) {
                Ok(0) => return Ok(()),
                Ok(length) => self.extend(chunk.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The bytes, still wiped on drop.
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl io::Write for WipedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, and is interrupted in between.
    struct Slow<'a>(&'a [u8], bool);

    impl io::Read for Slow<'_> {
        fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = self.0.len().min(place.len()).min(7);
            let (now, later) = self.0.split_at(length);
            place[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    #[test]
    fn what_goes_in_comes_out_up_to_the_limit() {
        let text: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let mut buffer = WipedBuffer::with_capacity(10);
        buffer.read_from(&mut Slow(&text, false), usize::MAX).unwrap();
        assert_eq!(buffer.into_bytes().as_slice(), text);
        let mut buffer = WipedBuffer::default();
        buffer.read_from(&mut Slow(&text, false), 5000).unwrap();
        assert_eq!((buffer.len(), buffer.as_slice()), (5000, &text[..5000]));
        io::Write::write_all(&mut buffer, b"more").unwrap();
        assert!(buffer.as_slice().ends_with(b"more"));
    }

    #[test]
    fn what_was_read_before_an_error_stays() {
        struct Blocked<'a>(&'a [u8]);
        impl io::Read for Blocked<'_> {
            fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
                let length = io::Read::read(&mut self.0, place)?;
                if length == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(length) }
            }
        }
        let mut buffer = WipedBuffer::default();
        let error = buffer.read_from(&mut Blocked(b"half"), 100).unwrap_err();
        assert_eq!((error.kind(), buffer.as_slice()), (io::ErrorKind::WouldBlock, &b"half"[..]));
    }
}
