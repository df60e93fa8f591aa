//! Pipes and devices that are written to: whoever reads from them is waited for, but not for ever.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Whether it is a pipe or a terminal or the like: disks are no place for a text, and to sockets one connects.
#[cfg(unix)]
pub fn is_stream(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo() || metadata.file_type().is_char_device()
}

/// Whether it is a pipe or a terminal or the like.
#[cfg(not(unix))]
pub fn is_stream(_: &Metadata) -> bool {
    true
}

/// Connects to a socket; a disk is none.
///
/// # Errors
/// When nobody listens there, or it is no socket.
#[cfg(unix)]
pub fn connect(path: &Path, metadata: &Metadata) -> io::Result<File> {
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixStream;
    if !metadata.file_type().is_socket() {
        return Err(io::Error::other("it is neither a file nor a pipe"));
    }
    let socket = UnixStream::connect(path)?;
    socket.set_nonblocking(true)?;
    Ok(File::from(OwnedFd::from(socket)))
}

/// There are no such sockets here.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn connect(_: &Path, _: &Metadata) -> io::Result<File> {
    Err(io::Error::other("it is neither a file nor a pipe"))
}

/// Opens it, without waiting for a reader.
///
/// # Errors
/// When it cannot be opened, or nobody reads from it.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or(0));
        let nobody = |error: &io::Error| error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error());
        options.open(path).map_err(|error| match nobody(&error) {
            true => io::Error::other("nobody reads from it"),
            false => error,
        })
    }
    #[cfg(not(unix))]
    options.open(path)
}

/// Writes all of it.
///
/// # Errors
/// When it cannot be written, or is not read for some seconds.
#[cfg(unix)]
pub fn write(mut file: &File, mut bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// How long a reader may rest.
    const PATIENCE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                match poll(&mut [PollFd::new(&file, PollFlags::OUT)], Some(&PATIENCE)) {
                    Ok(0) => return Err(io::Error::new(io::ErrorKind::TimedOut, "it was not read in time")),
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of it.
///
/// # Errors
/// When it cannot be written.
#[cfg(not(unix))]
pub fn write(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    io::Write::write_all(&mut file, bytes)
}
