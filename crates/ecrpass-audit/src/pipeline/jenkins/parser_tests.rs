//! Tests of the Groovy reader.

use super::*;
use crate::pipeline::jenkins::tree::Value;

fn names(statements: &[Statement], found: &mut Vec<String>) {
    for statement in statements {
        match statement {
            Statement::Call(call) => {
                found.push(call.name.clone());
                names(call.block.as_deref().unwrap_or_default(), found);
                for argument in &call.arguments {
                    if let Value::Block(block) = &argument.value {
                        names(block, found);
                    }
                }
            }
            Statement::Set { name, .. } => found.push(format!("{name}=")),
            Statement::Block { statements, .. } => names(statements, found),
        }
    }
}

#[test]
fn calls_and_blocks_are_nested() {
    let text = "pipeline {\n  agent { label 'x' }\n  stages {\n    stage('a') {\n      steps {\n        sh 'one' // two\n        \
                script { def t = sh(script: 'x', returnStdout: true).trim()\n echo \"t: ${t}\" }\n      }\n    }\n  }\n}\n\
                parallel(a: { sh 'p' }, b: { sh 'q' })\nif (x) { sh 'c' } else sh 'd'\n";
    let mut found = Vec::new();
    names(&read(text), &mut found);
    assert_eq!(
        found,
        [
            "pipeline", "agent", "label", "stages", "stage", "steps", "sh", "script", "t=", "echo",
            "parallel", "sh", "sh", "sh", "sh"
        ]
    );
}

#[test]
fn arguments_have_names_or_places() {
    let statements = read(
        "withAWS(role: 'ci', region: \"r\") { }\narchiveArtifacts artifacts: '*.txt', fingerprint: true\n",
    );
    let [Statement::Call(with), Statement::Call(archive)] = statements.as_slice() else {
        panic!("{statements:?}")
    };
    assert!(with.named("role").is_some() && with.named("region").is_some() && with.block.is_some());
    assert!(
        matches!(&archive.named("artifacts").unwrap().value, Value::Text { passage, .. } if passage.text() == "*.txt")
    );
}

#[test]
fn nothing_takes_long_or_deep() {
    for text in [
        "{".repeat(50_000),
        "(".repeat(50_000),
        "a(".repeat(50_000),
        "[a:".repeat(50_000),
        "a.b ".repeat(50_000),
        "-".repeat(50_000),
    ] {
        read(&text);
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "(sh |def |if|[a-z =,.:+?\\n]|'[a-z]*'|\"\\$\\{x\\}\"|[(){}\\[\\]@]|->){0,80}") {
        read(&text);
    }
}
