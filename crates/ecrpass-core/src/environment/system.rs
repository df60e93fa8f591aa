//! The operating system, as far as anything depends on it.

/// The operating system, as far as anything depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OperatingSystem {
    /// Linux and other Unixes.
    #[default]
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}
