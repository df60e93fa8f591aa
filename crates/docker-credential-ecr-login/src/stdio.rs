//! Standard input and output without the library's buffers: the helper reads one line and writes one.

use std::io;

/// Reads what there is; 0 at the end.
///
/// # Errors
/// When it cannot be read.
#[cfg(unix)]
pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(rustix::stdio::stdin(), &mut *buffer) {
            Err(rustix::io::Errno::INTR) => {}
            // Closed by our parent: as good as empty.
            Err(rustix::io::Errno::BADF) => return Ok(0),
            other => return Ok(other?),
        }
    }
}

/// Writes all of it.
///
/// # Errors
/// When it cannot be written.
#[cfg(unix)]
pub fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            other => bytes = &bytes[other?..],
        }
    }
    Ok(())
}

/// Reads what there is; 0 at the end.
///
/// # Errors
/// When it cannot be read.
#[cfg(not(unix))]
pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(&mut io::stdin().lock(), buffer)
}

/// Writes all of it.
///
/// # Errors
/// When it cannot be written.
#[cfg(not(unix))]
pub fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    io::Write::write_all(&mut stdout, bytes)?;
    io::Write::flush(&mut stdout)
}
