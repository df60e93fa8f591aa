//! What is built for: the machines, and what each kind of package calls them.

use anyhow::{Context, Result};

/// The system of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Any Linux: the programs are static.
    Linux,
    /// Windows.
    Windows,
    /// macOS, built on a Mac alone.
    MacOs,
}

/// Its processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processor {
    /// 64 bits of Intel's and AMD's.
    X86,
    /// 64 bits of ARM's.
    Arm,
}

/// What is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// As rustc calls it.
    pub triple: &'static str,
    /// Its system.
    pub system: System,
    /// Its processor.
    pub processor: Processor,
}

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target { triple: crate::tools::MUSL, system: System::Linux, processor: Processor::X86 },
    Target { triple: "aarch64-unknown-linux-musl", system: System::Linux, processor: Processor::Arm },
    Target { triple: "x86_64-pc-windows-gnu", system: System::Windows, processor: Processor::X86 },
    Target { triple: "aarch64-apple-darwin", system: System::MacOs, processor: Processor::Arm },
    Target { triple: "x86_64-apple-darwin", system: System::MacOs, processor: Processor::X86 },
];

impl Target {
    /// The one of this name.
    ///
    /// # Errors
    /// When nothing is built for it.
    pub fn named(triple: &str) -> Result<Self> {
        TARGETS.into_iter().find(|target| target.triple == triple).with_context(|| {
            let known: Vec<_> = TARGETS.iter().map(|target| target.triple).collect();
            format!("nothing is released for `{triple}`, but for {}", known.join(", "))
        })
    }

    /// Those that this machine builds unless others are named.
    pub fn built_here() -> Vec<Self> {
        let is_mac = cfg!(target_os = "macos");
        TARGETS.into_iter().filter(|target| (target.system == System::MacOs) == is_mac).collect()
    }

    /// Whether this machine runs its programs.
    pub fn runs_here(self) -> bool {
        let system = match self.system {
            System::Linux => "linux",
            System::Windows => "windows",
            System::MacOs => "macos",
        };
        std::env::consts::OS == system && std::env::consts::ARCH == self.either("x86_64", "aarch64")
    }

    /// Whether its packages are those of Linux' distributions.
    pub fn is_linux(self) -> bool {
        self.system == System::Linux
    }

    /// The programs that are built for it, as cargo calls their packages.
    pub fn programs(self) -> &'static [&'static str] {
        use super::about::{HELPER, NAME, OPERATOR};
        if self.is_linux() { &[HELPER, NAME, OPERATOR] } else { &[HELPER, NAME] }
    }

    /// The file that a program is in.
    pub fn file(self, program: &str) -> String {
        let end = if self.system == System::Windows { ".exe" } else { "" };
        format!("{program}{end}")
    }

    /// As Debian and OCI call the processor.
    pub fn debian(self) -> &'static str {
        self.either("amd64", "arm64")
    }

    /// As the kernel, rpm and apk call it.
    pub fn machine(self) -> &'static str {
        self.either("x86_64", "aarch64")
    }

    /// As node calls system and processor.
    pub fn node(self) -> (&'static str, &'static str) {
        let system = match self.system {
            System::Linux => "linux",
            System::Windows => "win32",
            System::MacOs => "darwin",
        };
        (system, self.either("x64", "arm64"))
    }

    /// The tag of a wheel. A static program runs with every libc, and one wheel may say so twice.
    pub fn wheel(self) -> String {
        let machine = self.machine();
        match self.system {
            System::Linux => {
                format!("manylinux_2_17_{machine}.manylinux2014_{machine}.musllinux_1_1_{machine}")
            }
            System::Windows => "win_amd64".to_owned(),
            System::MacOs => self.either("macosx_10_12_x86_64", "macosx_11_0_arm64").to_owned(),
        }
    }

    fn either(self, x86: &'static str, arm: &'static str) -> &'static str {
        match self.processor {
            Processor::X86 => x86,
            Processor::Arm => arm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_by_name() {
        for target in TARGETS {
            assert_eq!(Target::named(target.triple).unwrap(), target);
        }
        let error = Target::named("sparc-sun-solaris").unwrap_err().to_string();
        assert!(error.contains("aarch64-unknown-linux-musl"), "{error}");
    }

    #[test]
    fn this_machine_runs_what_is_built_for_it() {
        assert!(TARGETS.iter().filter(|target| target.runs_here()).count() <= 1);
        assert!(!Target::built_here().is_empty());
    }

    #[test]
    fn files_are_named_as_their_system_does() {
        let windows = Target::named("x86_64-pc-windows-gnu").unwrap();
        assert_eq!(windows.file("ecrpass"), "ecrpass.exe");
        assert_eq!(windows.node(), ("win32", "x64"));
        assert_eq!(Target::named("aarch64-apple-darwin").unwrap().wheel(), "macosx_11_0_arm64");
    }
}
