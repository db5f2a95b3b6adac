//! The calls of registered functions: exactly the same ones, one after another, each seeing the same context.

use contract::observation::ObservedCall;

use super::align::Items;
use super::path::Path;
use super::scope::Scope;
use crate::compare::Times;
use crate::compare::calls::{at, describe};
use crate::divergence::Aspect;

pub(super) fn compare(both: [&[ObservedCall]; 2], times: Times, scope: &mut Scope<'_>) {
    let calls = Items {
        are_alike: &|one: &ObservedCall, other: &ObservedCall| one.task == other.task && one.attempt == other.attempt,
        place: |path, _, call| path.call(call),
        compare: &compare_call,
        show: &|call| format!("a call of {}", call.handler),
    };
    scope.about(Aspect::Calls);
    scope.list(&Path::root("calls"), both, &calls);
    if times == Times::Fixed && both[0].len() == both[1].len() {
        scope.about(Aspect::Limits);
        for (one, other) in both[0].iter().zip(both[1]) {
            let root = Path::root("calls");
            let path = root.call(one);
            scope.plain(&path.key("started"), [&one.started, &other.started], |moment| {
                at(*moment)
            });
            scope.plain(&path.key("ended"), [&one.ended, &other.ended], |ended| {
                ended.map_or_else(|| "in flight".into(), at)
            });
        }
    }
}

fn compare_call(scope: &mut Scope<'_>, path: &Path<'_>, both: [&ObservedCall; 2]) {
    scope.text(&path.key("task"), both.map(|call| &*call.task));
    scope.plain(&path.key("attempt"), both.map(|call| &call.attempt), u32::to_string);
    scope.plain(&path.key("item"), both.map(|call| &call.item), |item| {
        item.map_or_else(|| super::MISSING.to_owned(), |item| item.to_string())
    });
    scope.plain(&path.key("purpose"), both.map(|call| &call.purpose), |purpose| {
        format!("{purpose:?}").to_ascii_lowercase()
    });
    scope.text(&path.key("handler"), both.map(|call| &*call.handler));
    scope.json(&path.key("input"), both.map(|call| &*call.input));
    scope.plain(&path.key("fate"), both.map(|call| &call.fate), |fate| {
        describe(*fate).to_owned()
    });
}
