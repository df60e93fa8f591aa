//! What kind of credentials a profile holds, followed through `source_profile` to where they really come from.

use ecrpass_core::DiagnosisId;

use super::surroundings::Surroundings;
use crate::aws_config::Profile;
use crate::refusal::next_step::NextStep;
use crate::refusal::reason::Refusal;

/// The longest chain of roles followed; the SDKs stop at loops only.
const MAX_CHAIN: usize = 16;

/// A profile and what it takes to get credentials from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSource {
    /// The profile's name.
    pub name: String,
    /// What the profile itself says.
    pub kind: ProfileKind,
    /// The profiles behind it, nearest first, when it assumes a role.
    pub chain: Vec<String>,
    /// What the last profile of the chain rests on.
    pub base: ProfileKind,
    /// The profile in the chain that demands an MFA code, which nobody can be asked for here.
    pub mfa: Option<String>,
}

impl ProfileSource {
    /// The name of the profile that it rests on.
    pub fn last(&self) -> &str {
        self.chain.last().unwrap_or(&self.name)
    }
}

/// How a profile gets its credentials. The order of the variants is the order in which the SDK looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileKind {
    /// A role, assumed with another profile's credentials.
    AssumeRole {
        /// The role.
        role_arn: String,
    },
    /// A role, assumed with credentials from `credential_source`.
    CredentialSource {
        /// `Environment`, `Ec2InstanceMetadata` or `EcsContainer`.
        source: String,
    },
    /// A role, assumed with a token file.
    WebIdentity {
        /// The file with the token.
        token_file: String,
    },
    /// IAM Identity Center.
    Sso {
        /// The `sso-session` section; `None` for the older form that has all in the profile.
        session: Option<String>,
    },
    /// `aws login`.
    LoginSession,
    /// A program that prints credentials.
    Process {
        /// The program's name, without its arguments.
        program: String,
    },
    /// An access key in the files.
    StaticKeys,
}

/// Finds out what a profile rests on; `None` when it holds no credential settings.
pub(super) fn resolve(surroundings: &Surroundings<'_>, name: &str) -> Result<Option<ProfileSource>, Refusal> {
    let Some(kind) = kind_of(surroundings, name, false)? else { return Ok(None) };
    let mut chain: Vec<String> = Vec::new();
    let mut mfa = None;
    let (mut at, mut base) = (name.to_owned(), kind.clone());
    while let ProfileKind::AssumeRole { .. } = &base {
        let profile = surroundings.files.profile(&at);
        let get = |property: &str| profile.as_ref().and_then(|profile| profile.get(property));
        if mfa.is_none() && get("mfa_serial").is_some() {
            mfa = Some(at.clone());
        }
        let Some(source) = get("source_profile").map(str::to_owned) else { break };
        let itself = source == at;
        let is_loop = !itself && (source == name || chain.contains(&source));
        if is_loop || !itself && chain.len() == MAX_CHAIN {
            let what = match is_loop {
                true => {
                    format!("Profile `{at}` is in a loop of `source_profile` settings, through `{source}`.")
                }
                false => format!(
                    "Profile `{name}` rests on more than {MAX_CHAIN} others by their `source_profile`; the next is `{source}`."
                ),
            };
            let next = NextStep::CorrectProfile { profile: at.clone(), setting: "source_profile".to_owned() };
            return Err(Refusal::new(DiagnosisId::AwsProfileInvalid, what, next));
        }
        if itself && !has_keys(surroundings, &source) {
            return Err(Refusal::new(
                DiagnosisId::AwsProfileInvalid,
                format!("Profile `{at}` names itself as `source_profile` and has no access key of its own."),
                NextStep::CorrectProfile { profile: at.clone(), setting: "source_profile".to_owned() },
            ));
        }
        if surroundings.files.profile(&source).is_none() {
            return Err(Refusal::new(
                DiagnosisId::AwsProfileInvalid,
                format!(
                    "Profile `{at}` takes its credentials from `source_profile = {source}`, which does not exist."
                ),
                NextStep::CorrectProfile { profile: at.clone(), setting: "source_profile".to_owned() },
            ));
        }
        // A profile may name itself: its own keys then, never its own role.
        base =
            kind_of(surroundings, &source, itself || has_keys(surroundings, &source))?.ok_or_else(|| {
                Refusal::new(
                    DiagnosisId::AwsProfileInvalid,
                    format!(
                        "Profile `{source}`, the `source_profile` of `{at}`, has no credential settings."
                    ),
                    NextStep::Configure { profile: source.to_owned() },
                )
            })?;
        chain.push(source.clone());
        at = source;
    }
    Ok(Some(ProfileSource { name: name.to_owned(), kind, chain, base, mfa }))
}

