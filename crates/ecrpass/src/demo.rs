//! The two-minute tour: an ECR of its own, five ways a push fails, and one that does not.
//!
//! Nothing on the screen is made up: what a client says is what it said, and a scene that goes another way than it
//! should is reported and ends the tour with exit status 1.

mod builtin;
pub mod client;
mod outcome;
mod process;
mod scenes;
mod stage;

use client::{Choice, Client};
use outcome::Run;
use process::Interrupt;
use scenes::{SCENES, Scene};
use stage::Stage;

use ecrpass_core::environment::Environment;

use crate::error::CommandError;
use crate::render::ui::{BAD, DIM, GOOD, OURS, STRONG, Ui, styled};

/// How wide a rule is drawn.
const WIDTH: usize = 88;

/// Runs the tour.
///
/// # Errors
/// When it cannot be run here, or something did not happen the way it should.
pub fn run(
    environment: &dyn Environment,
    choice: Option<Choice>,
    keep: bool,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let interrupt = Interrupt::watch();
    let mut stage = Stage::build(environment)?;
    if keep {
        stage.keep();
    }
    let mut client = Client::choose(environment, choice, &stage, &interrupt, ui)?;
    let result = tour(&mut stage, &client, ui, &interrupt);
    client.clean_up(&stage);
    if keep {
        ui.note(&format!("kept: {}", stage.directory().display()));
    }
    result
}

fn tour(stage: &mut Stage, client: &Client, ui: &mut Ui, interrupt: &Interrupt) -> Result<(), CommandError> {
    ui.result("")?;
    ui.result(&styled(STRONG, "Five ways a push to Amazon ECR fails, and one that does not"))?;
    let (registry, client_name) = (styled(STRONG, stage.registry()), styled(STRONG, &client.describe()));
    ui.results([
        String::new(),
        format!("  {registry} plays {},", stage.ecr.registry_host()),
        format!("  an Amazon ECR on this machine alone. The client is {client_name}."),
        format!("  Nothing outside {} is touched.", stage.directory().display()),
    ])?;
    client.load(stage)?;
    let mut surprises = 0;
    let total = SCENES.len() + 1;
    for (index, scene) in SCENES.iter().enumerate() {
        interrupt.check()?;
        heading(ui, index + 1, total, scene.title)?;
        surprises += play(scene, stage, client, ui)?;
    }
    interrupt.check()?;
    heading(ui, total, total, "The helper, with credentials")?;
    surprises += finale(stage, client, ui)?;
    if surprises > 0 {
        return Err(CommandError::problems(
            format!("{surprises} of {total} scenes did not end as expected."),
            "report it with the output above",
        ));
    }
    closing(ui)
}

fn heading(ui: &mut Ui, number: usize, total: usize, title: &str) -> Result<(), CommandError> {
    let start = format!("── {number} of {total} ── {title} ");
    let rule = "─".repeat(WIDTH.saturating_sub(start.chars().count()));
    let number = styled(DIM, &format!("── {number} of {total} ── "));
    let rule = styled(DIM, &format!(" {rule}"));
    ui.results([String::new(), format!("{number}{}{rule}", styled(STRONG, title))])?;
    Ok(())
}

/// Shows one failure; 1 when it was not the one that was meant.
fn play(scene: &Scene, stage: &mut Stage, client: &Client, ui: &mut Ui) -> Result<usize, CommandError> {
    ui.result(&format!("  {}", scene.story))?;
    (scene.prepare)(stage)?;
    let run = if scene.login { client.login(stage)? } else { client.push(stage)? };
    show(ui, &run)?;
    let expected = scene.expected(client.is_docker());
    let as_meant = !run.success && expected.is_none_or(|text| run.output.contains(text));
    if as_meant {
        ui.result(&format!("  {} {}", styled(BAD, "✗"), scene.verdict))?;
    } else {
        let what = expected.unwrap_or("a failure");
        ui.result(&format!("  {} this should have said: {what}", styled(BAD, "?")))?;
    }
    let (slug, what, next) = (scene.explain)(stage, &run.output);
    ui.result(&format!("  {} {} {what}", styled(OURS, "ecrpass"), styled(STRONG, &format!("[{slug}]"))))?;
    ui.result(&format!("          {} {next}", styled(STRONG, "Next:")))?;
    Ok(usize::from(!as_meant))
}

fn show(ui: &mut Ui, run: &Run) -> Result<(), CommandError> {
    ui.result(&format!("  {} {}", styled(DIM, "$"), styled(STRONG, &run.command)))?;
    let bar = styled(DIM, "│");
    let lines: Vec<&str> = run.output.lines().filter(|line| !line.trim().is_empty()).collect();
    for line in &lines {
        ui.result(&format!("  {bar} {line}"))?;
    }
    Ok(())
}

/// The push that goes through; 1 when it does not.
fn finale(stage: &mut Stage, client: &Client, ui: &mut Ui) -> Result<usize, CommandError> {
    ui.result("  credHelpers is set to ecr-login, and there are AWS credentials. No login is needed, now or tomorrow.")?;
    stage.with_helper()?;
    stage.with_credentials();
    stage.ecr.clear_calls();
    let push = client.push(stage)?;
    show(ui, &push)?;
    client.forget(stage)?;
    let pull = client.pull(stage)?;
    show(ui, &pull)?;
    let again = client.pull(stage)?;
    let calls = stage.ecr.call_count("GetAuthorizationToken");
    let stored = builtin::stored_digest(stage).filter(|digest| !digest.is_empty());
    if !(push.success && pull.success && again.success && stored.is_some() && calls == 1) {
        ui.result(&format!("  {} this should have gone through, with one call to AWS", styled(BAD, "?")))?;
        return Ok(1);
    }
    let digest = stored.unwrap_or_default();
    ui.result(&format!("  {} pushed, and pulled back twice: {digest}", styled(GOOD, "✓")))?;
    ui.result(&format!(
        "  {} AWS was asked for a token {calls} time; every other answer came from the helper's cache",
        styled(GOOD, "✓")
    ))?;
    Ok(0)
}

fn closing(ui: &mut Ui) -> Result<(), CommandError> {
    ui.results([String::new(), styled(STRONG, "Where to go next")])?;
    for (what, how) in [
        (
            "install both programs",
            "cargo build --release && sudo install target/release/{ecrpass,docker-credential-ecr-login} /usr/local/bin/",
        ),
        ("set up the helper", "ecrpass setup <account>.dkr.ecr.<region>.amazonaws.com"),
        ("repair a configuration", "ecrpass fix --dry-run"),
        ("understand an error", "docker push … 2>&1 | ecrpass explain"),
        ("see what is sent", "ecrpass resolve <registry> --client all"),
        ("play with the ECR", "ecrpass local --fault throttle:ecr=3"),
        ("read how it decides", "docs/helper.md"),
    ] {
        ui.result(&format!("  {what:<22} {how}"))?;
    }
    Ok(())
}
