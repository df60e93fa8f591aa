//! A package of Fedora's, RHEL's and Amazon Linux'.

use anyhow::Result;
use rpm::{BuildConfig, CompressionType, Dependency, FileOptions, PackageBuilder, Timestamp};

use super::about::{About, DROP_IN, LICENCE, NAME};
use super::linux::{Package, lines};
use super::tree::Node;

/// The name of Amazon's package.
const AMAZON: &str = "amazon-ecr-credential-helper";

/// The name of the file, and what is in it.
pub fn rpm(about: &About, package: &Package) -> Result<(String, Vec<u8>)> {
    let architecture = package.target.map_or("noarch", |target| target.machine());
    let time = Timestamp::from(u32::try_from(about.epoch)?);
    let mut builder =
        PackageBuilder::new(package.name, &about.version, LICENCE, architecture, package.summary);
    builder
        .using_config(BuildConfig::default().source_date(time).compression(CompressionType::Gzip))
        .release("1")
        .description(lines(package.description).join("\n"))
        .group("Applications/System")
        .add_changelog_entry(
            format!("{} - {}-1", about.maintainer(), about.version),
            format!("- Release {}", about.version),
            time,
        )
        .url(about.homepage())
        .vendor(about.maintainer())
        .packager(about.maintainer())
        // Of the machine that made it, nothing.
        .build_host("localhost")
        .cookie(format!("{} {}", package.name, about.commit));
    if package.name == DROP_IN {
        // No `Obsoletes`: at the next update that would put it in the place of Amazon's on machines where nobody asked.
        builder
            .requires(Dependency::eq(NAME, format!("{}-1", about.version)))
            .provides(Dependency::any(AMAZON))
            .conflicts(Dependency::any(AMAZON));
    } else {
        builder.recommends(Dependency::any("ca-certificates")).suggests(Dependency::any(DROP_IN));
    }
    // The directories that are this package's alone.
    let own = ["usr/share/doc/", "usr/share/licenses/"].map(|parent| format!("{parent}{}", package.name));
    for (path, node) in package.tree.with_directories().nodes() {
        let place = format!("/{path}");
        let mode = u16::try_from(node.mode())?;
        match node {
            Node::Directory if own.iter().any(|own| own == path) => {
                builder.with_dir_entry(FileOptions::dir(place).permissions(mode))?;
            }
            Node::Directory | Node::Shared => {}
            Node::Link(to) => {
                builder.with_symlink(FileOptions::symlink(place, to.as_str()))?;
            }
            Node::File { bytes, .. } => {
                let options = FileOptions::new(place.clone()).permissions(mode);
                let options = if place.starts_with("/usr/share/licenses/") {
                    options.license()
                } else if place.starts_with("/usr/share/doc/") || place.starts_with("/usr/share/man/") {
                    options.doc()
                } else {
                    options
                };
                builder.with_file_contents(bytes.clone(), options)?;
            }
        }
    }
    let mut bytes = Vec::new();
    builder.build()?.write(&mut bytes)?;
    Ok((format!("{}-{}-1.{architecture}.rpm", package.name, about.version), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::linux::{self, Flavour};
    use crate::release::material::Material;

    fn names(dependencies: Vec<Dependency>) -> Vec<String> {
        let own = dependencies.into_iter().filter(|it| !it.name.starts_with("rpmlib("));
        own.map(|it| it.name).collect()
    }

    #[test]
    fn the_main_package_conflicts_with_nothing_and_holds_the_files() {
        let (about, material) = (About::example(), Material::example());
        let package = linux::main(&about, material.targets()[0], &material, Flavour::Plain).unwrap();
        let (name, bytes) = rpm(&about, &package).unwrap();
        assert_eq!(name, "ecrpass-0.1.0-1.x86_64.rpm");
        assert_eq!(bytes, rpm(&about, &package).unwrap().1);
        let read = rpm::Package::parse(&mut bytes.as_slice()).unwrap();
        let metadata = &read.metadata;
        assert_eq!(metadata.get_name().unwrap(), NAME);
        assert!(names(metadata.get_conflicts().unwrap()).is_empty());
        assert!(names(metadata.get_obsoletes().unwrap()).is_empty());
        assert!(names(metadata.get_requires().unwrap()).is_empty());
        let paths: Vec<_> = metadata.get_file_entries().unwrap();
        let helper = paths.iter().find(|it| it.path().ends_with("docker-credential-ecrpass")).unwrap();
        assert_eq!(helper.permissions() & 0o777, 0o755);
    }

    #[test]
    fn the_drop_in_provides_and_conflicts_and_does_not_replace_silently() {
        let (about, material) = (About::example(), Material::example());
        let package = linux::drop_in(&about, &material, Flavour::Plain).unwrap();
        let (name, bytes) = rpm(&about, &package).unwrap();
        assert_eq!(name, "ecrpass-ecr-login-0.1.0-1.noarch.rpm");
        let read = rpm::Package::parse(&mut bytes.as_slice()).unwrap();
        let metadata = &read.metadata;
        assert_eq!(names(metadata.get_conflicts().unwrap()), [AMAZON]);
        assert!(names(metadata.get_provides().unwrap()).iter().any(|name| name == AMAZON));
        assert!(names(metadata.get_obsoletes().unwrap()).is_empty());
        assert_eq!(names(metadata.get_requires().unwrap()), [NAME]);
    }
}
