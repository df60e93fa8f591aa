//! `ecrpass explain pod`: who pulls a pod's images, in which order, what came of it, and what fixes it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ecrpass_clients::client::{FileState, Obstacle};
use ecrpass_core::environment::Environment;
use ecrpass_core::visible::visible;
use ecrpass_diagnosis::engine::pod::{ImageReport, PodReport, StepState, together};
use ecrpass_diagnosis::examination::examine_pod;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::inputs::{MAX_PODS, PodSeen, TargetError, pods};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::collect::cluster::Kubectl;
use crate::error::CommandError;
use crate::render::findings::print_for_others;
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};
use crate::system::machine::read_named_at_most;
use crate::system::standard_input::standard_input_of_at_most;

/// How long the cluster is asked in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many pods are shown.
const MOST: usize = 20;

/// How less of a cluster is asked for.
const LESS: &str = "ask for less: kubectl get pods -A -o json --field-selector=status.phase!=Running | ecrpass explain pod; or one namespace, with -n";

/// Arguments of `ecrpass explain pod`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "kubectl get pod web-1 -o json | ecrpass explain pod\n\nEvents, service accounts, secrets and nodes are used if they are in the list; with --kubeconfig they are requested from the cluster. From secrets, only registries and expiry are shown. Up to 256 MiB are read; of a larger cluster: kubectl get pods -A -o json --field-selector=status.phase!=Running\n\nExit status: 0 when nothing keeps an image from being pulled, 1 when something does."
)]
pub struct Arguments {
    /// What kubectl get -o json prints: pods, Deployments, StatefulSets, DaemonSets, Jobs, CronJobs; - is standard input.
    /// With --kubeconfig also a name: web-1, deployment/web
    #[arg(value_name = "POD", default_value = "-")]
    pub pod: String,
    /// Ask this cluster, with kubectl, for what is around the pod
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The namespace of a pod that is named
    #[arg(long, short, value_name = "NAMESPACE", requires = "kubeconfig")]
    pub namespace: Option<String>,
    /// Show pods that pull, too
    #[arg(long)]
    pub all: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The result, for programs.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    pods: &'a [PodReport],
    findings: &'a [Finding],
}

/// Runs the command.
///
/// # Errors
/// When there is no pod to look at.
pub fn run(
    arguments: &Arguments,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let kubectl = arguments.kubeconfig.as_deref().map(|kubeconfig| Kubectl {
        environment,
        kubeconfig,
        ends_at: Instant::now() + PATIENCE,
    });
    let (name, text) = given(arguments, kubectl)?;
    let seen = understood(&name, &text, None)?;
    let seen = match kubectl.map(|kubectl| kubectl.around_pods(&seen)) {
        Some(Ok(around)) => understood(&name, &text, Some(&around))?,
        Some(Err(why)) => {
            ui.note(&format!("note: the cluster was not asked: {why}"));
            seen
        }
        None => seen,
    };
    let now = ecrpass_aws::clock::now();
    let mut reports: Vec<PodReport> = seen.iter().map(|pod| examine_pod(pod, now)).collect();
    let total = reports.len();
    let later = later(&reports);
    if total > 1 && !arguments.all {
        reports.retain(|report| report.fails || !report.findings.is_empty());
    }
    let well = total - reports.len();
    let others = reports.len().saturating_sub(MOST);
    reports.truncate(MOST);
    let fails = reports.iter().any(|report| report.fails);
    let findings = together(&mut reports);
    let findings = ui.shown(findings);
    match arguments.format {
        Format::Text if total == 0 => {
            ui.result("The list is empty: there is no pod in it. If there should be one: is it the right namespace?")?;
        }
        Format::Text => tell(&reports, &findings, ui)?,
        Format::Json => {
            ui.json(&Report { schema: "ecrpass/pod/1", pods: &reports, findings: &findings })?;
        }
        others => print_for_others(&findings, others, ui)?,
    }
    for (text, pods) in later.iter().take(MOST) {
        let pods = if *pods == 1 { String::new() } else { format!(" ({pods} pods)") };
        ui.note(&format!("note: {text}{pods}."));
    }
    if later.len() > MOST {
        ui.note(&format!("note: {} more pull secrets like these are left out.", later.len() - MOST));
    }
    if well > 0 {
        ui.note(&format!("note: {well} of {total} pull, or have pulled; --all shows them, too."));
    }
    if others > 0 {
        ui.note(&format!("note: {others} more that do not pull are left out."));
    }
    Ok(ExitCode::from(u8::from(fails)))
}

/// What only the next pull fails for, each once, with the number of pods.
fn later(reports: &[PodReport]) -> Vec<(String, usize)> {
    let mut all: Vec<(String, usize)> = Vec::new();
    for text in reports.iter().flat_map(|report| &report.later) {
        match all.iter_mut().find(|(known, _)| known == text) {
            Some((_, pods)) => *pods += 1,
            None => all.push((text.clone(), 1)),
        }
    }
    all
}

