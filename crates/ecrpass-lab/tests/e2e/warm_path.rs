//! The promise of the warm path, seen by the kernel: no socket, no other program, no thread.

use anyhow::{Context, Result, ensure};
use ecrpass_lab::{HOST, Lab, Session};

use crate::sources::SOURCES;
use crate::test::Test;

pub const TESTS: &[Test] = &[("a_warm_get_opens_no_socket", a_warm_get_opens_no_socket)];

fn a_warm_get_opens_no_socket(lab: &Lab) -> Result<()> {
    for (name, prepare, _) in SOURCES {
        let mut session = Session::with_helper(lab)?;
        prepare(&mut session)?;
        session.write("host", HOST)?;
        let cold =
            session.sh("strace -f -e trace=socket,execve -o cold docker-credential-ecr-login get < host")?;
        cold.ok().with_context(|| format!("{name}, cold"))?;
        let trace = std::fs::read_to_string(session.path("cold"))?;
        ensure!(trace.contains("socket("), "{name}: the trace sees nothing:\n{trace}");

        let calls = lab.ecr.calls().len();
        let warm = session.sh("strace -f -o warm docker-credential-ecr-login get < host")?;
        warm.ok().with_context(|| format!("{name}, warm"))?;
        ensure!(warm.stdout == cold.stdout, "{name}: another token");
        ensure!(lab.ecr.calls().len() == calls, "{name}: somebody was called");
        let trace = std::fs::read_to_string(session.path("warm"))?;
        for call in ["socket(", "connect(", "clone(", "clone3(", "fork(", "rename("] {
            ensure!(!trace.contains(call), "{name}: {call} in the warm path:\n{trace}");
        }
        ensure!(trace.matches("execve(").count() == 1, "{name}: another program was run:\n{trace}");
    }
    Ok(())
}