fn has_keys(surroundings: &Surroundings<'_>, name: &str) -> bool {
    surroundings.files.profile(name).is_some_and(|profile| profile.get("aws_access_key_id").is_some())
}

/// The kind of one profile. `static_first`: as a source profile, keys beat all else (aws-config,
/// `profile/credentials/repr.rs`).
fn kind_of(
    surroundings: &Surroundings<'_>,
    name: &str,
    static_first: bool,
) -> Result<Option<ProfileKind>, Refusal> {
    let Some(profile) = surroundings.files.profile(name) else { return Ok(None) };
    let get = |property: &str| profile.get(property).filter(|value| !value.is_empty());
    if static_first && get("aws_access_key_id").is_some() {
        return static_keys(&profile, name);
    }
    let kind = if let Some(role_arn) = get("role_arn").filter(|_| get("source_profile").is_some()) {
        ProfileKind::AssumeRole { role_arn: role_arn.to_owned() }
    } else if let (Some(_), Some(source)) = (get("role_arn"), get("credential_source")) {
        ProfileKind::CredentialSource { source: source.to_owned() }
    } else if let (Some(_), Some(token_file)) = (get("role_arn"), get("web_identity_token_file")) {
        ProfileKind::WebIdentity { token_file: token_file.to_owned() }
    } else if get("sso_session").is_some() || get("sso_start_url").is_some() {
        return sso(surroundings, &profile, name);
    } else if get("login_session").is_some() {
        ProfileKind::LoginSession
    } else if let Some(command) = get("credential_process") {
        ProfileKind::Process { program: command.split_whitespace().next().unwrap_or_default().to_owned() }
    } else if get("aws_access_key_id").is_some() || get("aws_secret_access_key").is_some() {
        return static_keys(&profile, name);
    } else if get("role_arn").is_some() {
        return Err(Refusal::new(
            DiagnosisId::AwsProfileInvalid,
            format!(
                "Profile `{name}` has `role_arn` but neither `source_profile`, `credential_source` nor `web_identity_token_file`."
            ),
            NextStep::CorrectProfile { profile: name.to_owned(), setting: "source_profile".to_owned() },
        ));
    } else {
        return Ok(None);
    };
    Ok(Some(kind))
}

fn static_keys(profile: &Profile<'_>, name: &str) -> Result<Option<ProfileKind>, Refusal> {
    for property in ["aws_access_key_id", "aws_secret_access_key"] {
        if profile.get(property).is_none_or(str::is_empty) {
            return Err(Refusal::new(
                DiagnosisId::AwsProfileInvalid,
                format!("Profile `{name}` lacks `{property}`."),
                NextStep::Configure { profile: name.to_owned() },
            ));
        }
    }
    Ok(Some(ProfileKind::StaticKeys))
}

