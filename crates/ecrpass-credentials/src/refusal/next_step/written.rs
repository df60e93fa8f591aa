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
    program: Option<String>,
    actions: Option<String>,
    action: Option<String>,
    policy: Option<String>,
    region: Option<String>,
    host: Option<String>,
    text: Option<String>,
}

fn needed<T, E: Error>(name: &'static str, value: Option<T>) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(name))
}

impl<'de> Deserialize<'de> for NextStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let Written {
            profile,
            profiles,
            setting,
            variable,
            program,
            actions,
            action,
            policy,
            region,
            host,
            text,
            ..
        } = written;
        Ok(match written.step.as_str() {
            "attach-instance-role" => Self::AttachInstanceRole,
            "configure" => Self::Configure { profile: needed("profile", profile)? },
            "configure-sso" => Self::ConfigureSso { profile: needed("profile", profile)? },
            "configure-list" => Self::ConfigureList { profile: needed("profile", profile)? },
            "choose-profile" => Self::ChooseProfile { profiles: needed("profiles", profiles)? },
            "correct-profile" => Self::CorrectProfile {
                profile: needed("profile", profile)?,
                setting: needed("setting", setting)?,
            },
            "correct-container-variable" => {
                Self::CorrectContainerVariable { variable: needed("variable", variable)? }
            }
            "check-process" => Self::CheckProcess {
                program: needed("program", program)?,
                profile: needed("profile", profile)?,
            },
            "speed-up-process" => Self::SpeedUpProcess,
            "correct-token-file" => Self::CorrectTokenFile,
            "name-web-identity-role" => Self::NameWebIdentityRole,
            "compare-web-identity" => Self::CompareWebIdentity,
            "compare-trust-conditions" => Self::CompareTrustConditions,
            "check-role-trust" => Self::CheckRoleTrust,
            "assign-permission-set" => Self::AssignPermissionSet,
            "check-task-role" => Self::CheckTaskRole,
            "export-mfa-session" => Self::ExportMfaSession { profile: needed("profile", profile)? },
            "allow" => Self::Allow { actions: needed("actions", actions)? },
            "allow-there" => Self::AllowThere { action: needed("action", action)?, policy },
            "enable-region" => Self::EnableRegion { region: needed("region", region)? },
            "ask-public-region" => Self::AskPublicRegion,
            "get-credentials" => Self::GetCredentials,
            "login" => Self::Login { profile: needed("profile", profile)? },
            "raise-hop-limit" => Self::RaiseHopLimit,
            "renew-variables" => Self::RenewVariables,
            "restart-pod" => Self::RestartPod,
            "restart-task" => Self::RestartTask,
            "set-clock" => Self::SetClock,
            "sso-login" => Self::SsoLogin { profile },
            "unset-session-token" => Self::UnsetSessionToken,
            "use-profile" => Self::UseProfile { profile: needed("profile", profile)? },
            "resolve" => Self::Resolve { host: needed("host", host)? },
            "reach" => Self::Reach { host: needed("host", host)? },
            "trust-ca" => Self::TrustCa,
            "correct-proxy" => Self::CorrectProxy,
            "find-proxy" => Self::FindProxy,
            "try-again-or-check-endpoint" => Self::TryAgainOrCheckEndpoint,
            "try-again-or-find-proxy" => Self::TryAgainOrFindProxy,
            "try-again-or-see-health" => Self::TryAgainOrSeeHealth,
            "check-path-or-deadline" => Self::CheckPathOrDeadline,
            "slow-down" => Self::SlowDown,
            "look-up-code" => Self::LookUpCode,
            "words" => Self::Words { text: Cow::Owned(needed("text", text)?) },
            other => return Err(D::Error::custom(format!("no step is named `{other}`"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Each step's name, and the members it has.
    const STEPS: [(&str, &[&str]); 43] = [
        ("attach-instance-role", &[]),
        ("configure", &["profile"]),
        ("configure-sso", &["profile"]),
        ("configure-list", &["profile"]),
        ("choose-profile", &["profiles"]),
        ("correct-profile", &["profile", "setting"]),
        ("correct-container-variable", &["variable"]),
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
    }
}
