//! Nothing of its own: the package holds the tests in the files beside this one.
