//! The same graph for the crate `dagrs`: each node waits for those it needs and tells those that need it.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use contract::{TaskId, Workflow};
use dagrs::{Action, Content, DefaultNode, EnvVar, Graph, InChannels, Node, NodeTable, OutChannels, Output};

struct Free;

#[async_trait]
impl Action for Free {
    async fn run(&self, received: &mut InChannels, sent: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        let values = received.map(|content| content.is_ok()).await;
        assert!(values.into_iter().all(|is_there| is_there), "each need sends one value");
        sent.broadcast(Content::new(())).await;
        Output::empty()
    }
}

/// The graph, ready to run once.
pub(crate) fn graph(workflow: &Workflow) -> Graph {
    let mut table = NodeTable::default();
    let mut graph = Graph::new();
    let mut nodes = HashMap::new();
    for task in &workflow.tasks {
        let node = DefaultNode::with_action(task.id.to_string(), Free, &mut table);
        nodes.insert(TaskId::clone(&task.id), node.id());
        graph.add_node(node).expect("ids differ");
    }
    let mut dependents: HashMap<&TaskId, Vec<_>> = HashMap::new();
    for task in &workflow.tasks {
        for need in &task.needs {
            dependents.entry(need).or_default().push(nodes[&task.id]);
        }
    }
    for task in &workflow.tasks {
        if let Some(dependents) = dependents.remove(&task.id) {
            graph.add_edge(nodes[&task.id], dependents).expect("both are there");
        }
    }
    graph.set_env(EnvVar::new(table));
    graph
}

pub(crate) async fn run(mut graph: Graph) {
    graph.async_start().await.expect("nothing fails");
}
