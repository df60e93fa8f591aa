//! ecrpass-lab
