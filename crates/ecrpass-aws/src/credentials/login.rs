//! `aws login`: the session the AWS CLI left in its cache, which the SDK renews where it is about to end.

use aws_config::login::LoginCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use ecrpass_core::environment::Environment;
use ecrpass_core::error_chain::error_chain;
use ecrpass_credentials::credential_chain::login_sign_in;

use crate::sdk::Transport;

/// The largest sign-in read, in bytes.
const MAX_SIGN_IN: u64 = 1024 * 1024;

/// The credentials of that session.
pub(super) async fn credentials(
    transport: &Transport,
    environment: &dyn Environment,
    session: &str,
) -> Result<Credentials, String> {
    // The SDK reads the sign-in itself, and would wait for a pipe or read a device without end.
    let path = login_sign_in(environment, session).ok_or("there is no home directory")?;
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_SIGN_IN => {}
        Ok(_) => return Err(format!("{} is not the file of a sign-in", path.display())),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    }
    let provider = LoginCredentialsProvider::builder(session).configure(&transport.provider_config()).build();
    provider.provide_credentials().await.map_err(|error| error_chain(&error))
}
