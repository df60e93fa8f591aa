//! Repositories of ECR Public: named with the alias of a registry, and asked for by the account it belongs to.

use ecrpass_aws::registry_api::RegistryApi;

use crate::collect::registry_session::{Named, failed};
use crate::error::CommandError;

/// The repository without the alias, once that is known to be one of the credentials' account.
///
/// # Errors
/// When no alias is named, or another account's.
pub(super) fn of_alias(api: &RegistryApi<'_>, named: &Named, text: &str) -> Result<Named, CommandError> {
    let Some((alias, name)) = named.repository.split_once('/') else {
        return Err(CommandError::could_not_run(
            format!("`{text}` names no repository of ECR Public: that is public.ecr.aws/ALIAS/NAME."),
            "see `ecrpass repo list public.ecr.aws` for yours",
        ));
    };
    let aliases = api
        .public_aliases()
        .map_err(|failure| failed("The aliases of your registry in ECR Public are not known", failure))?;
    if !aliases.iter().any(|own| own == alias) {
        return Err(CommandError::problems(
            format!("{alias} is no alias of your registry in ECR Public, which has: {}.", aliases.join(", ")),
            format!("ECR Public's API shows nothing of others' repositories: docker manifest inspect {text}"),
        ));
    }
    Ok(Named { repository: name.to_owned(), ..named.clone() })
}
