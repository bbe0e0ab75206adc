//! Laws of liveness and decision.
