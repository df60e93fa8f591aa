//! Where services look for programs: seldom where a shell does.

use ecrpass_core::environment::OperatingSystem;
use serde::Serialize;

/// A kind of service, and its `PATH` unless somebody has set another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// What it is, in the plural.
    pub who: String,
    /// The directories, in their order.
    pub path: Vec<String>,
}

impl Service {
    /// A service that looks there; `path` as the variable has it.
    pub fn new(who: &str, path: &str) -> Self {
        let path = path.split(':').filter(|directory| !directory.is_empty()).map(str::to_owned).collect();
        Self { who: who.to_owned(), path }
    }
}

/// The services of a system. `launchd` is the `PATH` that launchd was given, where that is known.
///
/// Sources: systemd.exec(5), "Environment Variables in Spawned Processes"; crontab(5) of Debian's cron; sudoers(5),
/// `secure_path`, as Fedora and RHEL ship it, which is the shortest; launchctl(1), and `_PATH_STDPATH` of macOS.
pub fn services(system: OperatingSystem, launchd: Option<&str>) -> Vec<Service> {
    match system {
        OperatingSystem::Linux => vec![
            Service::new(
                "services of systemd",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ),
            Service::new("commands of cron", "/usr/bin:/bin"),
            Service::new("commands of sudo on Fedora and RHEL", "/sbin:/bin:/usr/sbin:/usr/bin"),
        ],
        OperatingSystem::MacOs => vec![
            Service::new(
                "programs that launchd starts, such as those of the Dock",
                launchd.unwrap_or("/usr/bin:/bin:/usr/sbin:/sbin"),
            ),
            Service::new("commands of cron", "/usr/bin:/bin"),
        ],
        // Services have the system's variable there.
        OperatingSystem::Windows => Vec::new(),
    }
}
