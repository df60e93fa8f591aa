//! Extended attributes, access lists among them, where the system has them.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::XattrFlags;
use rustix::io::Errno;

/// The list of who else may do what.
const ACCESS_LIST: &str = "system.posix_acl_access";

/// The most that the names of a file's attributes take, or one's value. Source: Linux `limits.h`, `XATTR_LIST_MAX`.
const MAX: usize = 64 * 1024;

/// An attribute: its name, and its value.
pub type Attribute = (CString, Vec<u8>);

/// Those of a file.
///
/// # Errors
/// When they cannot be read.
pub fn of(path: &Path) -> io::Result<Vec<Attribute>> {
    let mut list = vec![0_u8; MAX];
    let length = match rustix::fs::listxattr(path, list.as_mut_slice()) {
        Ok(length) => length,
        Err(error) if is_unknown(error) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    list.truncate(length);
    let mut attributes = Vec::new();
    for name in list.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = CString::new(name).map_err(io::Error::other)?;
        let mut value = vec![0_u8; MAX];
        match rustix::fs::getxattr(path, name.as_c_str(), value.as_mut_slice()) {
            Ok(length) => {
                value.truncate(length);
                attributes.push((name, value));
            }
            // Gone meanwhile, or not for us to read.
            Err(error) if is_unknown(error) || is_systems(&name) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(attributes)
}

/// Gives attributes to a file; one that is private gets no access list, and keeps none of its directory's.
///
/// # Errors
/// When one cannot be given.
pub fn give(file: &File, attributes: &[Attribute], private: bool) -> io::Result<()> {
    let is_access_list = |name: &CString| name.to_bytes() == ACCESS_LIST.as_bytes();
    if cfg!(target_os = "linux") && (private || !attributes.iter().any(|(name, _)| is_access_list(name))) {
        match rustix::fs::fremovexattr(file, ACCESS_LIST) {
            Err(error) if !is_unknown(error) => return Err(error.into()),
            _ => {}
        }
    }
    for (name, value) in attributes {
        if private && is_access_list(name) {
            continue;
        }
        match rustix::fs::fsetxattr(file, name.as_c_str(), value, XattrFlags::empty()) {
            Ok(()) => {}
            // Labels that the system gives by itself, and only some may change.
            Err(_) if is_systems(name) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether the attribute, or attributes at all, are unknown here.
fn is_unknown(error: Errno) -> bool {
    // macOS says ENOATTR, which has the number that ENODATA has elsewhere.
    error == Errno::OPNOTSUPP || error == Errno::NOSYS || error == NO_ATTRIBUTE
}

#[cfg(target_os = "macos")]
const NO_ATTRIBUTE: Errno = Errno::from_raw_os_error(93);
#[cfg(not(target_os = "macos"))]
const NO_ATTRIBUTE: Errno = Errno::NODATA;

fn is_systems(name: &CString) -> bool {
    [&b"security."[..], b"trusted.", b"com.apple."].iter().any(|prefix| name.to_bytes().starts_with(prefix))
}
