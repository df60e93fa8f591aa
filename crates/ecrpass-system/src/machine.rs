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

/// The home directory that the user database has for this user: `/etc/passwd`, where nodes have their users.
#[cfg(unix)]
pub fn home_of_user() -> Option<std::path::PathBuf> {
    /// The largest database read, in bytes.
    const MAX_USERS: usize = 1024 * 1024;
    let users = bounded::read(Path::new("/etc/passwd"), MAX_USERS, PATIENCE).ok()?;
    home_in(&String::from_utf8_lossy(&users), rustix::process::getuid().as_raw())
}

/// The home directory that the user database has for this user.
#[cfg(not(unix))]
pub fn home_of_user() -> Option<std::path::PathBuf> {
    None
}

/// Source: passwd(5): name, password, user id, group id, comment, home, shell.
#[cfg(unix)]
fn home_in(users: &str, id: u32) -> Option<std::path::PathBuf> {
    let of_user = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let home = *fields.get(5)?;
        let is_it = fields.get(2)?.parse() == Ok(id) && home.starts_with('/');
        is_it.then(|| home.into())
    };
    users.lines().find_map(of_user)
}

/// Whether the firmware says Amazon EC2. Source: EC2 User Guide, "Identify EC2 instances".
pub fn on_ec2() -> bool {
    bounded::read(Path::new("/sys/class/dmi/id/sys_vendor"), 4096, PATIENCE)
        .is_ok_and(|vendor| vendor.trim_ascii() == b"Amazon EC2")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_home_of_a_user_is_found_by_number() {
        let users = "root:x:0:0:root:/root:/bin/bash\nbroken\nnobody:x:65534:65534::relative:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n";
        for (id, home) in [(0, Some("/root")), (1000, Some("/home/ada")), (65534, None), (7, None)] {
            assert_eq!(home_in(users, id), home.map(Into::into), "{id}");
        }
    }
}
