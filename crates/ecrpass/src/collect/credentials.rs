//! Where AWS credentials come from here, as far as nobody has to be asked.

use std::sync::Arc;

use docker_credential_ecr_login::configured_override;
use ecrpass_aws::files;
use ecrpass_clients::client::FileState;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_credentials::aws_config::AwsConfig;
use ecrpass_credentials::credential_chain::{
    Override, ProfileKind, Prospects, Selection, SignIn, Source, Surroundings, Tool,
};
use ecrpass_credentials::refusal::{self, Refusal};
use ecrpass_credentials::web_identity::claims;
use ecrpass_diagnosis::facts::{Aws, CredentialPlace, Refused, WebIdentity};

use crate::system::{sign_ins, sso};

/// The AWS settings of this process, kept for as long as they are needed.
pub struct Settings {
    environment: Arc<dyn Environment>,
    config: AwsConfig,
    /// Of the AWS files, what could not be read.
    unread: Vec<String>,
    as_role: Option<String>,
}

impl Settings {
    /// Reads them.
    pub fn read(environment: Arc<dyn Environment>, as_role: Option<String>) -> Self {
        let (config, unread) = files::look();
        Self { environment, config, unread, as_role }
    }

    /// What sources are picked from.
    pub fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { environment: self.environment.as_ref(), files: &self.config }
    }

    /// The source for a registry, with what the configuration demands for it.
    ///
    /// # Errors
    /// A [`Refusal`] when the settings contradict themselves.
    pub fn selection(&self, host: &str) -> Result<Selection, Refusal> {
        let mut over = configured_override(host)?;
        if let Some(role) = &self.as_role {
            over = Override { role_arn: Some(role.clone()), ..over };
        }
        self.surroundings().select(&over)
    }

    /// The source that a profile alone would be.
    ///
    /// # Errors
    /// A [`Refusal`] when its settings contradict themselves.
    pub fn selection_of_profile(&self, name: &str) -> Result<Selection, Refusal> {
        self.surroundings().select(&Override { profile: Some(name.to_owned()), ..Override::default() })
    }

    /// The profiles that say themselves that they are of an account: by their role, their account, or their key.
    pub fn profiles_of(&self, account: &str) -> Vec<String> {
        let is_of = |name: &&str| {
            let profile = self.config.profile(name);
            profile.and_then(|profile| profile.account()).is_some_and(|own| own == account)
        };
        self.config.profile_names().filter(is_of).map(str::to_owned).collect()
    }

    /// The regions that profiles name.
    pub fn profile_regions(&self) -> impl Iterator<Item = String> {
        let region = |name: &str| Some(self.config.profile(name)?.get("region")?.to_owned());
        self.config.profile_names().filter_map(region)
    }

    /// That the sign-in which a source rests on is over or missing, as its file on this machine shows.
    pub fn signed_out(&self, selection: &Selection) -> Option<Refusal> {
        let Source::Profile(profile) = &selection.source else { return None };
        let settings = self.config.profile(profile.last())?;
        let (environment, now) = (self.environment.as_ref(), ecrpass_aws::clock::now());
        let sign_in = match &profile.base {
            ProfileKind::Sso { session: Some(session) } => sign_ins::sso(environment, session, now),
            ProfileKind::Sso { session: None } => {
                sign_ins::sso(environment, settings.get("sso_start_url")?, now)
            }
            ProfileKind::LoginSession => sign_ins::login(environment, settings.get("login_session")?, now),
            _ => return None,
        };
        let is_over = matches!(sign_in, SignIn::Missing | SignIn::Ended);
        is_over.then(|| refusal::signed_out(profile)).flatten()
    }

    /// What there is to see without asking anybody.
    pub fn facts(&self, host: &str) -> Aws {
        let selection = self.selection(host);
        let surroundings = self.surroundings();
        let prospects = Prospects::unknown(ecrpass_aws::clock::now());
        let choices = Tool::OF_REGISTRIES.map(|tool| surroundings.choice(tool, &prospects, None));
        let places = surroundings.places().into_iter().map(|found| {
            let file = found.at.and_then(|(kind, line)| Some((files::path(kind)?, line)));
            CredentialPlace {
                place: found.place.into(),
                found: found.found,
                detail: redact(&found.detail).into_owned(),
                at: file.map(|(file, line)| redact(&format!("{}:{line}", file.display())).into_owned()),
                account: found.account,
            }
        });
        let mut aws = Aws {
            places: places.collect(),
            tools_differ: {
                let uses = choices.each_ref().map(|choice| choice.uses);
                uses.iter().any(|one| Some(one) != uses.first())
            },
            profile: redact(&surroundings.profile_name()).into_owned(),
            warnings: self
                .unread
                .iter()
                .chain(&surroundings.warnings(&choices))
                .map(|text| redact(text).into_owned())
                .collect(),
            ..Aws::default()
        };
        match &selection {
            Ok(selection) => {
                if let Source::WebIdentity { token_file, .. } = &selection.source {
                    aws.web_identity = Some(web_identity(self.environment.as_ref(), token_file));
                }
            }
            Err(refusal) => aws.stops = Some(Refused::from(refusal)),
        }
        let left = sso::seconds_left(
            self.environment.as_ref(),
            &self.config,
            &surroundings.profile_name(),
            ecrpass_aws::clock::now(),
        );
        if left.is_some_and(|left| left <= 0) {
            aws.warnings
                .push(format!("The IAM Identity Center session of profile `{0}` has expired.", aws.profile));
        }
        aws
    }
}

/// The credentials that are used, in a few words.
pub fn used(selection: &Selection) -> String {
    let role = selection.over.role_arn.as_ref().map(|role| format!(", as {role}")).unwrap_or_default();
    redact(&format!("{}{role}", selection.source.describe())).into_owned()
}

fn web_identity(environment: &dyn Environment, file: &str) -> WebIdentity {
    let mut seen = WebIdentity { file: redact(file).into_owned(), ..WebIdentity::default() };
    match FileState::read(environment, file.as_ref()) {
        FileState::Missing => seen.unreadable = Some("there is no such file".to_owned()),
        FileState::Unreadable(why) => seen.unreadable = Some(why.to_string()),
        FileState::Text(text) => match claims(&text) {
            None => seen.unreadable = Some("it contains no web identity token".to_owned()),
            Some(claims) => {
                seen.issuer = claims.issuer;
                seen.audience = claims.audience;
                seen.subject = claims.subject;
                seen.expires_at = claims.expires_at;
            }
        },
    }
    seen
}
