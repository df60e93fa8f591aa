//! A package of Debian's: an `ar` of two tar archives.

use std::fmt::Write as _;

use anyhow::Result;
use md5::{Digest as _, Md5};

use super::about::{About, DROP_IN, NAME};
use super::linux::{Package, lines};
use super::tree::Tree;
use crate::web::gzip;

/// The name of Amazon's package.
const AMAZON: &str = "amazon-ecr-credential-helper";

/// The name of the file, and what is in it.
pub fn deb(about: &About, package: &Package) -> Result<(String, Vec<u8>)> {
    let architecture = package.target.map_or("all", |target| target.debian());
    let name = format!("{}_{}-1_{architecture}.deb", package.name, about.version);
    let mut control = Tree::default();
    control.file("control", fields(about, package, architecture));
    control.file("md5sums", sums(&package.tree));
    let seconds = about.seconds();
    let members: [(&str, Vec<u8>); 3] = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&control.tar(seconds, "./")?)?),
        ("data.tar.gz", gzip(&package.tree.tar(seconds, "./")?)?),
    ];
    let mut bytes = b"!<arch>\n".to_vec();
    for (member, content) in &members {
        let mode = "100644";
        bytes.extend(
            format!("{member:<16}{seconds:<12}{:<6}{:<6}{mode:<8}{:<10}`\n", 0, 0, content.len()).bytes(),
        );
        bytes.extend(content);
        if content.len() % 2 == 1 {
            bytes.push(b'\n');
        }
    }
    Ok((name, bytes))
}

/// The control file.
fn fields(about: &About, package: &Package, architecture: &str) -> String {
    let version = format!("{}-1", about.version);
    let mut text = format!(
        "Package: {}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {}\nInstalled-Size: {}\n",
        package.name,
        about.maintainer(),
        package.tree.size().div_ceil(1024) + package.tree.with_directories().nodes().count(),
    );
    text += &if package.name == DROP_IN {
        // All three: it takes the other's place, and is asked for instead of it.
        format!(
            "Depends: {NAME} (= {version})\nProvides: {AMAZON}\nConflicts: {AMAZON}\nReplaces: {AMAZON}\n"
        )
    } else {
        format!("Recommends: ca-certificates\nSuggests: {DROP_IN}\n")
    };
    let _ = write!(
        text,
        "Section: admin\nPriority: optional\nHomepage: {}\nDescription: {}\n",
        about.homepage(),
        package.summary
    );
    for line in lines(package.description) {
        let _ = writeln!(text, " {line}");
    }
    text
}

/// What `dpkg --verify` compares.
fn sums(tree: &Tree) -> String {
    let mut text = String::new();
    for (path, node) in tree.leaves() {
        if let super::tree::Node::File { bytes, .. } = node {
            let _ = writeln!(text, "{}  {path}", ecrpass_core::hex::hex(&Md5::digest(bytes)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::release::linux::{self, Flavour};
    use crate::release::material::Material;

    /// The members of an `ar`, read by its own rules.
    fn members(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        bytes = bytes.strip_prefix(b"!<arch>\n").unwrap();
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let (header, rest) = bytes.split_at(60);
            let header = std::str::from_utf8(header).unwrap();
            assert!(header.ends_with("`\n"), "{header:?}");
            assert_eq!(&header[28..48], "0     0     100644  ", "{header:?}");
            let size: usize = header[48..58].trim().parse().unwrap();
            found.push((header[..16].trim().to_owned(), rest[..size].to_vec()));
            bytes = &rest[size + size % 2..];
        }
        found
    }

    fn untar(bytes: &[u8]) -> Vec<(String, String)> {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
        let mut archive = tar::Archive::new(plain.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            (name, String::from_utf8_lossy(&content).into_owned())
        });
        entries.collect()
    }

    fn made(package: &Package) -> (String, String, Vec<(String, String)>) {
        let (name, bytes) = deb(&About::example(), package).unwrap();
        assert_eq!(bytes, deb(&About::example(), package).unwrap().1);
        let members = members(&bytes);
        let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["debian-binary", "control.tar.gz", "data.tar.gz"]);
        assert_eq!(members[0].1, b"2.0\n");
        let control = untar(&members[1].1);
        let fields = control.iter().find(|(name, _)| name == "./control").unwrap().1.clone();
        (name, fields, untar(&members[2].1))
    }

    #[test]
    fn the_main_package_conflicts_with_nothing() {
        let material = Material::example();
        let package =
            linux::main(&About::example(), material.targets()[0], &material, Flavour::Debian).unwrap();
        let (name, fields, data) = made(&package);
        assert_eq!(name, "ecrpass_0.1.0-1_amd64.deb");
        assert!(fields.starts_with("Package: ecrpass\nVersion: 0.1.0-1\nArchitecture: amd64\n"), "{fields}");
        for absent in ["Conflicts", "Replaces", "Provides", "Depends"] {
            assert!(!fields.contains(&format!("\n{absent}:")), "{fields}");
        }
        // Each line of the description is part of that field.
        let (_, description) = fields.split_once("\nDescription: ").unwrap();
        assert!(description.lines().skip(1).all(|line| line.starts_with(' ') && line.len() < 80));
        assert!(fields.ends_with('\n'));
        assert_eq!(data[0].0, "./");
        assert!(data.iter().any(|(name, _)| name == "./usr/bin/docker-credential-ecrpass"), "{data:?}");
    }

    #[test]
    fn the_drop_in_takes_the_place_of_amazons() {
        let package = linux::drop_in(&About::example(), &Material::example(), Flavour::Debian).unwrap();
        let (name, fields, _) = made(&package);
        assert_eq!(name, "ecrpass-ecr-login_0.1.0-1_all.deb");
        assert!(fields.contains("\nDepends: ecrpass (= 0.1.0-1)\n"), "{fields}");
        for field in ["Provides", "Conflicts", "Replaces"] {
            assert!(fields.contains(&format!("\n{field}: amazon-ecr-credential-helper\n")), "{fields}");
        }
    }

    #[test]
    fn sums_are_those_of_the_files() {
        let mut tree = Tree::default();
        tree.file("a/b", "abc");
        tree.link("a/c", "b");
        assert_eq!(sums(&tree), "900150983cd24fb0d6963f7d28e17f72  a/b\n");
    }
}
