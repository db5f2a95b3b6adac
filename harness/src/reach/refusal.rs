//! Why a workflow was refused.

use contract::{Problem, Rejection};

use super::{Behaviour, Behaviours, note};

pub(super) fn tell(rejection: &Rejection, found: &mut Behaviours) {
    found.extend(rejection.problems().iter().filter_map(reason));
    note(found, rejection.problems().len() > 1, Behaviour::RefusedTwice);
}

fn reason(problem: &Problem) -> Option<Behaviour> {
    Some(match problem {
        Problem::EmptyId { task: None } => Behaviour::RefusedWorkflowId,
        Problem::EmptyId { task: Some(_) } => Behaviour::RefusedTaskId,
        Problem::DuplicateId { .. } => Behaviour::RefusedDuplicateId,
        Problem::UnknownNeed { .. } => Behaviour::RefusedUnknownNeed,
        Problem::SelfNeed { .. } => Behaviour::RefusedSelfNeed,
        Problem::Cycle { .. } => Behaviour::RefusedCycle,
        Problem::NoSlots => Behaviour::RefusedNoSlots,
        Problem::NoAttempts { .. } => Behaviour::RefusedNoAttempts,
        Problem::AskAndCall { .. } => Behaviour::RefusedAskAndCall,
        Problem::NothingToDo { .. } => Behaviour::RefusedNothingToDo,
        Problem::ForEachAsk { .. } => Behaviour::RefusedForEachAsk,
        Problem::RunIfWithoutNeeds { .. } => Behaviour::RefusedRunIf,
        // Nothing that fits into a case file is nested so deeply, and engines that can only say no say no more.
        Problem::BadLogic { .. } | Problem::Other { .. } => return None,
    })
}
