//! What is checked: the files, and what is known besides them.

use std::collections::BTreeMap;

use crate::kubelet::version::KubeletVersion;

/// A file, as the kubelet is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What is known besides the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The kubelet's version; the newest where it is not known.
    pub version: Option<KubeletVersion>,
    /// The programs in its directory, where that was looked at.
    pub binaries: Option<Binaries>,
}

/// The programs in the directory of `--image-credential-provider-bin-dir`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binaries {
    /// The directory.
    pub directory: String,
    /// Its files; none where there is no such directory.
    pub files: BTreeMap<String, Binary>,
}

/// A file in that directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// A program.
    Program,
    /// Nobody may run it.
    NotExecutable,
    /// A program that others than its owner may replace, and that the kubelet runs as root.
    WritableByOthers,
}
