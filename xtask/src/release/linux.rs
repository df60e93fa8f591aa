//! What the packages of Linux distributions put where: `ecrpass`, and the small package of Amazon's name beside it.
//!
//! Amazon's package owns `docker-credential-ecr-login`, so only whoever asks for that name gets into conflict with it. The
//! helper is in the main package under its second name, which no configuration has to share.

use anyhow::Result;

use super::about::{About, DROP_IN, HELPER, LICENCE, NAME, OWN_HELPER, PROVIDER};
use super::material::Material;
use super::target::Target;
use super::tree::Tree;
use crate::web::gzip;

/// What a package is, in whatever format.
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// What it is for; none where it is the same for all.
    pub target: Option<Target>,
    /// A line that says what it is.
    pub summary: &'static str,
    /// The same in some sentences.
    pub description: &'static str,
    /// Its files.
    pub tree: Tree,
}

/// How the files of a format differ from another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Debian's documents: the copyright and a changelog of the package.
    Debian,
    /// The licence, in a directory of its own.
    Plain,
}

/// `ecrpass` for a target.
pub fn main(about: &About, target: Target, material: &Material, flavour: Flavour) -> Result<Package> {
    let mut tree = Tree::default();
    tree.program(format!("usr/bin/{NAME}"), material.program(target, NAME)?);
    tree.program(format!("usr/bin/{OWN_HELPER}"), material.program(target, HELPER)?);
    tree.link(format!("usr/bin/{PROVIDER}"), OWN_HELPER);
    // `docker ecrpass …` and `kubectl ecrpass …`.
    tree.link(format!("usr/libexec/docker/cli-plugins/docker-{NAME}"), format!("../../../bin/{NAME}"));
    tree.link(format!("usr/bin/kubectl-{NAME}"), NAME);
    for (page, bytes) in &material.man {
        tree.file(format!("usr/share/man/man1/{page}.gz"), gzip(bytes)?);
    }
    for (name, page) in [(PROVIDER.to_owned(), OWN_HELPER), (format!("kubectl-{NAME}"), NAME)] {
        tree.link(format!("usr/share/man/man1/{name}.1.gz"), format!("{page}.1.gz"));
    }
    for (shell, file, bytes) in material.completions() {
        let directory = match shell {
            "bash" => "usr/share/bash-completion/completions",
            "zsh" => "usr/share/zsh/vendor-completions",
            "fish" => "usr/share/fish/vendor_completions.d",
            // The other shells have no place that a package writes to.
            _ => continue,
        };
        let directory = if shell == "zsh" && flavour == Flavour::Plain {
            "usr/share/zsh/site-functions"
        } else {
            directory
        };
        // bash looks for a file of the program's name.
        let file = if shell == "bash" { NAME } else { file };
        tree.file(format!("{directory}/{file}"), bytes);
    }
    documents(about, NAME, material, flavour, &mut tree)?;
    if flavour == Flavour::Debian {
        tree.file(format!("usr/share/lintian/overrides/{NAME}"), overrides());
    }
    let (summary, description) = (super::about::SUMMARY, super::about::DESCRIPTION);
    Ok(Package { name: NAME, target: Some(target), summary, description, tree })
}

/// Amazon's name, a link to the helper.
pub fn drop_in(about: &About, material: &Material, flavour: Flavour) -> Result<Package> {
    let mut tree = Tree::default();
    tree.link(format!("usr/bin/{HELPER}"), OWN_HELPER);
    tree.link(format!("usr/share/man/man1/{HELPER}.1.gz"), format!("{OWN_HELPER}.1.gz"));
    documents(about, DROP_IN, material, flavour, &mut tree)?;
    let (summary, description) = (super::about::DROP_IN_SUMMARY, super::about::DROP_IN_DESCRIPTION);
    Ok(Package { name: DROP_IN, target: None, summary, description, tree })
}

