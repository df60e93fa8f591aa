//! Words that become several, and calls of functions that hand their arguments on.

use super::parts;
use crate::known::Known;
use crate::passage::Passage;
use crate::shell::{Command, Dialect, Output, Script, Word, read};

fn script(text: &str) -> Script {
    read(&Passage::verbatim(text, 0), Dialect::Posix, &|_| None, false)
}

fn words(command: &Command) -> String {
    command.words.iter().map(Word::shown).collect::<Vec<_>>().join(" ")
}

fn last(text: &str) -> String {
    script(text).commands.last().map(words).unwrap_or_default()
}

#[test]
fn texts_are_split_outside_of_quotes_and_holes() {
    assert_eq!(parts(" a  b\tc "), ["a", "b", "c"]);
    assert_eq!(parts("a 'b c' \"\" it's"), ["a", "b c", "", "it's"]);
    assert_eq!(parts("a --p=$(b c | d) ${e:-f g}"), ["a", "--p=$(b c | d)", "${e:-f g}"]);
    assert!(parts("").is_empty());
}

#[test]
fn variables_of_several_words_are_several() {
    assert_eq!(last("A='aws --region x'; $A ecr"), "aws --region x ecr");
    assert_eq!(last("A='a b'; x \"$A\" c$A"), "x a b ca b");
    let quoted = script("A='a b'; x \"$A\"");
    assert_eq!(quoted.commands[1].words.len(), 2);
    assert_eq!(last("S=; $S docker push"), "docker push");
    assert_eq!(last("echo $X"), "echo ${X}");
    let wrapped = script("D='sudo docker'; [ x = \"$U\" ] && D=docker; $D push a");
    let push = wrapped.commands.last().unwrap();
    assert_eq!((words(push).as_str(), push.is_wrapped_by("sudo")), ("docker push a", true));
    // Which of the two is not known.
    assert_eq!(
        script("D=podman; [ $U ] && D='sudo docker'; $D push").commands.last().unwrap().words.len(),
        2
    );
}

#[test]
fn arrays_are_their_elements() {
    assert_eq!(last("a=(x --y 'z w'); a+=(v); p \"${a[@]}\" q"), "p x --y z w v q");
    let sure = script("a=(x); if t; then a+=(y); fi; p \"${a[@]}\"");
    assert_eq!(sure.commands.last().unwrap().words.len(), 2);
    assert_eq!(last("a=(x y); a[1]=z; b=(\"${a[@]}\"); p"), "p");
}

#[test]
fn functions_hand_their_arguments_on() {
    assert_eq!(last("f() { docker run -t img \"$@\"; }; f ecr x"), "docker run -t img ecr x");
    assert_eq!(last("f() { log a; until \"$@\"; do sleep 1; done; }; f docker push x"), "docker push x");
    assert_eq!(last("f() { local n=$1; shift; g --n \"$n\" \"$@\"; }; f 1 docker x"), "g --n ${1} docker x");
    assert_eq!(last("f() { h \"${@:2}\"; }; f 1 docker x"), "h docker x");
    let far = script("f() { ssh host \"$@\"; }; f docker push x");
    assert!(far.commands.last().unwrap().is_wrapped_by("ssh"));
    let quiet = script("f() { \"$@\" >/dev/null; }; f aws ecr get-login-password");
    assert_eq!(quiet.commands.last().unwrap().output, Output::Discarded);
    for other in [
        "f() { aws x; docker push \"$@\"; }; f y",
        "f() { if a; then docker \"$@\"; else sudo docker \"$@\"; fi; }; f y",
        "f() { for i in \"$@\"; do docker push $i; done; }; f y",
        "f() { docker \"$@\" | tee x; }; f y",
    ] {
        assert_eq!(last(other), "f y", "{other}");
    }
}

#[test]
fn arguments_of_calls_are_put_in_call_by_call() {
    let two = script("f() { local r=$1; shift; for t in \"$@\"; do p $r:$t; done; }; f a 1; f b 2 3");
    let inner = two.commands.iter().find(|command| command.program() == "p").unwrap();
    let values = ["a:1", "b:2", "b:3"].map(str::to_owned);
    assert_eq!(inner.words[1].value, Known::OneOf(values.to_vec()));
    let through = script("g() { p $1; }; f() { g \"$1\"; }; f x");
    let inner = through.commands.iter().find(|command| command.program() == "p").unwrap();
    assert!(inner.words[1].is("x"));
    // What a loop shifts is not known.
    let open = script("f() { while a; do b=$1; shift; done; p $2; }; f x y");
    let inner = open.commands.iter().find(|command| command.program() == "p").unwrap();
    assert_eq!(inner.words[1].value.exactly(), None);
}

#[test]
fn what_grows_ends() {
    let mut text = "f() { \"$@\"; }\n".to_owned();
    text.push_str(&"a=(x y \"${a[@]}\" \"${a[@]}\" $b $b); b=\"$b$b $b\"; f f f \"${a[@]}\"\n".repeat(3000));
    assert!(script(&text).commands.len() > 1000);
}
