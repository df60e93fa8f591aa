//! `ecrpass audit`: ECR logins, tokens and keys in files, and logins that will fail, before they do.

use std::path::{Path, PathBuf};

use ecrpass_audit::rule::Rule;
use ecrpass_audit::rules::RULES;
use ecrpass_core::environment::Environment;
use ecrpass_rego::input::Form;
use ecrpass_rego::question::Wish;

use crate::apply::audit::{self, FailOn, Fixing, Looked, Wanted, default_baseline};
use crate::apply::aws_audit;
use crate::apply::policies;
use crate::collect::audit_tree::{self, AuditTree, Extent, host};
use crate::collect::policy_files;
use crate::collect::registry_session::Place;
use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::ui::Ui;
use crate::system::standard_input::standard_input_for;

/// Arguments of `ecrpass audit`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads what git would show of a directory: pipelines, scripts, Dockerfiles, manifests, infrastructure code, client configurations. Of a path inside a repository only that is looked at, and the rest of the repository is there to be referred to.\n\nA comment `# ecrpass: ignore[slug] reason`, on the line or above it, leaves a finding out; ecrpass.toml says how bad each rule is; a baseline holds what is known. docs/audit.md describes all of it.\n\nExit status: 0 when nothing is found, or only notes; 1 when errors or warnings are, or would be fixed by --dry-run; 3 when nothing could be read."
)]
pub struct Arguments {
    /// Files and directories; - reads a list of them from standard input, each on a line or ended by a zero byte
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Look at what the next commit has in it
    #[arg(long, conflicts_with_all = ["since", "host", "fix"])]
    pub staged: bool,
    /// Look at what differs from a revision
    #[arg(long, value_name = "REV", conflicts_with = "host")]
    pub since: Option<String>,
    /// Look at this machine: every user's client files, the kubelet, units, cron, cloud-init, daemons' settings
    #[arg(long, conflicts_with = "paths")]
    pub host: bool,
    /// Look at the machine whose files are below DIR, such as an image that is being built
    #[arg(long, value_name = "DIR", conflicts_with_all = ["paths", "host", "staged", "since"])]
    pub host_root: Option<PathBuf>,
    /// Look for these alone
    #[arg(long = "rule", value_name = "SLUG", value_delimiter = ',', value_parser = rule)]
    pub rules: Vec<&'static str>,
    /// Fix in the files what can be fixed without asking, and show what changes
    #[arg(long)]
    pub fix: bool,
    /// Also make the edits that may change how something works
    #[arg(long = "unsafe", requires = "fix")]
    pub with_unsafe: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    /// From when on the exit status is 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Say only what is not in this baseline
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what is found to a baseline, .ecrpass-baseline.json unless named
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, conflicts_with = "fix")]
    pub write_baseline: Option<Option<PathBuf>>,
    /// Settings, instead of ecrpass.toml in the repository's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Also ask these policies, in Rego with conftest's conventions; a file or a directory
    #[arg(long = "policy", value_name = "DIR")]
    pub policies: Vec<PathBuf>,
    /// JSON and YAML for the policies' `data`
    #[arg(long = "data", value_name = "PATH", requires = "policies")]
    pub data: Vec<PathBuf>,
    /// Ask the rules of these packages
    #[arg(long = "namespace", value_name = "PACKAGE", default_value = "main", requires = "policies")]
    pub namespaces: Vec<String>,
    /// Ask the rules of all packages
    #[arg(long, requires = "policies", conflicts_with = "namespaces")]
    pub all_namespaces: bool,
    /// Give the policies all documents at once, as a list of {path, contents}
    #[arg(long, requires = "policies", conflicts_with = "verify")]
    pub combine: bool,
    /// Run the policies' own tests, the rules named test_…, and look at nothing else
    #[arg(long, requires = "policies", conflicts_with_all = ["fix", "staged", "since", "host", "host_root", "write_baseline"])]
    pub verify: bool,
    /// Also ask AWS, reading only, about the users, roles, keys and repositories that the files name
    #[arg(long)]
    pub aws: bool,
    #[command(flatten)]
    pub place: Place,
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
    let default = default_baseline();
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
        write_baseline: arguments.write_baseline.as_ref().map(|path| path.as_deref().unwrap_or(&default)),
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
        return Ok(vec![host::collect(&here.join(root), now)]);
    }
    let extent = match (&arguments.since, arguments.staged) {
        (Some(revision), _) => Extent::Since(revision.clone()),
        (None, true) => Extent::Staged,
        (None, false) => Extent::All,
    };
    let is_list = |path: &&PathBuf| path.as_path() == Path::new("-");
    let mut paths: Vec<PathBuf> = arguments.paths.iter().filter(|path| !is_list(path)).cloned().collect();
    if arguments.paths.iter().any(|path| is_list(&path)) {
        let list = standard_input_for("a list of files")?;
        let separator = if list.contains('\0') { '\0' } else { '\n' };
        for name in
            list.split(separator).map(|name| name.trim_end_matches('\r')).filter(|name| !name.is_empty())
        {
            // Lists of what changed name files that are gone, too.
            if here.join(name).exists() {
                paths.push(PathBuf::from(name));
            } else {
                ui.note(&format!("note: {name} is not there."));
            }
        }
    }
    // Policies look at every configuration.
    let keeps: fn(&str) -> bool = match arguments.policies.is_empty() {
        true => |_: &str| false,
        false => |path: &str| Form::of(path).is_some(),
    };
    audit_tree::collect_keeping(&paths, &extent, here, now, keeps)
}
