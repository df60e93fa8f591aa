//! The package that brought a file, asked of the package manager that is there.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ecrpass_core::CommandLine;
use ecrpass_core::environment::Environment;
use ecrpass_system::real_path;

use crate::system::programs;

/// How long a package manager may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A package that brought a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The command that removes it, without the name.
    remove: &'static str,
}

impl Package {
    /// The command that removes it.
    pub fn remove(&self) -> CommandLine {
        CommandLine::shell(self.remove).word(&self.name)
    }
}

/// A package manager.
struct Manager {
    program: &'static str,
    /// What it has where it is the system's: another one that is installed, too, knows nothing, and may begin a database of
    /// its own, as Debian's rpm does in the home.
    database: &'static [&'static str],
    /// How it is asked whose a file is.
    question: &'static [&'static str],
    /// What removes a package.
    remove: &'static str,
}

const MANAGERS: [Manager; 4] = [
    Manager {
        program: "dpkg-query",
        database: &["/var/lib/dpkg/status"],
        question: &["-S"],
        remove: "sudo apt-get remove",
    },
    Manager {
        program: "rpm",
        database: &[
            "/usr/lib/sysimage/rpm/rpmdb.sqlite",
            "/var/lib/rpm/rpmdb.sqlite",
            "/var/lib/rpm/Packages.db",
            "/var/lib/rpm/Packages",
        ],
        question: &["-qf", "--qf", "%{NAME}"],
        remove: "sudo dnf remove",
    },
    Manager {
        program: "apk",
        database: &["/lib/apk/db/installed", "/usr/lib/apk/db/installed"],
        question: &["info", "--quiet", "--who-owns"],
        remove: "sudo apk del",
    },
    Manager {
        program: "pacman",
        database: &["/var/lib/pacman/local"],
        question: &["-Qqo"],
        remove: "sudo pacman -R",
    },
];

/// The package of a file, behind all links.
pub fn of(environment: &dyn Environment, file: &Path) -> Option<Package> {
    let real = real_path(file);
    let file = real.as_deref().unwrap_or(file);
    if let Some(package) = by_path(file) {
        return Some(package);
    }
    let is_there = |manager: &&Manager| manager.database.iter().any(|path| Path::new(path).exists());
    let Manager { program, question, remove, .. } = MANAGERS.iter().find(is_there)?;
    let mut command = Command::new(environment.on_path(program)?);
    let output = programs::run(command.args(*question).arg(file).env("HOME", "/"), "", PATIENCE).ok()?;
    let name = output.success.then(|| named(&output.stdout)).flatten()?;
    Some(Package { name, remove })
}

/// Homebrew and Nix have the package in the path. Sources: Homebrew, "Formula Cookbook" (Cellar); Nix manual, "Store Path".
fn by_path(file: &Path) -> Option<Package> {
    let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
    let after = |name: &str| {
        let at = parts.iter().position(|part| *part == name)?;
        parts.get(at + 1).copied()
    };
    if let Some(name) = after("Cellar") {
        return Some(Package { name: name.to_owned(), remove: "brew uninstall" });
    }
    let (_, name) = after("store").filter(|_| file.starts_with("/nix/store"))?.split_once('-')?;
    Some(Package { name: name.to_owned(), remove: "nix profile remove" })
}

/// The name in an answer: `name: /path`, or the name alone.
fn named(answer: &str) -> Option<String> {
    let line = answer.lines().next()?.trim();
    let name = line.split_once(": ").map_or(line, |(name, _)| name);
    // A diversion, or what somebody else wrote, is no name.
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._:".contains(&b));
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_package_managers_are_understood() {
        assert_eq!(
            named("amazon-ecr-credential-helper: /usr/bin/x\n").as_deref(),
            Some("amazon-ecr-credential-helper")
        );
        assert_eq!(named("ecrpass\n").as_deref(), Some("ecrpass"));
        assert_eq!(named("diversion by x from: /usr/bin/y"), None);
        assert_eq!(named(""), None);
        let by_path = |path: &Path| super::by_path(path).map(|package| package.remove().to_string());
        let cellar = Path::new("/opt/homebrew/Cellar/docker-credential-helper-ecr/0.9.1/bin/x");
        assert_eq!(by_path(cellar).as_deref(), Some("brew uninstall docker-credential-helper-ecr"));
        assert_eq!(
            by_path(Path::new("/nix/store/abc-ecrpass-1.0/bin/x")).as_deref(),
            Some("nix profile remove ecrpass-1.0")
        );
        assert_eq!(by_path(Path::new("/usr/bin/x")), None);
    }
}
