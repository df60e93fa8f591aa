//! Whether a pipe was closed by who reads it.

use std::io::{self, ErrorKind};

/// Whether nobody reads on.
pub fn is_closed_pipe(error: &io::Error) -> bool {
    is_closed(error, cfg!(windows))
}

/// Windows has three errors for it, and the standard library does not know all of them: 109 (`ERROR_BROKEN_PIPE`), 232
/// (`ERROR_NO_DATA`) and 233 (`ERROR_PIPE_NOT_CONNECTED`). Source: Microsoft, "System Error Codes".
fn is_closed(error: &io::Error, is_windows: bool) -> bool {
    error.kind() == ErrorKind::BrokenPipe
        || is_windows && matches!(error.raw_os_error(), Some(109 | 232 | 233))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_has_several_numbers_on_windows() {
        for code in [109, 232, 233] {
            let error = io::Error::from_raw_os_error(code);
            assert!(is_closed(&error, true), "{code}");
        }
        assert!(!is_closed(&io::Error::from_raw_os_error(233), false));
        assert!(!is_closed(&io::Error::from_raw_os_error(5), true));
        assert!(is_closed(&ErrorKind::BrokenPipe.into(), false));
    }
}
