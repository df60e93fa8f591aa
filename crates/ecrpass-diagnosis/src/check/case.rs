//! One registry or image with everything seen around it, and the questions that checks ask of it.

mod decision;
mod remedies;
mod verdicts;

use ecrpass_clients::client::{Client, Supplier, is_ecr_helper};
use ecrpass_core::{DiagnosisId, Registry};
use ecrpass_iam::denial;

use super::outcome::{Proof, found, found_at};
use crate::facts::{
    Bundle, ClientCredentials, Configuration, Destination, NetworkPath, Refused, RegistryResponse, Subject,
};
use crate::finding::Confidence;

/// A case: one subject of a bundle.
pub struct Case<'a> {
    /// All that was seen.
    pub bundle: &'a Bundle,
    /// What it is about.
    pub subject: &'a Subject,
    /// The registry, if the host is one of ECR's.
    pub registry: Option<Registry>,
    /// What the words of registries and helpers mean by the catalogue's signatures.
    said: Vec<Said<'a>>,
    /// The cause whose check looks at it now.
    looked_for: Option<DiagnosisId>,
}

/// The cause that words show, as the reader of logs heard them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The cause.
    pub id: DiagnosisId,
    /// How sure it is.
    pub confidence: Confidence,
}

/// Words that were heard, and the cause they show.
struct Said<'a> {
    source: &'static str,
    text: &'a str,
    heard: Heard,
}

impl<'a> Case<'a> {
    /// Puts a case together. `hear` tells the cause that words of a registry, a daemon or a helper show.
    pub fn new(bundle: &'a Bundle, subject: &'a Subject, hear: &dyn Fn(&str) -> Option<Heard>) -> Self {
        let mut case = Self {
            bundle,
            subject,
            registry: Registry::parse(&subject.host).ok(),
            said: Vec::new(),
            looked_for: None,
        };
        case.said = case.heard(hear);
        case
    }

    /// From now on the check of this cause looks at it.
    pub fn look_for(&mut self, id: DiagnosisId) {
        self.looked_for = Some(id);
    }

    /// The client in question, if it is one this version knows.
    pub fn client(&self) -> Option<Client> {
        self.bundle.question.client.known()
    }

    /// Whether a client at work here is docker's, whose daemon does the talking.
    pub fn uses_daemon(&self) -> bool {
        self.client().is_some_and(Client::uses_docker_daemon)
    }

    /// `docker pull HOST/REPOSITORY:TAG`, as far as it is known.
    pub fn image(&self) -> String {
        self.subject.image()
    }

