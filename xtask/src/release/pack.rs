//! Everything that is attached to a release, out of the programs that were built.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::about::About;
use super::channels::{self, Sums};
use super::graph::{Graph, Metadata};
use super::linux::{self, Flavour};
use super::material::Material;
use super::target::Target;
use super::verify::SUMS;
use super::{apk, archive, deb, helm_chart, image, licences, npm, provenance, rpm, sbom, wheel};
use crate::command::{root, say};
use crate::web;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Programs by themselves, archives, what other systems install them by, and bills of materials.
    Archives,
    /// Debian's packages.
    Deb,
    /// Fedora's.
    Rpm,
    /// Alpine's.
    Apk,
    /// For PyPI.
    Wheel,
    /// For npm.
    Npm,
    /// The container image.
    Image,
    /// The Helm chart.
    Chart,
    /// The web page.
    Web,
    /// Schemas of what the programs write.
    Schemas,
}

/// All of them, with their names.
const PARTS: [(&str, Part); 10] = [
    ("archives", Part::Archives),
    ("deb", Part::Deb),
    ("rpm", Part::Rpm),
    ("apk", Part::Apk),
    ("wheel", Part::Wheel),
    ("npm", Part::Npm),
    ("image", Part::Image),
    ("chart", Part::Chart),
    ("web", Part::Web),
    ("schemas", Part::Schemas),
];

/// Those of these names, and all where none is named.
///
/// # Errors
/// For a name that none has.
pub fn parts(names: &[String]) -> Result<Vec<Part>> {
    if names.is_empty() {
        return Ok(PARTS.map(|(_, part)| part).to_vec());
    }
    let find = |name: &String| {
        let found = PARTS.iter().find(|(known, _)| known == name).map(|(_, part)| *part);
        found.with_context(|| {
            format!("there is no part `{name}`; there are {}", PARTS.map(|(name, _)| name).join(", "))
        })
    };
    names.iter().map(find).collect()
}

/// Makes the files.
///
/// # Errors
/// When something is missing or cannot be written.
pub fn pack(
    about: &About,
    targets: &[Target],
    parts: &[Part],
    profile: &str,
    programs: &Path,
    output: &Path,
) -> Result<()> {
    let graphs = graphs(targets)?;
    let third_party = licences::texts(&graphs.iter().map(|(_, graph)| graph.clone()).collect::<Vec<_>>())?;
    let material = Material::collect(about, programs, targets, third_party.into_bytes())?;
    let has = |part: Part| parts.contains(&part);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    // They are of the programs in the archives.
    for (target, graph) in graphs.iter().filter(|_| has(Part::Archives)) {
        if let Some(program) = material.programs.get(&(target.triple, graph.program.0.clone())) {
            files.push(sbom::sbom(about, *target, graph, program)?);
        }
    }
    for target in targets {
        if has(Part::Archives) {
            files.push(archive::archive(about, *target, &material)?);
            files.extend(archive::bare(*target, &material)?);
        }
        if has(Part::Wheel) {
            files.push(wheel::wheel(about, *target, &material)?);
        }
    }
    files.extend(of_distributions(about, targets, parts, &material)?);
    if has(Part::Npm) {
        files.extend(npm::packages(about, targets, &material)?);
    }
    if has(Part::Image) {
        files.push(image::image(about, targets, &material, &image::certificates()?)?);
    }
    if has(Part::Chart) {
        files.push(helm_chart::chart(about, &root().join("charts/ecrpass"))?);
    }
    if has(Part::Web) {
        web::build()?;
        for page in web::pages() {
            let name = page.file_name().context("a page has a name")?.to_string_lossy().into_owned();
            files.push((name, std::fs::read(page)?));
        }
    }
    if has(Part::Schemas) {
        files.extend(schemas()?);
    }
    if has(Part::Archives) {
        let sums = sums(&files)?;
        files.extend(channels::files(about, targets, &sums)?);
        files.push(("LICENSE".to_owned(), material.licence.clone()));
        files.push(("CHANGELOG.md".to_owned(), material.changelog.clone()));
    }
    let mut sums = sums(&files)?;
    let read = |name: &str| std::fs::read(root().join(name)).with_context(|| name.to_owned());
    let statement = provenance::statement(
        about,
        targets,
        profile,
        &sums,
        &read("Cargo.lock")?,
        &read("rust-toolchain.toml")?,
    )?;
    sums.add(&provenance::name(about), &statement);
    files.push((provenance::name(about), statement));
    let listed: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    files.push((SUMS.to_owned(), listed.into_bytes()));
    write(output, &files)
}

