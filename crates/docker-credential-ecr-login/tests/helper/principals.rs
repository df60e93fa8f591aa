//! Two identities and every source of credentials: whatever changes whom the source speaks for, neither is ever given
//! the other's token, and each finds its own again.

use std::collections::HashMap;

use ecrpass_local::{AccessKey, DEFAULT_ACCOUNT, Policy, Role};

use crate::world::{HOST, World};

/// One way to be somebody: `be(0)` and `be(1)` change nothing but the identity.
struct Source {
    name: &'static str,
    be: fn(&mut World, &[AccessKey; 2], usize),
}

fn set_key(world: &mut World, key: &AccessKey) {
    world.set("AWS_ACCESS_KEY_ID", &key.id);
    world.set("AWS_SECRET_ACCESS_KEY", key.secret.expose());
}

fn key_lines(key: &AccessKey) -> String {
    format!("aws_access_key_id = {}\naws_secret_access_key = {}\n", key.id, key.secret.expose())
}

fn web_token(world: &World, who: usize) -> String {
    world.ecr.web_identity_token(&format!("system:serviceaccount:default:{who}"), 3600).expose().to_owned()
}

/// Prints the key of whoever the variable `WHO` names.
fn process(world: &World, keys: &[AccessKey; 2]) -> String {
    let mut script = "#!/bin/sh\ncase \"$WHO\" in\n".to_owned();
    for (who, key) in keys.iter().enumerate() {
        script.push_str(&format!(
            "{who}) echo '{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}';;\n",
            key.id,
            key.secret.expose()
        ));
    }
    script.push_str("esac\n");
    world.script("creds.sh", &script).display().to_string()
}

const SOURCES: [Source; 14] = [
    Source { name: "the environment's key", be: |world, keys, who| set_key(world, &keys[who]) },
    Source {
        name: "the environment's session token",
        be: |world, _, who| {
            let role = world.ecr.role_arn(DEFAULT_ACCOUNT, ecrpass_local::DEPLOY_ROLE);
            let name = format!("session-{who}");
            let session = world.ecr.issue_session(&role, &name, 3600).unwrap();
            set_key(world, &session);
            world.set("AWS_SESSION_TOKEN", session.session_token.unwrap().expose());
        },
    },
    Source {
        name: "keys in the credentials file",
        be: |world, keys, who| {
            world.write(".aws/credentials", &format!("[default]\n{}", key_lines(&keys[who])));
        },
    },
    Source {
        name: "the profile's name",
        be: |world, keys, who| {
            let text = format!("[0]\n{}[1]\n{}", key_lines(&keys[0]), key_lines(&keys[1]));
            world.write(".aws/credentials", &text);
            world.set("AWS_PROFILE", &who.to_string());
        },
    },
    Source {
        name: "another file at the same variable",
        be: |world, keys, who| {
            let path = world.write(&format!("file-{who}"), &format!("[default]\n{}", key_lines(&keys[who])));
            world.set("AWS_SHARED_CREDENTIALS_FILE", path.to_str().unwrap());
        },
    },
    Source {
        name: "the key behind a role",
        be: |world, keys, who| {
            let role = world.ecr.role_arn(DEFAULT_ACCOUNT, &format!("either-{who}"));
            world.aws_config(&format!(
                "[default]\nrole_arn = {role}\nsource_profile = base\nrole_session_name = same\n[profile base]\n{}",
                key_lines(&keys[who])
            ));
        },
    },
    Source {
        name: "the role of a profile",
        be: |world, keys, who| {
            let role = world.ecr.role_arn(DEFAULT_ACCOUNT, &format!("either-{who}"));
            world.aws_config(&format!(
                "[default]\nrole_arn = {role}\nsource_profile = base\n[profile base]\n{}",
                key_lines(&keys[0])
            ));
        },
    },
    Source {
        name: "the environment of a credential_process",
        be: |world, keys, who| {
            let script = process(world, keys);
            world.aws_config(&format!("[default]\ncredential_process = {script}\n"));
            world.set("WHO", &who.to_string());
        },
    },
    Source {
        name: "credential_source = Environment",
        be: |world, keys, who| {
            let role = world.ecr.role_arn(DEFAULT_ACCOUNT, "either-0");
            world.aws_config(&format!("[profile p]\nrole_arn = {role}\ncredential_source = Environment\n"));
            world.config(&format!("[[registry]]\nhost = \"{HOST}\"\nprofile = \"p\"\n"));
            set_key(world, &keys[who]);
        },
    },
    Source {
        name: "the content of the web identity's file",
        be: |world, _, who| {
            let path = world.write("token", &web_token(world, who));
            world.set("AWS_WEB_IDENTITY_TOKEN_FILE", path.to_str().unwrap());
            world.set("AWS_ROLE_ARN", &world.ecr.role_arn(DEFAULT_ACCOUNT, ecrpass_local::DEPLOY_ROLE));
            world.set("AWS_ROLE_SESSION_NAME", "pod");
        },
    },
    Source {
        name: "the content of a web identity's file in a profile",
        be: |world, _, who| {
            let path = world.write("token", &web_token(world, who));
            let role = world.ecr.role_arn(DEFAULT_ACCOUNT, ecrpass_local::DEPLOY_ROLE);
            world.aws_config(&format!(
                "[default]\nrole_arn = {role}\nweb_identity_token_file = {}\nrole_session_name = pod\n",
                path.display()
            ));
        },
    },
    Source {
        name: "the session's name of a web identity",
        be: |world, _, who| {
            let path = world.write("token", &web_token(world, 0));
            world.set("AWS_WEB_IDENTITY_TOKEN_FILE", path.to_str().unwrap());
            world.set("AWS_ROLE_ARN", &world.ecr.role_arn(DEFAULT_ACCOUNT, ecrpass_local::DEPLOY_ROLE));
            world.set("AWS_ROLE_SESSION_NAME", &format!("pod-{who}"));
        },
    },
    Source {
        name: "the container's endpoint",
        be: |world, _, who| {
            let token = world.ecr.pod_identity_token();
            let uri = format!("{}?{who}", world.ecr.pod_identity_uri());
            world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri);
            world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", token.expose());
        },
    },
    Source {
        name: "a registry's own role",
        be: |world, keys, who| {
            let role = world.ecr.role_arn(DEFAULT_ACCOUNT, &format!("either-{who}"));
            world.config(&format!("[[registry]]\nhost = \"{HOST}\"\nrole_arn = \"{role}\"\n"));
            set_key(world, &keys[0]);
        },
    },
];

