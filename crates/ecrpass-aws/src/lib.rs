//! ecrpass-aws