fn sso(
    surroundings: &Surroundings<'_>,
    profile: &Profile<'_>,
    name: &str,
) -> Result<Option<ProfileKind>, Refusal> {
    let session = profile.get("sso_session").filter(|session| !session.is_empty());
    if let Some(session) = session
        && surroundings.files.sso_session(session).is_none()
    {
        return Err(Refusal::new(
            DiagnosisId::AwsProfileInvalid,
            format!(
                "Profile `{name}` has `sso_session = {session}`, but there is no `[sso-session {session}]`."
            ),
            NextStep::CorrectProfile { profile: name.to_owned(), setting: "sso_session".to_owned() },
        ));
    }
    for property in ["sso_account_id", "sso_role_name"] {
        if profile.get(property).is_none_or(str::is_empty) {
            return Err(Refusal::new(
                DiagnosisId::AwsProfileInvalid,
                format!("Profile `{name}` uses IAM Identity Center but lacks `{property}`."),
                NextStep::ConfigureSso { profile: name.to_owned() },
            ));
        }
    }
    Ok(Some(ProfileKind::Sso { session: session.map(str::to_owned) }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::files;
    use super::*;

    fn resolve(config: &str, name: &str) -> Result<Option<ProfileSource>, Refusal> {
        let files = files(config, "");
        let environment = ecrpass_core::environment::EnvironmentInMemory::default();
        super::resolve(&Surroundings { environment: &environment, files: &files }, name)
    }

    #[test]
    fn chains_are_followed_to_their_base() {
        let config = "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = c\nmfa_serial = arn:mfa\n[profile c]\ncredential_process = /opt/creds --json\n";
        let source = resolve(config, "a").unwrap().unwrap();
        assert_eq!(source.chain, ["b", "c"]);
        assert_eq!(source.base, ProfileKind::Process { program: "/opt/creds".to_owned() });
        assert_eq!(source.mfa.as_deref(), Some("b"));
    }

    #[test]
    fn a_profile_may_be_its_own_source() {
        let config = "[profile a]\nrole_arn = arn:a\nsource_profile = a\naws_access_key_id = k\naws_secret_access_key = s\n";
        assert_eq!(resolve(config, "a").unwrap().unwrap().base, ProfileKind::StaticKeys);
    }

    #[test]
    fn broken_profiles_are_named() {
        for (config, part) in [
            (
                "[profile a]\nrole_arn = arn:a\nsource_profile = zz\n",
                "`source_profile = zz`, which does not exist",
            ),
            (
                "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = a\n",
                "is in a loop",
            ),
            (
                "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nregion = x\n",
                "has no credential settings",
            ),
            ("[profile a]\nrole_arn = arn:a\nsource_profile = a\n", "names itself"),
            (
                "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = b\n",
                "names itself",
            ),
            ("[profile a]\nrole_arn = arn:a\n", "neither `source_profile`"),
            ("[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n", "no `[sso-session s]`"),
            (
                "[profile a]\nsso_start_url = https://x\nsso_region = y\nsso_account_id = 1\n",
                "lacks `sso_role_name`",
            ),
            ("[profile a]\naws_access_key_id = k\n", "lacks `aws_secret_access_key`"),
        ] {
            let refusal = resolve(config, "a").unwrap_err();
            assert_eq!(refusal.id, DiagnosisId::AwsProfileInvalid);
            assert!(refusal.what.contains(part), "{refusal}");
        }
        assert_eq!(resolve("[profile a]\nregion = x\n", "a").unwrap(), None);
        let chain = |last: usize| {
            let role =
                |at: usize| format!("[profile p{at}]\nrole_arn = arn:r\nsource_profile = p{}\n", at + 1);
            let roles: String = (0..last).map(role).collect();
            let keys = format!("[profile p{last}]\naws_access_key_id = k\naws_secret_access_key = s\n");
            resolve(&format!("{roles}{keys}"), "p0")
        };
        assert!(chain(MAX_CHAIN).is_ok());
        let refusal = chain(MAX_CHAIN + 1).unwrap_err();
        assert!(refusal.what.contains("more than 16 others") && !refusal.what.contains("loop"), "{refusal}");
    }
}
