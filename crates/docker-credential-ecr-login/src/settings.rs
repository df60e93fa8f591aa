//! The user's settings: `~/.config/ecrpass/config.toml` (or `ECRPASS_CONFIG`) and the Go helper's variables.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::{HostError, Registry, authority, is_host, normalize_host};
use ecrpass_core::wildcard;
use ecrpass_credentials::credential_chain::Override;
use ecrpass_credentials::refusal::{NextStep, Refusal};
use ecrpass_system::{bounded, directory};
use serde::Deserialize;

/// The largest configuration read, in bytes.
const MAX_CONFIG: usize = 1024 * 1024;

/// How long a pipe in its place may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long everything together may take when nothing else is said.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// Where tokens are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CacheKind {
    /// One file per token, readable by its owner only.
    #[default]
    File,
    /// The Linux kernel's keyring: the token never touches the disk.
    Kernel,
    /// Nowhere.
    None,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The helper to ask about hosts that are not ECR's: the part after `docker-credential-`.
    pub delegate: Option<String>,
    /// Where tokens are kept.
    pub cache: CacheKind,
    /// How long one call of the helper may take in all.
    pub deadline: Duration,
    /// The directory for tokens and the log; `None` when there is no home.
    pub directory: Option<PathBuf>,
    registries: Vec<RegistrySettings>,
}

/// A server URL, understood.
#[derive(Clone, Debug)]
pub struct Target {
    /// The registry it means.
    pub registry: Registry,
    /// What the configuration demands for it.
    pub over: Override,
    /// The host as the client names it, which may be an alias.
    pub host: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    delegate: Option<String>,
    #[serde(default)]
    cache: CacheKind,
    deadline: Option<String>,
    #[serde(default)]
    registry: Vec<RegistrySettings>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistrySettings {
    host: String,
    alias_of: Option<String>,
    profile: Option<String>,
    role_arn: Option<String>,
    external_id: Option<String>,
    session_name: Option<String>,
}

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// A [`Refusal`] naming file, line and column when the configuration cannot be understood.
    pub fn load(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<&Path>) -> Result<Self, Refusal> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        // One that is no absolute path would look for settings, and scatter tokens, in every directory this is run in.
        let home = home.filter(|home| home.is_absolute());
        let (path, required) = match set("ECRPASS_CONFIG") {
            Some(path) => (Some(PathBuf::from(path)), true),
            None => {
                // Source: XDG Base Directory Specification: relative paths are to be ignored.
                let base = set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
                let base = base.or_else(|| Some(home?.join(".config")));
                (base.map(|base| base.join("ecrpass").join("config.toml")), false)
            }
        };
        let written = match path.map(|path| (read(&path), path)) {
            Some((Ok(text), path)) => parse(&text, &path)?,
            Some((Err(error), path)) if required || !error.is_not_found() => {
                if let bounded::ReadError::Io(error) = &error
                    && error.kind() == std::io::ErrorKind::PermissionDenied
                {
                    return Err(locked(&path));
                }
                return Err(invalid(&path, "", &format!("it cannot be read: {error}")));
            }
            _ => (Written::default(), DEFAULT_DEADLINE),
        };
        let (written, deadline) = written;
        let disabled = set("AWS_ECR_DISABLE_CACHE").is_some();
        let own = || Some(home?.join(".ecr")).filter(|directory| !is_somebody_elses(directory));
        let directory = set("AWS_ECR_CACHE_DIR").map(PathBuf::from).or_else(own);
        Ok(Self {
            delegate: written.delegate,
            cache: if disabled { CacheKind::None } else { written.cache },
            deadline,
            directory,
            registries: written.registry,
        })
    }

    /// What a server URL means under these settings.
    ///
    /// # Errors
    /// [`HostError`] when it is no ECR registry.
    pub fn target(&self, server_url: &str) -> Result<Target, HostError> {
        let host = normalize_host(server_url);
        let authority = authority(server_url).to_ascii_lowercase();
        let settings = self.registries.iter().find(|registry| {
            let pattern = registry.host.to_ascii_lowercase();
            // A `*` stands for parts of a host, not for a space or a backslash.
            is_host(&authority)
                && (wildcard::matches(&pattern, &host) || wildcard::matches(&pattern, &authority))
        });
        let alias = settings.and_then(|settings| settings.alias_of.as_deref());
        Ok(Target {
            registry: Registry::parse(alias.unwrap_or(server_url))?,
            host: if alias.is_some() { authority } else { host },
            over: settings.map_or_else(Override::default, |settings| Override {
                profile: settings.profile.clone(),
                role_arn: settings.role_arn.clone(),
                external_id: settings.external_id.clone(),
                session_name: settings.session_name.clone(),
            }),
        })
    }
}

