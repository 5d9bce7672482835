//! LangGraph in a process of its own, on a file in the same folder: it waits for a question while something else is measured.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Fill its caches, and show that it runs.
const WARM: usize = 20;

/// The program langgraph/beside.py, which says what it is asked and what it answers.
pub(crate) struct LangGraph {
    program: Child,
    // Closed first when this is dropped, and then the program ends.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// How long resuming took, each in milliseconds.
pub(crate) struct Resumed {
    /// Until the tool was called.
    pub(crate) called: Vec<f64>,
    /// Until the result was there.
    pub(crate) done: Vec<f64>,
}

impl LangGraph {
    /// Starts it; or why it does not run here.
    pub(crate) fn start(folder: &Path) -> Result<Self, String> {
        let python = crate::target().join("bench/langgraph/bin/python");
        if !python.exists() {
            return Err("scripts/bench.sh could not install it".to_owned());
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/langgraph/beside.py");
        let mut command = Command::new(&python);
        // Whatever the environment says of tracing would change what is measured.
        command.arg(script).arg(folder.join("langgraph.sqlite")).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().map_err(|error| format!("{}: {error}", python.display()))?;
        let answers = BufReader::new(program.stdout.take().unwrap());
        let mut langgraph = Self { questions: program.stdin.take(), answers, program };
        langgraph.try_ask(&json!({ "hold": WARM, "agents": 1 }))?;
        langgraph.try_ask(&json!({ "resume": WARM }))?;
        Ok(langgraph)
    }

    /// Leaves so many approvals waiting, by so many agents at once; how many in a second.
    pub(crate) fn hold(&mut self, count: usize, agents: usize) -> f64 {
        count as f64 / self.ask(&json!({ "hold": count, "agents": agents }))["seconds"].as_f64().unwrap()
    }

    /// Approves so many of those that wait, one by one.
    pub(crate) fn resume(&mut self, count: usize) -> Resumed {
        let answer = self.ask(&json!({ "resume": count }));
        let all = |name: &str| serde_json::from_value(answer[name].clone()).unwrap();
        Resumed { called: all("called"), done: all("done") }
    }

    /// Bytes of its file for each approval that ever waited in it.
    pub(crate) fn bytes_each(&mut self) -> f64 {
        let answer = self.ask(&json!({ "size": true }));
        answer["bytes"].as_f64().unwrap() / answer["held"].as_f64().unwrap()
    }

    fn ask(&mut self, question: &Value) -> Value {
        self.try_ask(question).unwrap()
    }

    fn try_ask(&mut self, question: &Value) -> Result<Value, String> {
        let mut line = String::new();
        let sent = writeln!(self.questions.as_mut().unwrap(), "{question}");
        let _heard = sent.and_then(|()| self.answers.read_line(&mut line));
        serde_json::from_str(&line).map_err(|_| "it gave no answer; above is what it wrote".to_owned())
    }
}

impl Drop for LangGraph {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ended = self.program.wait();
    }
}