/// What was given: standard input, a file, or by name in the cluster.
fn given(
    arguments: &Arguments,
    kubectl: Option<Kubectl<'_>>,
) -> Result<(String, Zeroizing<String>), CommandError> {
    if arguments.pod == "-" {
        let wanted = "what kubectl get pod -o json prints";
        return Ok(("stdin".to_owned(), standard_input_of_at_most(MAX_PODS, wanted, LESS)?));
    }
    let path = Path::new(&arguments.pod);
    match (read_named_at_most(path, MAX_PODS), kubectl) {
        (FileState::Text(text), _) => {
            let text = Arc::try_unwrap(text).unwrap_or_else(|text| Zeroizing::new(text.to_string()));
            Ok((arguments.pod.clone(), text))
        }
        (FileState::Unreadable(why), _) if why.obstacle == Obstacle::TooLarge => Err(
            CommandError::could_not_run(format!("{} cannot be read: {why}.", visible(&arguments.pod)), LESS),
        ),
        (FileState::Unreadable(why), _) => Err(CommandError::unreadable(path, &why, "check its mode")),
        (FileState::Missing, Some(kubectl)) => {
            let namespace = arguments.namespace.as_deref().unwrap_or_default();
            let text = kubectl.named(&arguments.pod, namespace).map_err(|why| {
                CommandError::could_not_run(
                    format!("{}: {why}.", visible(&arguments.pod)),
                    "check name and --namespace",
                )
            })?;
            Ok(("kubectl".to_owned(), text))
        }
        (FileState::Missing, None) => Err(CommandError::could_not_run(
            format!("{} does not exist.", visible(&arguments.pod)),
            "kubectl get pod NAME -o json | ecrpass explain pod; or --kubeconfig FILE for a pod by its name",
        )),
    }
}

fn understood(name: &str, text: &str, around: Option<&str>) -> Result<Vec<PodSeen>, CommandError> {
    pods(name, text, around).map_err(|error| match error {
        TargetError::TooLarge { file, megabytes } => {
            CommandError::could_not_run(format!("{file}: more than {megabytes} megabytes."), LESS)
        }
        TargetError::Limit { place, message } => {
            CommandError::could_not_run(format!("{place}: {message}."), LESS)
        }
        error => CommandError::could_not_run(
            format!("{error}."),
            "kubectl get pod NAME -o json | ecrpass explain pod",
        ),
    })
}

fn tell(reports: &[PodReport], findings: &[Finding], ui: &mut Ui) -> Result<(), CommandError> {
    for report in reports {
        let place = [
            report.namespace.as_ref().map(|namespace| format!(" in namespace {namespace}")),
            report.node.as_ref().map(|node| format!(" on node {node}")),
        ];
        let place: String = place.into_iter().flatten().collect();
        let account = &report.service_account;
        ui.result(&format!("{}{place}, service account {account}", styled(STRONG, &report.object)))?;
        for image in &report.images {
            let waits = image.waits.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
            ui.result(&format!("  {} (container {}{waits})", styled(STRONG, &image.image), image.container))?;
            ui.result("    The kubelet tries, in this order:")?;
            for (number, step) in image.steps.iter().enumerate() {
                let mark = match step.state {
                    StepState::Login if step.trouble.is_some() => styled(BAD, "✗"),
                    StepState::Login => styled(GOOD, "✓"),
                    StepState::Expired | StepState::Unreadable | StepState::Missing => styled(BAD, "✗"),
                    StepState::Nothing | StepState::Unknown | StepState::NotAsked => styled(DIM, "·"),
                };
                ui.result(&format!("    {mark} {}. {}: {}", number + 1, step.source, step.detail))?;
            }
            ui.result(&format!("    Used: {}", image.used))?;
            tell_why(image, ui)?;
        }
        for note in &report.notes {
            ui.note(&format!("note: {}: {note}.", report.object));
        }
        ui.result("")?;
    }
    if findings.is_empty() {
        let fails = reports.iter().any(|report| report.fails);
        ui.result(if fails {
            "No root cause is known for it: what is known stands above."
        } else {
            "Nothing keeps these images from being pulled."
        })?;
    } else {
        ui.results(report::findings(findings))?;
    }
    Ok(())
}

fn tell_why(image: &ImageReport, ui: &mut Ui) -> Result<(), CommandError> {
    if let Some(said) = &image.said {
        ui.result(&format!("    Said: {}", said.replace(['\n', '\r'], " ")))?;
    }
    if let Some(reason) = &image.reason {
        ui.result(&format!("    Why: {reason}."))?;
    }
    Ok(())
}
