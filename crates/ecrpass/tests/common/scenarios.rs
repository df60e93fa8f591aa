//! Machines on which a pull fails, and could be made to work without anybody else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test's way of failing

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::common::{ECRPASS, HOST, Home};
use crate::judge::Client;

/// A machine on which a pull fails.
pub struct Scenario {
    pub name: &'static str,
    pub client: Client,
    /// What is asked about.
    pub target: &'static str,
    /// Files, with `HOST` and `EXPIRED` to be filled in.
    pub files: &'static [(&'static str, &'static str)],
    /// Variables; none where one is to be taken away.
    pub variables: &'static [(&'static str, Option<&'static str>)],
    /// Whether a variable of the shell is at fault, which no program can change.
    pub shell: bool,
    /// What else is done to the home.
    pub prepare: fn(&Home),
}

/// A machine without anything, of which scenarios are made.
pub const NONE: Scenario = Scenario {
    name: "",
    client: Client::Docker,
    target: HOST,
    files: &[],
    variables: &[],
    shell: false,
    prepare: |_| {},
};

/// docker's file.
pub const DOCKER: &str = ".docker/config.json";
const NAMED: &str = r#"{"credHelpers": {"HOST": "ecr-login"}}"#;
/// An expired login.
pub const STALE: &str = r#"{"auths": {"HOST": {"auth": "EXPIRED"}}}"#;
const PROFILE: &str = "[profile ci]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n";
const DEFAULT: &str = "[default]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n";
const NO_KEYS: [(&str, Option<&str>); 2] = [("AWS_ACCESS_KEY_ID", None), ("AWS_SECRET_ACCESS_KEY", None)];

/// Our helper, under the name of Amazon's.
pub fn with_helper(home: &Home) {
    symlink(ECRPASS, home.path("bin/docker-credential-ecr-login")).unwrap();
}

