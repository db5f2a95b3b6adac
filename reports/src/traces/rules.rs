//! A case of rules on several engines: task after task, with the calls made for it and the changes it recorded; then the
//! errors, the log, and the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contract::observation::{End, ObservedCall};
use contract::rules::processed::{AuditEntry, MessageError};
use contract::rules::{Message, call_name};
use contract::text::visible;
use contract::{Observation, Rules};
use harness::compare::{CLOCK, describe_end};

use super::{Cell, Row, fate};
use crate::words::count_of;

/// What a case of rules is, in a line.
pub(crate) fn about(rules: &Rules, message: &Message) -> String {
    let mut about = format!(
        "{} with {}",
        count_of(rules.workflows.len() as u64, "workflow"),
        count_of(rules.tasks() as u64, "task")
    );
    if let Some(channel) = &message.channel {
        let _ = write!(about, "; for the channel `{}`", visible(channel));
    }
    if !rules.handlers.is_empty() {
        let names: Vec<_> = rules.handlers.iter().map(|name| visible(name)).collect();
        let _ = write!(about, "; registered: {}", names.join(", "));
    }
    about
}

/// What one engine did, as one row would say it.
struct Line {
    /// What makes it the same thing in another engine.
    key: String,
    paths: Vec<String>,
    task: Option<String>,
    what: String,
    text: String,
}

/// The rows: what the first engine did, with what others did besides put in where they did it.
pub(super) fn rows(ran: &[(&str, &Observation)]) -> Vec<Row> {
    let columns: Vec<Vec<Line>> = ran.iter().map(|(_, observation)| lines(observation)).collect();
    let mut rows: Vec<(String, Row)> = Vec::new();
    for (column, lines) in columns.into_iter().enumerate() {
        let mut occurrences: BTreeMap<String, usize> = BTreeMap::new();
        let mut next = 0;
        for line in lines {
            // The same thing may happen again: in a loop, or in two workflows of one id.
            let occurrence = occurrences.entry(line.key.clone()).or_default();
            *occurrence += 1;
            let key = format!("{} {occurrence}", line.key);
            let known = rows.iter().position(|(known, _)| *known == key);
            let place = known.unwrap_or_else(|| {
                let row = Row {
                    paths: line.paths,
                    differs: false,
                    task: line.task,
                    what: line.what,
                    cells: vec![Cell::default(); ran.len()],
                };
                rows.insert(next, (key, row));
                next
            });
            rows[place].1.cells[column].text = line.text;
            next = place + 1;
        }
    }
    let mut rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    for row in &mut rows {
        row.differs = row.cells.get(1).is_some_and(|new| new.text != row.cells[0].text);
    }
    rows
}

fn lines(observation: &Observation) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut stamp = "";
    if let End::Processed(processed) = &observation.end {
        stamp = &processed.stamp;
        tasks(&processed.audit, &observation.calls, &mut lines);
        processed.errors.iter().for_each(|found| lines.push(error(found)));
    } else {
        observation.calls.iter().for_each(|made| lines.push(call(made)));
    }
    lines.extend(observation.logs.iter().map(|line| Line {
        key: "log".to_owned(),
        paths: Vec::new(),
        task: None,
        what: "log".to_owned(),
        text: format!("{}: {}", line.level, line.text),
    }));
    lines.push(Line {
        key: "end".to_owned(),
        paths: ["run", "stopped", "refusal"].map(str::to_owned).into(),
        task: None,
        what: "end".to_owned(),
        text: describe_end(&observation.end),
    });
    for line in &mut lines {
        if !stamp.is_empty() && line.text.contains(stamp) {
            line.text = line.text.replace(stamp, CLOCK);
        }
        line.text = visible(&line.text).into_owned();
    }
    lines
}

/// The tasks that were recorded, each after the calls that were made for it.
fn tasks(audit: &[AuditEntry], calls: &[ObservedCall], lines: &mut Vec<Line>) {
    let names: Vec<_> = audit
        .iter()
        .map(|entry| call_name(&entry.workflow_id, &entry.task_id))
        .collect();
    let mut calls = calls.iter().peekable();
    for (place, entry) in audit.iter().enumerate() {
        // A call whose task is not recorded any more was one of a task that left no trace.
        while let Some(made) = calls.next_if(|made| !names[place + 1..].contains(&made.task)) {
            lines.push(call(made));
        }
        if let Some(made) = calls.next_if(|made| made.task == names[place]) {
            lines.push(call(made));
        }
        let name = visible(&names[place]).into_owned();
        let sweep = entry.loop_counter.map(|counter| format!(" at {counter}"));
        lines.push(Line {
            key: format!("task {name} {:?}", entry.loop_counter),
            paths: Vec::new(),
            task: Some(name.clone()),
            what: format!("status{}", sweep.unwrap_or_default()),
            text: entry.status.to_string(),
        });
        lines.extend(entry.changes.iter().map(|change| Line {
            key: format!("change {name} {:?} {}", entry.loop_counter, change.path),
            paths: Vec::new(),
            task: None,
            what: visible(&change.path).into_owned(),
            text: format!("{} → {}", change.old_value, change.new_value),
        }));
    }
    calls.for_each(|made| lines.push(call(made)));
}

fn call(made: &ObservedCall) -> Line {
    let path = format!("calls.{}#{}", made.task, made.attempt);
    Line {
        key: path.clone(),
        paths: vec![path],
        task: Some(made.task.to_string()),
        what: format!("call {}", made.attempt),
        text: format!("{} {}", made.handler, fate(made.fate)),
    }
}

fn error(found: &MessageError) -> Line {
    let at = match (&found.workflow_id, &found.task_id) {
        (Some(workflow), Some(task)) => Some(format!("{workflow}/{task}")),
        (Some(workflow), None) => Some(workflow.clone()),
        (None, task) => task.clone(),
    };
    let path = found.path.as_ref().map(|path| format!(" at {path}"));
    Line {
        key: format!("error {} {at:?}", found.code),
        paths: Vec::new(),
        task: at,
        what: "error".to_owned(),
        text: format!("{}{}: {}", found.code, path.unwrap_or_default(), found.message),
    }
}