/// Whether this is root in a user's home, as after `sudo -E`: what root leaves there locks the user out of it, and what
/// the user left is not for root to trust. Nothing is kept then, unless `AWS_ECR_CACHE_DIR` says where.
#[cfg(unix)]
fn is_somebody_elses(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    if !rustix::process::geteuid().is_root() {
        return false;
    }
    let mut ancestors = directory.ancestors().filter_map(|path| std::fs::metadata(path).ok());
    ancestors.next().is_some_and(|nearest| nearest.uid() != 0)
}

#[cfg(not(unix))]
fn is_somebody_elses(_: &Path) -> bool {
    false
}

fn read(path: &Path) -> Result<String, bounded::ReadError> {
    let bytes = bounded::read(path, MAX_CONFIG, PATIENCE)?;
    let invalid =
        |error: std::string::FromUtf8Error| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
    String::from_utf8(bytes).map_err(|error| bounded::ReadError::Io(invalid(error)))
}

fn parse(text: &str, path: &Path) -> Result<(Written, Duration), Refusal> {
    let written: Written = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(String::new, |span| {
            let before = text.get(..span.start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!(":{line}:{column}")
        });
        invalid(path, &place, error.message())
    })?;
    let deadline = match &written.deadline {
        None => DEFAULT_DEADLINE,
        Some(text) => parse_seconds(text).ok_or_else(|| {
            invalid(
                path,
                "",
                &format!("`deadline = \"{text}\"` is not a time between 100ms and 300s, like \"10s\""),
            )
        })?,
    };
    if written.delegate.as_deref() == Some("ecr-login") {
        return Err(invalid(path, "", "`delegate = \"ecr-login\"` names this helper itself"));
    }
    if let Some(delegate) = written.delegate.as_deref()
        && (delegate.is_empty() || delegate.contains(['/', '\\']))
    {
        return Err(invalid(
            path,
            "",
            "`delegate` is the name of a helper without `docker-credential-`, like \"osxkeychain\"",
        ));
    }
    if written.cache == CacheKind::Kernel && !cfg!(target_os = "linux") {
        return Err(invalid(
            path,
            "",
            "`cache = \"kernel\"` is the Linux keyring; use \"file\" or \"none\" here",
        ));
    }
    for registry in &written.registry {
        if let Some(alias) = &registry.alias_of {
            Registry::parse(alias).map_err(|error| invalid(path, "", &format!("alias_of: {error}")))?;
        }
    }
    Ok((written, deadline))
}

/// What may not be looked at; whether there is anything is not known then.
fn locked(path: &Path) -> Refusal {
    let place = directory::closed(path);
    Refusal::new(
        DiagnosisId::EcrpassConfigInvalid,
        format!(
            "Whether there is an ecrpass configuration cannot be seen: this user may not {} {} (looking for {}).",
            if place == path { "read" } else { "enter" },
            place.display(),
            path.display()
        ),
        format!(
            "ls -ld {}; then let this user in, or set HOME to a directory of its own",
            ecrpass_core::shell::quoted(&place.display().to_string())
        ),
    )
}

/// `place` is `:line:column`, where it is known.
fn invalid(path: &Path, place: &str, problem: &str) -> Refusal {
    let file = path.display().to_string();
    Refusal::new(
        DiagnosisId::EcrpassConfigInvalid,
        format!("The ecrpass configuration {file}{place} is not valid: {}.", problem.trim_end_matches('.')),
        NextStep::CorrectSettings { file },
    )
}

