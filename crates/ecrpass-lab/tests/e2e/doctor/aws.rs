//! Faults of AWS credentials, of the identity behind them, and of the clock.

use anyhow::{Context, Result};
use ecrpass_lab::Session;
use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE, Fault as EcrFault, Policy, Role};

use super::scene::{Action, Fault, FixedBy};

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "there are no credentials",
        is: "no-aws-credentials",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            no_key(&mut scene.session);
            scene.session.set("AWS_EC2_METADATA_DISABLED", "true");
            Ok(())
        },
    },
    Fault {
        name: "half a key",
        is: "no-aws-credentials",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            scene.session.unset("AWS_SECRET_ACCESS_KEY");
            scene.session.set("AWS_EC2_METADATA_DISABLED", "true");
            Ok(())
        },
    },
    Fault {
        name: "the profile's name is misspelt",
        is: "aws-profile-invalid",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            let key = scene.session.lab.ecr.access_key().clone();
            let profile = format!(
                "[production]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                key.id,
                key.secret.expose()
            );
            scene.session.write(".aws/credentials", &profile)?;
            no_key(&mut scene.session);
            scene.session.set("AWS_PROFILE", "prodution");
            Ok(())
        },
    },
    Fault {
        name: "the key does not exist",
        is: "invalid-access-key",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            scene.session.set("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4");
            Ok(())
        },
    },
    Fault {
        name: "the secret key is wrong",
        is: "invalid-access-key",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            scene.session.set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
            Ok(())
        },
    },
    Fault {
        name: "a session token is left over",
        is: "mixed-session-token",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            scene.session.set("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEBYaDHqa0AP1leftoverleftoverleftover");
            Ok(())
        },
    },
    Fault {
        name: "the session is over",
        is: "expired-session-token",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let ecr = &scene.session.lab.ecr;
            let role = ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
            let old = ecr.issue_session(&role, "s", -60).context("no such role")?;
            let token = old.session_token.context("no token")?;
            scene.session.set("AWS_ACCESS_KEY_ID", &old.id);
            scene.session.set("AWS_SECRET_ACCESS_KEY", old.secret.expose());
            scene.session.set("AWS_SESSION_TOKEN", token.expose());
            Ok(())
        },
    },
    Fault {
        name: "nobody is signed in to SSO",
        is: "sso-session-expired",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            no_key(&mut scene.session);
            let config = format!(
                "[default]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = x\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
            );
            scene.session.write(".aws/config", &config).map(drop)
        },
    },
    Fault {
        name: "credential_process fails",
        is: "no-aws-credentials",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            no_key(&mut scene.session);
            scene.session.write(".aws/config", "[default]\ncredential_process = /bin/false\n").map(drop)
        },
    },
    Fault {
        name: "the role may not be assumed",
        is: "assume-role-denied",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let ecr = &scene.session.lab.ecr;
            let role = ecr.add_role(Role::new(DEFAULT_ACCOUNT, "guarded").external_id("right"));
            let config = format!("[[registry]]\nhost = \"*\"\nrole_arn = \"{role}\"\n");
            scene.session.write(".config/ecrpass/config.toml", &config).map(drop)
        },
    },
    Fault {
        name: "the web identity token is not mounted",
        is: "irsa-web-identity-invalid",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| web_identity(&mut scene.session, None),
    },
    Fault {
        name: "the web identity token has expired",
        is: "irsa-web-identity-invalid",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| web_identity(&mut scene.session, Some(-600)),
    },
    Fault {
        name: "the container endpoint is dead",
        is: "no-aws-credentials",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            no_key(&mut scene.session);
            scene.session.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/credentials");
            Ok(())
        },
    },
    Fault {
        name: "the instance has no role",
        is: "no-aws-credentials",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            no_key(&mut scene.session);
            fault(&scene.session, "no-role")
        },
    },
    Fault {
        name: "metadata is a hop too far away",
        is: "imds-unreachable-or-hop-limit",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            no_key(&mut scene.session);
            scene.session.lab.ecr.set_instance_role(Some((DEFAULT_ACCOUNT, DEPLOY_ROLE)));
            fault(&scene.session, "hop-limit")
        },
    },
    Fault {
        name: "the identity may not ask for tokens",
        is: "iam-missing-get-authorization-token",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| user(&mut scene.session, "poor", Policy::nothing()),
    },
    Fault {
        name: "tokens are denied",
        is: "explicit-deny-policy",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            user(&mut scene.session, "denied", Policy::allow_all().deny("ecr:GetAuthorizationToken", "*"))
        },
    },
    Fault {
        name: "the VPC endpoint's policy refuses",
        is: "explicit-deny-policy",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| fault(&scene.session, "vpc-endpoint-deny:ecr:GetAuthorizationToken"),
    },
    Fault {
        name: "a region that is not enabled",
        is: "invalid-access-key",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| fault(&scene.session, "invalid-credentials:ecr"),
    },
];

/// Takes the key out of the environment.
pub fn no_key(session: &mut Session<'_>) {
    session.unset("AWS_ACCESS_KEY_ID");
    session.unset("AWS_SECRET_ACCESS_KEY");
}

/// Works as a user with that policy.
pub fn user(session: &mut Session<'_>, name: &str, policy: Policy) -> Result<()> {
    let key = session.lab.ecr.add_user(DEFAULT_ACCOUNT, name, policy);
    session.set("AWS_ACCESS_KEY_ID", &key.id);
    session.set("AWS_SECRET_ACCESS_KEY", key.secret.expose());
    Ok(())
}

/// Switches a fault of the ECR on.
pub fn fault(session: &Session<'_>, text: &str) -> Result<()> {
    session.lab.ecr.add_fault(text.parse::<EcrFault>()?);
    Ok(())
}

fn web_identity(session: &mut Session<'_>, lifetime: Option<i64>) -> Result<()> {
    no_key(session);
    let mut file = session.path("token");
    if let Some(lifetime) = lifetime {
        let token = session.lab.ecr.web_identity_token("system:serviceaccount:shop:web", lifetime);
        file = session.write("token", token.expose())?;
    }
    session.set("AWS_WEB_IDENTITY_TOKEN_FILE", &file.display().to_string());
    let role = session.lab.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    session.set("AWS_ROLE_ARN", &role);
    Ok(())
}
