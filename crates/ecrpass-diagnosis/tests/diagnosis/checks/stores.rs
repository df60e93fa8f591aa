//! Cases of the stores for all registries: keychains, keyrings, pass, and what Docker Desktop leaves behind.

use ecrpass_core::DiagnosisId;

use super::{Cases, of};
use crate::support::{Facts, healthy, installed};

const ELSEWHERE: &str = "this client does not pull it";
const IN_NEED_OF_NOTHING: &str = "the client's configuration and helper are complete";

/// docker asks a store for all registries, which is installed.
fn with_store(store: &str) -> Facts {
    let name = format!("docker-credential-{store}");
    healthy()
        .program(&name, vec![installed(&format!("/usr/bin/{name}"))])
        .docker_config(&format!("{{\"credsStore\": \"{store}\"}}"))
}

/// The store is there and complains.
fn failing(store: &str, complaint: &str) -> Facts {
    with_store(store).helper_failed(&format!("docker-credential-{store}: {complaint}"))
}

pub fn cases() -> Vec<Cases> {
    vec![
        of(DiagnosisId::KeychainLocked)
            .found(
                "macOS's keychain wants a person",
                failing(
                    "osxkeychain",
                    "keychain cannot be accessed because the current session does not allow user interaction. The keychain may be locked; unlock it by running \"security -v unlock-keychain\" and try again",
                ),
                "does not allow user interaction",
            )
            .clear("the store answers", with_store("osxkeychain"), IN_NEED_OF_NOTHING)
            .clear(
                "the store fails in another way",
                failing("pass", "pass not initialized: exit status 1: Error: password store is empty. Try \"pass init\"."),
                "the store is there",
            )
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::LinuxKeyringUnavailable)
            .found(
                "no session bus",
                failing("secretservice", "Cannot autolaunch D-Bus without X11 $DISPLAY"),
                "Cannot autolaunch D-Bus",
            )
            .clear("the store answers", with_store("secretservice"), IN_NEED_OF_NOTHING)
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::PassStoreUninitialized)
            .found(
                "pass has no key",
                failing(
                    "pass",
                    "pass not initialized: exit status 1: Error: password store is empty. Try \"pass init\".",
                ),
                "password store is empty",
            )
            .clear("the store answers", with_store("pass"), IN_NEED_OF_NOTHING)
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::WindowsCredentialStoreLimit)
            .found(
                "Windows keeps no password that long",
                failing("wincred", "The stub received bad data."),
                "The stub received bad data",
            )
            .clear("the store answers", with_store("wincred"), IN_NEED_OF_NOTHING)
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::StaleCredsstoreDesktop)
            .found(
                "the store is gone",
                healthy()
                    .program("docker-credential-desktop", Vec::new())
                    .docker_config(r#"{"credsStore": "desktop"}"#),
                "has no docker-credential-desktop",
            )
            .found(
                "a store whose name has the letters of ECR's helper in it is gone",
                healthy()
                    .program("docker-credential-secretservice", Vec::new())
                    .docker_config(r#"{"credsStore": "secretservice"}"#),
                "has no docker-credential-secretservice",
            )
            .clear("the helper for ECR is named, too", healthy(), IN_NEED_OF_NOTHING)
            .clear(
                "no store is named, and nothing is sent",
                healthy().docker_config("{}"),
                "no such credential store is configured",
            )
            .clear(
                "another store is there and locked",
                failing("osxkeychain", "User interaction is not allowed. (-25308)"),
                "the store is there",
            )
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
    ]
}
