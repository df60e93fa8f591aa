//! Standard input until a deadline, where it cannot be polled, as on Windows: a thread of its own reads it.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Instant;

use zeroize::Zeroizing;

/// How much is read at once, in bytes.
const PART: usize = 8 * 1024;

/// Input that is read ahead, and can be waited for.
pub struct TimelyInput {
    parts: Receiver<io::Result<Zeroizing<Vec<u8>>>>,
    /// What has come and was not taken; it may hold a secret.
    part: io::Result<Zeroizing<Vec<u8>>>,
    taken: usize,
    at_end: bool,
}

impl TimelyInput {
    /// Begins to read.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub fn of(mut from: impl Read + Send + 'static) -> io::Result<Self> {
        // One part ahead: who writes without end is not read without end.
        let (sender, parts) = sync_channel(1);
        // It is not waited for: where nothing comes, it ends with the process.
        std::thread::Builder::new().spawn(move || {
            loop {
                let mut part = Zeroizing::new(vec![0; PART]);
                let read = match from.read(&mut part) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read,
                };
                let is_last = matches!(read, Ok(0) | Err(_));
                let sent = sender.send(read.map(|length| {
                    part.truncate(length);
                    part
                }));
                if is_last || sent.is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { parts, part: Ok(Zeroizing::default()), taken: 0, at_end: false })
    }

    /// Waits until there is something to read, or the end.
    ///
    /// # Errors
    /// When neither comes until then.
    pub fn wait(&mut self, end: Instant) -> io::Result<()> {
        if self.at_end || self.is_ready() {
            return Ok(());
        }
        match self.parts.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(part) => {
                self.at_end = part.as_ref().is_ok_and(|part| part.is_empty());
                (self.part, self.taken) = (part, 0);
                Ok(())
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.at_end = true;
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => {
                Err(io::Error::new(io::ErrorKind::TimedOut, "it was not closed in time"))
            }
        }
    }

    /// Reads of what there is; 0 at the end.
    ///
    /// # Errors
    /// When it could not be read, or nothing comes until then.
    pub fn read(&mut self, buffer: &mut [u8], end: Instant) -> io::Result<usize> {
        self.wait(end)?;
        match &self.part {
            Ok(part) => {
                let left = part.get(self.taken..).unwrap_or_default();
                let length = left.len().min(buffer.len());
                for (to, from) in buffer.iter_mut().zip(left) {
                    *to = *from;
                }
                self.taken += length;
                Ok(length)
            }
            Err(_) => {
                self.at_end = true;
                std::mem::replace(&mut self.part, Ok(Zeroizing::default())).map(|_| 0)
            }
        }
    }

    fn is_ready(&self) -> bool {
        self.part.as_ref().map_or(true, |part| self.taken < part.len())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;

    /// How long something may take that cannot fail to happen.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn all(input: &mut TimelyInput, end: Instant) -> io::Result<Vec<u8>> {
        let (mut text, mut buffer) = (Vec::new(), [0; 1000]);
        loop {
            match input.read(&mut buffer, end)? {
                0 => return Ok(text),
                length => text.extend(&buffer[..length]),
            }
        }
    }

    #[test]
    fn everything_comes_in_order_and_the_end_stays_the_end() {
        let text: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut input = TimelyInput::of(io::Cursor::new(text.clone())).unwrap();
        let end = Instant::now() + PATIENCE;
        assert_eq!(all(&mut input, end).unwrap(), text);
        assert_eq!(all(&mut input, end).unwrap(), b"");
    }

    #[test]
    fn who_writes_nothing_and_who_does_not_close_is_not_waited_for_beyond_the_deadline() {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut input = TimelyInput::of(reader).unwrap();
        for said in ["", "one line\n"] {
            writer.write_all(said.as_bytes()).unwrap();
            let started = Instant::now();
            let error = all(&mut input, started + Duration::from_millis(100)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{said:?}");
            assert!(started.elapsed() < PATIENCE, "{said:?}");
        }
        // Slow is not late.
        let slow = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            writer.write_all(b"two").unwrap();
        });
        assert_eq!(all(&mut input, Instant::now() + PATIENCE).unwrap(), b"two");
        slow.join().unwrap();
    }

    #[test]
    fn endless_input_is_read_no_further_than_it_is_taken() {
        let mut input = TimelyInput::of(io::repeat(b'x')).unwrap();
        let mut buffer = [0; 100];
        for _ in 0..1000 {
            assert_eq!(input.read(&mut buffer, Instant::now() + PATIENCE).unwrap().min(1), 1);
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let mut input = TimelyInput::of(Broken).unwrap();
        let end = Instant::now() + PATIENCE;
        assert_eq!(input.read(&mut [0; 10], end).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(input.read(&mut [0; 10], end).unwrap(), 0);
    }
}
