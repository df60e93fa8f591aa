//! The file of settings as it is written, and what is wrong with it.

use std::path::Path;
use std::time::Duration;

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_credentials::refusal::{NextStep, Refusal};
use ecrpass_system::{bounded, directory};
use serde::Deserialize;

/// The largest configuration read, in bytes.
const MAX_CONFIG: usize = 256 * 1024;

/// How long a pipe in its place may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long everything together may take when nothing else is said.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// The annotation that names a service account's role, as cloud-provider-aws's provider reads it.
const ROLE_ANNOTATION: &str = "eks.amazonaws.com/ecr-role-arn";

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

/// All of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The helper for other hosts.
    pub delegate: Option<String>,
    /// Where tokens are kept.
    #[serde(default)]
    pub cache: CacheKind,
    deadline: Option<String>,
    /// What service accounts may have.
    #[serde(default)]
    pub service_account: ServiceAccountSettings,
    /// What is different for some registries.
    #[serde(default)]
    pub registry: Vec<RegistrySettings>,
}

/// What is different for some registries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrySettings {
    /// Their hosts, with `*`.
    pub host: String,
    /// The registry that such a host stands for.
    pub alias_of: Option<String>,
    /// The profile to use.
    pub profile: Option<String>,
    /// The role to assume.
    pub role_arn: Option<String>,
    /// The external id for that.
    pub external_id: Option<String>,
    /// The session's name.
    pub session_name: Option<String>,
    /// What a token may be good for.
    #[serde(default)]
    pub scope: Scope,
}

/// What a token may be good for, where it is known which image it is for: by the kubelet's provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All that the principal may do.
    #[default]
    Principal,
    /// Pulls from the one repository, by a session of the role.
    Repository,
}

/// What the kubelet's service accounts may have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceAccountSettings {
    /// The annotations that name the role, the first that is there counts.
    pub role_annotations: Vec<String>,
    /// Whether an account without a role gets nothing, instead of what the node may.
    pub require_role: bool,
}

impl Default for ServiceAccountSettings {
    fn default() -> Self {
        Self { role_annotations: vec![ROLE_ANNOTATION.to_owned()], require_role: false }
    }
}

/// Reads the settings in a file; `None` where there is no such file and it was not named.
///
/// # Errors
/// A [`Refusal`] naming file, line and column when it cannot be read or understood.
pub fn load(path: &Path, named: bool) -> Result<Option<(Written, Duration)>, Refusal> {
    match read(path) {
        Ok(text) => parse(&text, path).map(Some),
        Err(error) if !named && error.is_not_found() => Ok(None),
        Err(bounded::ReadError::Io(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(locked(path))
        }
        Err(error) => Err(invalid(path, "", &format!("it cannot be read: {error}"))),
    }
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
    if written.service_account.role_annotations.is_empty() {
        return Err(invalid(
            path,
            "",
            "`role_annotations` is empty; leave it out for `eks.amazonaws.com/ecr-role-arn`",
        ));
    }
    for registry in &written.registry {
        if registry.scope == Scope::Repository && registry.role_arn.is_none() {
            let host = &registry.host;
            let why = format!(
                "`scope = \"repository\"` needs `role_arn`, the role that is assumed for one repository ({host})"
            );
            return Err(invalid(path, "", &why));
        }
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
