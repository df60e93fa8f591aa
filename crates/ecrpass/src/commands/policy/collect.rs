//! `ecrpass policy collect`: what is attached to a principal, in one file that `policy evaluate` takes.

use std::path::{Path, PathBuf};

use ecrpass_core::environment::Environment;

use crate::collect::principal_policies::{self, Who};
use crate::collect::registry_session::Place;
use crate::error::CommandError;
use crate::render::progress::Progress;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::named_output::{Access, NamedOutput};

/// Arguments of `ecrpass policy collect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What could not be read is listed, with the reason and why it matters; it is never taken to be absent. The format is described in docs/policy.md.\n\nExample:\n  ecrpass policy collect arn:aws:iam::123456789012:role/ci --repository team/app --output ci.json\n\nExit status: 0 when everything in the account was read, 1 when something could not be."
)]
pub struct Arguments {
    /// The user, role or session, as an ARN; otherwise whoever the credentials belong to
    pub principal: Option<String>,
    /// A repository whose policy is read as well: team/app, an image, or an ARN
    #[arg(long, value_name = "REPOSITORY")]
    pub repository: Vec<String>,
    /// The VPC that requests come from: the policies of its endpoints for ECR count, too
    #[arg(long, value_name = "VPC_ID")]
    pub vpc: Option<String>,
    /// Where to write to; otherwise, and with -, standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something could not be read.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    // Before anything is asked: what cannot be written is not worth the wait.
    let output = arguments.output.as_deref().unwrap_or(Path::new("-"));
    let output = NamedOutput::prepare(output, Access::Owner)?;
    let mut place = arguments.place.clone();
    let mut repositories = Vec::new();
    for text in &arguments.repository {
        // Account and region are those of the first that names them.
        repositories.push(place.understand(text)?.0.repository);
    }
    let file = place.ask(environment, false, |api, asked| {
        let mut progress = Progress::new(ui);
        let who = Who::find(api, arguments.principal.as_deref())?;
        let (vpc, tell) = (arguments.vpc.as_deref(), &mut |what: &str| progress.say(what));
        Ok(principal_policies::collect(api, &who, &repositories, vpc, asked, tell))
    })?;
    let text = file.text();
    output.write(&text, ui)?;
    if let Some(path) = arguments.output.as_deref().filter(|_| !output.is_standard()) {
        let documents = match file.count() {
            1 => "1 document".to_owned(),
            count => format!("{count} documents"),
        };
        ui.note(&format!("{} {documents}, in {}", styled(GOOD, "✓"), path.display()));
    }
    for one in &file.not_seen {
        ui.note(&format!("note: not seen: {}: {}; {}.", one.what, one.why, one.matters));
        if let Some(command) = &one.command {
            ui.note(&format!("  {command}"));
        }
    }
    if file.is_complete() { Ok(()) } else { Err(CommandError::Found) }
}
