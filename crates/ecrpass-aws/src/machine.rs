//! What the machine itself tells: whether it is an EC2 instance, and which run of it this is.

use std::path::Path;
use std::time::Duration;

use crate::bounded;

/// The kernel's files answer at once.
const PATIENCE: Duration = Duration::from_millis(100);

/// Something that is new after every boot; `None` where the system has no such thing. One file is read.
pub fn boot_id() -> Option<String> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    let text = bounded::read(Path::new("/proc/sys/kernel/random/boot_id"), 64, PATIENCE).ok()?;
    let text = std::str::from_utf8(&text).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether the firmware says Amazon EC2. Source: EC2 User Guide, "Identify EC2 instances".
pub fn on_ec2() -> bool {
    bounded::read(Path::new("/sys/class/dmi/id/sys_vendor"), 4096, PATIENCE)
        .is_ok_and(|vendor| vendor.trim_ascii() == b"Amazon EC2")
}
