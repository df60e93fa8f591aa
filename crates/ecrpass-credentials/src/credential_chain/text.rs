//! What text may travel in a request.

/// The longest session token, in bytes. AWS's own are below 4 kB, and "may change".
pub(super) const MAX_SESSION_TOKEN: usize = 64 * 1024;

/// Visible ASCII without spaces, within a length.
pub(super) fn check_word(text: &str, limit: usize) -> Result<(), &'static str> {
    if text.len() > limit {
        return Err("is longer than AWS accepts");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("holds spaces, control characters or letters that are not ASCII");
    }
    Ok(())
}

/// What may stand in a header.
pub(super) fn check_header(text: &str, limit: usize) -> Result<(), &'static str> {
    if text.len() > limit {
        return Err("is longer than a request can be");
    }
    if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err("holds control characters or letters that are not ASCII");
    }
    Ok(())
}
