//! `ecrpass audit`: ECR logins, tokens and keys in files, and logins that will fail, before they do.

use std::path::{Path, PathBuf};

use ecrpass_audit::rule::Rule;
use ecrpass_audit::rules::RULES;
use ecrpass_core::environment::Environment;
use ecrpass_rego::input::Form;
use ecrpass_rego::question::Wish;

use crate::apply::audit::{self, FailOn, Fixing, Looked, Wanted, WriteBaseline};
use crate::apply::aws_audit;
use crate::apply::policies;
use crate::collect::audit_tree::{self, AuditTree, Extent, host};
use crate::collect::policy_files;
use crate::collect::registry_session::Place;
use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::ui::Ui;
use crate::system::file_list;
use crate::system::standard_input::standard_input_bytes;

/// Arguments of `ecrpass audit`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the files of a directory that git would show: pipelines, scripts, Dockerfiles, manifests, infrastructure code, client configurations. With a path inside a repository only that path is checked, also if git ignores it; the rest of the repository is read where it is referred to.\n\nA comment `# ecrpass: ignore[slug] reason`, on the line or above it, leaves a finding out; ecrpass.toml sets the severity of rules; a baseline lists known findings. docs/audit.md describes all of this.\n\nExit status: 0 when nothing is found, or only notes; 1 when there are errors or warnings, or --dry-run would fix some; 3 when nothing could be read."
)]
pub struct Arguments {
    /// Files and directories; - reads a list of them from standard input, one per line, or separated by zero bytes
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Check what the next commit will contain
    #[arg(long, conflicts_with_all = ["since", "host", "fix"])]
    pub staged: bool,
    /// Check what differs from a revision
    #[arg(long, value_name = "REV", conflicts_with = "host")]
    pub since: Option<String>,
    /// Check this machine: every user's client files, the kubelet, units, cron, cloud-init, daemons' settings
    #[arg(long, conflicts_with = "paths")]
    pub host: bool,
    /// Check a machine whose files are below DIR, such as an image that is being built
    #[arg(long, value_name = "DIR", conflicts_with_all = ["paths", "host", "staged", "since"])]
    pub host_root: Option<PathBuf>,
    /// Check only these rules
    #[arg(long = "rule", value_name = "SLUG", value_delimiter = ',', value_parser = rule)]
    pub rules: Vec<&'static str>,
    /// Make the edits that are safe, and show them as a diff
    #[arg(long, group = "changes")]
    pub fix: bool,
    /// Also make the edits that may change how something works
    #[arg(long = "unsafe", requires = "fix", conflicts_with = "write_baseline")]
    pub with_unsafe: bool,
    /// Show what --fix or --write-baseline would change, and change nothing
    #[arg(long, requires = "changes")]
    pub dry_run: bool,
    /// The lowest severity that makes the exit status 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Report only what is not in this baseline
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the findings to a baseline: to FILE, to the one of --baseline or ecrpass.toml, or to .ecrpass-baseline.json
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, group = "changes")]
    pub write_baseline: Option<Option<PathBuf>>,
    /// Settings, instead of ecrpass.toml in the repository's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Also evaluate these policies, in Rego with conftest's conventions; a file or a directory
    #[arg(long = "policy", value_name = "DIR")]
    pub policies: Vec<PathBuf>,
    /// JSON and YAML for the policies' `data`
    #[arg(long = "data", value_name = "PATH", requires = "policies")]
    pub data: Vec<PathBuf>,
    /// Evaluate the rules in these packages
    #[arg(long = "namespace", value_name = "PACKAGE", default_value = "main", requires = "policies")]
    pub namespaces: Vec<String>,
    /// Evaluate the rules in all packages
    #[arg(long, requires = "policies", conflicts_with = "namespaces")]
    pub all_namespaces: bool,
    /// Give the policies all documents at once, as a list of {path, contents}
    #[arg(long, requires = "policies", conflicts_with = "verify")]
    pub combine: bool,
    /// Run the policies' own tests, the rules named test_…, and look at nothing else
    #[arg(long, requires = "policies", conflicts_with_all = ["fix", "staged", "since", "host", "host_root", "write_baseline"])]
    pub verify: bool,
    /// Also ask AWS, with reading calls only, about the users, roles, keys and repositories that the files name
    #[arg(long)]
    pub aws: bool,
    #[command(flatten)]
    pub place: Place,
    /// The settings, and the baseline that they name, have to be files of the repository: whoever wrote them may not
    /// read what the user may.
    #[arg(long, hide = true)]
    pub distrust: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A rule by its name, for clap.
