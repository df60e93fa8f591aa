//! Configurations of docker, podman and all that read them: reading, resolving, repairing, and the copy to share.

use std::path::PathBuf;

use ecrpass_clients::client::{Client, ClientEnvironmentInMemory, HelperReply, Request, resolve};
use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{HelperLogin, KnownMachine, repair};
use ecrpass_core::environment::EnvironmentInMemory;
use ecrpass_diagnosis::engine::configuration;
use ecrpass_diagnosis::input_kind::InputKind;
use ecrpass_diagnosis::safe_copy::shareable;

use crate::hold::{NOW, chosen, findings, hidden, planted, position};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// How a file is read and repaired: `config.json` and `auth.json`, or `.dockercfg`; only what is safe, or all; by somebody
/// who knows the machine, or not.
const WAYS: [(Format, bool, bool); 5] = [
    (Format::Current, false, false),
    (Format::Current, false, true),
    (Format::Current, true, true),
    (Format::Legacy, false, true),
    (Format::Legacy, true, false),
];

/// A repair is done once, says where, and takes nothing from what it need not touch; nothing that is shown is secret.
pub fn run(input: &[u8]) {
    let Some((&(format, with_unsafe, knows), rest)) = chosen(&WAYS, input) else { return };
    let Some(text) = planted(rest) else { return };
    hold(&text, format, with_unsafe, knows);
    // Whatever the text was meant for, it may stand where regctl has its own.
    hold(&text, Format::Regctl, with_unsafe, knows);
}

fn hold(text: &str, format: Format, with_unsafe: bool, knows: bool) {
    let everything = |_: &str| true;
    let works = |_: &str| HelperLogin::Works;
    let mut known = KnownMachine::of_text(NOW);
    if knows {
        known.is_installed = Some(&everything);
        known.login = Some(&works);
    }
    match repair(text, format, &known, with_unsafe) {
        Ok(first) => {
            for change in first.changes.iter().chain(&first.left) {
                position(text, change.place, &change.problem);
            }
            findings(&configuration::findings(&first, "file", false).collect::<Vec<_>>(), None);
            assert!(!first.changes.is_empty() || unchanged(text, first.document.text()), "{text:?}");
            let Ok(second) = repair(first.document.text(), format, &known, with_unsafe) else {
                assert!(text.is_empty(), "what was repaired cannot be read: {:?}", first.document.text());
                return;
            };
            assert_eq!(second.document.text(), first.document.text(), "a second repair of {text:?}");
            assert!(second.changes.is_empty(), "{:?}", second.changes);
        }
        Err(error) => {
            position(text, error.place, &error.message);
            hidden(&error.excerpt, "an excerpt");
            hidden(&error.message, "a message");
        }
    }
    let copy = shareable(text, InputKind::Configuration(format));
    hidden(&copy, "a copy to share");
    assert_eq!(shareable(&copy, InputKind::Configuration(format)), copy, "twice is not once: {text:?}");
    resolve_all(text, format);
}

/// An empty file counts as an empty object.
fn unchanged(before: &str, after: &str) -> bool {
    before == after || before.trim().is_empty()
}

/// Every client finds its way through it, to something that can be shown.
fn resolve_all(text: &str, format: Format) {
    let mut environment = EnvironmentInMemory::of_variables([
        ("HOME", "/home/u"),
        ("XDG_RUNTIME_DIR", "/run/u"),
        ("DOCKER_AUTH_CONFIG", text),
    ]);
    let path = match format {
        Format::Current => "/home/u/.docker/config.json",
        Format::Legacy => "/home/u/.dockercfg",
        Format::Regctl => "/home/u/.regctl/config.json",
    };
    environment.files.insert(PathBuf::from(path), text.to_owned());
    environment.files.insert(PathBuf::from("/run/u/containers/auth.json"), text.to_owned());
    let mut machine = ClientEnvironmentInMemory { environment, ..ClientEnvironmentInMemory::default() };
    machine.helpers.insert("ecr-login".to_owned(), HelperReply::Credentials("AWS".to_owned()));
    for client in Client::ALL {
        let resolution = resolve(&Request::new(client, HOST), &machine);
        match serde_json::to_string(&resolution) {
            Ok(json) => hidden(&json, client.id()),
            Err(error) => assert_eq!(error.to_string(), "", "a resolution is no JSON"),
        }
    }
}
