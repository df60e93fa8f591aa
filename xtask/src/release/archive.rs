//! The archive for whoever installs by hand, by a formula or by a manifest: a `.tar.gz`, and a `.zip` for Windows.

use anyhow::Result;

use super::about::{About, HELPER, NAME, OPERATOR, OWN_HELPER, PROVIDER};
use super::material::Material;
use super::target::{System, Target};
use super::tree::Tree;
use crate::web::gzip;

/// The directory in it, and the beginning of its name.
pub fn directory(about: &About, target: Target) -> String {
    format!("{NAME}-{}-{}", about.version, target.triple)
}

/// Its name.
pub fn name(about: &About, target: Target) -> String {
    let end = if target.system == System::Windows { "zip" } else { "tar.gz" };
    format!("{}.{end}", directory(about, target))
}

/// The name of the file, and what is in it.
pub fn archive(about: &About, target: Target, material: &Material) -> Result<(String, Vec<u8>)> {
    let mut tree = Tree::default();
    for program in [HELPER, NAME] {
        tree.program(target.file(program), material.program(target, program)?);
    }
    if target.system != System::Windows {
        tree.link(OWN_HELPER, HELPER);
        tree.link(PROVIDER, HELPER);
        for (page, bytes) in &material.man {
            tree.file(format!("man/man1/{page}"), bytes.clone());
        }
    }
    for (_, file, bytes) in material.completions() {
        tree.file(format!("completions/{file}"), bytes);
    }
    tree.file("LICENSE", material.licence.clone());
    tree.file("THIRD-PARTY-LICENSES.txt", material.third_party.clone());
    tree.file("CHANGELOG.md", material.changelog.clone());
    let mut whole = Tree::default();
    whole.add(&directory(about, target), &tree);
    let bytes = match target.system {
        System::Windows => whole.zip()?,
        _ => gzip(&whole.tar(about.seconds(), "")?)?,
    };
    Ok((name(about, target), bytes))
}

/// The programs by themselves, for pipelines and nodes that fetch one file: those of the most common machine by their plain
/// names.
pub fn bare(target: Target, material: &Material) -> Result<Vec<(String, Vec<u8>)>> {
    if !target.is_linux() {
        return Ok(Vec::new());
    }
    let end = match target.machine() {
        "x86_64" => String::new(),
        machine => format!("-{machine}"),
    };
    let there = [HELPER, NAME, OPERATOR].into_iter();
    let there = there.filter(|name| material.programs.contains_key(&(target.triple, (*name).to_owned())));
    there.map(|name| Ok((format!("{name}{end}"), material.program(target, name)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_gets_links_and_pages() {
        let (about, material) = (About::example(), Material::example());
        let (name, bytes) = archive(&about, material.targets()[0], &material).unwrap();
        assert_eq!(name, "ecrpass-0.1.0-x86_64-unknown-linux-musl.tar.gz");
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let link = entry.link_name().unwrap().map(|link| link.display().to_string());
                (entry.path().unwrap().display().to_string(), link)
            })
            .collect();
        let top = "ecrpass-0.1.0-x86_64-unknown-linux-musl";
        assert!(entries.iter().all(|(name, _)| name.starts_with(top)), "{entries:?}");
        let helper = format!("{top}/docker-credential-ecrpass");
        assert!(entries.contains(&(helper, Some("docker-credential-ecr-login".to_owned()))), "{entries:?}");
        assert!(entries.iter().any(|(name, _)| name.ends_with("man/man1/ecrpass.1")), "{entries:?}");
    }

    #[test]
    fn windows_gets_a_zip() {
        let triple = "x86_64-pc-windows-gnu";
        let material = Material::example_of(&[triple]);
        let (name, bytes) = archive(&About::example(), material.targets()[0], &material).unwrap();
        assert_eq!(name, "ecrpass-0.1.0-x86_64-pc-windows-gnu.zip");
        let zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let program = format!("ecrpass-0.1.0-{triple}/ecrpass.exe");
        assert!(zip.file_names().any(|name| name.is_ok_and(|name| name == program)));
        assert!(bare(material.targets()[0], &material).unwrap().is_empty());
    }

    #[test]
    fn pipelines_find_the_program_by_its_own_name() {
        let triples = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
        let material = Material::example_of(&triples);
        let names: Vec<_> = material
            .targets()
            .into_iter()
            .flat_map(|target| bare(target, &material).unwrap())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            names,
            [
                "docker-credential-ecr-login",
                "ecrpass",
                "ecrpass-operator",
                "docker-credential-ecr-login-aarch64",
                "ecrpass-aarch64",
                "ecrpass-operator-aarch64"
            ]
        );
    }
}
