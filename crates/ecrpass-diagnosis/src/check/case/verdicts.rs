//! The verdicts that several checks share: by what AWS refused, by what is wrong in a file, by how a connection failed, by
//! what a policy denies.

use ecrpass_clients::client::{Supplier, is_ecr_helper};
use ecrpass_clients::repair::Safety;
use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_credentials::refusal::NextStep;
use ecrpass_iam::denial::{self, Denied, Reason};
use ecrpass_iam::policy_kind::PolicyKind;

use super::Case;
use crate::check::{CheckOutcome, Proof, clear, found, found_at, unknown};
use crate::facts::{ConfigProblem, Destination, PermissionSource, Refused, Seen, Verdict};
use crate::finding::{FixExtent, OwnCommand};
use crate::location::Location;

impl Case<'_> {
    /// A cause that the request for a token shows.
    pub fn refused(&self) -> CheckOutcome {
        self.looked_for
            .map_or_else(|| unknown("this check was not asked for a cause"), |id| self.refused_as(id))
    }

    /// What to do about the cause that the request for a token shows, where it is more than words.
    pub fn refused_step(&self) -> Option<&NextStep> {
        let id = self.looked_for?;
        let refused = [self.bundle.aws.stops.as_ref(), self.refusal()];
        refused.into_iter().flatten().find(|refused| refused.id == id)?.step.as_ref()
    }

    /// Another cause that the request for a token shows.
    pub fn refused_as(&self, id: DiagnosisId) -> CheckOutcome {
        let aws = &self.bundle.aws;
        // Without a registry, only the settings themselves can be looked at.
        if self.subject.host.is_empty()
            && let Some(stops) = aws.stops.as_ref().filter(|stops| stops.id == id)
        {
            return self.refusal_seen(stops, "AWS settings");
        }
        match &self.subject.token {
            Seen::Known(call) => match &call.refused {
                Some(refused) if refused.id == id => {
                    let is_asked = !call.exchanges.is_empty();
                    self.refusal_seen(
                        refused,
                        if is_asked { "GetAuthorizationToken" } else { "AWS settings" },
                    )
                }
                Some(refused) => unknown(format!("stopped before by {}", refused.id)),
                None => self.helper_fails_as(id).unwrap_or_else(|| clear("ECR issued a token")),
            },
            Seen::Unknown(why) => unknown(why),
        }
    }

    /// The helper names a cause, though a token is to be had: it is asked with other settings, or in another manner.
    fn helper_fails_as(&self, id: DiagnosisId) -> Option<CheckOutcome> {
        let offered = self.subject.offered.known()?;
        let failure = offered.failure.as_ref()?;
        if offered.failure_id.as_ref()? != &id {
            return None;
        }
        Some(found("the credential helper", failure).outcome())
    }

    fn refusal_seen(&self, refused: &Refused, source: &str) -> CheckOutcome {
        let mut proof = found(source, &refused.what).title(trimmed(&refused.what));
        proof = match &refused.step {
            // The catalogue says the same, with what is known of the case.
            Some(step) if step.template().is_some() => proof,
            Some(step) => match step.command() {
                Some(command) => proof.run("do this", command),
                None => proof.by_hand(step.to_string()),
            },
            None => proof.by_hand(&refused.next),
        };
        if let Some(denied) = denial::parse(&refused.what) {
            proof = self.with_decision(proof.refused(denied.principal, denied.action));
        }
        self.graded(proof).outcome()
    }

    /// As bad as it is: a client that holds a good login does not need AWS yet.
    pub fn graded(&self, proof: Proof) -> Proof {
        if self.needs_aws() {
            return proof;
        }
        if self.is_free() {
            return proof.note().therefore("Pulls from ECR Public still work: they need no credentials.");
        }
        let until = self.live_offer().and_then(|offered| offered.expires_at);
        let left = until.map(|at| ecrpass_core::time::duration(at.saturating_sub(self.bundle.collected_at)));
        let lasts = left.map_or_else(String::new, |left| format!(" for another {left}"));
        proof.warning().therefore(format!("The stored login works{lasts}, but no new token can be issued."))
    }

    /// The same as an outcome; `otherwise` is what is known when nothing was said of it.
    pub fn said_or(&self, otherwise: CheckOutcome) -> CheckOutcome {
        self.said().map_or(otherwise, Proof::outcome)
    }

    /// The registry says that what it was sent has expired: it understood it then.
    pub fn said_expired(&self) -> Option<Proof> {
        // ECR says of many a token that it is invalid, and of an old one that it has expired.
        let said = self.said_as(DiagnosisId::TokenExpired)?;
        said.evidence.iter().any(|seen| seen.text.contains("expired")).then_some(said)
    }

    /// A mistake in a file this client reads, where it decides.
    pub fn mistaken(&self) -> CheckOutcome {
        let Some(id) = self.looked_for else { return unknown("this check was not asked for a cause") };
        let host = &self.subject.host;
        let is_meant = |problem: &&ConfigProblem| problem.id == id && problem.concerns(host);
        let problem = self.own_files().find_map(|file| Some((file, file.problems.iter().find(is_meant)?)));
        let Some((file, problem)) = problem else {
            let unread = self.own_files().find_map(|file| Some((file, file.unread.as_ref()?)));
            return match unread {
                Some((file, why)) => unknown(format!("{}: {why}", file.path)),
                None => clear("the configuration shows no sign of it"),
            };
        };
        let by_chance = self.subject.resolved.as_ref().is_some_and(|resolved| resolved.by_chance);
        let decides = self.subject.host.is_empty()
            || by_chance && id == DiagnosisId::ConfigJsonInvalid
            || matches!(self.supplier(), Some(Supplier::Anonymous | Supplier::Error))
            || self.subject.offered.known().is_some() && self.live_offer().is_none() && !self.has_expired();
        if !decides {
            return clear(format!("{}:{} does not matter for this registry", file.path, problem.line));
        }
        let at = Location::new(&file.path, problem.line, problem.column);
        let proof = found_at(Some(&at), "", &problem.problem).title(&problem.problem);
        match problem.safety.known() {
            Some(Safety::Safe) => proof.automatic(&problem.fix, OwnCommand::Fix { extent: FixExtent::Safe }),
            // Beside what no client reads, the right field can be put without touching anything.
            Some(Safety::Unsafe) if id == DiagnosisId::ConfigJsonInvalid && self.registry.is_some() => proof
                .fix(self.automatic_setup("name the credential helper for this registry"))
                .own(format!("or {}", problem.fix), OwnCommand::Fix { extent: FixExtent::Unsafe }),
            Some(Safety::Unsafe) => proof.own(&problem.fix, OwnCommand::Fix { extent: FixExtent::Unsafe }),
            // What clients read of it would be lost.
            _ if problem.is_of_all() && !by_chance => {
                proof.run("start with a new file; the old one is kept beside it", self.begin_anew(&file.path))
            }
            // To begin anew is for a file that nobody reads.
            _ if id == DiagnosisId::ConfigJsonInvalid => proof.by_hand(&problem.fix).alone(),
            _ => proof.by_hand(&problem.fix),
        }
        .outcome()
    }

    /// Something wrong with the name that was asked about.
    pub fn misnamed(&self) -> CheckOutcome {
        self.looked_for
            .map_or_else(|| unknown("this check was not asked for a cause"), |id| self.misnamed_as(id))
    }

    /// Another thing wrong with the name.
    pub fn misnamed_as(&self, id: DiagnosisId) -> CheckOutcome {
        match &self.subject.malformed {
            Some(refused) if refused.id == id => {
                let proof = found_at(self.subject.place.as_ref(), "the name", &refused.what)
                    .title(trimmed(&refused.what));
                if refused.next.is_empty() { proof.outcome() } else { proof.by_hand(&refused.next).outcome() }
            }
            Some(_) => unknown("the name is wrong in another way"),
            None => clear("the name is well-formed"),
        }
    }

    /// A store for all registries that is missing or fails.
    pub fn store_failure(&self) -> CheckOutcome {
        // Without a registry in question, the file alone says what is wrong.
        if self.subject.host.is_empty() {
            return self.mistaken();
        }
        if self.is_authenticated() {
            return clear("the client's configuration and helper are complete");
        }
        let setup = |proof: Proof| {
            let proof = match &self.subject.resolved {
                Some(resolved) => proof.and(self.bundle.question.client.as_str(), &resolved.summary),
                None => proof,
            };
            proof.fix(self.automatic_setup("set up the credential helper for ECR only")).outcome()
        };
        if let Some(proof) = self.said() {
            return setup(proof);
        }
        let Some(store) = self.subject.helper_named.as_deref().filter(|helper| !is_ecr_helper(helper)) else {
            return clear("no such credential store is configured");
        };
        let name = format!("docker-credential-{store}");
        if self.looked_for == Some(DiagnosisId::StaleCredsstoreDesktop) && self.bundle.machine.lacks(&name) {
            let title =
                format!("The configuration asks for the credential store `{store}`, but there is no {name}");
            return setup(found("PATH", format!("has no {name}")).title(title));
        }
        clear("the store is there")
    }

    /// The way to one of the hosts fails in one of these manners, for this process or for the daemon.
    pub fn network_failure(&self, kinds: &[NetworkFailure]) -> CheckOutcome {
        if let CheckOutcome::Found(proof) = self.refused() {
            return CheckOutcome::Found(proof);
        }
        let failed = self.subject.network.iter().find_map(|way| {
            let failure = way.failure.as_ref().filter(|failure| kinds.contains(&failure.kind))?;
            Some((way, &failure.words))
        });
        if let Some((way, words)) = failed {
            let proof = found(&way.host, words);
            return match way.destination {
                Destination::Api => self.graded(proof).outcome(),
                Destination::Registry if self.daemon_gets_through() => self.of_this_process(proof).outcome(),
                _ => proof.outcome(),
            };
        }
        if let Some(answer) = self.subject.daemon_login.known()
            && answer.failure.is_some_and(|kind| kinds.contains(&kind))
        {
            return found("the docker daemon", &answer.message).outcome();
        }
        match self.said() {
            Some(proof) => proof.outcome(),
            None if self.subject.network.is_empty() => unknown(self.not_reached()),
            None => clear("no network path that was tried shows this"),
        }
    }

    /// A certificate that was shown is for another name: in which words, and where.
    pub fn certificate_of_another(&self) -> Option<Proof> {
        // rustls, Go and OpenSSL.
        const SAYINGS: [&str; 4] =
            ["not valid for name", "NotValidForName", "certificate is valid for", "hostname mismatch"];
        let is_it = |words: &str| SAYINGS.iter().any(|saying| words.contains(saying));
        let ways = self.subject.network.iter().filter_map(|way| {
            let failure = way.failure.as_ref().filter(|failure| failure.kind == NetworkFailure::Tls)?;
            Some((way.host.as_str(), failure.words.as_str()))
        });
        let daemon = self.subject.daemon_login.known();
        let daemon = daemon.map(|answer| ("the docker daemon", answer.message.as_str()));
        let refused = self.refusal().map(|refused| ("GetAuthorizationToken", refused.what.as_str()));
        let (source, words) = ways.chain(daemon).chain(refused).find(|(_, words)| is_it(words))?;
        Some(found(source, words))
    }

    /// What was said of the key that a layer is encrypted with, where it may not be used, by the registry or by S3.
    pub fn key_refused(&self) -> Option<String> {
        let answer = self.subject.layer.known().filter(|answer| !answer.is_success())?;
        let words = format!("{} {}", answer.code.as_deref().unwrap_or_default(), answer.message);
        let is_of_key = ["KMS", "kms:", "customer master key"].iter().any(|name| words.contains(name));
        is_of_key.then(|| words.trim().to_owned())
    }

    /// Something that this process meets and the docker daemon does not.
    pub fn of_this_process(&self, proof: Proof) -> Proof {
        proof.warning().therefore("The docker daemon can connect; other clients, started from here, cannot.")
    }

    /// An action that policies of the caller's own account do not allow.
    pub fn denied_action(&self) -> CheckOutcome {
        if let Some(proof) = self.said() {
            return proof.outcome();
        }
        let by_identity = |denied: &Denied<'_>| {
            matches!(denied.reason, Reason::NotAllowed(PolicyKind::Identity) | Reason::Unsaid)
        };
        match self.denied_by(by_identity) {
            Some(proof) => proof.outcome(),
            None => self.allowed_or_unknown(),
        }
    }

    /// An action that was tried and denied by a policy of a certain kind.
    pub fn denied_by(&self, is_meant: impl Fn(&Denied<'_>) -> bool) -> Option<Proof> {
        let is_pulled =
            !self.bundle.question.pushes() && self.has_manifest() && self.subject.layer.is_success();
        // The probes are made with AWS credentials, which need not be those behind a stored login.
        let is_others =
            self.subject.upload.is_success() && !self.asks_ecr_helper() && !self.subject.own_token;
        if is_pulled || is_others {
            return None;
        }
        self.subject.permissions.iter().find_map(|permission| {
            let denied = denial::parse(&permission.message)?;
            (permission.verdict == Verdict::Denied && is_meant(&denied)).then(|| {
                let proof = found(format!("AWS, by {}", permission.by), &permission.message)
                    .refused(denied.principal, denied.action);
                let simulated = self.subject.permissions.iter().any(|other| {
                    other.by == PermissionSource::Simulation
                        && other.action == permission.action
                        && other.verdict == Verdict::Allowed
                });
                let proof = if simulated {
                    proof.and(
                        "IAM's simulation",
                        "the identity's own policies allow it: another policy denies",
                    )
                } else {
                    proof
                };
                self.with_decision(proof)
            })
        })
    }

    /// The registry did what it was asked, or that is not known.
    pub fn allowed_or_unknown(&self) -> CheckOutcome {
        if self.subject.upload.is_success() || !self.bundle.question.pushes() && self.has_manifest() {
            clear("the registry did what it was asked")
        } else {
            unknown(self.not_reached())
        }
    }
}

/// A sentence without its full stop.
fn trimmed(sentence: &str) -> &str {
    sentence.trim().trim_end_matches('.')
}
