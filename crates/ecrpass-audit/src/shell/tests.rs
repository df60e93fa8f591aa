//! Scripts of all kinds, what is made of them, and that nothing hostile takes the reader down.

use proptest::prelude::*;

use super::*;

fn read_text(text: &str) -> Script {
    read(&Passage::verbatim(text, 0), Dialect::Posix, &|_| None, false)
}

/// The commands as text, with their indices as their places in a list.
fn commands(text: &str) -> Vec<String> {
    let script = read_text(text);
    script
        .commands
        .iter()
        .map(|command| command.words.iter().map(Word::shown).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn commands_are_read_in_the_order_in_which_they_run() {
    for (text, expected) in [
        ("a b; c && d || e & f", vec!["a b", "c", "d", "e", "f"]),
        ("docker login \\\n  -u AWS \\\n  host", vec!["docker login -u AWS host"]),
        ("a \\\r\n b\r\nc", vec!["a b", "c"]),
        (
            "if [ -n \"$X\" ]; then a; elif b; then c; else d; fi; e",
            vec!["[ -n ${X} ]", "a", "b", "c", "d", "e"],
        ),
        ("for x in 1 2; do echo $x; done", vec!["echo $x"]),
        ("while read l; do a; done < file", vec!["read l", "a"]),
        ("case $1 in a|b) c ;; *) d;; esac\ne", vec!["c", "d", "e"]),
        ("f() { a; }\nf x", vec!["a", "f x"]),
        ("function f { a; }; f", vec!["a", "f"]),
        ("( a; b ) | c", vec!["a", "b", "c"]),
        ("{ a; b; } > /dev/null", vec!["a", "b"]),
        ("echo $(a $(b)) `c`", vec!["b", "a $(b)", "c", "echo $(a $(b)) $(c)"]),
        ("a 'x; y' \"z | w\" # not; this", vec!["a x; y z | w"]),
        ("[[ $X == y ]] && a", vec!["[[", "a"]),
        ("if ((x > 1)); then a; fi", vec!["a"]),
        ("eval 'a; b'; sh -c \"c | d\"", vec!["a; b", "a", "b", "sh -c c | d", "c", "d"]),
        ("ssh host 'a && b'", vec!["a && b", "a", "b"]),
        ("sudo -u me env X=1 time a b", vec!["a b"]),
        ("bash <<EOF\na\nb\nEOF\nc", vec!["bash", "a", "b", "c"]),
        ("ssh host <<'EOF'\na\nEOF", vec!["ssh host", "a"]),
        ("cat <<EOF | bash\na\nEOF", vec!["cat", "bash", "a"]),
        ("cat > README <<EOF\ndocker login -p x\nEOF\na", vec!["cat", "a"]),
        ("fi\ndone\na", vec!["a"]),
        ("it's\na", vec!["it's", "a"]),
        ("diff <(a) <(b)", vec!["a", "b", "diff $(a) $(b)"]),
    ] {
        assert_eq!(commands(text), expected, "{text}");
    }
}

#[test]
fn variables_are_followed() {
    for (text, last) in [
        ("A=1\nB=$A.x\necho $B", Known::Exactly("1.x".to_owned())),
        ("export A=1; echo ${A}", Known::Exactly("1".to_owned())),
        ("echo ${A:-us-east-1}", Known::Exactly("us-east-1".to_owned())),
        ("A=${B:-\"x\"}; echo $A", Known::Exactly("x".to_owned())),
        ("echo $A", Known::Made("${A}".to_owned())),
        ("A=$B.x; echo $A", Known::Made("${B}.x".to_owned())),
        (
            "A=$(aws ecr get-login-password --region r); echo \"$A\"",
            Known::Made("$(aws ecr get-login-password --region r)".to_owned()),
        ),
        ("R=r; A=`aws x --region $R`; echo $A", Known::Made("$(aws x --region r)".to_owned())),
        ("for r in a b; do echo h.$r; done", Known::OneOf(vec!["h.a".to_owned(), "h.b".to_owned()])),
        ("if x; then A=1; else A=2; fi; echo $A", Known::OneOf(vec!["1".to_owned(), "2".to_owned()])),
        ("[ -z \"$A\" ] && A=1; echo $A", Known::OneOf(vec!["1".to_owned(), "${A}".to_owned()])),
        ("H=host/path; echo ${H%%/*}", Known::Exactly("host".to_owned())),
        ("H=https://host; echo ${H#https://}", Known::Exactly("host".to_owned())),
        ("H=a/b/c; echo ${H##*/}", Known::Exactly("c".to_owned())),
        (
            "L=(a b); for x in \"${L[@]}\"; do echo $x; done",
            Known::OneOf(vec!["a".to_owned(), "b".to_owned()]),
        ),
        ("f() { echo $1; }\nf a", Known::Exactly("a".to_owned())),
        ("f() { A=1; }; f; echo $A", Known::Exactly("1".to_owned())),
        ("(A=1); echo $A", Known::Made("${A}".to_owned())),
        ("A=x; A+=y; echo $A", Known::Exactly("xy".to_owned())),
        ("echo ${{ matrix.r }}.x", Known::Made("${{ matrix.r }}.x".to_owned())),
        ("echo {{ r }}", Known::Made("${{ r }}".to_owned())),
        ("echo $(Build.BuildId)", Known::Made("$(Build.BuildId)".to_owned())),
        ("echo << parameters.r >>", Known::Made("${{ parameters.r }}".to_owned())),
        ("read A; echo $A", Known::Made("${A}".to_owned())),
    ] {
        let script = read_text(text);
        let echo = script.commands.iter().rfind(|command| command.program() == "echo").unwrap();
        assert_eq!(echo.words[1].value, last, "{text}");
    }
}

#[test]
fn what_is_around_a_script_is_asked_for() {
    let around = |name: &str| match name {
        "matrix.r" => Some(Known::Exactly("eu-west-1".to_owned())),
        "HOST" => Some(Known::Exactly("h".to_owned())),
        "env.TAG" => Some(Known::Exactly("t".to_owned())),
        _ => None,
    };
    let script = read(
        &Passage::verbatim("a ${{ matrix.r }} $HOST $(HOST) ${env.TAG}", 0),
        Dialect::Posix,
        &around,
        false,
    );
    let values: Vec<_> =
        script.commands[0].words[1..].iter().map(|word| word.value.exactly().unwrap()).collect();
    assert_eq!(values, ["eu-west-1", "h", "h", "t"]);
}

#[test]
fn output_is_followed() {
    let output = |text: &str, program: &str| {
        let script = read_text(text);
        script.commands.iter().find(|command| command.program() == program).unwrap().output.clone()
    };
    assert_eq!(output("a", "a"), Output::Log);
    assert_eq!(output("a > /dev/null", "a"), Output::Discarded);
    assert_eq!(output("a 2>/dev/null", "a"), Output::Log);
    assert_eq!(output("a &> /dev/null", "a"), Output::Discarded);
    assert_eq!(output("a | b", "a"), Output::Pipe(1));
    assert_eq!(output("X=$(a)", "a"), Output::Variable("X".to_owned()));
    assert_eq!(output("b -p $(a)", "a"), Output::Argument(1));
    assert_eq!(output("b <<< \"$(a)\"", "a"), Output::Argument(1));
    assert!(matches!(output("a >> file", "a"), Output::File(path) if path.is("file")));
    assert!(matches!(output("{ a; } > file", "a"), Output::File(path) if path.is("file")));
    assert_eq!(output("f() { a; }", "a"), Output::Caller);
    assert_eq!(output("f() { a; }; f", "a"), Output::Log);
    assert_eq!(output("f() { a; }; X=$(f)", "a"), Output::Variable("X".to_owned()));
    assert_eq!(output("sh -c 'a' | b", "a"), Output::Pipe(2));
    assert_eq!(read_text("a | b\nc").commands[1].reads, Some(0));
}

#[test]
fn what_never_runs_is_off_and_tracing_is_known() {
    let off =
        |text: &str| -> Vec<bool> { read_text(text).commands.iter().map(|command| command.is_off).collect() };
    assert_eq!(off("if false; then a; else b; fi; c"), [false, true, false, false]);
    assert_eq!(off("false && a; b"), [false, true, false]);
    assert_eq!(off("true || a"), [false, true]);
    let traced =
        |text: &str| -> Vec<bool> { read_text(text).commands.iter().map(|command| command.traced).collect() };
    assert_eq!(traced("a; set -x; b; set +x; c"), [false, false, true, true, false]);
    assert_eq!(traced("set -euxo pipefail\na"), [false, true]);
    assert_eq!(traced("set -o xtrace\na"), [false, true]);
    assert_eq!(traced("#!/bin/bash -ex\na"), [true]);
}

#[test]
fn files_that_are_written_are_known() {
    let script = read_text(
        "H=h\necho '{\"a\":1}' > /root/.docker/config.json\ncat > x.sh <<EOF\ndocker push $H\nEOF\nprintf '{\"%s\":2}\\n' k | sudo tee y\n",
    );
    let all: Vec<(&str, Option<&str>)> =
        script.written.iter().map(|written| (written.path.shown(), written.text.exactly())).collect();
    assert_eq!(
        all,
        [
            ("/root/.docker/config.json", Some("{\"a\":1}")),
            ("x.sh", Some("docker push h\n")),
            ("y", Some("{\"k\":2}\n"))
        ]
    );
    assert_eq!(script.written[1].script.as_ref().unwrap().commands[0].words[2].value.exactly(), Some("h"));
    let eaten = read_text("echo \"{\"a\":{\"$H\":\"b\"}}\" > config.json");
    assert_eq!(eaten.written[0].text, Known::Made("{a:{${H}:b}}".to_owned()));
}

#[test]
fn places_are_those_of_the_file() {
    let text = "x: |\n  docker login \\\n    -p $(aws ecr get-login-password) host\n";
    let passage =
        Passage::of_parts([("docker login \\\n", 7), ("  -p $(aws ecr get-login-password) host\n", 24)]);
    let script = read(&passage, Dialect::Posix, &|_| None, false);
    let at = |bytes: &std::ops::Range<usize>| &text[bytes.clone()];
    assert_eq!(at(&script.commands[0].bytes), "aws ecr get-login-password");
    assert_eq!(at(&script.commands[1].bytes), "docker login \\\n    -p $(aws ecr get-login-password) host");
    assert_eq!(at(&script.commands[1].words[3].bytes), "$(aws ecr get-login-password)");
    assert_eq!(at(&script.commands[1].words[4].bytes), "host");
    let nested = "ssh h \"docker login \\\"$X\\\"; a\"";
    let script = read_text(nested);
    assert_eq!(&nested[script.commands.last().unwrap().bytes.clone()], "a");
}

#[test]
fn powershell_is_read_as_far_as_it_is_alike() {
    let read_text = |text: &str| read(&Passage::verbatim(text, 0), Dialect::PowerShell, &|_| None, false);
    let words = |text: &str| -> Vec<String> {
        read_text(text)
            .commands
            .iter()
            .map(|command| command.words.iter().map(Word::shown).collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(
        words(
            "# comment\n(Get-ECRLoginCommand -Region r).Password | docker login --username AWS --password-stdin h"
        ),
        ["Get-ECRLoginCommand -Region r .Password", "docker login --username AWS --password-stdin h"]
    );
    assert_eq!(words("if ($x) { docker push `\n  h/a }"), ["if $()", "docker push h/a"]);
    let script = read_text(
        "$pw = aws ecr get-login-password\n$pw | docker login --password-stdin h\nWrite-Host \"pw: $pw\"",
    );
    assert_eq!(script.commands[0].output, Output::Variable("pw".to_owned()));
    let host = script.commands.last().unwrap();
    assert_eq!(host.words[1].value, Known::Made("pw: $(aws ecr get-login-password)".to_owned()));
    let script = read_text("$env:HOST = 'h'\ndocker push \"$env:HOST/a\"");
    assert_eq!(script.commands.last().unwrap().words[2].value.exactly(), Some("h/a"));
    let script = read_text(
        "aws ecr get-login-password | docker login h\nInvoke-Expression -Command (Get-ECRLoginCommand).Command",
    );
    assert_eq!(script.commands[0].output, Output::Pipe(1));
    assert!(matches!(script.commands[2].output, Output::Argument(3)), "{:?}", script.commands);
}

#[test]
fn batch_files_are_read_as_far_as_they_are_alike() {
    let text = "@echo off\nrem docker login\nset HOST=h\naws ecr get-login-password ^\n  --region r | docker login -u AWS --password-stdin %HOST%\nfor /f \"tokens=*\" %%i in ('aws ecr get-login') do %%i\n";
    let script = read(&Passage::verbatim(text, 0), Dialect::Cmd, &|_| None, false);
    let words: Vec<String> = script
        .commands
        .iter()
        .map(|command| command.words.iter().map(Word::shown).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        words,
        [
            "echo off",
            "set HOST=h",
            "aws ecr get-login-password --region r",
            "docker login -u AWS --password-stdin h",
            "aws ecr get-login",
            "$(aws ecr get-login)"
        ]
    );
    assert_eq!(script.commands[2].output, Output::Pipe(3));
}

/// Nesting without a bound would overflow the stack, and what grows faster than the text would not end here.
#[test]
fn hostile_scripts_are_read_to_their_end() {
    let many = 5_000;
    for text in [
        "$(".repeat(many),
        "(".repeat(many),
        "{ ".repeat(many),
        "((".repeat(many),
        "if ".repeat(many),
        "\"$(".repeat(many),
        "\"".repeat(many + 1),
        "'\"`".repeat(many),
        "${".repeat(many),
        "${x:-".repeat(many),
        "`\\`".repeat(many),
        "<<A\n".repeat(many),
        (0..many).map(|n| format!("<<A{n}\n")).collect::<String>(),
        "a|".repeat(many),
        "a&&".repeat(many),
        "X=$X$X\n".repeat(many / 10),
        "f() ".repeat(many),
        "case x in ".repeat(many),
        "case x in a) ".repeat(many),
        "for x in ".repeat(many),
        "eval '".repeat(many),
        "sh -c \"sh -c '".repeat(many),
        "{{".repeat(many),
        "\\".repeat(many),
        "99999999999>x ".repeat(many / 10),
        "[[ ! ".repeat(many),
        "function ".repeat(many),
        format!("cat > a.sh <<A\n{}", "cat > b.sh <<B\n".repeat(many / 10)),
        "x ".repeat(1 << 17),
        "y".repeat(1 << 20),
        "# ".repeat(1 << 17),
    ] {
        for dialect in [Dialect::Posix, Dialect::PowerShell, Dialect::Cmd] {
            let script = read(&Passage::verbatim(text.as_str(), 0), dialect, &|_| None, false);
            assert!(script.commands.len() <= 20_000);
        }
    }
}

/// The command that came next, out of the document itself, was said to read its own output.
#[test]
fn a_document_of_an_empty_construct_is_nobodys() {
    let document = "<<EOF\ndocker login -u AWS -p $(aws ecr get-login-password) h\nEOF\n";
    for before in ["f() ", "\nEOF\n\"f() ", "{ } ", "( ) ", "if true; then fi "] {
        let script = read_text(&format!("{before}{document}"));
        for (index, command) in script.commands.iter().enumerate() {
            let is_own =
                matches!(command.output, Output::Pipe(other) | Output::Argument(other) if other == index);
            assert!(!is_own, "{before}: {:?}", script.commands);
        }
    }
}

/// Pieces that scripts are made of, broken ones included.
fn script() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("docker login -u AWS -p $(aws ecr get-login-password) h".to_owned()),
        Just("if ".to_owned()),
        Just("; then ".to_owned()),
        Just("fi".to_owned()),
        Just("<<EOF\n".to_owned()),
        Just("\nEOF\n".to_owned()),
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("`".to_owned()),
        Just("$(".to_owned()),
        Just("${".to_owned()),
        Just(")".to_owned()),
        Just("}".to_owned()),
        Just("(".to_owned()),
        Just("{ ".to_owned()),
        Just("${{ x }}".to_owned()),
        Just("ä\u{1F600}".to_owned()),
        Just("\\".to_owned()),
        Just("\r\n".to_owned()),
        Just("case x in a) b;; esac".to_owned()),
        Just("f() ".to_owned()),
        Just(" | ".to_owned()),
        Just("> x ".to_owned()),
        Just("sh -c '".to_owned()),
        Just("X=1 ".to_owned()),
        "[ -~]{0,8}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_and_every_place_lies_in_it(text in prop_oneof![script(), ".{0,80}"], traced: bool) {
        for dialect in [Dialect::Posix, Dialect::PowerShell, Dialect::Cmd] {
            let script = read(&Passage::verbatim(text.as_str(), 0), dialect, &|_| None, traced);
            for script in script.all() {
                for (index, command) in script.commands.iter().enumerate() {
                    prop_assert!(text.get(command.bytes.clone()).is_some(), "{dialect:?} {:?}", command.bytes);
                    let assigned = command.assignments.iter().map(|(_, word)| word);
                    for word in command.words.iter().chain(&command.wrappers).chain(assigned).chain(&command.here).chain(&command.input) {
                        prop_assert!(text.get(word.bytes.clone()).is_some(), "{dialect:?} {:?}", word.bytes);
                    }
                    match &command.output {
                        Output::Pipe(other) | Output::Argument(other) => {
                            prop_assert!(*other < script.commands.len() && *other != index);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    #[test]
    fn values_of_words_without_expansions_are_what_a_shell_makes_of_them(words in prop::collection::vec("[a-zA-Z0-9 ./:=_\"'\\\\$`-]{1,12}", 1..5)) {
        let quoted: Vec<String> = words.iter().map(|word| ecrpass_core::shell::quoted(word).into_owned()).collect();
        let script = read_text(&format!("x {}", quoted.join(" ")));
        let values: Vec<&str> = script.commands[0].words[1..].iter().map(Word::shown).collect();
        let expected: Vec<&str> = words.iter().map(String::as_str).collect();
        prop_assert_eq!(values, expected);
    }
}
