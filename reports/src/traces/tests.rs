//! Tests of the side-by-side view.