/// The licences, and what has changed.
fn documents(
    about: &About,
    name: &str,
    material: &Material,
    flavour: Flavour,
    tree: &mut Tree,
) -> Result<()> {
    let directory = format!("usr/share/doc/{name}");
    match flavour {
        Flavour::Debian => {
            tree.file(format!("{directory}/copyright"), copyright(about));
            let changes = format!(
                "{name} ({}-1) unstable; urgency=medium\n\n  * Release {0}.\n\n -- {}  {}\n",
                about.version,
                about.maintainer(),
                date(about),
            );
            tree.file(format!("{directory}/changelog.Debian.gz"), gzip(changes.as_bytes())?);
            tree.file(format!("{directory}/changelog.gz"), gzip(&material.changelog)?);
        }
        Flavour::Plain => {
            tree.file(format!("usr/share/licenses/{name}/LICENSE"), material.licence.clone());
            tree.file(format!("{directory}/CHANGELOG.md"), material.changelog.clone());
        }
    }
    if name == NAME {
        let third = match flavour {
            Flavour::Debian => {
                (format!("{directory}/third-party-licenses.txt.gz"), gzip(&material.third_party)?)
            }
            Flavour::Plain => {
                (format!("usr/share/licenses/{name}/THIRD-PARTY.txt"), material.third_party.clone())
            }
        };
        tree.file(third.0, third.1);
    }
    Ok(())
}

/// A paragraph in lines that fit a terminal.
pub fn lines(paragraph: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in paragraph.split(' ') {
        if lines.last().is_some_and(|line| !line.is_empty() && line.len() + word.len() > 76) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// As mail has it.
pub fn date(about: &About) -> String {
    ecrpass_core::time::http_date(about.epoch).replace("GMT", "+0000")
}

fn copyright(about: &About) -> String {
    format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: {NAME}\n\
         Source: {}\n\
         Comment: The licences of the libraries in the programs are in third-party-licenses.txt.gz.\n\
         \n\
         Files: *\n\
         Copyright: {} The authors of {NAME}\n\
         License: {LICENCE}\n \
         On Debian systems, the text of this licence is in /usr/share/common-licenses/Apache-2.0.\n",
        about.homepage(),
        ecrpass_core::time::rfc3339(about.epoch).split('-').next().unwrap_or_default()
    )
}

/// What lintian finds and is meant.
fn overrides() -> String {
    let why =
        "# Static on purpose: one program for every distribution, musl's own loader is no part of Debian's.";
    format!(
        "{why}\n{NAME}: statically-linked-binary [usr/bin/{NAME}]\n{NAME}: statically-linked-binary [usr/bin/{OWN_HELPER}]\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::tree::Node;

    #[test]
    fn only_the_small_package_has_the_name_of_amazons() {
        let (about, material) = (About::example(), Material::example());
        let target = material.targets()[0];
        for flavour in [Flavour::Debian, Flavour::Plain] {
            let main = main(&about, target, &material, flavour).unwrap();
            let paths: Vec<_> = main.tree.nodes().map(|(path, _)| path).collect();
            assert!(!paths.iter().any(|path| path.contains(HELPER)), "{paths:?}");
            for program in [NAME, OWN_HELPER, PROVIDER] {
                assert!(paths.contains(&format!("usr/bin/{program}").as_str()), "{program} in {paths:?}");
            }
            let small = drop_in(&about, &material, flavour).unwrap();
            let nodes: Vec<_> = small.tree.nodes().collect();
            assert_eq!(nodes[0], ("usr/bin/docker-credential-ecr-login", &Node::Link(OWN_HELPER.to_owned())));
            assert!(small.target.is_none());
            // What both had would be fought about.
            let twice = nodes.iter().find(|(path, _)| paths.contains(path));
            assert_eq!(twice, None);
        }
    }

    #[test]
    fn completions_are_where_shells_look() {
        let (about, material) = (About::example(), Material::example());
        let debian = main(&about, material.targets()[0], &material, Flavour::Debian).unwrap();
        for path in [
            "usr/share/bash-completion/completions/ecrpass",
            "usr/share/zsh/vendor-completions/_ecrpass",
            "usr/share/fish/vendor_completions.d/ecrpass.fish",
            "usr/share/man/man1/ecrpass.1.gz",
        ] {
            assert!(debian.tree.nodes().any(|(found, _)| found == path), "{path}");
        }
    }
}
