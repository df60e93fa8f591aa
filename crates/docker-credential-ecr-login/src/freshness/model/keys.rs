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
pub(super) const SOURCES: usize = 6;

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

fn fingerprint((source, principal): Who, boot: &str) -> String {
    let mut variables: Vec<(&str, String)> = Vec::new();
    let mut config = String::new();
    let mut over = Override::default();
    match source {
        0 => {
            variables.push(("AWS_ACCESS_KEY_ID", format!("AKIA{principal}")));
            variables.push(("AWS_SECRET_ACCESS_KEY", "s".to_owned()));
        }
        1 => {
            variables.push(("AWS_WEB_IDENTITY_TOKEN_FILE", "/token".to_owned()));
            variables.push(("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r".to_owned()));
        }
        2 => {
            variables.push(("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/".to_owned()));
            variables.push(("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token".to_owned()));
        }
        3 => {
            config.push_str("[default]\ncredential_process = /bin/credentials\n");
            variables.push(("WHO", principal.to_string()));
        }
        4 => config.push_str(&format!(
            "[default]\nrole_arn = arn:aws:iam::123456789012:role/r{principal}\ncredential_source = Ec2InstanceMetadata\n"
        )),
        _ => over.role_arn = Some(format!("arn:aws:iam::123456789012:role/r{principal}")),
    }
    let files = AwsConfig::new(ConfigFile::parse(&config, FileKind::Config), ConfigFile::default());
    let mut environment = EnvironmentInMemory::of_variables(variables);
    // The same path, and a token of another subject.
    environment.files.insert("/token".into(), token(principal));
    environment.boot_id = Some(boot.to_owned());
    environment.host_name = Some("host".to_owned());
    let surroundings = Surroundings { environment: &environment, files: &files };
    let selection = surroundings.select(&over).unwrap();
    selection.fingerprint(&surroundings, &Registry::parse(HOST).unwrap()).as_str().to_owned()
}

fn token(principal: usize) -> String {
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"iss":"https://issuer","sub":"{principal}","aud":"sts"}}"#);
    format!("{}.{}.x", part("{}"), part(&claims))
}
