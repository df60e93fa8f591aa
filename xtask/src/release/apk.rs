//! A package of Alpine's, in the second version of its format: gzip streams one after the other, which are one tar archive.
//!
//! The first, the signature, is left out: Alpine signs by the key of a repository, and who puts this into one signs it
//! there (`abuild-sign`). Without a repository: `apk add --allow-untrusted FILE`.
//! Source: <https://wiki.alpinelinux.org/wiki/Apk_spec>.

use std::fmt::Write as _;

use anyhow::Result;
use sha1::{Digest as _, Sha1};
use sha2::{Digest as _, Sha256};
use tar::Builder;

use super::about::{About, DROP_IN, HELPER, LICENCE, NAME};
use super::linux::Package;
use super::tree::{Node, Tree, header};
use crate::web::gzip;
use ecrpass_core::hex::hex;

/// The name of the file, and what is in it.
pub fn apk(about: &About, package: &Package) -> Result<(String, Vec<u8>)> {
    let architecture = package.target.map_or("noarch", |target| target.machine());
    let data = gzip(&data(&package.tree, about.seconds())?)?;
    let mut control = Builder::new(Vec::new());
    let fields = fields(about, package, architecture, &hex(&Sha256::digest(&data)));
    let node = Node::File { bytes: fields.into_bytes(), runs: false };
    control.append(&header(".PKGINFO", &node, about.seconds())?, node.bytes())?;
    // The end of an archive stands only at the end of the last stream.
    let mut control = control.into_inner()?;
    control.truncate(control.len().saturating_sub(1024));
    let mut bytes = gzip(&control)?;
    bytes.extend(data);
    // The architecture is told apart by the directory of a repository; here both lie in one.
    Ok((format!("{}-{}-r0.{architecture}.apk", package.name, about.version), bytes))
}

/// The files, each with the sum that apk's database keeps of it.
fn data(tree: &Tree, seconds: u64) -> Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    for (path, node) in tree.with_directories().nodes() {
        let summed = match node {
            Node::Directory | Node::Shared => None,
            Node::File { bytes, .. } => Some(bytes.as_slice()),
            // Of a link, where it leads.
            Node::Link(to) => Some(to.as_bytes()),
        };
        if let Some(summed) = summed {
            let sum = hex(&Sha1::digest(summed));
            tar.append_pax_extensions([("APK-TOOLS.checksum.SHA1", sum.as_bytes())])?;
        }
        tar.append(&header(path, node, seconds)?, node.bytes())?;
    }
    Ok(tar.into_inner()?)
}

/// `.PKGINFO`.
fn fields(about: &About, package: &Package, architecture: &str, data: &str) -> String {
    let version = format!("{}-r0", about.version);
    let mut text = format!(
        "pkgname = {}\npkgver = {version}\npkgdesc = {}\nurl = {}\nbuilddate = {}\npackager = {}\n\
         size = {}\narch = {architecture}\norigin = {NAME}\ncommit = {}\nlicense = {LICENCE}\n",
        package.name,
        package.summary,
        about.homepage(),
        about.epoch,
        about.maintainer(),
        package.tree.size(),
        about.commit,
    );
    if package.name == DROP_IN {
        // Alpine's package of Amazon's helper has the name of its program.
        let _ = write!(
            text,
            "depend = !{HELPER}\ndepend = {NAME}={version}\nprovides = cmd:{HELPER}={version}\n"
        );
    } else {
        for (path, _) in package.tree.leaves() {
            if let Some(program) = path.strip_prefix("usr/bin/") {
                let _ = writeln!(text, "provides = cmd:{program}={version}");
            }
        }
        let _ = writeln!(text, "depend = ca-certificates-bundle");
    }
    let _ = writeln!(text, "datahash = {data}");
    text
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::bufread::{GzDecoder, MultiGzDecoder};

    use super::*;
    use crate::release::linux::{self, Flavour};
    use crate::release::material::Material;

    #[test]
    fn both_streams_are_one_archive_and_the_first_names_the_sum_of_the_second() {
        let (about, material) = (About::example(), Material::example());
        let package = linux::main(&about, material.targets()[0], &material, Flavour::Plain).unwrap();
        let (name, bytes) = apk(&about, &package).unwrap();
        assert_eq!(name, "ecrpass-0.1.0-r0.x86_64.apk");
        assert_eq!(bytes, apk(&about, &package).unwrap().1);

        let mut first = GzDecoder::new(bytes.as_slice());
        let mut control = Vec::new();
        first.read_to_end(&mut control).unwrap();
        let data = first.into_inner();
        assert!(control.len().is_multiple_of(512) && !control.ends_with(&[0; 1024]));
        let text = String::from_utf8_lossy(&control);
        let sum = hex(&Sha256::digest(data));
        assert!(text.contains(&format!("\ndatahash = {sum}\n")), "{text}");
        assert!(text.contains("\nprovides = cmd:docker-credential-ecrpass=0.1.0-r0\n"), "{text}");
        assert!(!text.contains("depend = !"), "{text}");

        let mut whole = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut whole).unwrap();
        let mut archive = tar::Archive::new(whole.as_slice());
        let mut names = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let link = entry.link_name_bytes().map(|link| link.into_owned());
            let is_directory = entry.header().entry_type().is_dir();
            let sum = entry.pax_extensions().unwrap().and_then(|mut all| {
                let extension = all.next()?.ok()?;
                assert_eq!(extension.key(), Ok("APK-TOOLS.checksum.SHA1"));
                extension.value().ok().map(str::to_owned)
            });
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let wanted = hex(&Sha1::digest(link.unwrap_or(content)));
            let is_control = name == ".PKGINFO";
            assert_eq!(sum, (!is_control && !is_directory).then_some(wanted), "{name}");
            names.push(name);
        }
        assert_eq!(names[0], ".PKGINFO");
        assert!(names.contains(&"usr/bin/ecrpass".to_owned()), "{names:?}");
    }

    #[test]
    fn the_drop_in_keeps_alpines_package_away() {
        let (about, material) = (About::example(), Material::example());
        let package = linux::drop_in(&about, &material, Flavour::Plain).unwrap();
        let text = fields(&about, &package, "noarch", "0");
        assert!(
            text.contains("\ndepend = !docker-credential-ecr-login\ndepend = ecrpass=0.1.0-r0\n"),
            "{text}"
        );
    }
}
