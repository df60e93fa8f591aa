//! Every engine's text: as a snapshot, and that nothing of what somebody names can end a text of SQL.

use super::target::literal;
use super::*;

fn target() -> Target {
    Target { organization: Some("o-a1b2c3d4e5".to_owned()), ..Target::default() }
}

#[test]
fn every_engine_is_asked_every_question() {
    for engine in Engine::ALL {
        insta::assert_snapshot!(format!("sql_{}", engine.name()), script(engine, &target()));
    }
}

#[test]
fn every_form_has_the_same_columns() {
    let names = |text: &str| -> Vec<String> {
        let (columns, _) = text.split_once("\n  from").unwrap();
        columns
            .lines()
            .filter_map(|line| {
                line.rsplit_once(" as ").map(|(_, name)| name.trim_end_matches(',').to_owned())
            })
            .collect()
    };
    let expected = names(&columns::events(Engine::DuckDb, &target()));
    assert_eq!(expected.len(), 17);
    for engine in Engine::ALL.into_iter().filter(|engine| *engine != Engine::LogsInsights) {
        assert_eq!(names(&columns::events(engine, &target())), expected, "{}", engine.name());
    }
}

#[test]
fn files_are_looked_for_whatever_their_records_lie_in() {
    let folder = Target { location: "./trail/".to_owned(), ..Target::default() };
    for (engine, bucket) in [
        (Engine::DuckDb, "'s3://YOUR-TRAIL-BUCKET/AWSLogs/o-a1b2c3d4e5/**/*.*json*'"),
        (Engine::ClickHouse, "'https://YOUR-TRAIL-BUCKET.s3.amazonaws.com/AWSLogs/o-a1b2c3d4e5/**/*.*json*'"),
    ] {
        for (target, pattern) in [(&target(), bucket), (&folder, "'./trail/**/*.*json*'")] {
            let sql = script(engine, target);
            // With one pattern an engine never meets one that matches nothing.
            assert_eq!(sql.matches(pattern).count(), Question::ALL.len(), "{sql}");
            for form in ["Records", "Events", "CloudTrailEvent", "detail"] {
                assert!(sql.contains(form), "{}: {form}", engine.name());
            }
            assert!(sql.contains("It leaves out") && !sql.contains("compression ="), "{sql}");
        }
    }
}

/// What stands outside of the quotes of a text of SQL, without its comments.
fn outside(sql: &str) -> String {
    let lines = sql.lines().filter(|line| !line.starts_with("--") && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n").split('\'').step_by(2).collect()
}

#[test]
fn no_name_ends_a_text() {
    let hostile = "x'; drop table t; --\n\"";
    let target = Target {
        location: format!("s3://{hostile}"),
        organization: Some(hostile.to_owned()),
        accounts: vec![hostile.to_owned()],
        regions: vec![hostile.to_owned()],
        since: hostile.to_owned(),
        table: Some(hostile.to_owned()),
    };
    for engine in Engine::ALL {
        let sql = script(engine, &target).replace("''", "");
        assert!(!outside(&sql).contains("drop table"), "{}", engine.name());
    }
}

#[test]
fn texts_are_quoted() {
    assert_eq!(literal("a'b\n"), "'a''b'");
    let table = Target { table: Some("my-table".to_owned()), ..Target::default() };
    assert_eq!(table.table(Engine::Athena), "\"my-table\"");
    assert_eq!(table.table(Engine::Lake), "my-table");
    for (name, expected) in
        [("hive.default.t_1", true), ("my-table", true), ("", false), ("a\"; drop", false), ("a b", false)]
    {
        assert_eq!(table_name(name).is_some(), expected, "{name}");
    }
}
