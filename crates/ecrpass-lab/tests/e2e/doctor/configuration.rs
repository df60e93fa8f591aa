//! Faults of the client's configuration, its helper and its daemon.

use anyhow::Result;
use ecrpass_core::AuthorizationToken;
use ecrpass_lab::HOST;
use ecrpass_local::TinyImage;

use super::scene::{Action, Fault, FixedBy, Scene};

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "nobody is logged in",
        is: "not-logged-in",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| scene.session.docker_config("{}\n"),
    },
    Fault {
        name: "there is no configuration",
        is: "not-logged-in",
        action: Action::Push,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| Ok(std::fs::remove_file(scene.session.path(".docker/config.json"))?),
    },
    Fault {
        name: "the login has expired",
        is: "token-expired",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| login(scene, HOST, "AWS", -3600, ""),
    },
    Fault {
        name: "the login has expired, under a URL",
        is: "token-expired",
        action: Action::Push,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| login(scene, &format!("https://{HOST}"), "AWS", -86_400, ""),
    },
    Fault {
        name: "the login is an access key's",
        is: "wrong-login-username-or-password",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| {
            let key = scene.session.lab.ecr.access_key().clone();
            let auth = AuthorizationToken::encode(&key.id, &key.secret);
            auths(scene, HOST, auth.expose(), "")
        },
    },
    Fault {
        name: "the password was cut",
        is: "login-password-corrupted",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| {
            let whole = scene.session.lab.ecr.forge_password("us-east-1", 3600);
            let cut = whole.expose().get(..whole.expose().len() / 2).unwrap_or_default();
            let auth = AuthorizationToken::encode("AWS", &ecrpass_core::Secret::new(cut.to_owned()));
            auths(scene, HOST, auth.expose(), "")
        },
    },
    Fault {
        name: "the login is another region's",
        is: "wrong-registry-region",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| {
            let other = scene.session.lab.ecr.forge_password("eu-west-1", 3600);
            let auth = AuthorizationToken::encode("AWS", &other);
            auths(scene, HOST, auth.expose(), "")
        },
    },
    Fault {
        name: "an auth cannot be decoded",
        is: "stale-auth-entry",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| auths(scene, HOST, "!!!!", ""),
    },
    Fault {
        name: "the helper is not on PATH",
        is: "helper-not-on-path",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| Ok(std::fs::remove_file(scene.session.path("bin/docker-credential-ecr-login"))?),
    },
    Fault {
        name: "the helper is outside PATH",
        is: "helper-not-on-path",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            scene
                .session
                .sh("mkdir -p .local/bin && mv bin/docker-credential-ecr-login .local/bin/")?
                .ok()
                .map(drop)
        },
    },
    Fault {
        name: "the helper is not executable",
        is: "helper-not-on-path",
        action: Action::Push,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            let line = "cp --remove-destination \"$(readlink -f bin/docker-credential-ecr-login)\" h && rm bin/docker-credential-ecr-login && mv h bin/docker-credential-ecr-login && chmod 644 bin/docker-credential-ecr-login";
            scene.session.sh(line)?.ok().map(drop)
        },
    },
    Fault {
        name: "the helper is built for another architecture",
        is: "helper-not-on-path",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            // The machine's number in the head of the file, 183, is 64-bit Arm's.
            let line = "cp --remove-destination \"$(readlink -f bin/docker-credential-ecr-login)\" h && rm bin/docker-credential-ecr-login && printf '\\267' | dd of=h bs=1 seek=18 conv=notrunc status=none && mv h bin/docker-credential-ecr-login";
            scene.session.sh(line)?.ok().map(drop)
        },
    },
    Fault {
        name: "another helper of the name fails",
        is: "client-too-old",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            std::fs::remove_file(scene.session.path("bin/docker-credential-ecr-login"))?;
            let old = "#!/bin/sh\n[ \"$1\" = version ] && echo amazon-ecr-credential-helper 0.6.0 && exit\necho credentials not found in native keychain\nexit 1\n";
            scene.session.script("bin/docker-credential-ecr-login", old).map(drop)
        },
    },
    Fault {
        name: "the helper's name is written with its prefix",
        is: "helper-not-on-path",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| {
            scene.session.docker_config(&format!(
                "{{\"credHelpers\": {{\"{HOST}\": \"docker-credential-ecr-login\"}}}}"
            ))
        },
    },
    Fault {
        name: "the helper is named for a URL",
        is: "stale-auth-entry",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| {
            scene
                .session
                .docker_config(&format!("{{\"credHelpers\": {{\"https://{HOST}/v2/\": \"ecr-login\"}}}}"))
        },
    },
    Fault {
        name: "Docker Desktop's store is left behind",
        is: "stale-credsstore-desktop",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| scene.session.docker_config("{\"credsStore\": \"desktop\"}\n"),
    },
    Fault {
        name: "the pass store is not initialised",
        is: "pass-store-uninitialized",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| {
            let pass = "#!/bin/sh\necho 'pass not initialized: exit status 1: Error: password store is empty. Try \"pass init\".'\nexit 1\n";
            scene.session.script("bin/docker-credential-pass", pass)?;
            scene.session.docker_config("{\"credsStore\": \"pass\"}\n")
        },
    },
    Fault {
        name: "the keyring has no D-Bus",
        is: "linux-keyring-unavailable",
        action: Action::Pull,
        fixed_by: FixedBy::DoctorFix,
        inject: |scene| {
            let keyring = "#!/bin/sh\necho 'Cannot autolaunch D-Bus without X11 $DISPLAY'\nexit 1\n";
            scene.session.script("bin/docker-credential-secretservice", keyring)?;
            scene.session.docker_config("{\"credsStore\": \"secretservice\"}\n")
        },
    },
    Fault {
        name: "the configuration is not JSON",
        is: "config-json-invalid",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| scene.session.docker_config("{\"credHelpers\": {\n"),
    },
    Fault {
        name: "the configuration may not be read",
        is: "config-file-permission",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let home = scene.session.path("");
            scene.session.sh("chown -R 65534:65534 . && chmod 755 . && chown root .docker/config.json && chmod 600 .docker/config.json")?.ok()?;
            scene.session.sh("chmod 666 \"${DOCKER_HOST#unix://}\"")?.ok()?;
            scene.prefix =
                format!("HOME={} setpriv --reuid=65534 --regid=65534 --clear-groups ", home.display());
            Ok(())
        },
    },
    Fault {
        name: "DOCKER_CONFIG names another directory",
        is: "config-not-seen-by-process",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            let directory = scene.session.path("elsewhere");
            std::fs::create_dir_all(&directory)?;
            scene.session.set("DOCKER_CONFIG", &directory.display().to_string());
            Ok(())
        },
    },
    Fault {
        name: "ecrpass's own configuration is wrong",
        is: "ecrpass-config-invalid",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| scene.session.write(".config/ecrpass/config.toml", "delegate = 7\n").map(drop),
    },
    Fault {
        name: "the docker daemon is down",
        is: "docker-daemon-unreachable",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            scene.guards.push(scene.session.lab.stop_docker()?);
            Ok(())
        },
    },
    Fault {
        name: "the docker daemon's socket is not for this user",
        is: "docker-daemon-unreachable",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let home = scene.session.path("");
            scene
                .session
                .sh("chown -R 65534:65534 . && chmod 755 . && chmod 660 \"${DOCKER_HOST#unix://}\"")?
                .ok()?;
            scene.prefix =
                format!("HOME={} setpriv --reuid=65534 --regid=65534 --clear-groups ", home.display());
            Ok(())
        },
    },
    Fault {
        name: "an expired login for ECR Public",
        is: "public-ecr-stale-token",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            let stale = scene.session.lab.ecr.forge_public_password(-3600);
            scene.session.lab.ecr.put_image(
                "public",
                "us-east-1",
                "demo/app",
                "1",
                &TinyImage::new("public"),
            )?;
            scene.image = "public.ecr.aws/demo/app:1".to_owned();
            let auth = AuthorizationToken::encode("AWS", &stale);
            auths(scene, "public.ecr.aws", auth.expose(), "")
        },
    },
];

/// A login of that age, in seconds from now.
fn login(scene: &Scene<'_>, key: &str, user: &str, lifetime: i64, more: &str) -> Result<()> {
    let password = scene.session.lab.ecr.forge_password("us-east-1", lifetime);
    auths(scene, key, AuthorizationToken::encode(user, &password).expose(), more)
}

fn auths(scene: &Scene<'_>, key: &str, auth: &str, more: &str) -> Result<()> {
    scene.session.docker_config(&format!(
        "{{\n  \"auths\": {{\n    \"{key}\": {{ \"auth\": \"{auth}\" }}\n  }}{more}\n}}\n"
    ))
}
