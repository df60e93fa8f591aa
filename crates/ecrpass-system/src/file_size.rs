//! The limit for the size of files (`ulimit -f`): who writes more is killed by a signal, unless it is caught; then the
//! write is an error like that of a full disk.

use std::io;

/// Has writes beyond the limit fail instead of killing this process. To be called before a file is written. What this
/// process starts is killed as ever: a signal that is caught, unlike one that is ignored, is not inherited.
pub fn outlive_limit() {
    #[cfg(unix)]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            // Nobody looks at the flag: that there is a handler is all that is wanted. Where there can be none, the
            // signal does what it did.
            let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            let _ = signal_hook::flag::register(rustix::process::Signal::XFSZ.as_raw(), flag);
        });
    }
}

/// Whether this is the error of a write beyond the limit.
pub fn is_over_limit(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(rustix::io::Errno::FBIG.raw_os_error());
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}
