//! `ecrpass token`: the registry password, and nothing else, on standard output.

use docker_credential_ecr_login::authorization_token;
use ecrpass_core::time::rfc3339;
use ecrpass_core::visible::visible_json_text;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// How the password is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The password alone
    Text,
    /// User name, password, registry and expiry
    Json,
}

/// Arguments of `ecrpass token`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The user name that goes with it is AWS. The password is valid for 12 hours at most. A credential helper\nrenews it by itself, so prefer that if the tool can use one.\n\nExample:\n  ecrpass token 123456789012.dkr.ecr.us-east-1.amazonaws.com | helm registry login --username AWS --password-stdin 123456789012.dkr.ecr.us-east-1.amazonaws.com"
)]
pub struct Arguments {
    /// The registry's host, for example 123456789012.dkr.ecr.us-east-1.amazonaws.com or public.ecr.aws
    pub registry: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Runs the command.
///
/// # Errors
/// The reason there is no token.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let token = authorization_token(&arguments.registry)?;
    let expires_at = rfc3339(token.expires_at);
    match arguments.format {
        Format::Text => {
            ui.exact(token.password.expose())?;
            ui.exact("\n")?;
            ui.note(&format!("user name {}, valid until {expires_at}", token.username));
        }
        Format::Json => {
            let answer = serde_json::json!({
                "schema": "ecrpass/token/1",
                "registry": token.registry.host(),
                "username": token.username,
                "password": token.password.expose(),
                "expiresAt": expires_at,
            });
            ui.exact(&format!("{}\n", visible_json_text(&answer.to_string())))?;
        }
    }
    Ok(())
}
