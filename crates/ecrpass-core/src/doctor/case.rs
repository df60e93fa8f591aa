//! One registry or image with everything seen around it, and the questions that checks ask of it.

use std::collections::BTreeMap;

use super::outcome::{Outcome, Proof, clear, found, unknown};
use crate::Registry;
use crate::access_denied::{self, AccessDenied, Layer};
use crate::exchange::NetworkFailure;
use crate::explain::explain;
use crate::facts::{Answer, Bundle, Configuration, Leg, Network, Offered, Refused, Seen, Subject, Verdict};
use crate::finding::Confidence;
use crate::shell::{is_plain, quoted};

/// A case: one subject of a bundle.
pub struct Case<'a> {
    /// All that was seen.
    pub bundle: &'a Bundle,
    /// What it is about.
    pub subject: &'a Subject,
    /// The registry, if the host is one of ECR's.
    pub registry: Option<Registry>,
    /// What the words of registries and helpers mean by the catalogue's signatures: the source, the words, the slug.
    said: Vec<Said<'a>>,
}

/// Words that were heard, and the cause they betray.
struct Said<'a> {
    source: &'static str,
    text: &'a str,
    slug: String,
    confidence: Confidence,
}

impl<'a> Case<'a> {
    /// Puts a case together.
    pub fn new(bundle: &'a Bundle, subject: &'a Subject) -> Self {
        let mut case =
            Self { bundle, subject, registry: Registry::parse(&subject.host).ok(), said: Vec::new() };
        case.said = case.heard();
        case
    }

    /// Whether a client at work here is docker's, whose daemon does the talking.
    pub fn uses_daemon(&self) -> bool {
        matches!(self.bundle.question.client.as_str(), "docker" | "docker-py" | "compose")
    }

    /// `docker pull HOST/REPOSITORY:TAG`, as far as it is known.
    pub fn image(&self) -> String {
        let subject = self.subject;
        match (&subject.repository, &subject.tag) {
            (Some(repository), Some(tag)) if tag.contains(':') => {
                format!("{}/{repository}@{tag}", subject.host)
            }
            (Some(repository), Some(tag)) => format!("{}/{repository}:{tag}", subject.host),
            (Some(repository), None) => format!("{}/{repository}", subject.host),
            _ => subject.host.clone(),
        }
    }

