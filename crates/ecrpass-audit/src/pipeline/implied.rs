//! What commands may do that cannot be seen: a client's configuration that comes from somewhere, credentials that another
//! program brings.

use crate::deed::What;
use crate::deeds::{client_files, is_client_path};
use crate::known::Known;
use crate::shell::{Command, Output, Script, Word};

/// Programs that bring files.
const BRINGERS: [&str; 14] = [
    "cp", "mv", "ln", "install", "curl", "wget", "tar", "unzip", "rsync", "scp", "openssl", "gpg", "sops",
    "base64",
];

/// Programs that bring AWS credentials.
const CREDENTIALS: [&str; 15] = [
    "aws-vault",
    "saml2aws",
    "gimme-aws-creds",
    "okta-awscli",
    "aws-okta",
    "awsume",
    "vault",
    "chamber",
    "doppler",
    "sops",
    "op",
    "granted",
    "assume",
    "teller",
    "infisical",
];

/// What a command may do besides what it surely does.
pub fn deeds(script: &Script, index: usize) -> Vec<What> {
    let Some(command) = script.commands.get(index) else { return Vec::new() };
    let mut whats = Vec::new();
    if may_log_in(script, index, command) {
        whats.push(What::MayLogIn);
    }
    if may_bring_credentials(command) {
        let (role, account, region) = (Known::Unknown, Known::Unknown, Known::Unknown);
        whats.push(What::Credentials { role, account, region, from_keys: false, from_oidc: false });
    }
    whats
}

/// Whether a command puts a client's configuration in place of which nothing is known.
fn may_log_in(script: &Script, index: usize, command: &Command) -> bool {
    let names_configuration = |word: &Word| {
        is_client_path(word)
            || word.shown().trim_end_matches('/').ends_with("/.docker")
            || word.raw.contains("DOCKER_CONFIG")
    };
    if BRINGERS.contains(&command.program()) && command.words.iter().skip(1).any(names_configuration) {
        return true;
    }
    let Output::File(file) = &command.output else { return false };
    if !is_client_path(file) {
        return false;
    }
    // Written with a text that can be read, unless all of that is a variable.
    let written = client_files(script).into_iter().find(|file| file.command == index);
    written.is_none_or(|file| file.is_made && file.text.trim() == "null")
}

fn may_bring_credentials(command: &Command) -> bool {
    let program = command.program();
    let words = || command.words.iter().chain(command.assignments.iter().map(|(_, word)| word));
    if let Output::File(file) = &command.output {
        let path = file.shown();
        let to_environment =
            ["GITHUB_ENV", "BASH_ENV"].iter().any(|name| path.contains(name) || file.raw.contains(name));
        let names_keys = words().any(|word| word.raw.contains("AWS_") || word.shown().contains("AWS_"));
        if path.contains(".aws/") || to_environment && (names_keys || !matches!(program, "echo" | "printf")) {
            return true;
        }
    }
    let is_sourced =
        matches!(program, "source" | "eval") || command.words.first().is_some_and(|word| word.raw == ".");
    let is_aws = program == "aws"
        && command.words.get(1).is_some_and(|word| matches!(word.shown(), "configure" | "sso"))
        && !command.words.iter().any(|word| word.raw == "list" || word.raw == "get");
    is_sourced
        || is_aws
        || CREDENTIALS.contains(&program)
        || words().any(|word| word.shown().contains(".aws/credentials"))
}
