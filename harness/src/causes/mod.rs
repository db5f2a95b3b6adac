//! From differences to causes: classes, reduced cases, clusters.
//!
//! | module | what |
//! |---|---|
//! | [`class`] | what divergences of one fault have in common |
//! | [`mod@reduce`] | a diverging case, as small as it gets |
//! | [`likeness`] | the known bugs that a reduced case may be explained by |
//! | `joint` | which known bugs explain all the cases of a run, several at once included |
//! | [`cluster`] | reduced cases of one cause, with one of them to look at |
//! | [`observed`] | what the engines did on the case that stands for a cluster |
//! | [`earlier`] | the clusters of a run beside those of an earlier one |
//! | [`exam`] | how well all this does on faults that are known |

pub mod class;
pub mod cluster;
pub mod earlier;
pub mod exam;
pub(crate) mod joint;
pub mod likeness;
pub mod observed;
pub mod reduce;

pub use class::Class;
pub use cluster::Cluster;
pub use earlier::{Against, Earlier, Shift};
pub use likeness::KnownBugs;
pub use observed::Observed;
pub use reduce::{Reduced, reduce};
