//! `ecrpass doctor`: why a pull or push fails, here, as this user, from this place.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ecrpass_clients::client::Client;
use ecrpass_core::Arn;
use ecrpass_core::environment::Environment;
use ecrpass_core::visible::visible;
use ecrpass_diagnosis::engine::doctor::{Checked, Examination, Proven};
use ecrpass_diagnosis::examination::{examine, examine_fleet};
use ecrpass_diagnosis::facts::{Bundle, Subject};
use ecrpass_diagnosis::finding::{Action, Applicability, Finding, OwnCommand, SCHEMA, Severity};
use ecrpass_diagnosis::installation;
use serde::Serialize;

use crate::apply::unrepaired;
use crate::collect::bundle_file::{self, BundleFile};
use crate::collect::cluster::Kubectl;
use crate::collect::targets::How;
use crate::collect::{Asked, collect, configurations, logs, targets};
use crate::error::CommandError;
use crate::render::examination;
use crate::render::findings::print_for_others;
use crate::render::format::FindingsFormat as Format;
use crate::render::ui::{DIM, Ui, styled};

/// The least time that is granted to looking through the files.
const LEAST: Duration = Duration::from_millis(250);

/// How often fixes are applied and looked at again.
const ROUNDS: usize = 4;

/// What carries our own commands out: commands do not know each other.
pub type CarryOut<'a> = &'a dyn Fn(&OwnCommand, &dyn Environment, &mut Ui) -> Result<(), CommandError>;

/// What is to be done with the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// A pull
    #[default]
    Pull,
    /// A push
    Push,
}

/// Arguments of `ecrpass doctor`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without a target it checks every ECR registry in the docker and podman configurations.\nIt asks the registry with the same credentials the client would send. It changes nothing unless --fix is given.\n\nExit status: 0 when nothing is wrong, 1 when something is wrong or will be."
)]
pub struct Arguments {
    /// Images, registries, or files that name some: compose files, Dockerfiles, Kubernetes manifests (also from
    /// kubectl, with pull secrets), kustomizations, chart values, CloudFormation and SAM templates, `terraform show
    /// -json`, ECS task definitions, Lambda functions (the AWS CLI's JSON); - is standard input
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Do not use the network
    #[arg(long)]
    pub offline: bool,
    /// The client that fails: docker, podman, skopeo and so on, as for `ecrpass resolve`
    #[arg(long, default_value = "docker", value_parser = parse_client)]
    pub client: Client,
    /// What fails
    #[arg(long = "for", value_enum, default_value_t)]
    pub purpose: Purpose,
    /// Check as the role that really pulls; this user must be allowed to assume it
    #[arg(long = "as", value_name = "ROLE_ARN", value_parser = parse_role)]
    pub as_role: Option<String>,
    /// The platform the image will run on, such as linux/arm64
    #[arg(long)]
    pub platform: Option<String>,
    /// Ask this cluster, with kubectl, for the service accounts and pull secrets that a file of pods leaves out
    #[arg(long, value_name = "FILE", conflicts_with_all = ["replay", "offline"])]
    pub kubeconfig: Option<PathBuf>,
    /// Start with the possible causes that a log shows, and find out which one is true
    #[arg(long, value_name = "FILE")]
    pub from_log: Option<PathBuf>,
    /// Fix what can be fixed safely, then look again
    #[arg(long, conflicts_with_all = ["replay", "offline"])]
    pub fix: bool,
    /// Record everything that was seen in a file, without secrets
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Examine a recorded file instead of this machine; several files give a report on a fleet
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["targets", "record", "offline", "as_role", "from_log"])]
    pub replay: Vec<PathBuf>,
    /// How long it may take, in seconds
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600), value_name = "SECONDS")]
    pub deadline: u64,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn parse_client(text: &str) -> Result<Client, String> {
    Client::parse(text).ok_or_else(|| {
        let names: Vec<&str> = Client::ALL.iter().map(|client| client.id()).collect();
        format!("there is no such client; known are {}", names.join(", "))
    })
}

