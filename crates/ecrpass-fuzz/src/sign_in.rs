//! Small files of other programs: the sign-ins that the AWS CLI keeps, and podman's `registries.conf`.

use ecrpass_clients::client::registries_conf;
use ecrpass_credentials::credential_chain::{SignIn, sign_in_file};

use crate::hold::NOW;

/// What lasts, lasts beyond now; what names helpers, names them in the text.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for now in [NOW, 0, i64::MAX, i64::MIN] {
        for found in [sign_in_file::sso(text, now), sign_in_file::login(text, now)] {
            match found {
                SignIn::Lasts(Some(end)) => assert!(end > now, "{end} is not after {now}"),
                SignIn::Unknown => assert_ne!(found, SignIn::Unknown, "it was looked at"),
                SignIn::Lasts(None) | SignIn::Missing | SignIn::Ended => {}
            }
        }
    }
    let helpers = registries_conf::credential_helpers(text);
    let length: usize = helpers.iter().map(String::len).sum();
    // An escape is never shorter than what it stands for.
    assert!(length <= text.len(), "{helpers:?}");
}