    /// What the client offers the registry, if it is any good as far as can be seen beforehand.
    pub fn live_offer(&self) -> Option<&'a Offered> {
        let offered = self.subject.offered.known()?;
        let expired = offered.expires_at.is_some_and(|at| at <= self.bundle.collected_at);
        (offered.username.is_some() && !expired).then_some(offered)
    }

    /// The registry took the client's credentials. The manifest proves nothing: it may have been had with a token of
    /// our own.
    pub fn is_authenticated(&self) -> bool {
        let good = |answer: &Seen<Answer>| answer.known().is_some_and(Answer::is_success);
        good(&self.subject.login) || good(&self.subject.daemon_login)
    }

    /// Whether the client gets nowhere without new credentials from AWS.
    pub fn needs_aws(&self) -> bool {
        if self.is_public() && (self.is_authenticated() || self.has_manifest()) {
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
            .is_some_and(|helper| helper.contains("ecr"))
    }

    /// Why AWS gave no token.
    pub fn refusal(&self) -> Option<&'a Refused> {
        self.subject.token.known()?.refused.as_ref()
    }

    /// A cause that the request for a token betrays.
    pub fn refused_as(&self, slug: &str) -> Outcome {
        let aws = &self.bundle.aws;
        // Without a registry, only the settings themselves can be looked at.
        if self.subject.host.is_empty()
            && let Some(stops) = aws.stops.as_ref().filter(|stops| stops.id == slug)
        {
            return self.refused(stops, "AWS settings");
        }
        match &self.subject.token {
            Seen::Known(call) => match &call.refused {
                Some(refused) if refused.id == slug => {
                    let is_asked = !call.exchanges.is_empty();
                    self.refused(refused, if is_asked { "GetAuthorizationToken" } else { "AWS settings" })
                }
                Some(refused) => unknown(format!("stopped before by {}", refused.id)),
                None => self.helper_fails_as(slug).unwrap_or_else(|| clear("ECR issued a token")),
            },
            Seen::Unknown(why) => unknown(why),
        }
    }

    /// The helper names a cause, though a token is to be had: it is asked with other settings, or in another manner.
    fn helper_fails_as(&self, slug: &str) -> Option<Outcome> {
        let offered = self.subject.offered.known()?;
        let failure = offered.failure.as_ref().filter(|_| offered.failure_id.as_deref() == Some(slug))?;
        Some(found("the credential helper", failure).outcome())
    }

    fn refused(&self, refused: &Refused, source: &str) -> Outcome {
        let mut proof = found(source, &refused.what).title(trimmed(&refused.what));
        proof = if is_command(&refused.next) {
            proof.run("do this", &refused.next)
        } else {
            proof.by_hand(&refused.next)
        };
        if let Some(denied) = access_denied::parse(&refused.what) {
            proof = proof.refused(denied.principal, denied.action);
        }
        self.graded(proof).outcome()
    }

    /// As bad as it is: a client that holds a good login does not need AWS yet.
    pub fn graded(&self, proof: Proof) -> Proof {
        if self.needs_aws() {
            return proof;
        }
        if self.is_public() {
            return proof.warning().therefore("Pulls from ECR Public go on: they need no credentials.");
        }
        let until = self.live_offer().and_then(|offered| offered.expires_at);
        let left = until.map(|at| crate::time::duration(at.saturating_sub(self.bundle.collected_at)));
        let lasts = left.map_or_else(String::new, |left| format!(" for another {left}"));
        proof.warning().therefore(format!("The login there is works{lasts}; a new one cannot be had."))
    }

    /// A cause that words of the registry, the daemon or a helper betray.
    pub fn said(&self, slug: &str) -> Option<Proof> {
        let mut heard = self.said.iter().filter(|said| said.slug == slug);
        let first = heard.next()?;
        let mut proof = found(first.source, first.text);
        proof.confidence = first.confidence;
        for more in heard.filter(|more| more.text != first.text).take(2) {
            proof = proof.and(more.source, more.text);
        }
        if let Some(denied) = access_denied::parse(first.text) {
            proof = proof.refused(denied.principal, denied.action);
        }
        Some(proof)
    }

    /// The same as an outcome; `otherwise` is what is known when nothing was said of it.
    pub fn said_or(&self, slug: &str, otherwise: Outcome) -> Outcome {
        self.said(slug).map_or(otherwise, Proof::outcome)
    }

    /// Every answer of the registry, with who got it, those of the daemon first.
    pub fn answers(&self) -> impl Iterator<Item = (&'static str, &'a Answer)> {
        let subject = self.subject;
        [
            ("the docker daemon's login", &subject.daemon_login),
            ("GET /v2/", &subject.login),
            ("the docker daemon's manifest", &subject.daemon_manifest),
            ("GET the manifest", &subject.manifest),
            ("POST an upload", &subject.upload),
            // Refused by the registry itself: where it leads on to S3, S3 answers.
            ("GET a layer", if self.way(Leg::Layers).is_none() { &subject.layer } else { &subject.upload }),
        ]
        .into_iter()
        .filter_map(|(source, answer)| Some((source, answer.known()?)))
    }

    /// The first answer with that status.
    pub fn answered(&self, status: u16) -> Option<(&'static str, &'a Answer)> {
        self.answers().find(|(_, answer)| answer.status == status)
    }

    /// A login that was refused with that status.
    pub fn refused_login(&self, status: u16) -> Option<(&'static str, &'a Answer)> {
        let subject = self.subject;
        if self.is_authenticated() {
            return None;
        }
        [("the docker daemon's login", &subject.daemon_login), ("GET /v2/", &subject.login)]
            .into_iter()
            .filter_map(|(source, answer)| Some((source, answer.known()?)))
            .find(|(_, answer)| answer.status == status)
    }

    /// The manifest was had.
    pub fn has_manifest(&self) -> bool {
        [&self.subject.daemon_manifest, &self.subject.manifest]
            .into_iter()
            .any(|answer| answer.known().is_some_and(Answer::is_success))
    }

    /// One of the ways.
    pub fn way(&self, leg: Leg) -> Option<&'a Network> {
        self.subject.network.iter().find(|network| network.leg == leg)
    }

    /// The account the credentials are of.
    pub fn own_account(&self) -> Option<&'a str> {
        let identity = self.bundle.aws.identity.known()?.answer.as_ref()?;
        Some(&identity.account)
    }

    /// What could not be known, by default: why nothing was asked.
    pub fn not_reached(&self) -> String {
        if self.bundle.question.offline {
            return "nobody was asked (--offline)".to_owned();
        }
        let whys = [&self.subject.daemon_login, &self.subject.login];
        whys.into_iter().find_map(|answer| answer.unknown()).unwrap_or("nothing was seen of it").to_owned()
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
    fn outcome(&self) -> &str {
        self.subject.resolved.as_ref().map_or("", |resolved| resolved.outcome.as_str())
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
        const REASONS: [&str; 5] = [
            "config-json-invalid",
            "malformed-registry-host",
            "stale-auth-entry",
            "stale-credsstore-desktop",
            "wrong-login-username-or-password",
        ];
        let reason = |file: &Configuration| {
            file.unreadable.is_some() || file.mistakes.iter().any(|one| REASONS.contains(&one.id.as_str()))
        };
        self.has_failing_helper()
            || self.own_files().any(reason)
            || self.foreign_files().any(|file| file.hosts.contains(&self.subject.host))
            || self.subject.docker_outcome.as_deref().is_some_and(|outcome| outcome == "helper")
    }

    /// Whether a helper is named that is missing or fails. One that is there and has nothing is none.
    fn has_failing_helper(&self) -> bool {
        let Some(helper) = self.subject.helper_named.as_deref() else { return false };
        let name = format!("docker-credential-{helper}");
        let is_missing = self.bundle.machine.program(&name).is_some_and(|program| program.first().is_none());
        let fails = self.subject.offered.known().is_some_and(|offered| offered.failure.is_some());
        is_missing || fails
    }

    /// A mistake in a file this client reads, where it decides.
    pub fn mistaken(&self, slug: &str) -> Outcome {
        let mistake = self
            .own_files()
            .find_map(|file| Some((file, file.mistakes.iter().find(|mistake| mistake.id == slug)?)));
        let Some((file, mistake)) = mistake else { return clear("the configuration shows no sign of it") };
        let decides = matches!(self.outcome(), "anonymous" | "error")
            || self.subject.offered.known().is_some() && self.live_offer().is_none() && !self.has_expired();
        if !decides {
            return clear(format!("{}:{} does not decide here", file.path, mistake.line));
        }
        let at = format!("{}:{}:{}", file.path, mistake.line, mistake.column);
        let proof = found(at, &mistake.problem).title(&mistake.problem);
        match mistake.safety.as_str() {
            "safe" => proof.automatic(&mistake.fix, "ecrpass fix"),
            "unsafe" => proof.run(&mistake.fix, "ecrpass fix --unsafe"),
            _ if slug == "config-json-invalid" => proof.run(
                "begin anew, with the old file kept beside it",
                format!("mv {0} {0}.broken && {1}", quoted(&file.path), self.setup()),
            ),
            _ => proof.by_hand(&mistake.fix),
        }
        .outcome()
    }

    fn has_expired(&self) -> bool {
        let over = self.subject.offered.known().and_then(|offered| offered.expires_at);
        over.is_some_and(|at| at <= self.bundle.collected_at)
    }

    /// Something wrong with the name that was asked about.
    pub fn misnamed(&self, slug: &str) -> Outcome {
        match &self.subject.malformed {
            Some(refused) if refused.id == slug => {
                let at = self.subject.place.as_deref().unwrap_or("the name");
                let proof = found(at, &refused.what).title(trimmed(&refused.what));
                if refused.next.is_empty() { proof.outcome() } else { proof.by_hand(&refused.next).outcome() }
            }
            Some(_) => unknown("the name is wrong in another way"),
            None => clear("the name is well-formed"),
        }
    }

    /// A store for all registries that is missing or fails.
    pub fn store_failure(&self, slug: &str) -> Outcome {
        if self.is_authenticated() {
            return clear("the client has what it needs");
        }
        let setup = |proof: Proof| {
            let proof = match &self.subject.resolved {
                Some(resolved) => proof.and(&self.bundle.question.client, &resolved.summary),
                None => proof,
            };
            proof.automatic("name the credential helper for ECR alone", self.setup()).outcome()
        };
        if let Some(proof) = self.said(slug) {
            return setup(proof);
        }
        let Some(store) = self.subject.helper_named.as_deref().filter(|helper| !helper.contains("ecr"))
        else {
            return clear("no such store is named");
        };
        let name = format!("docker-credential-{store}");
        let missing = self.bundle.machine.program(&name).is_some_and(|program| program.first().is_none());
        if slug == "stale-credsstore-desktop" && missing {
            let title = format!("The configuration names the store `{store}`, and there is no {name}");
            return setup(found("PATH", format!("has no {name}")).title(title));
        }
        clear("the store is there")
    }

    /// The way to one of the hosts fails in one of these manners, for this process or for the daemon.
    pub fn network_failure(&self, slug: &str, kinds: &[NetworkFailure]) -> Outcome {
        if let Outcome::Found(proof) = self.refused_as(slug) {
            return Outcome::Found(proof);
        }
        let failed = self.subject.network.iter().find_map(|way| {
            let failure = way.failure.as_ref().filter(|failure| kinds.contains(&failure.kind))?;
            Some((way, &failure.words))
        });
        if let Some((way, words)) = failed {
            let proof = found(&way.host, words);
            return match way.leg {
                Leg::Api => self.graded(proof).outcome(),
                Leg::Registry if self.daemon_gets_through() => self.of_this_process(proof).outcome(),
                _ => proof.outcome(),
            };
        }
        if let Some(answer) = self.subject.daemon_login.known()
            && answer.failure.is_some_and(|kind| kinds.contains(&kind))
        {
            return found("the docker daemon", &answer.message).outcome();
        }
        match self.said(slug) {
            Some(proof) => proof.outcome(),
            None if self.subject.network.is_empty() => unknown(self.not_reached()),
            None => clear("every way that was tried is free of it"),
        }
    }

    /// The docker daemon reached the registry and logged in.
    pub fn daemon_gets_through(&self) -> bool {
        self.subject.daemon_login.known().is_some_and(Answer::is_success)
    }

    /// Something that this process meets and the docker daemon does not.
    pub fn of_this_process(&self, proof: Proof) -> Proof {
        proof.warning().therefore("The docker daemon gets through; other clients, started from here, do not.")
    }

    /// An action that policies of the caller's own account do not allow.
    pub fn denied_action(&self, slug: &str) -> Outcome {
        if let Some(proof) = self.said(slug) {
            return proof.outcome();
        }
        // What was done is allowed; what a probe says besides does not matter to a pull.
        let layer = self.subject.layer.known().is_some_and(Answer::is_success);
        if !self.bundle.question.pushes() && self.has_manifest() && layer {
            return clear("manifest and layer were had");
        }
        let by_identity = |denied: &AccessDenied<'_>| {
            !denied.explicit && matches!(denied.layer, Layer::Identity | Layer::Unknown)
        };
        match self.denied_by(by_identity) {
            Some(proof) => proof.outcome(),
            None => self.allowed_or_unknown(),
        }
    }

    /// An action that was tried and denied by a policy of a certain kind.
    pub fn denied_by(&self, is_meant: impl Fn(&AccessDenied<'_>) -> bool) -> Option<Proof> {
        self.subject.permissions.iter().find_map(|permission| {
            let denied = access_denied::parse(&permission.message)?;
            (permission.verdict == Verdict::Denied && is_meant(&denied)).then(|| {
                let proof = found(format!("AWS, by {}", permission.by), &permission.message)
                    .refused(denied.principal, denied.action);
                let simulated = self.subject.permissions.iter().any(|other| {
                    other.by == "simulation"
                        && other.action == permission.action
                        && other.verdict == Verdict::Allowed
                });
                if simulated {
                    proof.and(
                        "IAM's simulation",
                        "the identity's own policies allow it: another policy denies",
                    )
                } else {
                    proof
                }
            })
        })
    }

    /// The registry did what it was asked, or that is not known.
    pub fn allowed_or_unknown(&self) -> Outcome {
        let uploads = self.subject.upload.known().is_some_and(Answer::is_success);
        if uploads || !self.bundle.question.pushes() && self.has_manifest() {
            clear("the registry did what it was asked")
        } else {
            unknown(self.not_reached())
        }
    }

    /// The registry knows no such repository, and the account of the credentials has one of that name.
    pub fn is_in_own_account(&self) -> bool {
        let is_unknown = |answer: &Answer| {
            answer.code.as_deref() == Some("NAME_UNKNOWN")
                || answer.message.contains("does not exist in the registry")
        };
        self.subject.also_in_own_account == Some(true) && self.answers().any(|(_, answer)| is_unknown(answer))
    }

    /// The registry does not give the manifest.
    pub fn manifest_refused(&self) -> bool {
        let answers = [&self.subject.daemon_manifest, &self.subject.manifest];
        !self.has_manifest() && answers.into_iter().any(|answer| answer.known().is_some())
    }

    /// The registry does not begin an upload.

    /// The command that names the helper for this registry.
    pub fn setup(&self) -> String {
        let client = match self.bundle.question.client.as_str() {
            client @ ("podman" | "skopeo" | "buildah" | "kubelet" | "containerd") => {
                let client = if matches!(client, "kubelet" | "containerd") { "kubelet" } else { "podman" };
                format!("--client {client} ")
            }
            _ => String::new(),
        };
        // A host that is none of ECR's has no place in a command.
        let host = self.registry.as_ref().map_or("<registry>", Registry::host);
        format!("ecrpass setup {client}{host}")
    }

    /// Names the helper for this registry: what mends every login that is no good, where nothing comes before it.
    pub fn with_setup(&self, proof: Proof, summary: &str) -> Proof {
        match self.outcome() {
            "environment" => proof
                .run("take the variable away, which comes before every helper", "unset DOCKER_AUTH_CONFIG")
                .run(summary, self.setup()),
            _ => proof.automatic(summary, self.setup()),
        }
    }

    /// The command that has ecrpass answer in a program's place.
    pub fn link(&self, path: &str) -> String {
        let ecrpass = self.bundle.machine.program("ecrpass").and_then(|program| program.first());
        let ecrpass = ecrpass.map_or("\"$(command -v ecrpass)\"".into(), |file| quoted(&file.path));
        let sudo = if self.bundle.machine.writable_on_path.is_some() { "" } else { "sudo " };
        format!("{sudo}ln -sf {ecrpass} {}", quoted(path))
    }

    /// The command that has ecrpass answer as the helper.
    pub fn link_on_path(&self) -> String {
        let directory = self.bundle.machine.writable_on_path.as_deref().unwrap_or("/usr/local/bin");
        self.link(&format!("{directory}/docker-credential-ecr-login"))
    }

    /// All words heard, with the causes they betray.
    fn heard(&self) -> Vec<Said<'a>> {
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
        let mut known: BTreeMap<&str, Option<(String, Confidence)>> = BTreeMap::new();
        let image = self.image();
        let mut said = Vec::new();
        for (source, text) in texts {
            let cause = known.entry(text).or_insert_with(|| {
                let found = explain("", &format!("{image}: {text}")).into_iter().next()?;
                Some((found.id, found.confidence))
            });
            if let Some((slug, confidence)) = cause {
                said.push(Said { source, text, slug: slug.clone(), confidence: *confidence });
            }
        }
        said
    }
}

/// A sentence without its full stop.
pub fn trimmed(sentence: &str) -> &str {
    sentence.trim().trim_end_matches('.')
}

/// Whether an advice is a command to be run as it stands.
fn is_command(next: &str) -> bool {
    const PROGRAMS: [&str; 5] = ["aws ", "ecrpass ", "unset ", "docker ", "curl "];
    PROGRAMS.iter().any(|program| next.starts_with(program)) && is_plain(next) && !next.contains(", ")
}
