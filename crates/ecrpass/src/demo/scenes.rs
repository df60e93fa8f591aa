//! The five ways a push fails, and what ecrpass has to say to each.

use std::fs;

use ecrpass_core::time::{duration, rfc3339};
use ecrpass_core::{AuthorizationToken, DiagnosisId, Registry};
use ecrpass_credentials::refusal::HelperLine;
use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE};
use serde_json::Value;

use super::stage::Stage;
use crate::error::CommandError;

/// A slug, what is wrong, and what to do next.
pub type Explanation = (String, String, String);

/// One failure.
pub struct Scene {
    /// The heading.
    pub title: &'static str,
    /// What was done wrong.
    pub story: &'static str,
    /// Does it.
    pub prepare: fn(&mut Stage) -> Result<(), CommandError>,
    /// Whether `login` is run instead of `push`.
    pub login: bool,
    /// What docker's output must hold.
    docker_says: &'static str,
    /// What every client's output must hold.
    all_say: Option<&'static str>,
    /// What a reader of the client's output is left with.
    pub verdict: &'static str,
    /// What ecrpass says, from what is on the stage and in the output.
    pub explain: fn(&Stage, &str) -> Explanation,
}

impl Scene {
    /// What the output must hold; other clients than docker word their own part differently.
    pub fn expected(&self, docker: bool) -> Option<&'static str> {
        if docker { Some(self.docker_says) } else { self.all_say }
    }
}

/// The failures, in the order of the tour.
pub const SCENES: [Scene; 5] = [
    Scene {
        title: "Nobody logged in",
        story: "A fresh docker configuration: no login, no credential helper.",
        prepare: |stage| {
            stage.without_credentials();
            stage.docker_config(&serde_json::json!({}))
        },
        login: false,
        docker_says: "no basic auth credentials",
        all_say: None,
        verdict: "no cause, and nothing to do about it",
        explain: |stage, _| {
            let config = read_config(stage);
            let known = ["auths", "credHelpers"]
                .iter()
                .any(|key| config.get(key).and_then(|entries| entries.get(stage.registry())).is_some());
            let what = if known {
                format!(
                    "The configuration has an entry for {}, but no credentials from it were sent.",
                    stage.registry()
                )
            } else {
                format!(
                    "docker sent nothing: its configuration has neither a login nor a credential helper for {}.",
                    stage.registry()
                )
            };
            let next = format!("ecrpass setup {}", stage.ecr.registry_host());
            (DiagnosisId::NotLoggedIn.slug().to_owned(), what, next)
        },
    },
    Scene {
        title: "Logged in yesterday",
        story: "A login from 26 hours ago is still stored under `auths`; ECR tokens live 12 hours.",
        prepare: |stage| {
            let password = stage.ecr.forge_password(stage.ecr.region(), -14 * 60 * 60);
            stage.with_stored_login(&password)
        },
        login: false,
        docker_says: "Your authorization token has expired",
        // podman and skopeo ask for a blob first, whose refusal has no body.
        all_say: Some("403"),
        verdict: "no word about where the old token is stored",
        explain: |stage, _| {
            let config = read_config(stage);
            let entry = config.get("auths").and_then(|entries| entries.get(stage.registry()));
            let auth = entry.and_then(|entry| entry.get("auth")).and_then(Value::as_str).unwrap_or_default();
            let expiry = AuthorizationToken::decode(auth).ok().and_then(|token| token.expires_at);
            let what = match expiry {
                Some(at) => format!(
                    "The login stored under `auths` ended at {}, {} ago; it says so itself.",
                    rfc3339(at),
                    duration(stage.ecr.now() - at)
                ),
                None => "The login stored under `auths` is refused.".to_owned(),
            };
            (
                DiagnosisId::TokenExpired.slug().to_owned(),
                what,
                "ecrpass fix: it removes the login and sets up the helper, which never stores one".to_owned(),
            )
        },
    },
    Scene {
        title: "Logged in to another region",
        story: "The password came from `aws ecr get-login-password --region eu-west-1`; the registry is in us-east-1.",
        prepare: |stage| {
            stage.login_password = stage.ecr.forge_password("eu-west-1", 12 * 60 * 60);
            stage.docker_config(&serde_json::json!({}))
        },
        login: true,
        docker_says: "400 Bad Request",
        all_say: Some("400"),
        verdict: "a bad request, of all things",
        explain: |stage, _| {
            let host = stage.ecr.registry_host();
            let region =
                Registry::parse(&host).map(|registry| registry.region().to_owned()).unwrap_or_default();
            (
                DiagnosisId::WrongRegistryRegion.slug().to_owned(),
                format!(
                    "400 at login: the password is not one of region {region}, which the host names (or it was mangled)."
                ),
                format!(
                    "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}"
                ),
            )
        },
    },
    Scene {
        title: "The helper, but no AWS credentials",
        story: "credHelpers is set to ecr-login, but this shell has no AWS credentials.",
        prepare: |stage| {
            stage.without_credentials();
            stage.with_helper()
        },
        login: false,
        docker_says: "ecr-login: [no-aws-credentials]",
        all_say: Some("ecr-login: [no-aws-credentials]"),
        verdict: "the client's own words hide it, the helper's line above them does not",
        explain: from_helper,
    },
    Scene {
        title: "The helper, with an AWS session that has expired",
        story: "AWS credentials are in the environment, but the session they belong to ended an hour ago.",
        prepare: |stage| {
            stage.with_credentials();
            let role = stage.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
            let Some(session) = stage.ecr.issue_session(&role, "demo", -3600) else {
                return Err(CommandError::could_not_run("The local ECR lost its role.", "please report it"));
            };
            stage.set_aws("AWS_ACCESS_KEY_ID", &session.id);
            stage.set_aws("AWS_SECRET_ACCESS_KEY", session.secret.expose());
            if let Some(token) = &session.session_token {
                stage.set_aws("AWS_SESSION_TOKEN", token.expose());
            }
            stage.with_helper()
        },
        login: false,
        docker_says: "ecr-login: [expired-session-token]",
        all_say: Some("ecr-login: [expired-session-token]"),
        verdict: "the reason is again in the output",
        explain: from_helper,
    },
];

/// The helper's own line, taken apart.
fn from_helper(_: &Stage, output: &str) -> Explanation {
    match HelperLine::find(output) {
        Some(ours) => {
            // Clients put quotation marks around it.
            let next = ours.next.trim_end_matches(['`', '"']);
            (ours.slug.to_owned(), ours.what.to_owned(), next.to_owned())
        }
        None => (
            "unknown".to_owned(),
            "The helper said nothing.".to_owned(),
            "ecrpass demo --client builtin".to_owned(),
        ),
    }
}

fn read_config(stage: &Stage) -> Value {
    fs::read(stage.path("home/.docker/config.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}
