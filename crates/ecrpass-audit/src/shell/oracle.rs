//! brush's parser as an oracle: for scripts that both read, the same simple commands.

use brush_parser::ast;

use proptest::prelude::*;

use crate::passage::Passage;
use crate::shell::{Dialect, read};

fn of_list(list: &ast::CompoundList, all: &mut Vec<String>) {
    for ast::CompoundListItem(and_or, _) in &list.0 {
        for (_, pipeline) in and_or.iter() {
            pipeline.seq.iter().for_each(|command| of_command(command, all));
        }
    }
}

fn of_command(command: &ast::Command, all: &mut Vec<String>) {
    match command {
        ast::Command::Simple(simple) => {
            let mut words: Vec<String> = simple.word_or_name.iter().map(|word| word.value.clone()).collect();
            let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
            words.extend(suffix.filter_map(|item| match item {
                ast::CommandPrefixOrSuffixItem::Word(word)
                | ast::CommandPrefixOrSuffixItem::AssignmentWord(_, word) => Some(word.value.clone()),
                _ => None,
            }));
            all.push(words.join(" "));
        }
        ast::Command::Compound(compound, _) => of_compound(compound, all),
        ast::Command::Function(function) => of_compound(&function.body.0, all),
        ast::Command::ExtendedTest(..) => all.push("[[".to_owned()),
    }
}

fn of_compound(compound: &ast::CompoundCommand, all: &mut Vec<String>) {
    match compound {
        ast::CompoundCommand::BraceGroup(group) => of_list(&group.list, all),
        ast::CompoundCommand::Subshell(subshell) => of_list(&subshell.list, all),
        ast::CompoundCommand::ForClause(clause) => of_list(&clause.body.list, all),
        ast::CompoundCommand::CaseClause(clause) => {
            clause.cases.iter().filter_map(|case| case.cmd.as_ref()).for_each(|list| of_list(list, all))
        }
        ast::CompoundCommand::IfClause(clause) => {
            of_list(&clause.condition, all);
            of_list(&clause.then, all);
            for other in clause.elses.iter().flatten() {
                other.condition.iter().for_each(|list| of_list(list, all));
                of_list(&other.body, all);
            }
        }
        ast::CompoundCommand::WhileClause(clause) | ast::CompoundCommand::UntilClause(clause) => {
            of_list(&clause.0, all);
            of_list(&clause.1.list, all);
        }
        _ => {}
    }
}

/// A well-formed script without expansions of commands.
fn list(depth: u32) -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("a".to_owned()),
        Just("--b=c".to_owned()),
        Just("'d e; f'".to_owned()),
        Just("\"g | $H\"".to_owned()),
        Just("$I".to_owned()),
        Just("${J:-k}".to_owned()),
        Just("x\\ y".to_owned()),
    ];
    let simple = prop::collection::vec(word, 1..4).prop_map(|words| format!("run {}", words.join(" ")));
    simple.prop_recursive(depth, 32, 4, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}; {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} |\n {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}\n# x y\n{b}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("if {a}; then {b}; else\n{c}\nfi")),
            inner.clone().prop_map(|a| format!("for x in 1 2; do {a}; done")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("while {a}; do\n{b}\ndone")),
            inner.clone().prop_map(|a| format!("( {a} ) > out 2>&1")),
            inner.clone().prop_map(|a| format!("{{ {a}; }}")),
            inner.clone().prop_map(|a| format!("case $X in a|b) {a} ;; *) run z;; esac")),
            inner.prop_map(|a| format!("f() {{ {a}; }}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn both_find_the_same_commands(text in list(3)) {
        let mut parser = brush_parser::Parser::builder().build(std::io::Cursor::new(text.as_bytes()));
        let Ok(program) = parser.parse_program() else { return Ok(()) };
        let mut theirs = Vec::new();
        program.complete_commands.iter().for_each(|list| of_list(list, &mut theirs));
        let ours: Vec<String> = read(&Passage::verbatim(text.as_str(), 0), Dialect::Posix, &|_| None, false)
            .commands
            .iter()
            .map(|command| command.words.iter().map(|word| text[word.bytes.clone()].to_owned()).collect::<Vec<_>>().join(" "))
            .collect();
        prop_assert_eq!(ours, theirs);
    }
}
