//! What is reported of runs, for programs: the JSON contract `ecrpass/canary/1`.

use std::collections::BTreeMap;

use ecrpass_core::time::milliseconds;
use ecrpass_diagnosis::finding::{Confidence, Finding};
use serde::Serialize;

use crate::function::FunctionState;
use crate::labels::Labels;
use crate::run::Run;
use crate::step::{Step, StepState, Verdict};

/// The name of the format.
pub const SCHEMA: &str = "ecrpass/canary/1";

/// One run of some targets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The format.
    pub schema: &'static str,
    /// When it was made, in RFC 3339.
    pub time: String,
    /// The targets, in the order they were named.
    pub targets: Vec<TargetReport>,
    /// The functions.
    pub functions: Vec<FunctionReport>,
    /// What was found, best first for each target.
    pub findings: Vec<Finding>,
}

/// One run of one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetReport {
    /// Repository and tag; empty for a registry alone.
    pub target: String,
    /// The registry's host.
    pub registry: String,
    /// Its region.
    pub region: String,
    /// How it ended.
    pub result: Verdict,
    /// How each step ended.
    pub steps: BTreeMap<Step, StepState>,
    /// The name of the cause.
    pub cause: Option<String>,
    /// How sure it is.
    pub confidence: Option<Confidence>,
    /// How long each step took.
    pub durations_ms: BTreeMap<Step, u64>,
    /// How often a step was tried again.
    pub retries: BTreeMap<Step, u32>,
    /// The role it was pulled as.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Where the layer came from, in the end: a cache in between has another name than S3.
    pub layer_host: Option<String>,
    /// Why it was not run at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl TargetReport {
    /// The report of a run.
    pub fn new(labels: &Labels, run: &Run) -> Self {
        Self {
            target: labels.target.clone(),
            registry: labels.registry.clone(),
            region: labels.region.clone(),
            result: run.verdict(),
            steps: Step::ALL.into_iter().map(|step| (step, run.state(step))).collect(),
            cause: None,
            confidence: None,
            durations_ms: run.durations().iter().map(|(step, took)| (*step, milliseconds(*took))).collect(),
            retries: run.retries().clone(),
            role: None,
            layer_host: None,
            refused: None,
        }
    }

    /// The labels of its series.
    pub fn labels(&self) -> Labels {
        Labels { registry: self.registry.clone(), region: self.region.clone(), target: self.target.clone() }
    }

    /// The report of a target that is not run.
    pub fn refused(labels: &Labels, why: String) -> Self {
        Self {
            target: labels.target.clone(),
            registry: labels.registry.clone(),
            region: labels.region.clone(),
            result: Verdict::Unknown,
            steps: Step::ALL.into_iter().map(|step| (step, StepState::Skip)).collect(),
            cause: None,
            confidence: None,
            durations_ms: BTreeMap::new(),
            retries: BTreeMap::new(),
            role: None,
            layer_host: None,
            refused: Some(why),
        }
    }
}

/// What was heard of a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionReport {
    /// Its region.
    pub region: String,
    /// What Lambda says.
    #[serde(flatten)]
    pub state: FunctionState,
    /// The name of the cause, where it is one of a pull that failed.
    pub cause: Option<&'static str>,
}

/// What status all of it comes to: 0 when all is ok, 1 when something failed or is not known, 2 when a target was refused
/// and nothing else is wrong.
pub fn exit_status(targets: &[TargetReport], functions: &[FunctionReport]) -> u8 {
    let is_wrong = |target: &TargetReport| target.refused.is_none() && target.result != Verdict::Ok;
    let is_down = |function: &FunctionReport| function.state.unknown.is_none() && !function.state.is_up();
    if targets.iter().any(is_wrong) || functions.iter().any(is_down) {
        1
    } else if targets.iter().any(|target| target.refused.is_some()) {
        2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::tests::record;
    use crate::run::Ending;

    fn target(endings: &[Ending]) -> TargetReport {
        let record = record("team/app:canary", endings, None);
        TargetReport::new(&record.labels, &record.run)
    }

    #[test]
    fn the_contract_is_kept() {
        let mut one = target(&[Ending::Done, Ending::Busy, Ending::Done, Ending::Done, Ending::Failed]);
        one.cause = Some("iam-missing-pull-action".to_owned());
        one.confidence = Some(Confidence::Certain);
        let report = Report {
            schema: SCHEMA,
            time: "2026-11-29T08:00:00Z".to_owned(),
            targets: vec![one],
            functions: Vec::new(),
            findings: Vec::new(),
        };
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["schema"], "ecrpass/canary/1");
        let target = &json["targets"][0];
        assert_eq!(target["result"], "fail");
        assert_eq!(
            target["steps"],
            serde_json::json!({"credentials": "ok", "token": "ok", "ping": "ok", "manifest": "fail", "layer": "skip"})
        );
        assert_eq!(
            (&target["cause"], &target["confidence"]),
            (&"iam-missing-pull-action".into(), &"certain".into())
        );
        assert_eq!(target["retries"]["token"], 1);
    }

    #[test]
    fn the_status_tells_the_worst() {
        let ok = target(&[Ending::Done; 5]);
        let failed = target(&[Ending::Failed]);
        let refused = TargetReport::refused(&record("x", &[], None).labels, "a cache".to_owned());
        assert_eq!(exit_status(&[ok.clone()], &[]), 0);
        assert_eq!(exit_status(&[ok.clone(), failed.clone(), refused.clone()], &[]), 1);
        assert_eq!(exit_status(&[ok, refused], &[]), 2);
        let function = |state: &str, unknown: Option<&str>| FunctionReport {
            region: "eu-west-1".to_owned(),
            state: FunctionState {
                state: Some(state.to_owned()),
                unknown: unknown.map(str::to_owned),
                ..FunctionState::default()
            },
            cause: None,
        };
        assert_eq!(exit_status(&[], &[function("Failed", None)]), 1);
        assert_eq!(exit_status(&[], &[function("Active", None), function("", Some("not allowed"))]), 0);
    }
}
