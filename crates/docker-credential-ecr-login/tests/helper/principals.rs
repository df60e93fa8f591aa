//! Two identities and every source of credentials: whatever changes whom the source speaks for, neither is ever given
//! the other's token, and each finds its own again.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};

use ecrpass_local::{AccessKey, DEFAULT_ACCOUNT, LocalEcr, Policy, Role};

use crate::world::{HOST, World};

/// One way to be somebody: `be(0)` and `be(1)` change nothing but the identity.
pub struct Source {
    pub name: &'static str,
    pub be: fn(&mut World, &[AccessKey; 2], usize),
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

pub const SOURCES: [Source; 21] = [
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
        name: "the container's authorization token",
        be: |world, _, who| {
            agent(world);
            world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", &format!("pod-{who}"));
        },
    },
    Source {
        name: "the content of the container's token file",
        be: |world, _, who| {
            agent(world);
            let path = world.write("pod-token", &format!("pod-{who}"));
            world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path.to_str().unwrap());
        },
    },
    Source {
        name: "the endpoint of instance metadata",
        be: |world, _, who| {
            world.ecr.set_instance_role(Some((DEFAULT_ACCOUNT, &format!("either-{who}"))));
            let host = ["127.0.0.1", "localhost"][who];
            let url = world.ecr.url().replace("127.0.0.1", host);
            world.unset("AWS_EC2_METADATA_DISABLED");
            world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
        },
    },
    Source {
        name: "the role of IAM Identity Center",
        be: |world, _, who| sign_in(world, ".", &format!("either-{who}")),
    },
    Source {
        name: "the home with the sign-in of IAM Identity Center",
        be: |world, _, who| {
            // The same profile, and another one's sign-in: the principal differs by its session only.
            sign_in(world, &format!("home-{who}"), "either-0");
            let config = world.path(&format!("home-{who}/.aws/config"));
            world.set("AWS_ECR_CACHE_DIR", world.path("cache").to_str().unwrap());
            world.set("AWS_CONFIG_FILE", config.to_str().unwrap());
            world.set("HOME", world.path(&format!("home-{who}")).to_str().unwrap());
        },
    },
    Source {
        name: "the directory of a credential_process",
        be: |world, keys, who| {
            for (number, key) in keys.iter().enumerate() {
                let json = format!(
                    r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#,
                    key.id,
                    key.secret.expose()
                );
                world.write(&format!("directory-{number}/key.json"), &json);
            }
            world.aws_config("[default]\ncredential_process = cat key.json\n");
            world.directory = Some(world.path(&format!("directory-{who}")));
        },
    },
    Source {
        name: "the role in the middle of a chain",
        be: |world, keys, who| {
            let role = world.ecr.role_arn(DEFAULT_ACCOUNT, "either-0");
            let middle = world.ecr.role_arn(DEFAULT_ACCOUNT, &format!("either-{who}"));
            world.aws_config(&format!(
                "[default]\nrole_arn = {role}\nsource_profile = middle\n[profile middle]\nrole_arn = {middle}\nsource_profile = base\n[profile base]\n{}",
                key_lines(&keys[0])
            ));
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

/// A world with two users and their keys, and two roles that anybody may have.
pub fn world_of_two() -> (World, [AccessKey; 2]) {
    let world = World::without_credentials();
    let keys = ["alice", "bob"].map(|name| world.ecr.add_user(DEFAULT_ACCOUNT, name, Policy::allow_all()));
    for who in 0..2 {
        let role = Role::new(DEFAULT_ACCOUNT, &format!("either-{who}")).trust(&["*"]);
        world.ecr.add_role(role.policy(Policy::allow_all()));
    }
    (world, keys)
}

#[test]
fn nobody_is_given_anothers_token() {
    let mut foreign = Vec::new();
    for source in SOURCES {
        let (mut world, keys) = world_of_two();
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

/// A sign-in below a home, and a profile that uses it for a role.
fn sign_in(world: &World, home: &str, role: &str) {
    let cached = world.ecr.sso_sign_in("corp", "https://corp.example/start", 3600, true);
    world.write(&format!("{home}/.aws/sso/cache/{}", cached.name), cached.content.expose());
    let config = format!(
        "[default]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = {role}\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
    );
    world.write(&format!("{home}/.aws/config"), &config);
}

/// An agent for containers that gives pod `pod-0` the role `either-0` and pod `pod-1` the other, at one address.
fn agent(world: &mut World) {
    let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    if world.variables.iter().any(|(variable, _)| variable == name) {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    world.set(name, &format!("http://{}/v1/credentials", listener.local_addr().unwrap()));
    let answers = [0, 1].map(|who| {
        let role = world.ecr.role_arn(DEFAULT_ACCOUNT, &format!("either-{who}"));
        let key = world.ecr.issue_session(&role, "pod", 3600).unwrap();
        let body = serde_json::json!({
            "AccessKeyId": key.id,
            "SecretAccessKey": key.secret.expose(),
            "Token": key.session_token.unwrap().expose(),
            "Expiration": "2099-01-01T00:00:00Z",
        })
        .to_string();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    });
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut piece) {
                    Ok(length @ 1..) => request.extend(&piece[..length]),
                    _ => break,
                }
            }
            let who = usize::from(String::from_utf8_lossy(&request).contains("pod-1"));
            let _ = stream.write_all(answers[who].as_bytes());
        }
    });
}

/// What is asked, and where: for two servers with one key, in every way to name them, and for every kind of host.
#[test]
fn another_endpoint_has_another_token() {
    let other = LocalEcr::start().unwrap();
    let ways: [fn(&mut World, &str); 5] = [
        |world, url| world.set("AWS_ENDPOINT_URL", url),
        |world, url| world.set("AWS_ENDPOINT_URL_ECR", url),
        |world, url| {
            world.unset("AWS_ENDPOINT_URL");
            world.aws_config(&format!("[default]\nendpoint_url = {url}\n"));
        },
        |world, url| {
            world.unset("AWS_ENDPOINT_URL");
            world.aws_config(&format!(
                "[default]\nservices = s\n[services s]\necr =\n  endpoint_url = {url}\n"
            ));
        },
        |world, url| {
            world.unset("AWS_ENDPOINT_URL");
            world.aws_config(&format!("[profile p]\nendpoint_url = {url}\n"));
            world.set("AWS_PROFILE", "p");
        },
    ];
    for (number, way) in ways.iter().enumerate() {
        let mut world = World::new();
        let urls = [world.ecr.url(), other.url()];
        let mut ask = |who: usize| {
            way(&mut world, &urls[who]);
            world.get(HOST).password()
        };
        let tokens = [ask(0), ask(1)];
        assert_ne!(tokens[0], tokens[1], "{number}");
        assert_eq!([ask(0), ask(1)], tokens, "{number}: each finds its own again");
    }
    let mut world = World::new();
    let mut tokens = HashSet::new();
    let mut calls = 0;
    let hosts = [
        HOST,
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com",
        "123456789012.dkr-ecr.us-east-1.on.aws",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        "public.ecr.aws",
    ];
    for switch in [None, Some("AWS_USE_FIPS_ENDPOINT"), Some("AWS_USE_DUALSTACK_ENDPOINT")] {
        if let Some(name) = switch {
            world.set(name, "true");
        }
        for host in hosts {
            let token = world.get(host).password();
            assert_eq!(world.get(host).password(), token, "{host} {switch:?}");
            assert!(tokens.insert(token), "{host} {switch:?}: another's token");
            calls += 1;
        }
    }
    assert_eq!(world.ecr.tokens_issued(), calls);
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
