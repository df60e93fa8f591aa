//! What the machine itself says: its name, whether it is an EC2 instance, and which run of it this is.

use std::path::Path;
use std::time::Duration;

use crate::bounded;

/// The kernel's files answer at once.
const PATIENCE: Duration = Duration::from_millis(100);

/// Something that is new after every boot; `None` where the system has no such thing. Every warm `get` reads it: one
/// open, one read.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn boot_id() -> Option<String> {
    use rustix::fs::{Mode, OFlags, open};
    let file =
        open("/proc/sys/kernel/random/boot_id", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut buffer = [0_u8; 64];
    let length = rustix::io::read(&file, &mut buffer).ok()?;
    let text = std::str::from_utf8(buffer.get(..length)?).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Something that is new after every boot; `None` where the system has no such thing.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn boot_id() -> Option<String> {
    None
}

/// The name of this machine or container.
pub fn host_name() -> Option<String> {
    #[cfg(unix)]
    return rustix::system::uname().nodename().to_str().ok().map(str::to_owned);
    #[cfg(not(unix))]
    std::env::var("COMPUTERNAME").ok()
}

/// Whether the firmware says Amazon EC2. Source: EC2 User Guide, "Identify EC2 instances".
pub fn on_ec2() -> bool {
    bounded::read(Path::new("/sys/class/dmi/id/sys_vendor"), 4096, PATIENCE)
        .is_ok_and(|vendor| vendor.trim_ascii() == b"Amazon EC2")
}
