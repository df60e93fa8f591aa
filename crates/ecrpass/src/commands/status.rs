//! `ecrpass status`: every ECR token on this machine, how long it lives, and who would use it.

use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::time::{EpochSeconds, duration, rfc3339};
use serde::Serialize;

use crate::collect::configurations::ecr_helpers;
use crate::collect::token_users::TokenUsers;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};
use crate::system::programs;
use crate::system::tokens::{Holder, Stored, StoredToken, stored_tokens};

/// Arguments of `ecrpass status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the files of docker, podman, Helm and the kubelet, ~/.dockercfg, the copies that ecrpass fix keeps of them, DOCKER_AUTH_CONFIG, and the caches of our helper and of Amazon's; also in other users' home directories, as far as they can be read. No token is shown.\n\nExit status: 0 when no stored login has expired or is refused whatever its time, 1 when one is, or a file cannot be read."
)]
pub struct Arguments {
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    tokens: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// One token and one host it is for.
#[derive(Debug, Serialize)]
struct Row {
    host: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// What holds it: `docker`, `podman`, `cache` and so on.
    holder: Holder,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<i64>,
    /// Why ECR refuses it, whatever its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// The clients that would send it.
    used_by: Vec<&'static str>,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when ECR refuses a stored login now.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let now = ecrpass_aws::clock::now();
    let Stored { tokens, unreadable, others_hidden } = stored_tokens(environment);
    let mut users = TokenUsers::new(environment);
    let rows: Vec<Row> = tokens.into_iter().map(|token| row(token, now, &mut users)).collect();
    // An expired token in a cache is fetched anew; one in a file is sent.
    let any_dead = rows.iter().any(|row| row.holder.is_sent() && row.is_dead());
    let report = Report {
        schema: "ecrpass/status/1",
        tokens: rows,
        note: programs::shadowing(environment, ecr_helpers(environment)),
    };
    match arguments.format {
        Format::Json => ui.json(&report)?,
        Format::Text => tell(&report, unreadable.is_empty() && !others_hidden, ui)?,
    }
    for why in &unreadable {
        ui.note(&format!("note: {why}."));
    }
    if any_dead || !unreadable.is_empty() { Err(CommandError::Found) } else { Ok(()) }
}

impl Row {
    /// Whether ECR refuses it now.
    fn is_dead(&self) -> bool {
        self.refused.is_some() || self.seconds_left.is_some_and(|left| left <= 0)
    }
}

fn row(token: StoredToken, now: EpochSeconds, users: &mut TokenUsers<'_>) -> Row {
    let registry = Registry::parse(&token.host).ok();
    let used_by = users.of(&token);
    Row {
        account: registry.as_ref().and_then(|registry| registry.account().map(str::to_owned)),
        region: registry.as_ref().filter(|r| !r.is_public()).map(|registry| registry.region().to_owned()),
        holder: token.holder,
        source: redact(&token.source).into_owned(),
        line: token.place.map(|place| place.line),
        user: token.user,
        expires_at: token.expires_at.map(rfc3339),
        seconds_left: token.expires_at.map(|at| at - now),
        refused: token.refused,
        used_by,
        host: token.host,
    }
}

/// A token in lines.
fn lines(row: &Row) -> [String; 2] {
    let (mark, left) = match row.seconds_left {
        _ if row.refused.is_some() => (styled(BAD, "✗"), "refused by ECR".to_owned()),
        Some(left) if left > 0 => (styled(GOOD, "✓"), format!("{} left", duration(left))),
        Some(left) => (styled(BAD, "✗"), format!("expired {} ago", duration(-left))),
        None => (styled(DIM, "·"), "does not say when it expires".to_owned()),
    };
    let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
    let users = match (&row.user, row.used_by.is_empty()) {
        (Some(user), _) => format!("belongs to {user}"),
        (None, true) if row.holder == Holder::Backup => {
            "a copy that ecrpass keeps, for ecrpass fix --undo; no client sends it".to_owned()
        }
        (None, true) => "none of your clients would send it".to_owned(),
        (None, false) => format!("used by {}", row.used_by.join(", ")),
    };
    let users = match &row.refused {
        Some(why) => format!("{why}; {users}"),
        None => users,
    };
    [format!("  {mark} {left:<22} {}{line}", row.source), format!("    {}", styled(DIM, &users))]
}

fn tell(report: &Report, is_all: bool, ui: &mut Ui) -> Result<(), CommandError> {
    if report.tokens.is_empty() {
        ui.result(match is_all {
            true => "There is no ECR token on this machine.",
            false => "There is no ECR token in the files that can be read.",
        })?;
    }
    let before = std::iter::once("").chain(report.tokens.iter().map(|row| row.host.as_str()));
    let hosts = report.tokens.iter().zip(before).map(|(row, before)| {
        (row.host != before).then(|| styled(STRONG, &row.host)).into_iter().chain(lines(row))
    });
    ui.results(hosts.flatten())?;
    let in_files = |row: &&Row| row.holder.is_sent() && row.user.is_none() && !row.used_by.is_empty();
    let (in_variable, in_files): (Vec<&Row>, Vec<&Row>) = report
        .tokens
        .iter()
        .filter(in_files)
        .filter(|row| row.is_dead())
        .partition(|row| row.holder == Holder::Variable);
    if !in_variable.is_empty() {
        ui.results(["", "  Next: unset DOCKER_AUTH_CONFIG"])?;
    }
    if !in_files.is_empty() {
        ui.results(["", "  Next: ecrpass fix"])?;
    }
    if let Some(note) = &report.note {
        ui.note(&format!("note: {note}."));
    }
    Ok(())
}
