//! Flags that `ci generate` and `ci convert` share.

use ecrpass_generate::pipelines::{Helper, Refusal};

use crate::error::CommandError;

/// Where the helper comes from.
///
/// # Errors
/// A message for a word that is none of the forms.
pub fn helper(word: Option<&str>, sha256: Option<&str>) -> Result<Helper, CommandError> {
    let helper = match word {
        None => Helper::Usual,
        Some("package") => Helper::Package,
        Some("installed") => Helper::Installed,
        Some(url) if url.contains("://") => {
            Helper::Download { url: url.to_owned(), sha256: sha256.unwrap_or_default().to_owned() }
        }
        Some(action) if action.contains('@') => Helper::Action(action.to_owned()),
        Some(other) => {
            return Err(CommandError::problems(
                format!("--helper cannot be `{other}`."),
                "give package, installed, a URL with https://, or for GitHub OWNER/NAME@COMMIT",
            ));
        }
    };
    if sha256.is_some() && !matches!(helper, Helper::Download { .. }) {
        return Err(CommandError::problems(
            "--helper-sha256 is for a helper that is fetched.",
            "give --helper a URL with https://, or leave it out",
        ));
    }
    Ok(helper)
}

/// `NAME=VALUE`, for clap.
///
/// # Errors
/// A message for what is none.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// A refusal as the command's end.
pub fn refused(refusal: Refusal) -> CommandError {
    CommandError::problems(refusal.what, refusal.next)
}
