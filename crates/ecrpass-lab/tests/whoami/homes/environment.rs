//! What the environment holds: keys whole and in part, names of profiles, web identities, container endpoints.

use crate::home::{Home, Instance};

const FILE: &str = "[default]\n{{key file}}[profile other]\n{{key other}}";

pub fn homes() -> Vec<Home> {
    let home = |name: &str| Home::new(name).config(FILE);
    let irsa = |home: Home| {
        home.set("AWS_WEB_IDENTITY_TOKEN_FILE", "{{home}}/token").set("AWS_ROLE_ARN", "{{deploy}}")
    };
    let token = |home: Home| home.file("token", "{{web-identity}}");
    let session = |home: Home| {
        home.set("AWS_ACCESS_KEY_ID", "{{id session}}").set("AWS_SECRET_ACCESS_KEY", "{{secret session}}")
    };
    let container = |home: Home| home.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "{{container}}");
    let mut homes = vec![
        Home::new("nothing at all"),
        Home::new("keys only").keys(),
        home("keys and file").keys(),
        home("half a key, id").set("AWS_ACCESS_KEY_ID", "{{id env}}"),
        home("half a key, secret").set("AWS_SECRET_ACCESS_KEY", "{{secret env}}"),
        Home::new("half a key, no file").set("AWS_ACCESS_KEY_ID", "{{id env}}"),
        home("empty keys").set("AWS_ACCESS_KEY_ID", "").set("AWS_SECRET_ACCESS_KEY", ""),
        home("an empty secret").set("AWS_ACCESS_KEY_ID", "{{id env}}").set("AWS_SECRET_ACCESS_KEY", ""),
        home("an empty token").keys().set("AWS_SESSION_TOKEN", ""),
        session(home("session")).set("AWS_SESSION_TOKEN", "{{token session}}"),
        session(home("session without token")),
        session(home("session, older name of the token")).set("AWS_SECURITY_TOKEN", "{{token session}}"),
        session(home("session, two tokens"))
            .set("AWS_SECURITY_TOKEN", "{{token session}}")
            .set("AWS_SESSION_TOKEN", "{{token session}}"),
        home("a long-term key with a token").keys().set("AWS_SESSION_TOKEN", "{{token session}}"),
        home("an id with a space behind").keys().set("AWS_ACCESS_KEY_ID", "{{id env}} "),
        home("an id with a line end behind").keys().set("AWS_ACCESS_KEY_ID", "{{id env}}\n"),
        home("a secret with a space behind").keys().set("AWS_SECRET_ACCESS_KEY", "{{secret env}} "),
        home("a secret with a line end behind").keys().set("AWS_SECRET_ACCESS_KEY", "{{secret env}}\n"),
        home("a secret in quotes").keys().set("AWS_SECRET_ACCESS_KEY", "\"{{secret env}}\""),
        session(home("session, a token with a space behind")).set("AWS_SESSION_TOKEN", "{{token session}} "),
        session(home("session, a token with a line end behind"))
            .set("AWS_SESSION_TOKEN", "{{token session}}\n"),
        home("older names of keys").set("AWS_ACCESS_KEY", "{{id env}}").set("AWS_SECRET_KEY", "{{secret env}}"),
        home("profile named").profile("other"),
        home("profile missing").profile("gone"),
        home("profile missing, keys").profile("gone").keys(),
        home("profile of another case").profile("Other"),
        home("profile empty").profile(""),
        home("profile empty, keys").profile("").keys(),
        home("profile by the older name").set("AWS_DEFAULT_PROFILE", "other"),
        home("profile by both names").set("AWS_DEFAULT_PROFILE", "other").profile("default"),
        home("older name of a missing profile").set("AWS_DEFAULT_PROFILE", "gone"),
        home("older name empty").set("AWS_DEFAULT_PROFILE", "").profile("other"),
        home("profile `default` named, keys").profile("default").keys(),
        Home::new("profile `default` named, no file").profile("default"),
        Home::new("profile `default` named, no file, keys").profile("default").keys(),
        token(irsa(Home::new("web identity"))),
        token(irsa(home("web identity and file"))),
        token(irsa(home("web identity and named profile").profile("other"))),
        token(irsa(home("web identity and keys"))).keys(),
        irsa(Home::new("web identity, no token file")),
        irsa(home("web identity, no token file, file")),
        token(home("web identity without role")).set("AWS_WEB_IDENTITY_TOKEN_FILE", "{{home}}/token"),
        home("role without web identity").set("AWS_ROLE_ARN", "{{deploy}}"),
        home("an empty token file").set("AWS_WEB_IDENTITY_TOKEN_FILE", "").set("AWS_ROLE_ARN", "{{deploy}}"),
        token(irsa(Home::new("web identity and a role in the profile").config(
            "[default]\nrole_arn = {{role two}}\nsource_profile = base\n[profile base]\n{{key file}}",
        ))),
        token(irsa(Home::new("web identity and sso").config(
            "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://x\n",
        ))),
        container(Home::new("container")),
        container(home("container and file")),
        container(Home::new("container and keys").keys()),
        container(Home::new("container and a missing profile").profile("gone")),
        container(token(irsa(Home::new("container and web identity")))),
        container(Home::new("container and a profile without credentials").config("[default]\nregion = us-east-1\n")),
        container(Home::new("container and an instance").instance(Instance::Role)),
        Home::new("container by address")
            .set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.2{{container}}"),
        Home::new("container by address, on this machine")
            .set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/nobody"),
        container(Home::new("container by both")).set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x"),
        container(Home::new("container, absent token file"))
            .set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{{home}}/gone"),
        Home::new("an absent token file of no container")
            .set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{{home}}/gone"),
        container(home("container, absent token file, file"))
            .set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{{home}}/gone"),
        Home::new("files elsewhere")
            .file("a", FILE)
            .set("AWS_CONFIG_FILE", "{{home}}/a"),
        Home::new("files elsewhere, by ~").file("a", FILE).set("AWS_CONFIG_FILE", "~/a"),
        Home::new("credentials elsewhere").file("b", "[default]\n{{key creds}}").set("AWS_SHARED_CREDENTIALS_FILE", "{{home}}/b"),
        home("config elsewhere that is not there").set("AWS_CONFIG_FILE", "{{home}}/gone"),
    ];
    for value in ["true", "TRUE", "false", "1", ""] {
        homes.push(
            Home::new(format!("an instance, disabled by `{value}`"))
                .instance(Instance::Role)
                .set("AWS_EC2_METADATA_DISABLED", value),
        );
    }
    homes
}
