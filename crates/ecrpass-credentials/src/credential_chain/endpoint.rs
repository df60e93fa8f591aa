//! Which endpoint of a service is asked, where one is set by hand.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". A blank value is none.

use ecrpass_core::Secret;

use super::selection::{Selection, Source};
use super::surroundings::Surroundings;
use super::text::{MAX_SESSION_TOKEN, check_header};

/// Where ECS serves the paths that `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` names.
const ECS: &str = "http://169.254.170.2";

impl Surroundings<'_> {
    /// The container endpoint, where a variable names one.
    pub fn container_endpoint(&self) -> Option<String> {
        match self.var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            Some(path) => Some(format!("{ECS}{path}")),
            None => self.var("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        }
    }

    /// What the container endpoint is to be shown: of the file, else of the variable, as in the SDKs.
    ///
    /// # Errors
    /// When the file cannot be read, or holds what cannot stand in a header.
    pub fn container_authorization(&self) -> Result<Option<Secret>, String> {
        let name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
        let Some(path) = self.var(name) else { return Ok(self.container_token()) };
        let token = self.environment.token_file(path.as_ref());
        let token = token.ok_or_else(|| format!("{name} does not name a readable file"))?;
        let token = Secret::new(token.expose().trim().to_owned());
        check_header(token.expose(), MAX_SESSION_TOKEN).map_err(|why| format!("the file of {name} {why}"))?;
        Ok(Some(token))
    }

    /// The variable's own, trimmed as in the request.
    pub(super) fn container_token(&self) -> Option<Secret> {
        self.var("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(|token| Secret::new(token.trim().to_owned()))
    }

    /// The profile whose settings apply besides its credentials.
    fn settings_profile(&self, selection: &Selection) -> String {
        match &selection.source {
            Source::Profile(profile) => profile.name.clone(),
            _ => self.profile_name(),
        }
    }

    /// A setting of the environment, else of the profile in force; blank ones count as unset.
    pub(super) fn setting(&self, selection: &Selection, variable: &str, property: &str) -> Option<String> {
        self.var(variable).or_else(|| {
            let profile = self.files.profile(&self.settings_profile(selection))?;
            profile.get(property).filter(|value| !value.trim().is_empty()).map(str::to_owned)
        })
    }

    /// Whether a switch is on.
    pub fn switch(&self, selection: &Selection, variable: &str, property: &str) -> bool {
        self.setting(selection, variable, property)
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// The endpoint set for a service: `ecr`, `ecr_public`, `sts`, `sso`, `sso_oidc`; `None` for AWS's own.
    pub fn endpoint_url(&self, selection: &Selection, service: &str) -> Option<String> {
        self.endpoint_setting(selection, service).map(|(_, url)| url)
    }

    /// The same, with the name of the setting.
    pub(super) fn endpoint_setting(&self, selection: &Selection, service: &str) -> Option<(String, String)> {
        let ignored =
            self.switch(selection, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
        if ignored {
            return None;
        }
        let variable = format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase());
        if let Some(url) = self.var(&variable) {
            return Some((variable, url.trim().to_owned()));
        }
        let name = self.settings_profile(selection);
        let profile = self.files.profile(&name);
        let services = profile.as_ref().and_then(|profile| profile.get("services"));
        let own = services.and_then(|name| self.files.services(name)).and_then(|services| {
            let nested = services.setting(service)?.nested();
            let (_, url) = nested.iter().rfind(|(name, _)| name == "endpoint_url")?;
            (!url.trim().is_empty()).then(|| url.trim().to_owned())
        });
        if let Some(url) = own {
            return Some((format!("endpoint_url of {service} in profile `{name}`"), url));
        }
        if let Some(url) = self.var("AWS_ENDPOINT_URL") {
            return Some(("AWS_ENDPOINT_URL".to_owned(), url.trim().to_owned()));
        }
        let url = profile?.get("endpoint_url")?.trim();
        (!url.is_empty()).then(|| (format!("endpoint_url of profile `{name}`"), url.to_owned()))
    }

    /// The metadata service asked: the one set by hand, else AWS's in the address family asked for.
    pub fn metadata_endpoint(&self, selection: &Selection) -> String {
        let set =
            self.setting(selection, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
        if let Some(url) = set {
            return url.trim().to_owned();
        }
        let mode = self.setting(
            selection,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            "ec2_metadata_service_endpoint_mode",
        );
        match mode {
            Some(mode) if mode.trim().eq_ignore_ascii_case("ipv6") => "http://[fd00:ec2::254]".to_owned(),
            _ => "http://169.254.169.254".to_owned(),
        }
    }

    /// Whether the endpoint of ECR (or ECR Public) is set by hand. FIPS and dual-stack cannot be asked for then: the
    /// SDK refuses the combination.
    pub fn endpoint_override(&self, selection: &Selection, public: bool) -> bool {
        self.endpoint_url(selection, if public { "ecr_public" } else { "ecr" }).is_some()
    }
}
