//! The user's settings: `~/.config/ecrpass/config.toml` (or `ECRPASS_CONFIG`) and the Go helper's variables.

mod file;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_core::registry::{HostError, Registry, authority, is_host, normalize_host};
use ecrpass_core::wildcard;
use ecrpass_credentials::credential_chain::Override;
use ecrpass_credentials::refusal::Refusal;

pub use self::file::{CacheKind, Scope, ServiceAccountSettings};
use self::file::{DEFAULT_DEADLINE, RegistrySettings, Written};

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The helper to ask about hosts that are not ECR's: the part after `docker-credential-`.
    pub delegate: Option<String>,
    /// Where tokens are kept.
    pub cache: CacheKind,
    /// Where calls keep them that `AWS_ECR_DISABLE_CACHE` does not tell to keep none.
    pub cache_of_others: CacheKind,
    /// How long one call of the helper may take in all.
    pub deadline: Duration,
    /// The directory for tokens and the log; `None` when there is no home.
    pub directory: Option<PathBuf>,
    /// What the kubelet's service accounts may have.
    pub service_account: ServiceAccountSettings,
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
    /// What a token may be good for, where it is known which image it is for.
    pub scope: Scope,
}

/// Where a node's programs keep what root has no home for.
const NODE_CACHE: &str = "/var/cache/ecrpass";

/// The settings of a node, for programs that run without a home.
const NODE_SETTINGS: &str = "/etc/ecrpass/config.toml";

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// A [`Refusal`] naming file, line and column when the configuration cannot be understood.
    pub fn load(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<&Path>) -> Result<Self, Refusal> {
        Self::read(variable, home, None)
    }

    /// The same for what runs on a node, as the kubelet does: mostly as root and without a home. What is set for the node
    /// comes before what its user has set for docker.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn of_node(
        variable: &dyn Fn(&str) -> Option<OsString>,
        home: Option<&Path>,
    ) -> Result<Self, Refusal> {
        let mut settings = Self::read(variable, home, Some(Path::new(NODE_SETTINGS)))?;
        let is_named = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if !is_named("AWS_ECR_CACHE_DIR") && !is_named("HOME") && is_root() {
            settings.directory = Some(PathBuf::from(NODE_CACHE));
        }
        Ok(settings)
    }

    /// `first` is read before the one at home, which counts where that is missing.
    fn read(
        variable: &dyn Fn(&str) -> Option<OsString>,
        home: Option<&Path>,
        first: Option<&Path>,
    ) -> Result<Self, Refusal> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        // One that is no absolute path would look for settings, and scatter tokens, in every directory this is run in.
        let home = home.filter(|home| home.is_absolute());
        let written = match set("ECRPASS_CONFIG") {
            Some(path) => file::load(Path::new(&path), true)?,
            None => {
                // Source: XDG Base Directory Specification: relative paths are to be ignored.
                let base = set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
                let base = base.or_else(|| Some(home?.join(".config")));
                let path = base.map(|base| base.join("ecrpass").join("config.toml"));
                match first.map(|path| file::load(path, false)).transpose()?.flatten() {
                    Some(found) => Some(found),
                    None => path.map(|path| file::load(&path, false)).transpose()?.flatten(),
                }
            }
        };
        let (written, deadline) = written.unwrap_or_else(|| (Written::default(), DEFAULT_DEADLINE));
        let disabled = set("AWS_ECR_DISABLE_CACHE").is_some();
        let own = || Some(home?.join(".ecr")).filter(|directory| !is_somebody_elses(directory));
        let named = set("AWS_ECR_CACHE_DIR").map(PathBuf::from);
        // Source: awslabs/amazon-ecr-credential-helper, `ecr-login/cache/build.go`: `~` is the home there, too.
        let named = named.map(|path| match path.strip_prefix("~") {
            Ok(below) => home.map_or(path.clone(), |home| home.join(below)),
            Err(_) => path,
        });
        let directory = named.or_else(own);
        Ok(Self {
            delegate: written.delegate,
            cache: if disabled { CacheKind::None } else { written.cache },
            cache_of_others: written.cache,
            deadline,
            directory,
            service_account: written.service_account,
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
                session_policy: None,
                profile_option: None,
            }),
            scope: settings.map_or(Scope::default(), |settings| settings.scope),
        })
    }
}

/// Whether this is root in a user's home, as after `sudo -E`: what root leaves there locks the user out of it, and what
/// the user left is not for root to trust. Nothing is kept then, unless `AWS_ECR_CACHE_DIR` says where.
#[cfg(unix)]
fn is_somebody_elses(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    if !is_root() {
        return false;
    }
    let mut ancestors = directory.ancestors().filter_map(|path| std::fs::metadata(path).ok());
    ancestors.next().is_some_and(|nearest| nearest.uid() != 0)
}

#[cfg(not(unix))]
fn is_somebody_elses(_: &Path) -> bool {
    false
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use ecrpass_core::DiagnosisId;

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
            (
                "[[registry]]\nhost = \"a\"\nscope = \"repository\"\n",
                "`scope = \"repository\"` needs `role_arn`",
            ),
            ("[service_account]\nrole_annotations = []\n", "`role_annotations` is empty"),
            ("[service_account]\nrole = \"x\"\n", "unknown field `role`"),
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
    fn a_node_is_told_what_pods_may_have() {
        let settings = load("").unwrap();
        assert_eq!(settings.service_account.role_annotations, ["eks.amazonaws.com/ecr-role-arn"]);
        assert!(!settings.service_account.require_role);
        let settings = load(&format!(
            "[service_account]\nrequire_role = true\nrole_annotations = [\"a/b\"]\n[[registry]]\nhost = \"{HOST}\"\nrole_arn = \"arn:r\"\nscope = \"repository\"\n"
        ))
        .unwrap();
        assert_eq!(settings.service_account.role_annotations, ["a/b"]);
        assert!(settings.service_account.require_role);
        assert_eq!(settings.target(HOST).unwrap().scope, Scope::Repository);
        assert_eq!(settings.target("public.ecr.aws").unwrap().scope, Scope::Principal);
    }

    #[test]
    fn a_node_without_a_home_keeps_tokens_below_var() {
        let of = |name: &'static str| {
            let variable = move |asked: &str| (asked == name).then(|| OsString::from("/c"));
            Settings::of_node(&variable, Some(Path::new("/h"))).unwrap().directory
        };
        assert_eq!(of("AWS_ECR_CACHE_DIR").as_deref(), Some(Path::new("/c")));
        assert_eq!(of("HOME").as_deref(), Some(Path::new("/h/.ecr")));
        let without = if is_root() { NODE_CACHE } else { "/h/.ecr" };
        assert_eq!(of("OTHER").as_deref(), Some(Path::new(without)));
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
        for (named, is) in [("~/c", "/h/c"), ("~", "/h"), ("~c", "~c"), ("c/~", "c/~")] {
            let tilde = |name: &str| (name == "AWS_ECR_CACHE_DIR").then(|| OsString::from(named));
            let settings = Settings::load(&tilde, Some(Path::new("/h"))).unwrap();
            assert_eq!(settings.directory.as_deref(), Some(Path::new(is)));
        }
    }
}
