//! What becomes of runs when their store fails: the disk is full, in all of these.

use super::*;
use crate::service::Run;
use crate::store::StoreError;

/// Enough for the schema and some runs.
const PAGES: u32 = 120;

fn full(path: &std::path::Path) -> Sqlite {
    let full = Sqlite::options().full_at(PAGES).open(path);
    full.expect("there is room for an empty journal")
}

/// A call that never returns.
async fn hang(_: Call) -> Result<Value, CallError> {
    std::future::pending().await
}

fn ends_in_what_to_do(error: &dyn std::error::Error) {
    let said = error.to_string();
    assert!(
        said.starts_with("the journal failed and accepts nothing more: "),
        "{said}"
    );
    assert!(said.contains("disk is full"), "{said}");
    assert!(said.ends_with("open it again and recover its runs"), "{said}");
}

#[track_caller]
fn check_failed(ended: Result<Arc<contract::Outcome>, RunError>) {
    match ended {
        Err(error @ RunError::Store(StoreError::Failed { .. })) => ends_in_what_to_do(&error),
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_waits_for_a_run_is_told_at_once_that_the_store_failed_and_nothing_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let mut is_paused = false;
    in_virtual_time(async {
        let flow = Flow::builder()
            .journal(full(&path))
            .handler("do", echo)
            .handler("wait", wait)
            .handler("hang", hang)
            .build();
        let busy = workflow(json!({"tasks": [calls("a", "hang", &[], json!(1))]}));
        let busy = flow.start_as("busy", busy, json!(null)).await.expect("there is room");
        let asking = flow
            .start_as("asking", approval(), json!(null))
            .await
            .expect("there is room");
        settled(&flow, "asking").await;
        let asking = tokio::spawn(async move { asking.outcome().await });
        let busy = tokio::spawn(async move { busy.outcome().await });
        // Each signal is one more record. What is said to be kept is kept.
        let mut accepted = 0;
        let error = loop {
            let signalled = if is_paused {
                flow.resume("asking").await
            } else {
                flow.pause("asking").await
            };
            match signalled {
                Ok(()) => (accepted, is_paused) = (accepted + 1, !is_paused),
                Err(error) => break error,
            }
        };
        assert!(accepted > 10, "{accepted} signals");
        assert!(
            matches!(error, SignalError::Run(RunError::Store(StoreError::Failed { .. }))),
            "{error}"
        );
        ends_in_what_to_do(&error);
        // The one waits for a person, the other for a call that never returns: neither has anything to keep.
        check_failed(asking.await.expect("it is told"));
        check_failed(busy.await.expect("it is told"));

        let error = flow.start_as("late", approval(), json!(null)).await.err();
        let error = error.expect("nothing is accepted");
        assert!(matches!(error, StartError::Store(StoreError::Failed { .. })), "{error}");
        ends_in_what_to_do(&error);
        for error in [
            flow.cancel("busy").await,
            flow.respond("asking", "approve", json!("yes")).await,
        ] {
            ends_in_what_to_do(&error.expect_err("nothing is accepted"));
        }
        ends_in_what_to_do(&flow.recover_all().await.err().expect("no run can go on here"));
        assert!(
            matches!(flow.status("asking").expect("it can be read").state, RunState::Paused { by_signal, .. } if by_signal == is_paused),
            "the last signal that was accepted is in force"
        );
        flow.shutdown().await;
    });
    in_virtual_time(async {
        let flow = engine(Sqlite::open(&path).expect("there is room again"), 0);
        assert!(matches!(flow.status("late"), Err(RunError::Unknown(_))));
        let recovered = flow.recover_all().await.expect("the store is whole");
        // `hang` is not registered in this one.
        assert_eq!((recovered.runs.len(), recovered.failed.len()), (1, 1));
        flow.respond("asking", "approve", json!("yes"))
            .await
            .expect("it still waits for this");
        if is_paused {
            flow.resume("asking").await.expect("it is paused");
        }
        let outcome = recovered.runs[0].outcome().await.expect("it ends");
        assert_eq!(outcome.status, RunStatus::Succeeded);
    });
}

/// Run, task and attempt of each call.
type Made = Arc<Mutex<Vec<(String, Arc<str>, u32)>>>;

/// Notes the key of each call it gets.
fn noting(calls: &Made) -> impl Fn(Call) -> std::future::Ready<Result<Value, CallError>> + use<> {
    let calls = Arc::clone(calls);
    move |call: Call| {
        let noted = (call.run.to_string(), Arc::clone(&call.task), call.attempt);
        calls.lock().expect("nobody panics").push(noted);
        std::future::ready(match call.attempt {
            1 => Err(CallError::new("transient", "once more")),
            _ => Ok(json!(call.key())),
        })
    }
}

#[test]
fn no_call_is_made_and_no_end_is_told_that_the_store_did_not_keep() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let retried = |id: &str, needs: &[&str]| {
        let mut task = calls(id, "do", needs, json!(1));
        task["retry"] = json!({"max_attempts": 2});
        task
    };
    let chain = || workflow(json!({"tasks": [retried("a", &[]), retried("b", &["a"]), retried("c", &["b"])]}));
    let made = Made::default();
    let (mut started, mut ended) = (Vec::new(), Vec::new());
    in_virtual_time(async {
        let flow = Flow::builder()
            .journal(full(&path))
            .handler("do", noting(&made))
            .build();
        let error = loop {
            // Three at once: they share commits, and one that fails is the failure of all in it.
            let starting = (0..3).map(|number| {
                let id = format!("r{}", started.len() + number);
                flow.start_as(id, chain(), json!(null))
            });
            let results: Vec<Result<Run, StartError>> = futures::future::join_all(starting).await;
            let runs: Vec<Run> = results.iter().flatten().cloned().collect();
            started.extend(runs.iter().map(|run| run.id().to_string()));
            for run in &runs {
                match run.outcome().await {
                    Ok(outcome) => ended.push((run.id().to_string(), outcome)),
                    failed => check_failed(failed),
                }
            }
            if let Some(error) = results.into_iter().find_map(Result::err) {
                break error;
            }
        };
        assert!(matches!(error, StartError::Store(StoreError::Failed { .. })), "{error}");
        flow.shutdown().await;
    });
    let made: Vec<_> = std::mem::take(&mut *made.lock().expect("nobody panics"));
    assert!(started.len() > 3 && !ended.is_empty() && made.len() > 20);

    let again = Made::default();
    in_virtual_time(async {
        let store = Sqlite::open(&path).expect("there is room again");
        let flow = Flow::builder().journal(store).handler("do", noting(&again)).build();
        for (run, outcome) in &ended {
            let status = flow.status(run).expect("it was started");
            assert_eq!(status.outcome, **outcome, "its end was kept before it was told");
        }
        for (run, task, attempt) in &made {
            let status = flow.status(run).expect("it was started");
            let kept = status.outcome.tasks.iter().find(|kept| kept.task == *task);
            let kept = kept.expect("a task of it").attempts;
            assert!(
                *attempt <= kept,
                "attempt {attempt} of {run}/{task} was made, and {kept} are kept"
            );
        }
        for run in &started {
            assert!(flow.status(run).is_ok(), "{run} was said to be kept");
        }
        let recovered = flow.recover_all().await.expect("the store is whole");
        assert!(recovered.failed.is_empty());
        for run in &recovered.runs {
            let outcome = run.outcome().await.expect("it ends");
            assert_eq!(outcome.status, RunStatus::Succeeded);
        }
        let expected = started.len() - ended.len();
        assert_eq!(recovered.runs.len(), expected, "whatever has not ended goes on");
    });
}