/// The packages of Linux' distributions: of each format one per machine, and one for the name of Amazon's helper.
fn of_distributions(
    about: &About,
    targets: &[Target],
    parts: &[Part],
    material: &Material,
) -> Result<Vec<(String, Vec<u8>)>> {
    type Format = fn(&About, &linux::Package) -> Result<(String, Vec<u8>)>;
    let formats: [(Part, Flavour, Format); 3] = [
        (Part::Deb, Flavour::Debian, deb::deb),
        (Part::Rpm, Flavour::Plain, rpm::rpm),
        (Part::Apk, Flavour::Plain, apk::apk),
    ];
    let linux: Vec<Target> = targets.iter().copied().filter(|target| target.is_linux()).collect();
    let mut files = Vec::new();
    if linux.is_empty() {
        return Ok(files);
    }
    for (_, flavour, format) in formats.into_iter().filter(|(part, _, _)| parts.contains(part)) {
        for target in &linux {
            files.push(format(about, &linux::main(about, *target, material, flavour)?)?);
        }
        files.push(format(about, &linux::drop_in(about, material, flavour)?)?);
    }
    Ok(files)
}

/// What each program of each target is linked of.
fn graphs(targets: &[Target]) -> Result<Vec<(Target, Graph)>> {
    let mut graphs = Vec::new();
    for target in targets {
        let metadata = Metadata::read(*target)?;
        for program in target.programs() {
            graphs.push((*target, metadata.of(program)?));
        }
    }
    Ok(graphs)
}

fn schemas() -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join("docs/schema"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_name().and_then(|name| name.to_str()).context("a name that is no text")?;
            files.push((name.to_owned(), std::fs::read(&path)?));
        }
    }
    Ok(files)
}

fn sums(files: &[(String, Vec<u8>)]) -> Result<Sums> {
    let mut sums = Sums::default();
    for (name, bytes) in files {
        if sums.of(name).is_ok() {
            bail!("two files are called {name}");
        }
        sums.add(name, bytes);
    }
    Ok(sums)
}

/// Writes them into a directory that holds nothing else.
fn write(output: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    match std::fs::remove_dir_all(output) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => std::fs::create_dir_all(output)?,
    }
    for (name, bytes) in files {
        let path = output.join(name);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        say(&format!("  {:>10}  {name}", bytes.len()));
    }
    say(&format!("  in {}", output.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen_by_name() {
        assert_eq!(parts(&[]).unwrap().len(), PARTS.len());
        assert_eq!(parts(&["deb".to_owned()]).unwrap(), [Part::Deb]);
        assert!(parts(&["msi".to_owned()]).unwrap_err().to_string().contains("archives, deb"));
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let file = ("a".to_owned(), vec![1]);
        assert!(sums(&[file.clone(), file]).is_err());
    }

    #[test]
    fn each_format_has_the_small_package_once() {
        let triples = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
        let material = Material::example_of(&triples);
        let parts = parts(&[]).unwrap();
        let files = of_distributions(&About::example(), &material.targets(), &parts, &material).unwrap();
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "ecrpass_0.1.0-1_amd64.deb",
                "ecrpass_0.1.0-1_arm64.deb",
                "ecrpass-ecr-login_0.1.0-1_all.deb",
                "ecrpass-0.1.0-1.x86_64.rpm",
                "ecrpass-0.1.0-1.aarch64.rpm",
                "ecrpass-ecr-login-0.1.0-1.noarch.rpm",
                "ecrpass-0.1.0-r0.x86_64.apk",
                "ecrpass-0.1.0-r0.aarch64.apk",
                "ecrpass-ecr-login-0.1.0-r0.noarch.apk",
            ]
        );
    }
}