/// `10s`, `500ms`, `2m`; between 100 ms and 5 minutes.
fn parse_seconds(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let milliseconds = match unit.trim() {
        "ms" => number,
        "s" | "" => number.checked_mul(1000)?,
        "m" | "min" => number.checked_mul(60_000)?,
        _ => return None,
    };
    (100..=300_000).contains(&milliseconds).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

    fn load(text: &str) -> Result<Settings, Refusal> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let variable = |name: &str| (name == "ECRPASS_CONFIG").then(|| path.clone().into_os_string());
        Settings::load(&variable, Some(Path::new("/home/u")))
    }

    #[test]
    fn everything_can_be_set() {
        let settings = load(&format!(
            "delegate = \"pass\"\ncache = \"kernel\"\ndeadline = \"2500ms\"\n[[registry]]\nhost = \"*.dkr.ecr.eu-*.amazonaws.com\"\nprofile = \"eu\"\n[[registry]]\nhost = \"{HOST}\"\nrole_arn = \"arn:r\"\nexternal_id = \"e\"\nsession_name = \"s\"\n[[registry]]\nhost = \"localhost:5000\"\nalias_of = \"{HOST}\"\n"
        ))
        .unwrap();
        assert_eq!((settings.delegate.as_deref(), settings.cache), (Some("pass"), CacheKind::Kernel));
        assert_eq!(settings.deadline, Duration::from_millis(2500));
        assert_eq!(settings.directory.as_deref(), Some(Path::new("/home/u/.ecr")));
        let target = settings.target(&format!("https://{HOST}/x")).unwrap();
        assert_eq!(
            (target.over.role_arn.as_deref(), target.over.external_id.as_deref()),
            (Some("arn:r"), Some("e"))
        );
        let eu = settings.target(&format!("{}.dkr.ecr.eu-west-1.amazonaws.com", "1".repeat(12))).unwrap();
        assert_eq!(eu.over.profile.as_deref(), Some("eu"));
        for other in ["x 1.dkr.ecr.eu-west-1.amazonaws.com", "x\n1.dkr.ecr.eu-west-1.amazonaws.com"] {
            assert!(settings.target(other).is_err(), "{other:?}");
        }
        let alias = settings.target("http://LOCALHOST:5000/v2/").unwrap();
        assert_eq!((alias.registry.host(), alias.host.as_str()), (HOST, "localhost:5000"));
        assert!(settings.target("localhost:5001").is_err());
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, part) in [
            ("delegte = \"pass\"\n", "config.toml:1:1 is not valid: unknown field `delegte`"),
            ("\n cache = \"disk\"\n", "config.toml:2:10 is not valid: unknown variant `disk`"),
            ("deadline = \"soon\"\n", "`deadline = \"soon\"` is not a time"),
            ("deadline = \"1ms\"\n", "is not a time"),
            ("delegate = \"ecr-login\"\n", "names this helper itself"),
            ("delegate = \"../x\"\n", "without `docker-credential-`"),
            ("[[registry]]\nhost = \"a\"\nalias_of = \"b\"\n", "alias_of: b is not an Amazon ECR registry"),
            ("= x", "config.toml:1:1 is not valid"),
        ] {
            let refusal = load(text).unwrap_err();
            assert_eq!(refusal.id, DiagnosisId::EcrpassConfigInvalid);
            assert!(refusal.what.contains(part), "{refusal}\nlacks {part}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_a_relative_path_leads_to_is_nobodys_settings() {
        let directory = tempfile::tempdir().unwrap();
        for place in ["ecrpass", ".config/ecrpass"] {
            std::fs::create_dir_all(directory.path().join(place)).unwrap();
            std::fs::write(directory.path().join(place).join("config.toml"), "= x").unwrap();
        }
        let up: PathBuf = std::env::current_dir().unwrap().components().skip(1).map(|_| "..").collect();
        let relative = up.join(directory.path().strip_prefix("/").unwrap());
        assert!(relative.join("ecrpass/config.toml").is_file());
        let named = |name: &str| (name == "XDG_CONFIG_HOME").then(|| relative.clone().into_os_string());
        for settings in [Settings::load(&named, None), Settings::load(&|_| None, Some(&relative))] {
            let settings = settings.unwrap();
            assert_eq!((settings.deadline, settings.directory), (DEFAULT_DEADLINE, None));
        }
        let absolute =
            |name: &str| (name == "XDG_CONFIG_HOME").then(|| directory.path().as_os_str().to_owned());
        assert_eq!(Settings::load(&absolute, None).unwrap_err().id, DiagnosisId::EcrpassConfigInvalid);
    }

    #[test]
    fn no_file_is_fine_unless_it_was_named() {
        let none = |_: &str| None;
        let settings = Settings::load(&none, None).unwrap();
        assert_eq!((settings.deadline, settings.directory), (DEFAULT_DEADLINE, None));
        let named =
            |name: &str| (name == "ECRPASS_CONFIG").then(|| OsString::from("/nonexistent/config.toml"));
        assert_eq!(Settings::load(&named, None).unwrap_err().id, DiagnosisId::EcrpassConfigInvalid);
        let go = |name: &str| match name {
            "AWS_ECR_DISABLE_CACHE" => Some(OsString::from("1")),
            "AWS_ECR_CACHE_DIR" => Some(OsString::from("/c")),
            _ => None,
        };
        let settings = Settings::load(&go, None).unwrap();
        assert_eq!((settings.cache, settings.directory), (CacheKind::None, Some(PathBuf::from("/c"))));
    }
}
