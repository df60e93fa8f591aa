//! The AWS config and credentials files, as each tool reads them.

use ecrpass_core::environment::EnvironmentInMemory;
use ecrpass_credentials::aws_config::{AwsConfig, ConfigFile, FileKind};
use ecrpass_credentials::credential_chain::{Override, Prospects, Surroundings, Tool};

use crate::hold::{NOW, PLANTED, hidden, lies_in};

/// Places lie in the text; a key that is written down is nowhere else; every tool comes to an end, and to the same twice.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // Both files in one input, the second behind a line of its own.
    let (config, credentials) = text.split_once("\n----\n").unwrap_or((text, text));
    let keys = format!(
        "\n[profile planted]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {PLANTED}\naws_session_token = {PLANTED}\n"
    );
    let config = format!("{config}{keys}");
    let credentials = format!("{credentials}{}", keys.replace("profile ", ""));
    let read = |text: &str, kind| {
        let file = ConfigFile::parse(text, kind);
        for problem in &file.problems {
            lies_in(text, problem.line, problem.column, problem);
        }
        for section in &file.sections {
            lies_in(text, section.line, 1, &section.name);
            for property in &section.properties {
                lies_in(text, property.line, property.column, &property.name);
            }
        }
        hidden(&format!("{file:?}"), "a file");
        file
    };
    let files = AwsConfig::new(read(&config, FileKind::Config), read(&credentials, FileKind::Credentials));
    for profile in ["default", "planted"] {
        let environment = EnvironmentInMemory::of_variables([("HOME", "/home/u"), ("AWS_PROFILE", profile)]);
        let around = Surroundings { environment: &environment, files: &files };
        let prospects = Prospects::unknown(NOW);
        let choices: Vec<_> = Tool::ALL.iter().map(|tool| around.choice(*tool, &prospects, None)).collect();
        let again: Vec<_> = Tool::ALL.iter().map(|tool| around.choice(*tool, &prospects, None)).collect();
        assert_eq!(choices, again);
        let mut shown = format!("{choices:?}{:?}", around.warnings(&choices));
        match around.select(&Override::default()) {
            Ok(selection) => {
                shown += &selection.source.describe();
                shown += &format!("{:?}{:?}", selection.notes, around.check(&selection));
            }
            Err(refusal) => shown += &refusal.helper_line(),
        }
        hidden(&shown, "what tools choose");
    }
}
