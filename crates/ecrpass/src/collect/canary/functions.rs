//! The states of Lambda functions that are images.

use std::sync::Arc;
use std::time::Duration;

use docker_credential_ecr_login::configured_override;
use ecrpass_aws::TokenRequest;
use ecrpass_aws::functions::function;
use ecrpass_canary::function::{FunctionName, FunctionState};
use ecrpass_canary::labels::Labels;
use ecrpass_canary::report::FunctionReport;
use ecrpass_canary::target::Target;
use ecrpass_core::environment::Environment;
use ecrpass_core::{Partition, Registry};
use ecrpass_credentials::refusal::Refusal;

use super::super::credentials::Settings;

/// Asks for one function. What is not known of it says why.
pub fn poll(
    environment: &Arc<dyn Environment>,
    name: &FunctionName,
    deadline: Duration,
) -> (Labels, FunctionReport) {
    let state = match seen(environment, name, deadline) {
        Ok(state) => state,
        Err(why) => FunctionState { name: name.name.clone(), unknown: Some(why), ..FunctionState::default() },
    };
    let image = state.image.as_deref().and_then(|image| Target::parse(image).ok());
    let labels = image.map_or_else(
        || Labels { registry: String::new(), region: name.region.clone(), target: String::new() },
        |image| image.labels(),
    );
    let cause = state.cause().map(|id| id.slug());
    (labels, FunctionReport { region: name.region.clone(), state, cause })
}

fn seen(
    environment: &Arc<dyn Environment>,
    name: &FunctionName,
    deadline: Duration,
) -> Result<FunctionState, String> {
    let suffix = Partition::of_region(&name.region).unwrap_or(Partition::Aws).dns_suffix();
    let host = format!("{}.dkr.ecr.{}.{suffix}", name.account, name.region);
    let registry = Registry::parse(&host).map_err(|error| error.to_string())?;
    let settings = Settings::read(Arc::clone(environment), None);
    let words = |refusal: Refusal| refusal.what;
    let surroundings = settings.surroundings();
    let selection = configured_override(&host).and_then(|over| surroundings.select(&over)).map_err(words)?;
    let request =
        TokenRequest { registry: &registry, selection: &selection, surroundings: &surroundings, deadline };
    let seen = function(&request, &name.arn)?;
    if seen.image.is_none() {
        return Err("it is no image".to_owned());
    }
    Ok(FunctionState {
        name: name.name.clone(),
        image: seen.image,
        state: seen.state,
        reason_code: seen.reason_code,
        reason: seen.reason,
        unknown: None,
    })
}
