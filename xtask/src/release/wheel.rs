//! A wheel for PyPI: `pip install ecrpass` puts the programs themselves on PATH, with nothing of Python between.
//!
//! Source: <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>.

use std::fmt::Write as _;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::about::{About, DESCRIPTION, HELPER, LICENCE, NAME, OWN_HELPER, SUMMARY};
use super::material::Material;
use super::target::{System, Target};
use super::tree::Tree;

/// The name of the file, and what is in it.
pub fn wheel(about: &About, target: Target, material: &Material) -> Result<(String, Vec<u8>)> {
    let version = &about.version;
    let tag = format!("py3-none-{}", target.wheel());
    let mut tree = Tree::default();
    let scripts = format!("{NAME}-{version}.data/scripts");
    tree.program(format!("{scripts}/{}", target.file(NAME)), material.program(target, NAME)?);
    // Not by Amazon's name: an environment that is active for other reasons would hide the helper of the machine.
    tree.program(format!("{scripts}/{}", target.file(OWN_HELPER)), material.program(target, HELPER)?);
    let information = format!("{NAME}-{version}.dist-info");
    tree.file(format!("{information}/METADATA"), metadata(about, target));
    tree.file(format!("{information}/WHEEL"), tags(&tag));
    tree.file(format!("{information}/licenses/LICENSE"), material.licence.clone());
    tree.file(format!("{information}/licenses/THIRD-PARTY-LICENSES.txt"), material.third_party.clone());
    let record = record(&tree, &format!("{information}/RECORD"));
    tree.file(format!("{information}/RECORD"), record);
    Ok((format!("{NAME}-{version}-{tag}.whl"), tree.zip()?))
}

fn metadata(about: &About, target: Target) -> String {
    let system = match target.system {
        System::Linux => "POSIX :: Linux",
        System::Windows => "Microsoft :: Windows",
        System::MacOs => "MacOS",
    };
    format!(
        "Metadata-Version: 2.4\nName: {NAME}\nVersion: {}\nSummary: {SUMMARY}\nLicense-Expression: {LICENCE}\n\
         License-File: LICENSE\nLicense-File: THIRD-PARTY-LICENSES.txt\n\
         Project-URL: Source, {}\nClassifier: Operating System :: {system}\nRequires-Python: >=3.7\n\
         Description-Content-Type: text/plain\n\n{DESCRIPTION}\n",
        about.version,
        about.homepage()
    )
}

/// Every tag of the file's name by itself.
fn tags(tag: &str) -> String {
    let mut text = String::from("Wheel-Version: 1.0\nGenerator: ecrpass-xtask\nRoot-Is-Purelib: false\n");
    let (before, platforms) = tag.rsplit_once('-').unwrap_or(("py3-none", tag));
    for platform in platforms.split('.') {
        let _ = writeln!(text, "Tag: {before}-{platform}");
    }
    text
}

/// Sum and size of every file, but of the record itself.
fn record(tree: &Tree, own: &str) -> String {
    let mut text = String::new();
    for (path, node) in tree.leaves() {
        let sum = URL_SAFE_NO_PAD.encode(Sha256::digest(node.bytes()));
        let _ = writeln!(text, "{path},sha256={sum},{}", node.bytes().len());
    }
    let _ = writeln!(text, "{own},,");
    text
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;

    #[test]
    fn the_record_names_every_file_with_its_sum() {
        let (about, material) = (About::example(), Material::example());
        let (name, bytes) = wheel(&about, material.targets()[0], &material).unwrap();
        assert_eq!(
            name,
            "ecrpass-0.1.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl"
        );
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut content = Vec::new();
            zip.by_name(name).unwrap().read_to_end(&mut content).unwrap();
            content
        };
        let record = String::from_utf8(read("ecrpass-0.1.0.dist-info/RECORD")).unwrap();
        let mut recorded = 0;
        for line in record.lines() {
            let fields: Vec<_> = line.split(',').collect();
            let [path, sum, size] = fields[..] else { panic!("{line}") };
            if path.ends_with("/RECORD") {
                assert_eq!((sum, size), ("", ""));
                continue;
            }
            let content = read(path);
            assert_eq!(size, content.len().to_string());
            assert_eq!(sum, format!("sha256={}", URL_SAFE_NO_PAD.encode(Sha256::digest(&content))));
            recorded += 1;
        }
        assert_eq!(recorded + 1, zip.len());
        let helper = zip.by_name("ecrpass-0.1.0.data/scripts/docker-credential-ecrpass").unwrap();
        assert_eq!(helper.unix_mode(), Some(0o100_755));
    }

    #[test]
    fn every_tag_stands_by_itself() {
        let text = tags("py3-none-a.b");
        assert!(text.ends_with("Tag: py3-none-a\nTag: py3-none-b\n"), "{text}");
    }
}