    /// What the client offers the registry, if it is any good as far as can be seen beforehand.
    pub fn live_offer(&self) -> Option<&'a ClientCredentials> {
        let offered = self.subject.offered.known()?;
        (offered.username.is_some() && !self.has_expired()).then_some(offered)
    }

    /// The registry took the credentials it was shown first: the client's, or ours where the client is elsewhere. The
    /// manifest proves nothing: it may have been had with a token of our own after the client's was refused.
    pub fn is_authenticated(&self) -> bool {
        self.subject.login.is_success() || self.subject.daemon_login.is_success()
    }

    /// It is this: this was seen at the place in a file where the login stands, if it stands in one.
    pub fn found_in_login(&self, text: impl Into<String>) -> Proof {
        let place = self.subject.resolved.as_ref().and_then(|resolved| resolved.at.as_ref());
        found_at(place, "the login", text)
    }

    /// Whether the image is there for the platform it is to run on.
    pub fn fits(&self) -> bool {
        let wanted = &self.subject.platform;
        self.subject.platforms.iter().any(|platform| ecrpass_core::platform::runs(platform, wanted))
    }

    /// Whether the client gets nowhere without new credentials from AWS.
    pub fn needs_aws(&self) -> bool {
        if self.is_free() && (self.is_authenticated() || self.has_manifest()) {
            return false;
        }
        self.live_offer().is_none() || !self.is_authenticated() && self.asks_ecr_helper()
    }

    /// Whether the client asks an ECR helper, ours or Amazon's.
    pub fn asks_ecr_helper(&self) -> bool {
        self.subject
            .resolved
            .as_ref()
            .and_then(|resolved| resolved.helper.as_deref())
            .is_some_and(is_ecr_helper)
    }

    /// Why AWS gave no token.
    pub fn refusal(&self) -> Option<&'a Refused> {
        self.subject.token.known()?.refused.as_ref()
    }

    /// Whether AWS issued a token.
    pub fn has_token(&self) -> bool {
        self.subject.token.known().is_some_and(|call| call.answer.is_some())
    }

    /// The first answer that is not a registry's, nor S3's: of a proxy, or of a captive portal.
    pub fn foreign_answer(&self) -> Option<(&'static str, &'a RegistryResponse)> {
        let subject = self.subject;
        [
            ("GET /v2/", &subject.login),
            ("GET the manifest", &subject.manifest),
            ("GET a layer", &subject.layer),
        ]
        .into_iter()
        .filter_map(|(source, answer)| Some((source, answer.known()?)))
        .find(|(_, answer)| answer.foreign)
    }

    /// A cause that words of the registry, the daemon or a helper show.
    pub fn said(&self) -> Option<Proof> {
        self.said_as(self.looked_for?)
    }

    /// Another cause that such words show.
    pub fn said_as(&self, id: DiagnosisId) -> Option<Proof> {
        let mut heard = self.said.iter().filter(|said| said.heard.id == id);
        let first = heard.next()?;
        let mut proof = found(first.source, first.text);
        proof.confidence = first.heard.confidence;
        for more in heard.filter(|more| more.text != first.text).take(2) {
            proof = proof.and(more.source, more.text);
        }
        if let Some(denied) = denial::parse(first.text) {
            proof = self.with_decision(proof.refused(denied.principal, denied.action));
        }
        Some(proof)
    }

    /// Every answer of the registry, with who got it, those of the daemon first.
    pub fn answers(&self) -> impl Iterator<Item = (&'static str, &'a RegistryResponse)> {
        let subject = self.subject;
        // Where the registry leads on to S3, it is S3 that answers.
        let layer =
            self.network_path(Destination::Layers).is_none().then_some(("GET a layer", &subject.layer));
        [
            ("the docker daemon's login", &subject.daemon_login),
            ("GET /v2/", &subject.login),
            ("the docker daemon's manifest", &subject.daemon_manifest),
            ("GET the manifest", &subject.manifest),
            ("POST an upload", &subject.upload),
        ]
        .into_iter()
        .chain(layer)
        .filter_map(|(source, answer)| Some((source, answer.known()?)))
    }

    /// The first answer with that status.
    pub fn answered(&self, status: u16) -> Option<(&'static str, &'a RegistryResponse)> {
        self.answers().find(|(_, answer)| answer.status == status)
    }

    /// A login that was refused with that status.
    pub fn refused_login(&self, status: u16) -> Option<(&'static str, &'a RegistryResponse)> {
        let subject = self.subject;
        if self.is_authenticated() {
            return None;
        }
        [("the docker daemon's login", &subject.daemon_login), ("GET /v2/", &subject.login)]
            .into_iter()
            .filter_map(|(source, answer)| Some((source, answer.known()?)))
            .find(|(_, answer)| answer.status == status)
    }

    /// The registry refused something.
    pub fn is_refused(&self) -> bool {
        self.answers().any(|(_, answer)| matches!(answer.status, 400..=499))
    }

    /// The manifest was had.
    pub fn has_manifest(&self) -> bool {
        [&self.subject.daemon_manifest, &self.subject.manifest]
            .into_iter()
            .any(|answer| answer.known().is_some_and(RegistryResponse::is_success))
    }

    /// One of the ways.
    pub fn network_path(&self, destination: Destination) -> Option<&'a NetworkPath> {
        self.subject.network.iter().find(|network| network.destination == destination)
    }

    /// The account the credentials are of.
    pub fn own_account(&self) -> Option<&'a str> {
        let identity = self.subject.identity.known()?.answer.as_ref()?;
        Some(&identity.account)
    }

    /// What could not be known, by default: why nothing was asked.
    pub fn not_reached(&self) -> String {
        if self.bundle.question.offline {
            return "not checked (--offline)".to_owned();
        }
        let whys = [&self.subject.daemon_login, &self.subject.login];
        whys.into_iter().find_map(|answer| answer.unknown()).unwrap_or("it was not observed").to_owned()
    }

    /// Whether it is a pull from ECR Public, which needs no credentials.
    pub fn is_free(&self) -> bool {
        self.is_public() && !self.bundle.question.pushes()
    }

    /// Whether somebody else's client pulls there, whose files and credentials are not to be seen from here.
    pub fn is_elsewhere(&self) -> bool {
        let question = &self.bundle.question;
        self.subject.puller.is_some()
            || question.as_role.is_some()
            || self.client().is_some_and(Client::is_of_a_node)
    }

    /// Whether it is ECR Public.
    pub fn is_public(&self) -> bool {
        self.registry.as_ref().is_some_and(Registry::is_public)
    }

    /// Whether the client sends nothing.
    pub fn is_anonymous(&self) -> bool {
        self.subject.offered.known().is_some_and(|offered| offered.username.is_none())
    }

    /// How the client's search for credentials ends.
    pub fn supplier(&self) -> Option<Supplier> {
        self.subject.resolved.as_ref()?.outcome.known()
    }

    /// The files this client reads.
    pub fn own_files(&self) -> impl Iterator<Item = &'a Configuration> {
        self.bundle.machine.configurations.iter().filter(|file| file.own)
    }

    /// Those it does not.
    pub fn foreign_files(&self) -> impl Iterator<Item = &'a Configuration> {
        self.bundle.machine.configurations.iter().filter(|file| !file.own)
    }

    /// Whether something in the configuration explains that nothing is sent.
    pub fn has_reason_for_anonymity(&self) -> bool {
        const REASONS: [DiagnosisId; 5] = [
            DiagnosisId::ConfigJsonInvalid,
            DiagnosisId::MalformedRegistryHost,
            DiagnosisId::StaleAuthEntry,
            DiagnosisId::StaleCredsstoreDesktop,
            DiagnosisId::WrongLoginUsernameOrPassword,
        ];
        let reason = |file: &Configuration| {
            file.unreadable.is_some()
                || file.unread.is_some()
                || file.problems.iter().any(|one| {
                    one.concerns(&self.subject.host) && one.id.known().is_some_and(|id| REASONS.contains(&id))
                })
        };
        self.has_failing_helper()
            || self.own_files().any(reason)
            || self.foreign_files().any(|file| file.hosts.contains(&self.subject.host))
            || self.subject.docker_outcome.as_ref().is_some_and(|outcome| *outcome == Supplier::Helper)
    }

    /// Whether a helper is named that is missing or fails. One that is there and has nothing is none.
    fn has_failing_helper(&self) -> bool {
        let Some(helper) = self.subject.helper_named.as_deref() else { return false };
        let is_missing = self.bundle.machine.lacks(&format!("docker-credential-{helper}"));
        let fails = self.subject.offered.known().is_some_and(|offered| offered.failure.is_some());
        is_missing || fails
    }

    /// Whether the login says that it is over.
    pub fn has_expired(&self) -> bool {
        let over = self.subject.offered.known().and_then(|offered| offered.expires_at);
        over.is_some_and(|at| at <= self.bundle.collected_at)
    }

    /// The docker daemon reached the registry and logged in.
    pub fn daemon_gets_through(&self) -> bool {
        self.subject.daemon_login.is_success() || self.subject.daemon_manifest.is_success()
    }

    /// The registry knows no such repository, and the account of the credentials has one of that name.
    pub fn is_in_own_account(&self) -> bool {
        let by_code = self.answers().any(|(_, answer)| answer.code.as_deref() == Some("NAME_UNKNOWN"));
        // The daemon hands on the words alone.
        let by_words = || {
            let said = self.said_as(DiagnosisId::RepositoryNotFound);
            said.is_some_and(|said| said.confidence == Confidence::Certain)
        };
        self.subject.also_in_own_account == Some(true) && (by_code || by_words())
    }

    /// All words heard, with the causes they show.
    fn heard(&self, hear: &dyn Fn(&str) -> Option<Heard>) -> Vec<Said<'a>> {
        let mut texts: Vec<(&'static str, &'a str)> = self
            .answers()
            .filter(|(_, answer)| !answer.is_success() && !answer.message.is_empty())
            .map(|(source, answer)| (source, answer.message.as_str()))
            .collect();
        if let Some(failure) = self.subject.offered.known().and_then(|offered| offered.failure.as_deref()) {
            texts.push(("the credential helper", failure));
        }
        if let Some(why) = self.bundle.machine.daemon.known().and_then(|daemon| daemon.unreachable.as_deref())
        {
            texts.push(("the docker daemon", why));
        }
        // Many answers have the same words.
        let mut known: Vec<(&str, Option<Heard>)> = Vec::new();
        let image = self.image();
        let mut said = Vec::new();
        for (source, text) in texts {
            let heard = match known.iter().find(|(known, _)| *known == text) {
                Some((_, heard)) => *heard,
                None => {
                    let heard = hear(&format!("{image}: {text}"));
                    known.push((text, heard));
                    heard
                }
            };
            if let Some(heard) = heard {
                said.push(Said { source, text, heard });
            }
        }
        said
    }
}
