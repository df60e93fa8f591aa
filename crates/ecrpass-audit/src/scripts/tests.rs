//! Scripts in all the files that hold some.

use super::*;
use crate::kind::{FileKind, Owner};
use crate::shell::Word;
use crate::yaml;

fn placed(path: &str, text: &str) -> (String, Vec<Placed>) {
    let kind = FileKind::of(path, text);
    let file = SourceFile { path: path.to_owned(), text: text.to_owned(), kind, owner: Owner::Repository };
    let documents = yaml::read_partly(text).0;
    let all = of_file(&file, &documents, &Tree::default());
    (text.to_owned(), all)
}

/// The commands with the text at their places.
fn commands(path: &str, text: &str) -> Vec<String> {
    let (text, all) = placed(path, text);
    let mut found = Vec::new();
    for command in all.iter().flat_map(|placed| placed.script.all()).flat_map(|script| &script.commands) {
        // Every place is in the file.
        assert!(text.get(command.bytes.clone()).is_some());
        found.push(command.words.iter().map(Word::shown).collect::<Vec<_>>().join(" "));
    }
    found
}

#[test]
fn recipes_of_makefiles_are_scripts() {
    let text = "REGION ?= r\nHOST := 1.$(REGION).x\n\nlogin: ; docker login $(HOST)\npush: login\n\t@echo $$(date)\n\tdocker push \\\n\t  $(HOST)/a\n# docker push x\n";
    assert_eq!(
        commands("Makefile", text),
        ["docker login 1.r.x", "date", "echo $(date)", "docker push 1.r.x/a"]
    );
    let just =
        "host := \"h\"\n\nlogin region=\"r\":\n    docker login {{host}}\n    aws --region {{region}}\n";
    assert_eq!(commands("justfile", just), ["docker login h", "aws --region ${{ region }}"]);
}

#[test]
fn scripts_of_package_files_and_tasks_are_scripts() {
    let text = "{\"scripts\": {\"a\": \"docker login -u \\\"AWS\\\" h && b\"}}";
    assert_eq!(commands("package.json", text), ["docker login -u AWS h", "b"]);
    let task = "version: '3'\nvars: {HOST: h}\ntasks:\n  login:\n    cmds:\n      - docker login {{.HOST}}\n      - cmd: b\n";
    assert_eq!(commands("Taskfile.yml", task), ["docker login h", "b"]);
}

#[test]
fn schedules_are_known() {
    let (text, all) =
        placed("crontab", "# m h\nA=h\n0 */6 * * * docker login $A >/dev/null\n@daily root b\n");
    let Runs::Again(gap, bytes) = &all[0].runs else { panic!("{:?}", all[0].runs) };
    assert_eq!((*gap, &text[bytes.clone()]), (Some(360), "0 */6 * * *"));
    assert_eq!(all[0].script.commands[0].words[2].shown(), "h");
    assert_eq!(all[1].script.commands[0].words[0].shown(), "b");
    assert!(matches!(all[1].runs, Runs::Again(Some(1440), _)));
    assert_eq!(
        commands("x.service", "[Service]\nExecStartPre=-/bin/sh -c 'a; b'\nExecStart=c \\\n  d\n"),
        ["/bin/sh -c a; b", "a", "b", "c d"]
    );
}

#[test]
fn what_machines_start_with_is_a_script() {
    let text = "#cloud-config\nwrite_files:\n  - path: /opt/x.sh\n    content: |\n      #!/bin/sh\n      a\nruncmd:\n  - b c\n  - [sh, -c, \"d; e\"]\n";
    assert_eq!(commands("cloud-init.yaml", text), ["b c", "sh -c d; e", "d", "e", "", "a"]);
    let (_, all) = placed("user-data.sh", "#!/bin/sh\na\n");
    assert_eq!(all[0].runs, Runs::AtBoot);
}

#[test]
fn tasks_of_ansible_are_commands() {
    let text = "- hosts: all\n  tasks:\n    - command: aws ecr get-login-password\n      register: pw\n    - shell: docker login -p {{ pw.stdout }} h\n    - debug: {var: pw.stdout}\n";
    assert_eq!(
        commands("playbook.yml", text),
        [
            "aws ecr get-login-password",
            "docker login -p $(aws ecr get-login-password) h",
            "echo $(aws ecr get-login-password)"
        ]
    );
}

#[test]
fn lines_of_a_history_are_read_one_by_one() {
    let text = ": 1700000000:0;docker login -u AWS -p x h\nit's docker login\ndocker login y\n";
    assert_eq!(
        commands("home/me/.zsh_history", text),
        ["docker login -u AWS -p x h", "it's docker login", "docker login y"]
    );
}
