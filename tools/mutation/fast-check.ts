import fc from 'fast-check';

// A mutant needs one failing example, always the same one, and no shrinking; a property gets a moment, then the next test has its turn.
fc.configureGlobal({ seed: 20261124, endOnFailure: true, interruptAfterTimeLimit: 150 });
