//! Records written to hurt: in every field what breaks out of a terminal, a page, a spreadsheet or a shell.

use ecrpass_trail::event::Event;
use ecrpass_trail::report::csv::{Table, csv};
use ecrpass_trail::report::{Report, html, text};

use super::world::*;

const HOSTILE: &str = "=cmd|' /C calc'!A0\u{1b}[31m\u{202e}\u{7}\r\n::error::x ##[error]y <script>alert(1)</script>\" onload='x' `id` $(id) \u{2028}";

/// The same world, in which everything somebody can name is hostile.
fn hostile() -> Report {
    let mut world = World::default();
    // A role's name ends its path.
    let role_name = HOSTILE.replace('/', "");
    let role = format!("arn:aws:iam::444455556666:role/{role_name}");
    let spoil = |event: &mut Event<'static>| {
        event.id = format!("{}{HOSTILE}", event.id).into();
        if event.is_ecr() {
            event.account = HOSTILE.into();
        }
        event.region = HOSTILE.into();
        event.agent = HOSTILE.into();
        event.vpc_endpoint = Some(HOSTILE.into());
        if event.message.is_some() {
            event.message = Some(HOSTILE.into());
        }
        event.caller.access_key = Some(format!("AKIA{HOSTILE}").into());
    };
    world.life(&role, 0, HOUR, 120);
    for name in ["DetachRolePolicy", "PutRolePolicy"] {
        let parameters = [("roleName", role_name.as_str()), ("policyName", HOSTILE), ("policyArn", HOSTILE)];
        world.change(HOUR - 60, "iam.amazonaws.com", name, &parameters);
        world.last().caller.principal = HOSTILE.into();
    }
    world.denied(&role, HOUR + 60, 2 * HOUR, 60, "because no identity-based policy allows the ACTION action");
    for second in 0..30 {
        let _ = second;
        world.call(HOUR, HOSTILE, &role).error = Some(HOSTILE.into());
        world.call(HOUR, HOSTILE, &role).error = Some("AccessDenied".into());
    }
    for at in (HOUR..2 * HOUR).step_by(60) {
        world.pull(at, &role, HOSTILE).error = Some("RepositoryNotFoundException".into());
    }
    world.events.iter_mut().for_each(spoil);
    world.report()
}

#[test]
fn it_is_all_there_to_be_shown() {
    let report = hostile();
    assert!(report.incidents.len() >= 2, "{:#?}", report.incidents);
    assert!(!report.peaks.is_empty() && !report.long_lived_keys.is_empty() && !report.errors.is_empty());
    assert!(report.incidents.iter().any(|incident| !incident.causes.is_empty()));
}

#[test]
fn the_page_has_no_element_of_theirs() {
    let page = html::html(&hostile());
    assert!(!page.contains("<script") && !page.contains("onload='") && page.contains("&lt;script&gt;"));
    assert!(!page.chars().any(|c| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{2028}')));
    // Every quote and angle bracket of a text is escaped: what is left are our own elements.
    for tag in page.split('<').skip(1) {
        let name: String =
            tag.trim_start_matches(['/', '!']).chars().take_while(char::is_ascii_alphanumeric).collect();
        let known = [
            "DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "pre",
            "article", "div", "strong", "table", "tr", "th", "td", "svg", "rect",
        ];
        assert!(known.contains(&name.as_str()), "<{name}>");
    }
}

#[test]
fn no_cell_of_a_spreadsheet_is_a_formula() {
    let report = hostile();
    for table in [Table::Incidents, Table::Errors, Table::Peaks, Table::Keys] {
        let text = csv(&report, table);
        let rows: Vec<&str> = text.split("\r\n").collect();
        assert!(rows.len() > 2);
        assert!(!text.replace("\r\n", "").chars().any(char::is_control));
        for cell in rows.iter().flat_map(|row| row.split("\",\"").flat_map(|cells| cells.split(','))) {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '@', '-', '\t']), "{cell}");
        }
    }
}

/// What a shell reads of a command outside of `'…'` and `$'…'`.
fn outside_quotes(command: &str) -> String {
    let (mut outside, mut rest) = (String::new(), command);
    while let Some(at) = rest.find('\'') {
        let before = &rest[..at];
        let with_escapes = before.ends_with('$');
        outside.push_str(before.strip_suffix('$').unwrap_or(before));
        let mut escaped = false;
        let end = rest[at + 1..].find(|c| {
            let ends = c == '\'' && !escaped;
            escaped = with_escapes && c == '\\' && !escaped;
            ends
        });
        rest = &rest[at + 2 + end.unwrap()..];
        // `'\''`
        rest = rest.strip_prefix("\\'").unwrap_or(rest);
    }
    outside + rest
}

#[test]
fn commands_do_what_they_say() {
    let report = hostile();
    let commands: Vec<&String> = report
        .incidents
        .iter()
        .flat_map(|incident| &incident.causes)
        .filter_map(|cause| cause.confirm.as_ref())
        .collect();
    assert!(!commands.is_empty());
    for command in commands {
        // Outside of quotes nothing is left that a shell would run.
        let outside = outside_quotes(command);
        assert!(!outside.contains(['`', '$', ';', '|', '<', '>', '&']), "{command}");
    }
}

#[test]
fn json_and_text_are_made_of_anything() {
    let report = hostile();
    assert!(serde_json::to_string(&report).is_ok());
    // The lines go through the program's own voice, which makes them safe; here they are one to a line.
    assert!(text::lines(&report).len() > 20);
}

#[test]
fn made_up_names_do_not_fill_the_memory() {
    use ecrpass_trail::accumulator::Accumulator;
    use ecrpass_trail::event::Sink;
    let mut accumulator = Accumulator::default();
    let mut world = World::default();
    let mut event = world.call(0, "GetAuthorizationToken", NODE).clone();
    for number in 0..220_000 {
        event.id = format!("{number}").into();
        event.address = format!("made up {number}").into();
        accumulator.take(&event);
    }
    let evidence = accumulator.finish();
    assert!(evidence.kinds.len() <= 200_001, "{}", evidence.kinds.len());
    assert_eq!(evidence.kinds.iter().map(ecrpass_trail::evidence::Kind::count).sum::<u64>(), 220_000);
}
