//! The policies that decided a denial, read from AWS: the statement that decides, and a change that is proven by deciding
//! again with it.

use std::collections::BTreeSet;

use ecrpass_core::Arn;
use ecrpass_core::environment::Environment;
use ecrpass_iam::case::Answers;
use ecrpass_iam::change::{self, Proven};
use ecrpass_iam::context::{Context, Values};
use ecrpass_iam::explain::{Found, Said, find};
use ecrpass_iam::{Case, Principal, Verdict};
use serde_json::json;

use crate::collect::principal_policies::{self, Who};
use crate::collect::registry_session::Place;
use crate::commands::policy::evaluate::{self, Loaded};
use crate::error::CommandError;
use crate::render::paint::{DIM, GOOD, STRONG, styled};
use crate::render::policies::NotSeen;
use crate::render::progress::Progress;
use crate::render::report::paragraph;
use crate::render::ui::Ui;

/// Whoever reads the policies.
pub(super) struct Collector<'a> {
    pub(super) place: &'a Place,
    pub(super) environment: &'a dyn Environment,
}

/// What the policies say that were read.
pub(super) struct Proof {
    case: Case,
    loaded: Loaded,
    answers: Answers,
    /// The change, and what is allowed with it.
    pub(super) proven: Option<Proven>,
    not_seen: Vec<NotSeen>,
    documents: usize,
}

impl Collector<'_> {
    /// What an encoded message says; none where that is not allowed, which is noted.
    pub(super) fn decoded(&self, message: &str, ui: &mut Ui) -> Option<Found> {
        let told = self.place.ask(self.environment, false, |api, _| {
            api.decode_message(message).map_err(|failure| {
                CommandError::problems(format!("The message could not be decoded: {failure}."), "see below")
            })
        });
        match told {
            Ok(text) => find(&text).into_iter().find(|found| matches!(found, Found::Denied(_))),
            Err(CommandError::Problems { what, .. }) => {
                ui.note(&format!("note: {what}"));
                None
            }
            Err(error) => {
                error.say(ui);
                None
            }
        }
    }

    /// Reads the caller's policies, and those of the repository, and decides by them.
    ///
    /// # Errors
    /// When the caller has no policies, or nobody can be asked.
    pub(super) fn prove(&self, said: &Said, ui: &mut Ui) -> Result<Proof, CommandError> {
        let (who, principal) =
            Who::parse(&said.principal).zip(Principal::parse(&said.principal)).ok_or_else(|| {
                CommandError::could_not_run(
                    format!("{} is neither a user nor a role, so nothing is attached to it.", said.principal),
                    "look at the policies of the repository and the registry: ecrpass repo show",
                )
            })?;
        let mut place = self.place.clone();
        let resource = said.resource.clone().unwrap_or_else(|| "*".to_owned());
        let is_private = Arn::parse(&resource).is_some_and(|arn| arn.service == "ecr");
        let repository = Arn::parse(&resource).and_then(|arn| arn.repository()).filter(|_| is_private);
        let repositories: Vec<String> = repository.into_iter().map(str::to_owned).collect();
        if !repositories.is_empty() {
            place.understand(&resource)?;
        }
        let file = place.ask(self.environment, false, |api, asked| {
            let mut progress = Progress::new(ui);
            let tell = &mut |what: &str| progress.say(what);
            Ok(principal_policies::collect(api, &who, &repositories, None, asked, tell))
        })?;
        let mut context = Context::partial().with("aws:PrincipalArn", file.principal());
        for (key, values) in &said.keys {
            context = match values.as_slice() {
                [] => context.without(key),
                values => context.with(key, Values::of(key, values.to_vec())),
            };
        }
        let actions = vec![said.action.clone()];
        let case = Case { principal, actions, resource, context, is_complete: false };
        let loaded = evaluate::collected(&file, &case)?;
        let answers = case.decide(&loaded.policies);
        let proven = change::smallest(&case, &loaded.policies);
        let documents = file.count();
        Ok(Proof { case, loaded, answers, proven, not_seen: file.not_seen, documents })
    }
}

impl Proof {
    /// The verdict, the statement that decides, and the change with its proof; what could not be read, unless it was told
    /// already.
    pub(super) fn lines(&self, said: &Said, told: &mut BTreeSet<String>) -> Vec<String> {
        let mut lines =
            vec![styled(STRONG, &format!("By the {} documents that could be read:", self.documents))];
        let changes = self.proven.as_ref().map(|proven| proven.changes.as_slice()).unwrap_or_default();
        lines.extend(evaluate::lines(&self.case, &self.answers, &self.loaded, changes));
        lines.push(String::new());
        if let Some(proven) = &self.proven {
            let verdict = proven.answers.verdict();
            lines.push(format!("{} Decided again with it: {verdict}.", styled(GOOD, "✓")));
        }
        paragraph(&self.compared(said), "", &mut lines);
        for one in &self.not_seen {
            let line = format!("not seen: {}: {}; {}", one.what, one.why, one.matters);
            if !told.insert(line.clone()) {
                continue;
            }
            lines.push(styled(DIM, &line));
            lines.extend(one.command.iter().map(|command| styled(DIM, &format!("  {command}"))));
        }
        lines
    }

    /// Whether AWS named what decides here, too; none where it named nothing.
    fn agrees(&self, said: &Said) -> Option<bool> {
        let named = said.reason.policy()?;
        let decision = &self.answers.answers.first()?.decision;
        Some(decision.reason().and_then(|reason| reason.policy()) == Some(named))
    }

    /// What AWS said beside what was found.
    fn compared(&self, said: &Said) -> String {
        let named = said.reason.policy().map(ecrpass_iam::PolicyKind::name);
        match (self.answers.verdict(), self.agrees(said), named) {
            (Verdict::Allowed, _, named) => format!(
                "These policies allow it, so what denied it is not among them{}, or has changed since.",
                named.map(|named| format!(": AWS names {named}")).unwrap_or_default()
            ),
            (Verdict::Depends, _, _) => {
                "What it depends on is not in the message. A decoded message has it, as do the context keys of CloudTrail.".to_owned()
            }
            (_, Some(true), _) => "AWS names the same kind of policy.".to_owned(),
            (_, Some(false), Some(named)) => format!(
                "AWS names {named}, and one policy at a time: both stand in the way, unless something has changed since."
            ),
            _ => "AWS did not say which policy decided.".to_owned(),
        }
    }

    /// The same for programs.
    pub(super) fn json(&self, said: &Said) -> serde_json::Value {
        let changes = self.proven.as_ref().map(|proven| proven.changes.as_slice()).unwrap_or_default();
        json!({
            "documents": self.documents,
            "evaluated": evaluate::verdict(&self.case, &self.answers, &self.loaded, changes),
            "after": self.proven.as_ref().map(|proven| proven.answers.verdict().id()),
            "agrees_with_aws": self.agrees(said),
            "not_seen": self.not_seen,
        })
    }
}