fn parse_role(text: &str) -> Result<String, String> {
    if Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.role_name().is_some()) {
        Ok(text.to_owned())
    } else {
        Err("a role looks like arn:aws:iam::123456789012:role/NAME".to_owned())
    }
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is wrong.
pub fn run(
    arguments: &Arguments,
    environment: &Arc<dyn Environment>,
    carry_out: CarryOut<'_>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    if let [file, others @ ..] = arguments.replay.as_slice() {
        if others.is_empty() {
            let bundle = bundle_file::load(file)?;
            return show(arguments, &bundle, examine(&bundle), ui);
        }
        return replay_fleet(arguments, ui);
    }
    ecrpass_system::bounded::hold_to(Instant::now() + Duration::from_secs(arguments.deadline));
    // Before anything else: what cannot be recorded is not worth the wait.
    let file = arguments.record.as_deref().map(BundleFile::prepare).transpose()?;
    let mut asked = understand(arguments, environment.as_ref(), ui)?;
    let mut applied: Vec<(String, OwnCommand)> = Vec::new();
    let mut bundle = look(environment, &asked, ui)?;
    let (is_missed, asked_for) = (Cell::new(false), asked.deadline);
    let examined = |bundle: &Bundle| {
        let mut examination = examine(bundle);
        // Files that this client does not read may be wrong, too.
        let is_well = examination.findings.iter().all(|finding| finding.severity == Severity::Note);
        if is_well && arguments.targets.is_empty() && arguments.from_log.is_none() {
            let left = asked_for.saturating_sub(Duration::from_millis(bundle.took_ms)).max(LEAST);
            let found = unrepaired::findings_within(left, environment, arguments.offline);
            is_missed.set(found.is_none());
            examination.findings.extend(found.unwrap_or_default());
        }
        examination
    };
    let mut examination = examined(&bundle);
    for _ in 0..ROUNDS {
        if !arguments.fix {
            break;
        }
        let Some((id, command)) = next_fix(&examination, &applied) else { break };
        ui.note(&format!("Found [{id}]; fixing it: {}", command.command_line()));
        apply(&command, environment.as_ref(), carry_out, ui)?;
        applied.push((id, command));
        if arguments.targets.is_empty() {
            (asked.subjects, _) = configured(environment.as_ref());
        }
        bundle = look(environment, &asked, ui)?;
        examination = examined(&bundle);
    }
    if let (Some(path), Some(file)) = (&arguments.record, file) {
        file.write(&bundle, ui)?;
        ui.note(&format!(
            "Recorded in {}; it contains no secrets. --mask-accounts also hides account ids and names.",
            path.display()
        ));
    }
    for (id, command) in &applied {
        let command = command.command_line();
        // What was looked at last is the client's own way, with the token that it ends at.
        let is_left = examination.findings.iter().any(|finding| finding.id == *id);
        ui.note(&match is_left {
            true => format!("{command} did not fix [{id}]."),
            false => format!("Fixed [{id}] with {command}."),
        });
    }
    if is_missed.get() {
        ui.note("note: the configuration files were not looked through in time. To do that: ecrpass fix --dry-run");
    }
    show(arguments, &bundle, examination, ui)
}

