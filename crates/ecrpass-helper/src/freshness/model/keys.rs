//! The real key of the cache, for the model: two principals behind every kind of source, which differ in nothing but what
//! tells them apart there.

use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine as _;
use ecrpass_core::Registry;
use ecrpass_core::environment::EnvironmentInMemory;
use ecrpass_credentials::aws_config::{AwsConfig, ConfigFile, FileKind};
use ecrpass_credentials::credential_chain::{Override, Surroundings};

/// How many sources there are.
pub(super) const SOURCES: usize = 18;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// A source, and for which of two principals it speaks just now.
type Who = (usize, usize);

/// The key the program keeps a token under.
pub(super) fn of_the_program(who: Who, boot: &str) -> String {
    thread_local! {
        // The same few keys are asked for in every history.
        static KNOWN: RefCell<HashMap<(Who, String), String>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        known.entry((who, boot.to_owned())).or_insert_with(|| fingerprint(who, boot)).clone()
    })
}

/// A machine and what it is told.
#[derive(Default)]
struct Machine {
    environment: EnvironmentInMemory,
    config: String,
    credentials: String,
    over: Override,
    host: Option<String>,
}

impl Machine {
    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.variables.insert(name.to_owned(), value.into());
    }

    fn key_in_variables(&mut self, id: &str, secret: &str) {
        self.set("AWS_ACCESS_KEY_ID", id);
        self.set("AWS_SECRET_ACCESS_KEY", secret);
    }

    fn container(&mut self, uri: &str) {
        self.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
    }
}

/// What makes a source speak for one of two principals, and nothing else that differs between them.
fn machine((source, principal): Who) -> Machine {
    const ROLE: &str = "arn:aws:iam::123456789012:role/r";
    let mut machine = Machine::default();
    let it = &mut machine;
    it.environment.host_name = Some("host".to_owned());
    // The same path, and a token of another subject.
    it.environment.files.insert("/token".into(), token(principal));
    match source {
        0 => it.key_in_variables(&format!("AKIA{principal}"), "s"),
        1 => {
            it.key_in_variables("ASIA", "s");
            it.set("AWS_SESSION_TOKEN", format!("session {principal}"));
        }
        2 => {
            it.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
            it.set("AWS_ROLE_ARN", ROLE);
        }
        3 => {
            it.environment.files.clear();
            it.environment.files.insert("/token".into(), token(0));
            it.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
            it.set("AWS_ROLE_ARN", ROLE);
            it.set("AWS_ROLE_SESSION_NAME", format!("pod-{principal}"));
        }
        4 => {
            it.config = format!("[default]\nrole_arn = {ROLE}\nweb_identity_token_file = /token\n");
        }
        5 => {
            it.container("http://127.0.0.1/");
            it.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token");
        }
        6 => {
            it.container("http://127.0.0.1/");
            it.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", format!("opaque {principal}"));
        }
        7 => it.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", format!("/v2/credentials/{principal}")),
        8 => {
            it.config = "[default]\ncredential_process = /bin/credentials\n".to_owned();
            it.set("WHO", principal.to_string());
        }
        9 => {
            it.config = "[default]\ncredential_process = python3 credentials.py\n".to_owned();
            it.environment.directory = Some(format!("/work/{principal}").into());
        }
        10 => {
            it.config =
                format!("[default]\nrole_arn = {ROLE}{principal}\ncredential_source = Ec2InstanceMetadata\n");
        }
        11 => {
            it.credentials =
                format!("[default]\naws_access_key_id = AKIA\naws_secret_access_key = {principal}\n")
        }
        12 => {
            it.config = format!(
                "[default]\nrole_arn = {ROLE}\nsource_profile = base\n[profile base]\naws_access_key_id = AKIA{principal}\naws_secret_access_key = s\n"
            );
        }
        13 => {
            it.config = "[default]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = r\n".to_owned();
            it.set("HOME", format!("/home/{principal}"));
        }
        14 => it.environment.host_name = Some(format!("container-{principal}")),
        15 => {
            it.key_in_variables("AKIA", "s");
            it.set("AWS_ENDPOINT_URL_ECR", format!("http://127.0.0.1:{}", 1000 + principal));
        }
        16 => {
            it.key_in_variables("AKIA", "s");
            it.host = (principal == 1).then(|| HOST.replace(".ecr.", ".ecr-fips."));
        }
        _ => it.over.role_arn = Some(format!("{ROLE}{principal}")),
    }
    machine
}

fn fingerprint(who: Who, boot: &str) -> String {
    let mut machine = machine(who);
    machine.environment.boot_id = Some(boot.to_owned());
    let files = AwsConfig::new(
        ConfigFile::parse(&machine.config, FileKind::Config),
        ConfigFile::parse(&machine.credentials, FileKind::Credentials),
    );
    let surroundings = Surroundings { environment: &machine.environment, files: &files };
    let selection = surroundings.select(&machine.over).unwrap();
    let registry = Registry::parse(machine.host.as_deref().unwrap_or(HOST)).unwrap();
    selection.fingerprint(&surroundings, &registry).as_str().to_owned()
}

fn token(principal: usize) -> String {
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"iss":"https://issuer","sub":"{principal}","aud":"sts"}}"#);
    format!("{}.{}.x", part("{}"), part(&claims))
}
