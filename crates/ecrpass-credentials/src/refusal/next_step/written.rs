//! Steps as bundles hold them. What serde derives for a type whose variants are told apart by a member can read any
//! type of all; that would make the web page larger by more than this file is long.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::NextStep;

/// The members of all variants.
#[derive(Deserialize)]
struct Written {
    #[serde(rename = "do")]
    step: String,
    profile: Option<String>,
    profiles: Option<Vec<String>>,
    setting: Option<String>,
    variable: Option<String>,
    file: Option<String>,
    program: Option<String>,
    actions: Option<String>,
    action: Option<String>,
    policy: Option<String>,
    region: Option<String>,
    host: Option<String>,
    text: Option<String>,
}

impl NextStep {
    /// Reads a step; `None` for one that only a later version has.
    ///
    /// # Errors
    /// When something is missing in one that this version has.
    pub fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Written::deserialize(deserializer)?.step()
    }
}

fn needed<T, E: Error>(name: &'static str, value: Option<T>) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(name))
}

impl<'de> Deserialize<'de> for NextStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let unknown = D::Error::custom(format!("no step is named `{}`", written.step));
        written.step()?.ok_or(unknown)
    }
}

impl Written {
    /// The step of that name, with the members it needs; `None` where no step has that name.
    fn step<E: Error>(self) -> Result<Option<NextStep>, E> {
        let Self {
            step,
            profile,
            profiles,
            setting,
            variable,
            file,
            program,
            actions,
            action,
            policy,
            region,
            host,
            text,
        } = self;
        Ok(Some(match step.as_str() {
            "attach-instance-role" => NextStep::AttachInstanceRole,
            "configure" => NextStep::Configure { profile: needed("profile", profile)? },
            "configure-sso" => NextStep::ConfigureSso { profile: needed("profile", profile)? },
            "configure-list" => NextStep::ConfigureList { profile: needed("profile", profile)? },
            "choose-profile" => NextStep::ChooseProfile { profiles: needed("profiles", profiles)? },
            "correct-profile" => NextStep::CorrectProfile {
                profile: needed("profile", profile)?,
                setting: needed("setting", setting)?,
            },
            "correct-container-variable" => {
                NextStep::CorrectContainerVariable { variable: needed("variable", variable)? }
            }
            "correct-ca-variable" => NextStep::CorrectCaVariable { variable: needed("variable", variable)? },
            "correct-settings" => NextStep::CorrectSettings { file: needed("file", file)? },
            "check-process" => NextStep::CheckProcess {
                program: needed("program", program)?,
                profile: needed("profile", profile)?,
            },
            "speed-up-process" => NextStep::SpeedUpProcess,
            "correct-token-file" => NextStep::CorrectTokenFile,
            "name-web-identity-role" => NextStep::NameWebIdentityRole,
            "compare-web-identity" => NextStep::CompareWebIdentity,
            "compare-trust-conditions" => NextStep::CompareTrustConditions,
            "check-role-trust" => NextStep::CheckRoleTrust,
            "assign-permission-set" => NextStep::AssignPermissionSet,
            "check-task-role" => NextStep::CheckTaskRole,
            "export-mfa-session" => NextStep::ExportMfaSession { profile: needed("profile", profile)? },
            "allow" => NextStep::Allow { actions: needed("actions", actions)? },
            "allow-there" => NextStep::AllowThere { action: needed("action", action)?, policy },
            "enable-region" => NextStep::EnableRegion { region: needed("region", region)? },
            "ask-public-region" => NextStep::AskPublicRegion,
            "get-credentials" => NextStep::GetCredentials,
            "login" => NextStep::Login { profile: needed("profile", profile)? },
            "raise-hop-limit" => NextStep::RaiseHopLimit,
            "renew-variables" => NextStep::RenewVariables,
            "restart-pod" => NextStep::RestartPod,
            "restart-task" => NextStep::RestartTask,
            "set-clock" => NextStep::SetClock,
            "sso-login" => NextStep::SsoLogin { profile },
            "unset-session-token" => NextStep::UnsetSessionToken,
            "use-profile" => NextStep::UseProfile { profile: needed("profile", profile)? },
            "resolve" => NextStep::Resolve { host: needed("host", host)? },
            "reach" => NextStep::Reach { host: needed("host", host)? },
            "trust-ca" => NextStep::TrustCa,
            "correct-proxy" => NextStep::CorrectProxy,
            "find-proxy" => NextStep::FindProxy,
            "try-again-or-check-endpoint" => NextStep::TryAgainOrCheckEndpoint,
            "try-again-or-find-proxy" => NextStep::TryAgainOrFindProxy,
            "try-again-or-see-health" => NextStep::TryAgainOrSeeHealth,
            "check-path-or-deadline" => NextStep::CheckPathOrDeadline,
            "slow-down" => NextStep::SlowDown,
            "look-up-code" => NextStep::LookUpCode,
            "words" => NextStep::Words { text: Cow::Owned(needed("text", text)?) },
            _ => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Each step's name, and the members it has.
    const STEPS: [(&str, &[&str]); 45] = [
        ("attach-instance-role", &[]),
        ("configure", &["profile"]),
        ("configure-sso", &["profile"]),
        ("configure-list", &["profile"]),
        ("choose-profile", &["profiles"]),
        ("correct-profile", &["profile", "setting"]),
        ("correct-container-variable", &["variable"]),
        ("correct-ca-variable", &["variable"]),
        ("correct-settings", &["file"]),
        ("check-process", &["program", "profile"]),
        ("speed-up-process", &[]),
        ("correct-token-file", &[]),
        ("name-web-identity-role", &[]),
        ("compare-web-identity", &[]),
        ("compare-trust-conditions", &[]),
        ("check-role-trust", &[]),
        ("assign-permission-set", &[]),
        ("check-task-role", &[]),
        ("export-mfa-session", &["profile"]),
        ("allow", &["actions"]),
        ("allow-there", &["action", "policy"]),
        ("enable-region", &["region"]),
        ("ask-public-region", &[]),
        ("get-credentials", &[]),
        ("login", &["profile"]),
        ("raise-hop-limit", &[]),
        ("renew-variables", &[]),
        ("restart-pod", &[]),
        ("restart-task", &[]),
        ("set-clock", &[]),
        ("sso-login", &["profile"]),
        ("unset-session-token", &[]),
        ("use-profile", &["profile"]),
        ("resolve", &["host"]),
        ("reach", &["host"]),
        ("trust-ca", &[]),
        ("correct-proxy", &[]),
        ("find-proxy", &[]),
        ("try-again-or-check-endpoint", &[]),
        ("try-again-or-find-proxy", &[]),
        ("try-again-or-see-health", &[]),
        ("check-path-or-deadline", &[]),
        ("slow-down", &[]),
        ("look-up-code", &[]),
        ("words", &["text"]),
    ];

    #[test]
    fn every_step_is_written_as_it_was_read() {
        for (name, members) in STEPS {
            let mut text = json!({ "do": name });
            for member in members {
                text[member] =
                    if *member == "profiles" { json!(["a", "b"]) } else { json!(format!("a {member}")) };
            }
            let read: NextStep = serde_json::from_value(text.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), text);
            for member in members {
                let mut less = text.clone();
                less.as_object_mut().unwrap().remove(*member);
                let read = serde_json::from_value::<NextStep>(less.clone());
                match (name, *member) {
                    ("sso-login", "profile") | ("allow-there", "policy") => {
                        less[member] = Value::Null;
                        assert_eq!(serde_json::to_value(read.unwrap()).unwrap(), less);
                    }
                    _ => assert!(read.unwrap_err().to_string().contains(member), "{name}"),
                }
            }
        }
        let unknown = serde_json::from_value::<NextStep>(json!({ "do": "dance" })).unwrap_err();
        assert!(unknown.to_string().contains("`dance`"));
        assert_eq!(NextStep::known(json!({ "do": "dance" })).unwrap(), None);
        assert!(NextStep::known(json!({ "do": "resolve" })).is_err());
    }
}
