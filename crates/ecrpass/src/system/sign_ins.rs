//! The sign-ins that `aws sso login` and `aws login` left on disk, and until when they last.

use ecrpass_aws::files::sso_sign_in;
use ecrpass_core::environment::Environment;
use ecrpass_core::time::EpochSeconds;
use ecrpass_credentials::credential_chain::{SignIn, login_sign_in, sign_in_file};

/// A sign-in to IAM Identity Center, by its session or start URL.
pub fn sso(environment: &dyn Environment, name: &str, now: EpochSeconds) -> SignIn {
    let path = environment.home().map(|home| sso_sign_in(&home, name));
    let text = path.and_then(|path| environment.file(&path).ok());
    text.map_or(SignIn::Missing, |text| sign_in_file::sso(&text, now))
}

/// The session of `aws login`.
pub fn login(environment: &dyn Environment, session: &str, now: EpochSeconds) -> SignIn {
    let text = login_sign_in(environment, session).and_then(|path| environment.file(&path).ok());
    text.map_or(SignIn::Missing, |text| sign_in_file::login(&text, now))
}