/// All of them.
pub fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario { name: "an expired login, and no helper", files: &[(DOCKER, STALE)], ..NONE },
        Scenario { name: "no configuration, and no helper", ..NONE },
        Scenario { name: "an empty object, and no helper", files: &[(DOCKER, "{}\n")], ..NONE },
        Scenario {
            name: "an expired login beside the helper",
            files: &[(DOCKER, STALE)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "an expired login under a URL",
            files: &[(DOCKER, r#"{"auths": {"https://HOST": {"auth": "EXPIRED"}}}"#)],
            ..NONE
        },
        Scenario {
            name: "an expired login under a URL with a path",
            files: &[(DOCKER, r#"{"auths": {"https://HOST/v2/": {"auth": "EXPIRED"}}}"#)],
            ..NONE
        },
        Scenario { name: "the helper named, and not there", files: &[(DOCKER, NAMED)], ..NONE },
        Scenario {
            name: "our name for the helper, and not there",
            files: &[(DOCKER, r#"{"credHelpers": {"HOST": "ecrpass"}}"#)],
            ..NONE
        },
        Scenario {
            name: "the helper named, not executable",
            files: &[(DOCKER, NAMED)],
            prepare: |home| {
                home.write("bin/docker-credential-ecr-login", "#!/bin/sh\n", 0o644);
            },
            ..NONE
        },
        Scenario {
            name: "the helper named, for another machine",
            files: &[(DOCKER, NAMED)],
            prepare: |home| {
                let mut program = vec![0_u8; 64];
                program[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\x00");
                program[18] = 243; // RISC-V
                let path = home.path("bin/docker-credential-ecr-login");
                fs::write(&path, program).unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            },
            ..NONE
        },
        Scenario {
            name: "another helper that fails",
            files: &[(DOCKER, NAMED)],
            prepare: |home| {
                home.script(
                    "docker-credential-ecr-login",
                    "#!/bin/sh\n[ \"$1\" = version ] && echo 0.6.0 && exit\necho credentials not found in native keychain\nexit 1\n",
                );
            },
            ..NONE
        },
        Scenario {
            name: "Docker Desktop's store, without Docker Desktop",
            files: &[(DOCKER, r#"{"auths": {"HOST": {}}, "credsStore": "desktop"}"#)],
            ..NONE
        },
        Scenario {
            name: "the same, without a target",
            target: "",
            files: &[(DOCKER, r#"{"auths": {"HOST": {}}, "credsStore": "desktop"}"#)],
            ..NONE
        },
        Scenario {
            name: "Docker Desktop's store alone",
            files: &[(DOCKER, r#"{"credsStore": "desktop"}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a misspelt field",
            files: &[(DOCKER, r#"{"credsHelpers": {"HOST": "ecr-login"}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a URL as the helper's key",
            files: &[(DOCKER, r#"{"credHelpers": {"https://HOST": "ecr-login"}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "the helper by its program's name",
            files: &[(DOCKER, r#"{"credHelpers": {"HOST": "docker-credential-ecr-login"}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "no helper on purpose, and no login",
            files: &[(DOCKER, r#"{"credHelpers": {"HOST": ""}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a login that is no base64",
            files: &[(DOCKER, r#"{"auths": {"HOST": {"auth": "%%%"}}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a broken file",
            files: &[(DOCKER, "{\"credHelpers\": {\"HOST\": \"ecr-login\",}}")],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "podman's runtime file has an expired login",
            client: Client::Podman,
            files: &[("run/containers/auth.json", STALE), (DOCKER, NAMED)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "podman's own file has an expired login",
            client: Client::Podman,
            files: &[(".config/containers/auth.json", STALE)],
            ..NONE
        },
        Scenario { name: "podman has nothing, and no helper", client: Client::Podman, ..NONE },
        Scenario {
            name: "buildx has a file of its own with an expired login",
            client: Client::Buildx,
            files: &[
                (".docker/buildx/config/123456789012.dkr.ecr.us-east-1.amazonaws.com/config.json", STALE),
                (DOCKER, NAMED),
            ],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "Helm's file has an expired login",
            client: Client::Helm,
            files: &[(".config/helm/registry/config.json", STALE), (DOCKER, NAMED)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a variable holds an expired login",
            files: &[(DOCKER, NAMED)],
            variables: &[("DOCKER_AUTH_CONFIG", Some(STALE))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "another configuration directory",
            files: &[(DOCKER, NAMED), ("other/config.json", "{}")],
            variables: &[("DOCKER_CONFIG", Some("HOME/other"))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a misspelt profile",
            files: &[(DOCKER, NAMED), (".aws/config", PROFILE)],
            variables: &[("AWS_PROFILE", Some("cii")), NO_KEYS[0], NO_KEYS[1]],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "stray keys in front of a profile",
            files: &[(DOCKER, NAMED), (".aws/credentials", DEFAULT)],
            variables: &[
                ("AWS_ACCESS_KEY_ID", Some("AKIAIOSFODNN7EXAMPLE")),
                ("AWS_SECRET_ACCESS_KEY", Some("x")),
            ],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "temporary keys without their token, in front of a profile",
            files: &[(DOCKER, NAMED), (".aws/credentials", DEFAULT)],
            variables: &[
                ("AWS_ACCESS_KEY_ID", Some("ASIAIOSFODNN7EXAMPLE")),
                ("AWS_SECRET_ACCESS_KEY", Some("x")),
            ],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a session token beside keys that have none",
            files: &[(DOCKER, NAMED)],
            variables: &[("AWS_SESSION_TOKEN", Some("old"))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "an endpoint where nobody listens",
            files: &[(DOCKER, NAMED)],
            variables: &[("AWS_ENDPOINT_URL_ECR", Some("http://127.0.0.1:1"))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "no directory of PATH can be written",
            files: &[(DOCKER, NAMED)],
            shell: true,
            // Others could put a program there, so that we do not.
            prepare: |home| fs::set_permissions(home.path("bin"), fs::Permissions::from_mode(0o777)).unwrap(),
            ..NONE
        },
    ]
}
