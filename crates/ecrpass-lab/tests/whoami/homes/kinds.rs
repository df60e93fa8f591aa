//! Every kind of credentials a profile can hold: alone, as the source of a role, beside another kind, and below what
//! the environment holds.

use crate::home::{Home, Instance};

/// A kind: its name, its settings, what else is in the config file, and a file it needs.
type Kind = (&'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

const CORP: &str = "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n";
/// The SHA-1 of `corp`, and of the start URL.
const SSO_FILE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const OLD_SSO_FILE: &str = ".aws/sso/cache/f7c9b39d0b4c7a7d82c79307585f77e1c5e74378.json";
/// The SHA-256 of `arn:aws:iam::123456789012:user/me`.
const LOGIN_FILE: &str =
    ".aws/login/cache/286187707741fc2ccb93cf9e56dbd0ee0a16208feed5fbc8ae1baa86d44c283f.json";

const SSO: &str = "sso_session = corp\nsso_account_id = {{account}}\nsso_role_name = deploy\n";
const OLD_SSO: &str = "sso_start_url = https://corp.example/start\nsso_region = us-east-1\nsso_account_id = {{account}}\nsso_role_name = deploy\n";

const KINDS: [Kind; 17] = [
    ("keys", "{{key file}}", "", None),
    (
        "session keys",
        "aws_access_key_id = {{id session}}\naws_secret_access_key = {{secret session}}\naws_session_token = {{token session}}\n",
        "",
        None,
    ),
    (
        "ended session keys",
        "aws_access_key_id = {{id session over}}\naws_secret_access_key = {{secret session over}}\naws_session_token = {{token session over}}\nx_security_token_expires = 2020-01-01T10:00:00+01:00\n",
        "",
        None,
    ),
    (
        "session keys without token",
        "aws_access_key_id = {{id session}}\naws_secret_access_key = {{secret session}}\n",
        "",
        None,
    ),
    ("sso", SSO, CORP, Some((SSO_FILE, "{{sso corp}}"))),
    ("sso, ended", SSO, CORP, Some((SSO_FILE, "{{sso-over corp}}"))),
    ("sso, never signed in", SSO, CORP, None),
    ("sso, no session", SSO, "", None),
    ("old sso", OLD_SSO, "", Some((OLD_SSO_FILE, "{{sso https://corp.example/start}}"))),
    ("old sso, ended", OLD_SSO, "", Some((OLD_SSO_FILE, "{{sso-over https://corp.example/start}}"))),
    (
        "old sso, without role",
        "sso_start_url = https://corp.example/start\nsso_region = us-east-1\nsso_account_id = {{account}}\n",
        "",
        None,
    ),
    (
        "process",
        "credential_process = creds --for ecr\n",
        "",
        Some(("bin/creds", "#!/bin/sh\necho '{{process}}'\n")),
    ),
    ("absent process", "credential_process = no-such-program --json\n", "", None),
    (
        "web identity",
        "role_arn = {{deploy}}\nweb_identity_token_file = {{home}}/token\n",
        "",
        Some(("token", "{{web-identity}}")),
    ),
    (
        "web identity without token",
        "role_arn = {{deploy}}\nweb_identity_token_file = {{home}}/token\n",
        "",
        None,
    ),
    ("login", "login_session = arn:aws:iam::123456789012:user/me\n", "", Some((LOGIN_FILE, "{{login}}"))),
    ("login, never signed in", "login_session = arn:aws:iam::123456789012:user/me\n", "", None),
];

fn with_file(home: Home, kind: &Kind) -> Home {
    match kind.3 {
        Some((path, text)) => home.file(path, text),
        None => home,
    }
}

pub fn homes() -> Vec<Home> {
    let mut homes = Vec::new();
    for kind in &KINDS {
        let (name, settings, more, _) = kind;
        let alone = |profile: &str| format!("[{profile}]\n{settings}{more}");
        homes.push(with_file(Home::new(format!("default: {name}")).config(alone("default")), kind));
        let named = Home::new(format!("profile: {name}")).config(alone("profile p")).profile("p");
        homes.push(with_file(named, kind));
        let role = format!(
            "[default]\nrole_arn = {{{{role two}}}}\nsource_profile = base\n{}",
            alone("profile base")
        );
        homes.push(with_file(Home::new(format!("source of a role: {name}")).config(role.as_str()), kind));
        let below =
            Home::new(format!("below keys of the environment: {name}")).config(alone("default")).keys();
        homes.push(with_file(below, kind));
        let below = Home::new(format!("named, beside keys of the environment: {name}"));
        homes.push(with_file(below.config(alone("profile p")).keys().profile("p"), kind));
        let beside = Home::new(format!("beside keys of the credentials file: {name}"));
        homes.push(with_file(beside.config(alone("default")).credentials("[default]\n{{key creds}}"), kind));
        if *name != "keys" && !name.contains("session keys") {
            let beside = format!("[default]\n{{{{key file}}}}{settings}{more}");
            homes.push(with_file(Home::new(format!("beside keys: {name}")).config(beside), kind));
        }
        let container = Home::new(format!("before a container: {name}")).config(alone("default"));
        homes.push(with_file(container.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "{{container}}"), kind));
    }
    for (one, other) in [(4, 11), (4, 13), (11, 13), (8, 11), (4, 15), (11, 15)] {
        let (one, other) = (&KINDS[one], &KINDS[other]);
        let text = format!("[default]\n{}{}{}{}", one.1, other.1, one.2, other.2);
        let home = Home::new(format!("{} beside {}", one.0, other.0)).config(text);
        homes.push(with_file(with_file(home, one), other));
    }
    homes.push(Home::new("an instance, with nothing else").instance(Instance::Role));
    homes.push(Home::new("an instance without a role").instance(Instance::NoRole));
    homes.push(Home::new("an instance, and keys").config("[default]\n{{key file}}").instance(Instance::Role));
    homes.push(Home::new("an instance, and a missing profile").profile("gone").instance(Instance::Role));
    homes
}
