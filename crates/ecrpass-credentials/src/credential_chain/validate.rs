//! Text from outside, checked before the SDK sees it: the SDK asserts that what it is given makes a request, and ends
//! the process where it does not.

use ecrpass_core::DiagnosisId;

use super::profile::ProfileKind;
use super::selection::{Selection, Source};
use super::surroundings::Surroundings;
use super::text::{MAX_SESSION_TOKEN, check_header, check_word};
use crate::refusal::Refusal;

/// The services that may be asked for one token.
const SERVICES: [&str; 5] = ["ecr", "ecr_public", "sts", "sso", "sso_oidc"];

/// The longest ARN of a role, in bytes. Source: STS API Reference, `AssumeRole`.
const MAX_ARN: usize = 2048;

/// The longest value of a setting that travels in a request, in bytes.
const MAX_VALUE: usize = 1024;

impl Surroundings<'_> {
    /// Checks every value of a selection that would become part of a request.
    ///
    /// # Errors
    /// A [`Refusal`] that names the setting, and not its value: it may hold a secret.
    pub fn check(&self, selection: &Selection) -> Result<(), Refusal> {
        for service in SERVICES {
            if let Some((name, url)) = self.endpoint_setting(selection, service) {
                check_url(&url).map_err(|why| invalid(&name, why))?;
            }
        }
        for (name, value, limit) in [
            ("`role_arn` of the ecrpass configuration", &selection.over.role_arn, MAX_ARN),
            ("`external_id` of the ecrpass configuration", &selection.over.external_id, MAX_VALUE),
            ("`session_name` of the ecrpass configuration", &selection.over.session_name, MAX_VALUE),
        ] {
            if let Some(value) = value {
                check_word(value, limit).map_err(|why| invalid(name, why))?;
            }
        }
        match &selection.source {
            Source::Environment(key) => {
                let token = key.session_token.as_ref().map(|token| token.expose());
                check_key(&key.id, token).map_err(|(field, why)| {
                    Refusal::new(
                        DiagnosisId::InvalidAccessKey,
                        format!("The {field} in the environment {why}."),
                        "export AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again, without quotes or line breaks",
                    )
                })
            }
            Source::WebIdentity { role_arn, .. } => {
                check_word(role_arn, MAX_ARN).map_err(|why| invalid("AWS_ROLE_ARN", why))?;
                let name = self.var("AWS_ROLE_SESSION_NAME").unwrap_or_default();
                check_word(&name, MAX_VALUE).map_err(|why| invalid("AWS_ROLE_SESSION_NAME", why))
            }
            Source::ServiceAccount(account) => {
                check_word(&account.role_arn, MAX_ARN).map_err(|why| not_usable("role", why))?;
                check_word(&account.session_name, MAX_VALUE)
                    .map_err(|why| not_usable("session's name", why))?;
                // It travels in a form, but no token has a space or a line break.
                check_word(account.token.expose(), MAX_SESSION_TOKEN).map_err(|why| not_usable("token", why))
            }
            Source::Container { .. } => self.check_container(),
            Source::InstanceMetadata => self.check_metadata(selection),
            Source::Profile(profile) => {
                for name in std::iter::once(&profile.name).chain(&profile.chain) {
                    self.check_profile(name)?;
                }
                match &profile.base {
                    ProfileKind::CredentialSource { source }
                        if source.eq_ignore_ascii_case("EcsContainer") =>
                    {
                        self.check_container()
                    }
                    ProfileKind::CredentialSource { source }
                        if source.eq_ignore_ascii_case("Ec2InstanceMetadata") =>
                    {
                        self.check_metadata(selection)
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    fn check_profile(&self, name: &str) -> Result<(), Refusal> {
        let Some(profile) = self.files.profile(name) else { return Ok(()) };
        for (property, limit) in [
            ("role_arn", MAX_ARN),
            ("external_id", MAX_VALUE),
            ("role_session_name", MAX_VALUE),
            ("sso_account_id", 64),
            ("sso_role_name", 128),
            ("sso_region", 64),
            ("aws_access_key_id", 128),
            ("aws_session_token", MAX_SESSION_TOKEN),
        ] {
            if let Some(value) = profile.get(property) {
                check_word(value, limit)
                    .map_err(|why| invalid(&format!("`{property}` of profile `{name}`"), why))?;
            }
        }
        Ok(())
    }

    fn check_container(&self) -> Result<(), Refusal> {
        let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
        if let Some(path) = self.var(relative) {
            let starts = path.starts_with('/') && !path.starts_with("//");
            return if starts && check_word(&path, MAX_VALUE).is_ok() {
                Ok(())
            } else {
                Err(invalid(relative, "is not a path like /v2/credentials/…"))
            };
        }
        let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        if let Some(url) = self.var(full) {
            check_url(&url).map_err(|why| invalid(full, why))?;
        }
        if let Some(token) = self.container_token() {
            check_header(token.expose(), MAX_SESSION_TOKEN)
                .map_err(|why| invalid("AWS_CONTAINER_AUTHORIZATION_TOKEN", why))?;
        }
        Ok(())
    }

    fn check_metadata(&self, selection: &Selection) -> Result<(), Refusal> {
        let name = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
        match self.setting(selection, name, "ec2_metadata_service_endpoint") {
            Some(url) => check_url(url.trim()).map_err(|why| invalid(name, why)),
            None => Ok(()),
        }
    }
}

/// Something of the pod's service account, as the kubelet sent it.
fn not_usable(what: &str, why: &str) -> Refusal {
    Refusal::new(
        DiagnosisId::IrsaWebIdentityInvalid,
        format!("The {what} of the service account, which the kubelet sent, {why}."),
        "journalctl -u kubelet | grep -i serviceaccount; then create the pod again, which gives it a new token",
    )
}

fn invalid(name: &str, why: &str) -> Refusal {
    Refusal::new(
        DiagnosisId::AwsProfileInvalid,
        format!("{name} {why}."),
        format!("correct {name}, or remove it"),
    )
}

/// An access key as it may stand in a request's headers; the field that may not, and why.
///
/// # Errors
/// The field's name and what is wrong with it.
pub fn check_key(id: &str, session_token: Option<&str>) -> Result<(), (&'static str, &'static str)> {
    if id.is_empty() {
        return Err(("access key id", "is empty"));
    }
    check_word(id, 128).map_err(|why| ("access key id", why))?;
    session_token
        .map_or(Ok(()), |token| check_header(token, MAX_SESSION_TOKEN))
        .map_err(|why| ("session token", why))
}

/// `http://` or `https://`, a host, a port, a path: nothing else makes an endpoint.
fn check_url(url: &str) -> Result<(), &'static str> {
    check_word(url, MAX_VALUE)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else { return Err("is not a URL that begins with https:// or http://") };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("holds a user name or password, which AWS endpoints do not accept");
    }
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, port)) => {
            if v6.parse::<std::net::Ipv6Addr>().is_err() {
                return Err("is not a URL: its IPv6 address cannot be read");
            }
            match port.strip_prefix(':') {
                None if !port.is_empty() => return Err("is not a URL with a host name"),
                port => (v6, port),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_host = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':'));
    if !is_host {
        return Err("is not a URL with a host name");
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("has a port that is not a number");
    }
    if rest.bytes().any(|byte| matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'^' | b'|'))
    {
        return Err("holds characters that no URL may hold");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::super::tests::files;
    use super::super::{Override, Surroundings};
    use super::*;

    fn check(variables: &[(&str, &str)], config: &str) -> Result<(), Refusal> {
        let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
        let surroundings = Surroundings { environment: &environment, files: &files(config, "") };
        surroundings.check(&surroundings.select(&Override::default()).unwrap())
    }

    #[test]
    fn what_cannot_make_a_request_is_refused_by_name_and_without_its_value() {
        let long = "x".repeat(70_000);
        let sso = format!(
            "[default]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = {long}\n"
        );
        let key = ("AWS_SECRET_ACCESS_KEY", "s");
        for (variables, config, part) in [
            (vec![("AWS_ENDPOINT_URL", "hidden:4566")], "", "AWS_ENDPOINT_URL is not"),
            (vec![("AWS_ENDPOINT_URL_STS", "http://hidden:pw@h/")], "", "AWS_ENDPOINT_URL_STS holds a user"),
            (vec![("AWS_ENDPOINT_URL_ECR", "http://")], "", "AWS_ENDPOINT_URL_ECR is not"),
            (vec![("AWS_ENDPOINT_URL", "http://h:hidden")], "", "port that is not a number"),
            (vec![("AWS_ENDPOINT_URL", "http://[::1]hidden")], "", "AWS_ENDPOINT_URL is not a URL"),
            (vec![], "[default]\nendpoint_url = hidden\n", "endpoint_url of profile `default` is not"),
            (vec![("AWS_ACCESS_KEY_ID", "AKIA\u{1}hidden"), key], "", "access key id in the environment"),
            (
                vec![("AWS_ACCESS_KEY_ID", "AKIA"), key, ("AWS_SESSION_TOKEN", "a\nhidden")],
                "",
                "session token in the environment",
            ),
            (vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", "hidden:80/x")], "", "FULL_URI is not a URL"),
            (
                vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://u:hidden@h/x")],
                "",
                "FULL_URI holds a user",
            ),
            (vec![("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "hidden")], "", "RELATIVE_URI is not a path"),
            (
                vec![("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/hid den")],
                "",
                "AWS_ROLE_ARN holds spaces",
            ),
            (vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", "hidden")], "", "METADATA_SERVICE_ENDPOINT is not"),
            (vec![], sso.as_str(), "`sso_role_name` of profile `default` is longer"),
        ] {
            let refusal = check(&variables, config).unwrap_err().to_string();
            assert!(refusal.contains(part), "{refusal}\nlacks {part}");
            assert!(!refusal.contains("hid") && refusal.len() < 500, "{refusal}");
        }
    }

    #[test]
    fn blank_is_unset_and_good_values_pass() {
        let blank = [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_ECR",
            "AWS_ENDPOINT_URL_STS",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        ];
        let variables: Vec<_> = blank.iter().flat_map(|name| [(*name, ""), (*name, " ")]).collect();
        check(&variables, "[default]\nendpoint_url =\n").unwrap();
        for url in [
            "http://127.0.0.1:4566",
            "https://api.ecr.us-east-1.amazonaws.com/",
            "http://[fd00:ec2::23]:80/v1",
            "http://host_name/a?b=c",
        ] {
            check(&[("AWS_ENDPOINT_URL", url)], "").unwrap();
        }
    }
}
