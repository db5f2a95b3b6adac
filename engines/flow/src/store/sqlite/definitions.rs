//! Definitions: written once for all runs that share one, and read once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock, Weak};

use contract::Workflow;

use super::readable::Readable;
use super::seal::content_hash;
use crate::store::StoreError;

/// How many definitions are remembered for their own sake; others only while somebody else holds them.
const RECENT: usize = 32;

/// A definition as it is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) workflow_id: String,
    pub(super) definition: Readable,
    /// The key it has in the table, once it is there.
    pub(super) key: OnceLock<String>,
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        (&self.workflow_id, &self.definition) == (&other.workflow_id, &other.definition)
    }
}

impl Kept {
    /// What is kept of a definition.
    pub(super) fn new(workflow: &Workflow) -> Result<Self, StoreError> {
        Ok(Self {
            workflow_id: workflow.id.to_string(),
            definition: Readable::keep(workflow, &|| format!("the workflow `{}`", workflow.id))?,
            key: OnceLock::new(),
        })
    }

    /// The hash of its content.
    pub(super) fn hash(&self) -> u64 {
        let exact = self.definition.exact.as_deref();
        let parts = [self.workflow_id.as_bytes(), self.definition.text.as_bytes()];
        content_hash(parts.into_iter().chain(exact))
    }

    /// Whether it is what was written under `key`.
    pub(super) fn belongs_to(&self, key: &str) -> bool {
        key.split('-').next() == Some(&format!("{:016x}", self.hash()))
    }

    /// The key it has in the table, given what is there; and whether it is new. Different definitions may share a hash: the
    /// second one gets a key of its own.
    pub(super) fn place<E>(
        &self,
        hash: u64,
        mut at: impl FnMut(&str) -> Result<Option<Arc<Self>>, E>,
    ) -> Result<(String, bool), E> {
        let mut key = format!("{hash:016x}");
        for number in 2_u32.. {
            match at(&key)? {
                None => return Ok((key, true)),
                Some(there) if *there == *self => return Ok((key, false)),
                Some(_) => key = format!("{hash:016x}-{number}"),
            }
        }
        unreachable!("a table does not hold 2³² definitions of one hash")
    }
}

/// Those that were written or read lately.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    written: HashMap<usize, (Weak<Workflow>, Arc<Kept>)>,
    read: HashMap<String, Weak<Workflow>>,
    recent: VecDeque<Arc<Workflow>>,
    /// When either map has this many entries, those that nobody holds are let go.
    full: usize,
}

impl Definitions {
    /// What is kept of `workflow`, if that is known already.
    pub(super) fn written(&self, workflow: &Arc<Workflow>) -> Option<Arc<Kept>> {
        // While the weak pointer is here, no other definition can have its address.
        let (_, kept) = self.written.get(&(Arc::as_ptr(workflow) as usize))?;
        Some(kept.clone())
    }

    /// Remembers what is kept of `workflow`.
    pub(super) fn wrote(&mut self, workflow: &Arc<Workflow>, kept: Arc<Kept>) {
        self.make_room();
        let address = Arc::as_ptr(workflow) as usize;
        self.written.insert(address, (Arc::downgrade(workflow), kept));
    }

    /// The definition under `key`, if it is known already.
    pub(super) fn known(&self, key: &str) -> Option<Arc<Workflow>> {
        self.read.get(key)?.upgrade()
    }

    /// Remembers the definition under `key`.
    pub(super) fn learnt(&mut self, key: &str, workflow: &Arc<Workflow>) {
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.make_room();
        self.recent.push_back(workflow.clone());
        self.read.insert(key.to_owned(), Arc::downgrade(workflow));
    }

    fn make_room(&mut self) {
        if self.written.len().max(self.read.len()) >= self.full {
            self.written.retain(|_, (workflow, _)| workflow.strong_count() > 0);
            self.read.retain(|_, workflow| workflow.strong_count() > 0);
            self.full = RECENT.max(2 * self.written.len().max(self.read.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_that_share_a_hash_are_kept_apart() {
        let kept = |id: &str| {
            let mut workflow = crate::sample::workflow(serde_json::json!({"tasks": []}));
            workflow.id = id.into();
            Arc::new(Kept::new(&workflow).expect("it can be kept"))
        };
        let mut table: HashMap<String, Arc<Kept>> = HashMap::new();
        let mut place = |kept: &Arc<Kept>| {
            let (key, new) = kept
                .place(7, |key| Ok::<_, ()>(table.get(key).cloned()))
                .expect("no errors");
            table.insert(key.clone(), kept.clone());
            (key, new)
        };
        assert_eq!(place(&kept("a")), ("0000000000000007".into(), true));
        assert_eq!(place(&kept("b")), ("0000000000000007-2".into(), true));
        assert_eq!(place(&kept("c")), ("0000000000000007-3".into(), true));
        assert_eq!(place(&kept("b")), ("0000000000000007-2".into(), false));
    }
}