#[test]
fn nobody_is_given_anothers_token() {
    let mut foreign = Vec::new();
    for source in SOURCES {
        let mut world = World::without_credentials();
        let keys =
            ["alice", "bob"].map(|name| world.ecr.add_user(DEFAULT_ACCOUNT, name, Policy::allow_all()));
        for who in 0..2 {
            let role = Role::new(DEFAULT_ACCOUNT, &format!("either-{who}")).trust(&["*"]);
            world.ecr.add_role(role.policy(Policy::allow_all()));
        }
        let mut owners: HashMap<String, usize> = HashMap::new();
        for round in 0..3 {
            for who in 0..2 {
                // The session of the environment is another one each time, and so is its key: once is enough.
                if round > 0 && source.name.contains("session token") {
                    continue;
                }
                (source.be)(&mut world, &keys, who);
                let password = world.get(HOST).password();
                let owner = *owners.entry(password).or_insert(who);
                if owner != who {
                    foreign.push((source.name, round, who));
                }
            }
        }
        assert_eq!(owners.len(), 2, "{}: each has one token, and finds it again", source.name);
        assert_eq!(world.token_calls(), 2, "{}", source.name);
    }
    assert_eq!(foreign, [], "tokens of the other one");
}

/// A pod's token is renewed at the same path, and another pod's may be there in a shared home.
#[test]
fn the_containers_token_file_counts_by_what_it_says() {
    let mut world = World::without_credentials();
    let good = world.ecr.pod_identity_token().expose().to_owned();
    let path = world.write("pod-token", &good);
    world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &world.ecr.pod_identity_uri());
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path.to_str().unwrap());
    world.get(HOST).password();
    world.write("pod-token", "somebody else's");
    assert_eq!(world.get(HOST).slug(), "no-aws-credentials");
    world.write("pod-token", &good);
    world.get(HOST).password();
    assert_eq!(world.token_calls(), 1);
    // The same in the variable.
    world.unset("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", &good);
    world.get(HOST).password();
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "somebody else's");
    assert_eq!(world.get(HOST).slug(), "no-aws-credentials");
}
