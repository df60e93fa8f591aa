//! ecrpass-local
