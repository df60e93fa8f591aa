//! Files on their way into a package, and the containers they come in, byte for byte the same whenever and wherever they
//! are written: in the order of their names, with one time, one owner and the modes said here.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use anyhow::{Context, Result, ensure};
use tar::{Builder, EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A directory that everybody may write into, as `/tmp` is.
    Shared,
    /// A file.
    File {
        /// What is in it.
        bytes: Vec<u8>,
        /// Whether it is run.
        runs: bool,
    },
    /// A symbolic link, and where it leads.
    Link(String),
}

impl Node {
    /// Its mode.
    pub fn mode(&self) -> u32 {
        match self {
            Self::Directory => 0o755,
            Self::Shared => 0o1777,
            Self::File { runs, .. } => 0o644 | if *runs { 0o111 } else { 0 },
            Self::Link(_) => 0o777,
        }
    }

    /// Whether it may hold others.
    pub fn is_directory(&self) -> bool {
        matches!(self, Self::Directory | Self::Shared)
    }

    /// What is in a file, and nothing of all else.
    pub fn bytes(&self) -> &[u8] {
        if let Self::File { bytes, .. } = self { bytes } else { &[] }
    }
}

/// Files by their paths, which are relative and have slashes between their parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, Node>);

impl Tree {
    /// Adds a file.
    pub fn file(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), Node::File { bytes: bytes.into(), runs: false });
    }

    /// Adds a program.
    pub fn program(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), Node::File { bytes: bytes.into(), runs: true });
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, path: impl Into<String>, to: impl Into<String>) {
        self.0.insert(path.into(), Node::Link(to.into()));
    }

    /// Adds a directory that everybody may write into; others need not be added.
    pub fn shared(&mut self, path: impl Into<String>) {
        self.0.insert(path.into(), Node::Shared);
    }

    /// Adds all of another below a directory.
    pub fn add(&mut self, directory: &str, other: &Self) {
        self.0.extend(other.0.iter().map(|(path, node)| (format!("{directory}/{path}"), node.clone())));
    }

    /// What was added, by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// The files and links alone.
    pub fn leaves(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes().filter(|(_, node)| !node.is_directory())
    }

    /// The same with every directory on the way, each before what is in it.
    pub fn with_directories(&self) -> Self {
        let mut all = self.0.clone();
        for path in self.0.keys() {
            for (at, _) in path.match_indices('/') {
                if let Some(directory) = path.get(..at) {
                    all.entry(directory.to_owned()).or_insert(Node::Directory);
                }
            }
        }
        Self(all)
    }

    /// The bytes in all files.
    pub fn size(&self) -> usize {
        self.0.values().map(|node| node.bytes().len()).sum()
    }

    /// A tar archive, with its directories, in the format of POSIX. Debian's begins every name with `./`.
    pub fn tar(&self, seconds: u64, before: &str) -> Result<Vec<u8>> {
        let mut tar = Builder::new(Vec::new());
        if !before.is_empty() {
            tar.append(&header(before, &Node::Directory, seconds)?, &[][..])?;
        }
        for (path, node) in self.with_directories().nodes() {
            tar.append(&header(&format!("{before}{path}"), node, seconds)?, node.bytes())?;
        }
        Ok(tar.into_inner()?)
    }

    /// A zip archive. Its times are the earliest that the format knows.
    pub fn zip(&self) -> Result<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let time = zip::DateTime::default();
        for (path, node) in self.leaves() {
            let options = SimpleFileOptions::default().last_modified_time(time).compression_level(Some(9));
            match node {
                Node::Link(to) => zip.add_symlink(path, to, options)?,
                _ => {
                    zip.start_file(path, options.unix_permissions(node.mode()))?;
                    zip.write_all(node.bytes())?;
                }
            }
        }
        Ok(zip.finish()?.into_inner())
    }
}

/// What a tar archive says of one entry.
pub fn header(path: &str, node: &Node, seconds: u64) -> Result<Header> {
    let mut header = Header::new_ustar();
    let name = if node.is_directory() && !path.ends_with('/') { format!("{path}/") } else { path.to_owned() };
    // Longer ones would be split, and every reader puts them together in its own way.
    ensure!(name.len() <= 100, "{name} is longer than an archive's names are");
    let fields = header.as_ustar_mut().context("not the header that was made")?;
    for (to, from) in fields.name.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    header.set_entry_type(match node {
        Node::Directory | Node::Shared => EntryType::Directory,
        Node::File { .. } => EntryType::Regular,
        Node::Link(_) => EntryType::Symlink,
    });
    if let Node::Link(to) = node {
        header.set_link_name_literal(to)?;
    }
    header.set_size(node.bytes().len() as u64);
    header.set_mode(node.mode());
    header.set_mtime(seconds);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    header.set_cksum();
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn tree() -> Tree {
        let mut tree = Tree::default();
        tree.program("usr/bin/b", b"#!/bin/sh\n".to_vec());
        tree.link("usr/bin/a", "b");
        tree.file("etc/c", "text");
        tree
    }

    #[test]
    fn a_tar_holds_names_in_order_and_nothing_of_this_machine() {
        let bytes = tree().tar(1_790_000_000, "./").unwrap();
        assert_eq!(bytes, tree().tar(1_790_000_000, "./").unwrap());
        let mut archive = tar::Archive::new(bytes.as_slice());
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                let header = entry.header();
                assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
                assert_eq!(header.mtime().unwrap(), 1_790_000_000);
                let name = String::from_utf8(header.path_bytes().into_owned()).unwrap();
                (name, header.mode().unwrap(), text)
            })
            .collect();
        let entries: Vec<_> =
            entries.iter().map(|(name, mode, text)| (name.as_str(), *mode, text.as_str())).collect();
        assert_eq!(
            entries,
            [
                ("./", 0o755, ""),
                ("./etc/", 0o755, ""),
                ("./etc/c", 0o644, "text"),
                ("./usr/", 0o755, ""),
                ("./usr/bin/", 0o755, ""),
                ("./usr/bin/a", 0o777, ""),
                ("./usr/bin/b", 0o755, "#!/bin/sh\n"),
            ]
        );
        // Two blocks of nothing end it, and it is whole blocks.
        assert!(bytes.len().is_multiple_of(512) && bytes.ends_with(&[0; 1024]));
    }

    #[test]
    fn a_zip_holds_modes_and_links_and_no_time() {
        let bytes = tree().zip().unwrap();
        assert_eq!(bytes, tree().zip().unwrap());
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut found = Vec::new();
        for at in 0..zip.len() {
            let file = zip.by_index(at).unwrap();
            found.push((file.name().unwrap().into_owned(), file.unix_mode().unwrap_or_default()));
            assert_eq!(file.last_modified(), Some(zip::DateTime::default()));
        }
        let found: Vec<_> = found.iter().map(|(name, mode)| (name.as_str(), *mode)).collect();
        assert_eq!(found, [("etc/c", 0o100_644), ("usr/bin/a", 0o120_777), ("usr/bin/b", 0o100_755)]);
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        let mut tree = Tree::default();
        tree.file("d/".repeat(60), "");
        assert!(tree.tar(0, "").is_err());
    }

    #[test]
    fn trees_are_put_below_directories() {
        let mut all = Tree::default();
        all.add("top", &tree());
        let paths: Vec<_> = all.with_directories().nodes().map(|(path, _)| path.to_owned()).collect();
        assert_eq!(
            paths,
            ["top", "top/etc", "top/etc/c", "top/usr", "top/usr/bin", "top/usr/bin/a", "top/usr/bin/b"]
        );
        assert_eq!(all.size(), 14);
    }
}