fn understand(
    arguments: &Arguments,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<Asked, CommandError> {
    let (started, deadline) = (Instant::now(), Duration::from_secs(arguments.deadline));
    // Pipes in the places of files share it; one that is named may take two thirds.
    ecrpass_system::bounded::hold_to(started + deadline);
    let reading = started + deadline * 2 / 3;
    let kubeconfig = arguments.kubeconfig.as_deref();
    let how = How {
        environment,
        client: arguments.client,
        platform: arguments.platform.as_deref(),
        kubectl: kubeconfig.map(|kubeconfig| Kubectl { environment, kubeconfig, ends_at: reading }),
    };
    let understand = |named: &[String]| targets::targets(how, named, reading);
    let mut targets = understand(&arguments.targets)?;
    let mut log = std::mem::take(&mut targets.messages);
    if let Some(path) = &arguments.from_log {
        log.extend(logs::explain_until(path, reading, ui)?);
        // The image the log is about, if none was named.
        if targets.subjects.is_empty() {
            let named: Vec<String> = log.iter().filter_map(image_of).take(1).collect();
            targets = understand(&named)?;
        }
    }
    for note in targets.notes.iter().take(20) {
        ui.note(&format!("note: {note}"));
    }
    if !arguments.targets.is_empty() && targets.subjects.is_empty() && log.is_empty() {
        return Err(CommandError::could_not_run(
            "none of the images in it is on Amazon ECR.",
            "give the image itself, as in the command that fails",
        ));
    }
    let mut subjects = targets.subjects;
    if subjects.is_empty() {
        let others;
        (subjects, others) = configured(environment);
        let unreadable = configurations::unreadable(environment);
        for why in &unreadable {
            ui.note(&format!("note: {why}; which registries it names is not known."));
        }
        if others > 0 {
            ui.note(&format!(
                "note: {} of the {} configured registries are checked. To check another: ecrpass doctor <image>",
                subjects.len(),
                subjects.len() + others
            ));
        }
        if subjects.is_empty() && unreadable.is_empty() {
            ui.note("note: no configuration here has an ECR registry; checking only the files. To check an image: ecrpass doctor <image>");
        }
    }
    Ok(Asked {
        subjects,
        client: arguments.client,
        pushes: arguments.purpose == Purpose::Push,
        offline: arguments.offline,
        as_role: arguments.as_role.clone(),
        platform: arguments.platform.clone(),
        // What a pipe took is gone.
        deadline: deadline.saturating_sub(in_tenths(started.elapsed())),
        log,
    })
}

/// In whole tenths of a second: what took no time worth mentioning is not mentioned.
fn in_tenths(time: Duration) -> Duration {
    time - Duration::from_nanos(u64::from(time.subsec_nanos() % 100_000_000))
}

/// The image a finding of a log is about.
fn image_of(finding: &Finding) -> Option<String> {
    let details = finding.details.as_ref()?;
    let host = details.host.as_ref()?;
    Some(match (&details.repository, &details.tag) {
        (Some(repository), Some(tag)) if tag.starts_with("sha256:") => format!("{host}/{repository}@{tag}"),
        (Some(repository), Some(tag)) => format!("{host}/{repository}:{tag}"),
        (Some(repository), None) => format!("{host}/{repository}"),
        _ => host.clone(),
    })
}

/// The registries that this user's configurations name, and how many there are besides.
fn configured(environment: &dyn Environment) -> (Vec<Subject>, usize) {
    targets::configured(configurations::hosts(environment).into_iter())
}

fn look(environment: &Arc<dyn Environment>, asked: &Asked, ui: &Ui) -> Result<Bundle, CommandError> {
    let mut live = examination::Live::new(ui.is_quiet());
    let bundle = collect(environment, asked, &mut |name, ended| live.tell(name, ended));
    live.clear();
    // Only what could be written down and read again is shown: everything in it can be seen then.
    bundle.settled().map_err(|error| {
        CommandError::could_not_run(
            format!("What was seen here cannot be written down: {error}."),
            "report it",
        )
    })
}

/// The first safe fix, in the order of what has to be fixed first, that has not been tried.
fn next_fix(examination: &Examination, applied: &[(String, OwnCommand)]) -> Option<(String, OwnCommand)> {
    let errors = examination.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut safe = errors.flat_map(|finding| {
        let fixes = finding.fixes.iter().filter(|fix| fix.applicability == Applicability::Safe);
        fixes.filter_map(|fix| match &fix.action {
            Action::Ecrpass(command) => Some((finding.id.clone(), command.clone())),
            _ => None,
        })
    });
    safe.find(|(_, command)| !applied.iter().any(|(_, tried)| tried == command))
}

/// Carries one of our own commands out; what it says is by the way here.
fn apply(
    command: &OwnCommand,
    environment: &dyn Environment,
    carry_out: CarryOut<'_>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    match ui.aside(|ui| carry_out(command, environment, ui)) {
        Ok(()) | Err(CommandError::BrokenPipe) => Ok(()),
        Err(CommandError::Found) => {
            ui.note(&format!("  {} says that something still has to be done.", command.command_line()));
            Ok(())
        }
        Err(CommandError::Problems { what, next }) => {
            ui.note(&styled(DIM, &format!("  {what} Next: {next}")));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The result, for programs: the findings, and besides them what every check said.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    findings: &'a [Finding],
    checks: &'a [Checked],
    proven: &'a [Proven],
}

fn show(
    arguments: &Arguments,
    bundle: &Bundle,
    examination: Examination,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let findings = ui.shown(examination.findings.clone());
    match arguments.format {
        Format::Json => ui.json(&Report {
            schema: SCHEMA,
            findings: &findings,
            checks: &examination.checks,
            proven: &examination.proven,
        })?,
        Format::Text => {
            ui.results(examination::report(bundle, &examination, &findings))?;
            for note in installation::notes(bundle) {
                ui.note(&format!("note: {note}."));
            }
            for warning in &bundle.aws.warnings {
                ui.note(&format!("note: {warning}"));
            }
            let seconds = bundle.took_ms as f64 / 1000.0;
            ui.note(&styled(DIM, &format!("{} checks in {seconds:.1} s", examination.checks.len())));
        }
        others => print_for_others(&findings, others, ui)?,
    }
    // A file that was too much to look through may have anything in it.
    let is_unread = bundle.machine.configurations.iter().any(|file| file.own && file.is_beyond_limits());
    if is_unread || findings.iter().any(|finding| finding.severity != Severity::Note) {
        Err(CommandError::Found)
    } else {
        Ok(())
    }
}

fn replay_fleet(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let mut bundles = Vec::new();
    for path in &arguments.replay {
        bundles.push((visible(&path.display().to_string()).into_owned(), bundle_file::load(path)?));
    }
    let names = examination::names(&bundles);
    let named: Vec<(String, Bundle)> =
        names.into_iter().zip(bundles.into_iter().map(|(_, bundle)| bundle)).collect();
    let report = examine_fleet(&named);
    match arguments.format {
        Format::Text => ui.results(examination::fleet(&report))?,
        Format::Json => ui.json(&report)?,
        others => {
            let findings = ui.shown(report.causes.iter().map(|cause| cause.finding.clone()).collect());
            print_for_others(&findings, others, ui)?;
        }
    }
    if report.causes.is_empty() { Ok(()) } else { Err(CommandError::Found) }
}