fn rule(slug: &str) -> Result<&'static str, String> {
    let known = RULES.iter().find(|rule| rule.id.slug() == slug);
    known.map(|rule| rule.id.slug()).ok_or_else(|| {
        let all: Vec<&str> = RULES.iter().map(|rule| rule.id.slug()).collect();
        format!("there is no such rule; known are {}", all.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is found that counts.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let here = std::env::current_dir()?;
    let files = match arguments.policies.as_slice() {
        [] => None,
        places => Some(policy_files::read(places, &arguments.data)?),
    };
    if let (Some(files), true) = (&files, arguments.verify) {
        return policies::verify(files, arguments.format, ecrpass_aws::clock::now(), ui);
    }
    let trees = trees(arguments, &here, ui)?;
    let is_asked = |rule: &&&Rule| arguments.rules.is_empty() || arguments.rules.contains(&rule.id.slug());
    let wanted = Wanted {
        rules: RULES.iter().filter(is_asked).copied().collect(),
        only_pipelines: false,
        asks_policies: files.is_some(),
        asks_aws: arguments.aws,
        config: arguments.config.as_deref(),
        fixing: match arguments.fix {
            true => Fixing::Files { with_unsafe: arguments.with_unsafe, dry_run: arguments.dry_run },
            false => Fixing::Nothing,
        },
        baseline: arguments.baseline.as_deref(),
        write_baseline: arguments
            .write_baseline
            .as_ref()
            .map(|to| WriteBaseline { to: to.as_deref(), dry_run: arguments.dry_run }),
        distrust: arguments.distrust,
        fail_on: arguments.fail_on,
        format: arguments.format,
    };
    let wish = match arguments.all_namespaces {
        true => Wish::AllPackages,
        false => Wish::Packages(arguments.namespaces.clone()),
    };
    let mut further = |looked: &Looked<'_>, ui: &mut Ui| {
        let mut found = Vec::new();
        if let Some(files) = &files {
            found.extend(policies::ask_about(looked, files, &wish, arguments.combine, ui)?);
        }
        if arguments.aws {
            found.extend(aws_audit::ask_about(looked, &arguments.place, environment, ui)?);
        }
        Ok(found)
    };
    audit::run_further(trees, &wanted, &mut further, &here, ui)
}

fn trees(arguments: &Arguments, here: &Path, ui: &mut Ui) -> Result<Vec<AuditTree>, CommandError> {
    let now = ecrpass_aws::clock::now();
    if let Some(root) = arguments.host_root.as_deref().or_else(|| arguments.host.then(|| Path::new("/"))) {
        return Ok(vec![machine(root, here, now)?]);
    }
    let extent = match (&arguments.since, arguments.staged) {
        (Some(revision), _) => Extent::Since(revision.clone()),
        (None, true) => Extent::Staged,
        (None, false) => Extent::All,
    };
    let is_list = |path: &&PathBuf| path.as_path() == Path::new("-");
    let mut paths: Vec<PathBuf> = arguments.paths.iter().filter(|path| !is_list(path)).cloned().collect();
    if arguments.paths.iter().any(|path| is_list(&path)) {
        paths.extend(listed(here, ui)?);
    }
    // Policies look at every configuration.
    let keeps: fn(&str) -> bool = match arguments.policies.is_empty() {
        true => |_: &str| false,
        false => |path: &str| Form::of(path).is_some(),
    };
    audit_tree::collect_keeping(&paths, &extent, here, now, keeps)
}

/// The machine whose files are below that directory.
fn machine(root: &Path, here: &Path, now: i64) -> Result<AuditTree, CommandError> {
    let directory = here.join(root);
    let unreadable = |error| {
        CommandError::io(
            &format!("{} cannot be read", root.display()),
            error,
            "name a machine's root directory",
        )
    };
    std::fs::read_dir(&directory).map_err(unreadable)?;
    let tree = host::collect(&directory, now);
    // It is no good news that nothing was found where nothing was looked at.
    if tree.looked_at == 0 && tree.skipped.is_empty() {
        return Err(CommandError::could_not_run(
            format!("{} has none of the files that a machine has.", root.display()),
            "name a machine's root directory: the one that etc/ and home/ are in",
        ));
    }
    Ok(tree)
}

/// The files of the list on standard input.
fn listed(here: &Path, ui: &mut Ui) -> Result<Vec<PathBuf>, CommandError> {
    let list = standard_input_bytes("a list of files")?;
    let (there, gone): (Vec<PathBuf>, Vec<PathBuf>) =
        file_list::names(&list, &|name| here.join(name).exists())
            .into_iter()
            .partition(|name| here.join(name).exists());
    // Lists of what changed name files that are gone, too.
    for name in &gone {
        ui.note(&format!("note: {} is not there.", name.display()));
    }
    if there.is_empty() && !gone.is_empty() {
        return Err(CommandError::could_not_run(
            "None of the files on the list is there.",
            "give names relative to this directory, and only of files that were not deleted: git diff --name-only --relative --diff-filter=d",
        ));
    }
    Ok(there)
}
